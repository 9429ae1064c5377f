"""The control that goes through choices one by one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.plots.stepper import Stepper

WORDS = tuple(f"example {k} of 40" for k in range(40))


@pytest.fixture
def stepper(qtbot):
    widget = Stepper("example")
    qtbot.addWidget(widget)
    widget.set_choices(WORDS, 5)
    widget.resize(140, 20)
    widget.show()
    return widget


def test_clicks_left_and_right_go_back_and_on(stepper, qtbot):
    with qtbot.waitSignal(stepper.chosen) as told:
        QTest.mouseClick(stepper, Qt.MouseButton.LeftButton, pos=QPoint(135, 10))
    assert told.args == [6]
    QTest.mouseClick(stepper, Qt.MouseButton.LeftButton, pos=QPoint(5, 10))
    assert stepper.index == 5


KEYS = [("Right", 6), ("Left", 4), ("PageUp", 15), ("PageDown", 35), ("Home", 0), ("End", 39)]


@pytest.mark.parametrize(("key", "index"), KEYS)
def test_keys(stepper, key, index):
    QTest.keyClick(stepper, getattr(Qt.Key, f"Key_{key}"))
    assert stepper.index == index
    assert stepper.accessibleDescription() == WORDS[index]


def test_after_the_last_comes_the_first(stepper):
    stepper.choose(40)
    assert stepper.index == 0
    stepper.choose(-1)
    assert stepper.index == 39


def test_one_choice_is_none(stepper):
    stepper.set_choices(("only",), 0)
    assert stepper.isHidden()
    stepper.set_choices((), 3)
    assert stepper.isHidden()
    stepper.set_choices(WORDS, 99)
    assert not stepper.isHidden()
    assert stepper.index == 39


def test_what_it_is_told_is_not_told_back(stepper, qtbot):
    with qtbot.assertNotEmitted(stepper.chosen):
        stepper.set_choices(WORDS, 7)
