"""Other paths on a surface: drawn in their colours in every view, named, and never a reason to break."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from app import theme
from app.landscape import Trail
from app.plots.surface.contours import ContourMap
from app.plots.surface.curve import LossCurve
from app.plots.surface.trails import hue
from app.plots.surface.view3d import SurfaceView
from tests.app.plots.surface import lands

VIEWS = {"3-D": SurfaceView, "map": ContourMap, "line": LossCurve}


def trail(places, colour=3, name="Adam 0.001"):
    places = np.asarray(places, float).reshape(-1, 2)
    return Trail(name, colour, places, np.arange(len(places)))


def pixels(qtbot, kind, landscape, size=(420, 320)):
    view = VIEWS[kind]()
    qtbot.addWidget(view)
    view.resize(*size)
    view.set_landscape(landscape)
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def like(found, color):
    """Which pixels have about this colour."""
    want = QColor(color)
    away = np.abs(found.reshape(-1, 4)[:, :3].astype(int) - (want.blue(), want.green(), want.red())).max(1)
    return away < 12


@pytest.mark.parametrize("kind", VIEWS)
@pytest.mark.usefixtures("app")
def test_it_is_drawn_in_its_colour(qtbot, kind):
    size = (31, 1) if kind == "line" else (21, 17)
    way = trail([(-0.5, 0.5), (0.5, -0.5), (0.7, 0.3)])
    without, drawn = (pixels(qtbot, kind, lands.land(size=size, others=others)) for others in ((), (way,)))
    changed = (drawn != without).reshape(-1, 4).any(1)
    assert (changed & like(drawn, hue(way))).sum() > 25
    assert changed.mean() < 0.2


@pytest.mark.parametrize("kind", VIEWS)
@pytest.mark.parametrize(
    "places", [[], [(0.1, 0.1)], [(np.nan, 0.0)] * 3, [(1e12, -1e12), (0, 0), (np.inf, 0)], [(5, 5)] * 4]
)
@pytest.mark.usefixtures("app")
def test_odd_ones_break_nothing(qtbot, kind, places):
    size = (31, 1) if kind == "line" else (21, 17)
    others = tuple(trail(places, k, f"a name that is rather long {k}") for k in range(14))
    for room in ((420, 320), (90, 70), (30, 30)):
        pixels(qtbot, kind, lands.land(size=size, others=others), room)


@pytest.mark.usefixtures("app")
def test_hues_stay_apart_and_are_the_same_in_both_themes():
    hues = [hue(trail([], k)) for k in range(10)]
    assert len(set(hues)) == 10
    theme.set_theme("light")
    try:
        assert [hue(trail([], k)) for k in range(10)] == hues
    finally:
        theme.set_theme("dark")
