"""The command that draws the main states."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from tests.pictures.__main__ import draw
from tests.pictures.states import STATES


@pytest.mark.parametrize("state", ["building"])
def test_a_state_is_drawn_in_its_theme(tmp_path, state):
    assert state in STATES
    assert draw(tmp_path, state, "light", "") == 0
    picture = QImage(str(tmp_path / f"{state}-light.png"))
    assert (picture.width(), picture.height()) == (1280, 800)
    assert picture.pixelColor(4, 4).lightness() > 200


def test_what_failed_is_counted(tmp_path, capsys):
    (tmp_path / "empty-dark.png").mkdir()  # in the way
    assert draw(tmp_path, "empty", "dark", "") == 1
    assert "could not be written" in capsys.readouterr().out
