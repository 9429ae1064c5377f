"""The live learning rate."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.rate import RateField


@pytest.fixture
def rate(app, qtbot) -> RateField:
    field = RateField()
    qtbot.addWidget(field)
    field.show_value(0.1)
    field.show()
    return field


def typed(qtbot, rate: RateField, text: str) -> list[float]:
    heard: list[float] = []
    rate.chosen.connect(heard.append)
    rate.field.setFocus()
    rate.field.selectAll()
    qtbot.keyClicks(rate.field, text)
    qtbot.keyClick(rate.field, Qt.Key.Key_Return)
    return heard


@pytest.mark.parametrize(
    ("text", "value"), [("0.25", 0.25), ("1e-3", 0.001), ("0,5", 0.5), ("1000000", 1e6), ("0", 0.0)]
)
def test_typed_rate_is_chosen(rate, qtbot, text, value):
    assert typed(qtbot, rate, text) == [value]


@pytest.mark.parametrize("text", ["fast", "-1", "1e300", "nan", ""])
def test_what_is_no_rate_is_marked_and_refused(rate, qtbot, text):
    rate.field.selectAll()
    qtbot.keyClicks(rate.field, text or "x")
    assert rate.field.property("wrong")
    assert typed(qtbot, rate, text or "x") == []
    assert rate.field.property("wrong")
    rate.show_value(0.7)  # news do not wipe out what has to be mended
    assert rate.field.text() == (text or "x")
    qtbot.keyClick(rate.field, Qt.Key.Key_Escape)
    assert rate.field.text() == "0.1"
    assert not rate.field.property("wrong")
    assert rate.note.isHidden()


def test_arrows_turn_it(rate, qtbot):
    heard = []
    rate.chosen.connect(heard.append)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(rate.field, key)
    assert heard == [0.125, 0.1, 0.08]


def test_news_do_not_disturb_typing(rate, qtbot):
    rate.field.setFocus()
    rate.field.selectAll()
    qtbot.keyClicks(rate.field, "0.")
    rate.show_value(0.7)
    assert rate.field.text() == ("0." if rate.field.hasFocus() else "0.7")
    qtbot.keyClick(rate.field, Qt.Key.Key_Escape)
    rate.show_value(0.7)
    assert rate.field.text() == "0.7"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("banana", "“banana” is not a number"),
        ("-1", "negative"),
        ("nan", "finite"),
        ("inf", "finite"),
        ("1e300", "at most"),
    ],
)
def test_a_refused_rate_says_why(rate, qtbot, text, reason):
    typed(qtbot, rate, text)
    assert rate.note.isVisible()
    assert reason in rate.note.text()
    assert "stays 0.1" in rate.note.text()
    rate.field.selectAll()
    qtbot.keyClicks(rate.field, "0.2")
    assert rate.note.isHidden()
    assert not rate.field.property("wrong")


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_return_and_escape_leave_the_field(rate, qtbot, key):
    with qtbot.waitSignal(rate.left, timeout=500):
        qtbot.keyClick(rate.field, key)
