"""Pictures of the real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from app import theme
from app.screenshot import render, screenshot
from engine.errors import ChainruleError

SPIRALS = str(Path(__file__).resolve().parents[2] / "assets" / "lessons" / "spirals.chainrule")


def test_stepped_picture_has_the_backward_colour(app, dark):
    image = QImage.fromData(render(SPIRALS, size=(1280, 800), steps=200, theme="light", cursor=16))
    assert (image.width(), image.height()) == (1280, 800)
    assert image.pixelColor(4, 4).name() == theme.LIGHT.panel
    canvas = image.copy(200, 60, 750, 480)
    colours = {canvas.pixelColor(x, y).name() for x in range(canvas.width()) for y in range(0, canvas.height(), 2)}
    assert theme.LIGHT.backward in colours


def test_scaled_picture_is_written_whole(app, dark, tmp_path):
    out = tmp_path / "window.png"
    screenshot(SPIRALS, str(out), size=(1000, 640), scale=2)
    assert QImage(str(out)).size().toTuple() == (2000, 1280)


@pytest.mark.parametrize(("path", "cursor"), [("/nowhere.chainrule", None), (SPIRALS, 10_000)])
def test_what_cannot_be_drawn_is_said(app, dark, path, cursor):
    with pytest.raises(ChainruleError):
        render(path, cursor=cursor)
