"""The list of operations."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor

from app import theme
from app.panels.operations import IS_CURSOR, ROW, OperationsView, columns
from tests.app.plots.samples import PROGRAM


@pytest.fixture
def view(qtbot):
    widget = OperationsView()
    qtbot.addWidget(widget)
    widget.resize(340, 8 * ROW)
    widget.operations.set_rows(PROGRAM)
    widget.show()
    return widget


def middle(view, row):
    return view.visualRect(view.operations.index(row)).center()


def test_rows_tell_number_name_layer_and_formula(view):
    assert view.operations.rowCount() == len(PROGRAM)
    assert view.operations.index(4).data() == "5 ∂ matrix product dense1 W̄ = xᵀ z̄"
    assert "Double click: run to here" in view.operations.index(4).data(Qt.ItemDataRole.ToolTipRole)


@pytest.mark.parametrize(("row", "direction"), [(1, "forward"), (3, "backward")])
def test_the_cursor_row_is_lit_in_its_direction(view, pixel, row, direction):
    view.show_cursor(row)
    assert view.operations.index(row).data(IS_CURSOR)
    place = view.visualRect(view.operations.index(row))
    assert pixel(view, place.left() + 1, place.center().y()) == getattr(theme.current(), direction)
    other = view.visualRect(view.operations.index(0))
    assert pixel(view, other.left() + 1, other.center().y()) != getattr(theme.current(), direction)


def test_between_steps_no_row_is_lit(view):
    view.show_cursor(3)
    view.show_cursor(None)
    assert not any(view.operations.index(i).data(IS_CURSOR) for i in range(len(PROGRAM)))


def test_a_row_that_cannot_be_painted_does_not_end_the_program(view, monkeypatch):
    told = []
    monkeypatch.setattr("app.panels.operations.short_formula", lambda row: row.nothing)
    monkeypatch.setattr("sys.excepthook", lambda *error: told.append(error[0]))
    view.grab()
    assert set(told) == {AttributeError}


def test_a_click_inspects_and_a_double_click_runs_to(view, qtbot):
    with qtbot.waitSignal(view.inspected) as caught:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle(view, 4))
    assert caught.args == [4]
    with qtbot.waitSignal(view.run_to) as caught:
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle(view, 5))
    assert caught.args == [5]


def test_a_click_below_the_last_row_does_nothing(view, qtbot):
    with qtbot.assertNotEmitted(view.inspected):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 8 * ROW - 3))


def test_the_keyboard_does_the_same(view, qtbot):
    view.show_inspected(2)
    with qtbot.waitSignal(view.inspected) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Down)
    assert caught.args == [3]
    with qtbot.waitSignal(view.run_to) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert caught.args == [3]


def test_thousands_of_operations_scroll_to_the_cursor(view):
    many = tuple(dataclasses.replace(PROGRAM[i % 7], index=i) for i in range(5000))
    view.operations.set_rows(many)
    view.show_cursor(4321)
    view.grab()
    assert view.viewport().rect().contains(middle(view, 4321))


def test_the_columns_of_a_row_do_not_overlap(view):
    number, name, layer, formula = columns(view.viewport().rect())
    assert number.right() < name.left()
    assert name.right() < layer.left() + 1
    assert layer.right() < formula.left()
    assert formula.right() <= view.viewport().width()


@pytest.mark.parametrize("width", [250, 274, 340, 500])
def test_long_names_take_the_room_of_the_formula_then_of_the_layer(width):
    usual = columns(QRect(0, 0, width, ROW))
    _, name, layer, formula = columns(QRect(0, 0, width, ROW), 130, 60)
    assert name.width() >= 130
    assert layer.width() >= 44
    assert layer.left() > name.right()
    assert layer.width() >= 60 or formula.width() == 0
    assert formula.left() > layer.right()
    assert formula.left() + formula.width() == usual[3].left() + usual[3].width()
    assert columns(QRect(0, 0, width, ROW), 20, 20) == usual


def test_lit_text_is_readable():
    for tokens in (theme.DARK, theme.LIGHT):
        for phase in ("forward", "backward"):
            ground = theme.mix(tokens.panel, tokens.direction(phase), 0.18)
            assert contrast(QColor(tokens.text), QColor(ground)) >= 4.5


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2.1 contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(color: QColor) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
