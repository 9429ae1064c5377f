"""A switch: words, or brief words where room is short."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from app.plots.switch import Switch

WORDS, BRIEF = ("Gradient", "Update", "Saturated"), ("Grad", "Upd", "Sat")


@pytest.fixture
def switch(qtbot):
    widget = Switch(WORDS, brief=BRIEF)
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_it_shrinks_to_brief_words_and_no_further(switch):
    full, least = switch.sizeHint().width(), switch.minimumSizeHint().width()
    assert least < full / 1.5
    switch.resize(full, 20)
    assert not switch.shrunk
    switch.resize(full - 1, 20)
    assert switch.shrunk
    switch.resize(least, 20)
    left, wide = switch._places()[-1]
    assert left + wide <= least
    assert not switch.grab().isNull()


def test_without_brief_words_it_keeps_its_width(qtbot):
    widget = Switch(WORDS)
    qtbot.addWidget(widget)
    assert widget.minimumSizeHint() == widget.sizeHint()


def test_a_click_finds_the_word_that_is_drawn(switch, qtbot):
    for width in (switch.sizeHint().width(), switch.minimumSizeHint().width()):
        switch.choose(0)
        switch.resize(width, 20)
        left, wide = switch._places()[2]
        qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(int(left + wide / 2), 8))
        assert switch.index == 2
