"""The colour scale beside a heat map."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetricsF

from app import theme
from app.plots.scale import BAR, ScaleBar


@pytest.mark.parametrize(
    ("limit", "top"),
    [
        (0.000281, "+2.8e−4"),
        (0.0312, "+0.0312"),
        (1.5, "+1.50"),
        (123456.0, "+123\u2009000"),
        (3.4e-38, "+3.4e−38"),
        (1e12, "+1.00e12"),
    ],
)
def test_labels_have_room(qtbot, limit, top):
    bar = ScaleBar()
    qtbot.addWidget(bar)
    bar.set_values(None, limit)
    assert bar.labels[0] == top
    room = bar.sizeHint().width() - BAR - 5
    assert all(QFontMetricsF(theme.mono_font(10.5)).horizontalAdvance(label) <= room for label in bar.labels)


def test_all_zero_has_one_label(qtbot):
    bar = ScaleBar()
    qtbot.addWidget(bar)
    bar.set_values(None, 0.0)
    assert bar.labels == ("", "0", "")
