"""The card of lines over the steps: what it draws, says, and survives."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from app import theme
from app.plots import flow_words as words
from app.plots.layer_lines import logarithms
from app.plots.text import restyle
from app.plots.views import views
from app.plots.views.flow_time import EMPTY, NOTHING, SOON, FlowTimeCard
from app.watches.flow_time import KINDS, FlowTime, Lines
from engine.activity import Count

LAYERS = ("hidden 1", "hidden 2", "out")


def data(layers=LAYERS, steps=40, counts=None, **numbers) -> FlowTime:
    lines = {}
    for kind in KINDS:
        given = numbers.get(kind)
        base = np.geomspace(1e-5, 1, len(layers)) if kind in ("gradient", "update") else np.linspace(0, 1, len(layers))
        rows = np.tile(base, (steps, 1)) if given is None else np.asarray(given, float)
        lines[kind] = Lines(tuple(layers), np.column_stack([np.arange(len(rows)) * 10.0, rows]))
    return FlowTime(lines, ((layers[0], layers[-1]),) if layers else (), counts or {}, 10)


@pytest.fixture
def card(qtbot):
    widget = FlowTimeCard()
    qtbot.addWidget(widget)
    widget.resize(520, 220)
    widget.show()
    return widget


def show(card, found, state: str = "paused") -> None:
    card.show_snapshot(SimpleNamespace(views={"flow_time": found}, state=state))


def test_it_is_a_tab_beside_the_gradient_flow():
    assert views()["flow_time"].near == "flow"


def test_it_says_what_would_be_there(card):
    show(card, None)
    assert card.message.text() == SOON
    show(card, data((), 0))
    assert card.message.text() == NOTHING
    card.switch.choose(2)
    assert card.message.text() == EMPTY["dead"]
    assert card.table() is None


def test_a_line_and_a_number_for_each_layer(card):
    show(card, data())
    assert not card.is_empty
    assert tuple(card.lines.plot.curves) == LAYERS
    assert card.lines.legend.rows["out"] == "1.0e0"
    x, y = card.lines.plot.curves["hidden 1"].getData()
    assert x[-1] == 390
    np.testing.assert_allclose(y, -5)
    card.switch.choose(2)
    assert card.lines.legend.rows == {"hidden 1": "0 %", "hidden 2": "50 %", "out": "100 %"}


def test_the_customary_ratio_is_marked_for_updates_alone(card):
    show(card, data())
    assert not card.lines.plot.mark.isVisible()
    card.switch.choose(1)
    assert card.lines.plot.mark.isVisible()
    assert card.lines.plot.mark.value() == -3
    assert "Karpathy" in card.about


def test_zeros_stand_below_the_scale_and_what_is_not_finite_is_marked(card):
    rows = np.ones((5, 3))
    rows[:, 0], rows[3, 1], rows[4, 2] = 0, np.nan, np.inf
    show(card, data(gradient=rows))
    axis = card.lines.plot.getPlotItem().getAxis("left")
    assert axis.tickStrings([axis.zero], 1, 1) == ["0"]
    assert card.lines.plot.curves["hidden 1"].getData()[1][0] == axis.zero
    assert card.lines.plot.bad.getData()[0].tolist() == [30, 40]
    assert card.lines.legend.bad == {"out"}
    assert "not finite" in card.remark.text()


def test_the_scale_spans_whole_decades():
    heights, low, high = logarithms(np.array([[0.02, 3.0], [np.nan, 0.5]]))
    assert (low, high) == (-2, 1)
    assert np.isnan(heights[1, 0])
    assert logarithms(np.zeros((1, 1)))[1] < logarithms(np.zeros((1, 1)))[2]
    assert logarithms(np.array([[1e-300, 1e300]]))[2] - logarithms(np.array([[1e-300, 1e300]]))[1] <= 25


def test_words_for_gradients():
    chain = [("a", "c")]
    assert words.of_gradients({"a": 1e-4, "b": 1.0, "c": 1.0}, chain) == "a: 1.0e−4 of c"
    assert words.of_gradients({"a": 500.0, "b": 1.0, "c": 1.0}, chain) == "a: 5.0e2 of c"
    assert words.of_gradients({"a": 0.5, "b": 1.0, "c": 1.0}, chain) == ""
    assert words.of_gradients({"a": 0.0, "b": 0.0, "c": 1.0}, chain) == "a: no gradient · +1"
    assert words.of_gradients({"a": math.nan, "c": 1.0}, chain) == "a: not finite"
    assert words.of_gradients({}, []) == ""


def test_words_for_updates():
    assert words.of_updates({"a": 2e-3, "b": 1e-3}) == ""
    assert words.of_updates({"a": 0.5, "b": 1e-3}) == "a: moves by 5.0e−1"
    assert words.of_updates({"a": 0.0, "b": 1e-3}) == "a: stands still"
    assert words.of_updates({"a": math.inf, "b": 1e-3}) == "a: not finite"
    assert words.of_updates({"a": math.nan}) == ""


def test_words_for_units(card):
    counts = {"hidden 1": Count(5, 8, 256), "hidden 2": Count(1, 8, 256), "out": Count(0, 2, 256)}
    assert words.of_units(counts, "dead") == "hidden 1: 5 of 8 units dead · +1"
    assert words.of_units({"out": Count(0, 2, 256)}, "dead") == "none in 256 rows"
    assert words.of_units({"out": Count(2, 2, 9, bad=True)}, "dead") == "out: not finite"
    show(card, data(counts=counts))
    card.switch.choose(2)
    assert card.remark.text() == "hidden 1: 5 of 8 units dead · +1"
    card.switch.choose(3)
    assert "units saturated" in card.remark.text()


def test_the_selected_layer_and_one_pointed_at_are_set_off(card):
    show(card, data())
    card.select_layer("hidden 2")
    assert card.lines.legend.chosen == card.lines.plot.emphasised == "hidden 2"
    wide = {layer: curve.opts["pen"].width() for layer, curve in card.lines.plot.curves.items()}
    assert wide["hidden 2"] > wide["out"]
    card.lines.legend.picked.emit("out")
    assert card.lines.plot.emphasised == "out"
    card.lines.legend.picked.emit(None)
    assert card.lines.plot.emphasised == "hidden 2"
    card.select_layer("no longer there")
    assert card.grab().width()


def test_the_legend_tells_what_is_under_the_pointer(card):
    rows = np.ones((5, 3))
    rows[2] = 7
    show(card, data(gradient=rows))
    card.lines.plot.pointed.emit(21.0)
    assert card.lines.legend.rows["out"] == "7.0e0"
    card.lines.plot.pointed.emit(None)
    assert card.lines.legend.rows["out"] == "1.0e0"


@pytest.mark.parametrize("count", [1, 15, 60])
@pytest.mark.parametrize("size", [(110, 120), (200, 180), (500, 220), (1500, 800)])
def test_legends_fit(card, qtbot, count, size):
    layers = [f"layer number {i}" for i in range(count)]
    card.resize(*size)
    show(card, data(layers))
    card.select_layer(layers[count // 2])
    qtbot.wait(1)
    legend = card.lines.legend
    cells = legend.cells()
    assert 1 <= len(cells) <= count
    assert all(cell.bottom() <= legend.height() + 1 and cell.right() <= legend.width() + 1 for _, cell in cells)
    assert legend.chosen in [name for name, _ in cells]
    if size[0] >= 500 and count <= 15:
        assert len(cells) == count
    for name in ("dark", "light"):
        theme.set_theme(name)
        restyle(card)
        assert not card.grab().isNull()


def test_the_keyboard_reaches_layers_and_kinds(card, qtbot):
    from PySide6.QtCore import Qt

    show(card, data())
    qtbot.keyClick(card.switch, Qt.Key.Key_Right)
    assert card.kind == "update"
    for key, layer in ((Qt.Key.Key_Down, "hidden 1"), (Qt.Key.Key_Down, "hidden 2"), (Qt.Key.Key_Up, "hidden 1"),
                       (Qt.Key.Key_Escape, None)):  # fmt: skip
        qtbot.keyClick(card.lines.legend, key)
        assert card.lines.legend.chosen == layer


def test_the_numbers_as_a_table(card):
    show(card, data())
    table = card.table()
    assert table.header == ("step", "hidden 1 gradient", "hidden 2 gradient", "out gradient")
    assert len(list(table.rows)) == 40


def test_another_network_replaces_the_lines(card):
    show(card, data())
    show(card, data(("a", "b"), 3))
    assert tuple(card.lines.plot.curves) == ("a", "b")
    assert card.lines.legend.rows.keys() == {"a", "b"}


def test_while_training_runs_it_is_drawn_now_and_then_and_at_the_end_in_any_case(card):
    show(card, data(steps=10), "running")
    for steps in range(11, 31):
        show(card, data(steps=steps), "running")
    assert len(card.lines.plot.curves["out"].getData()[0]) < 30
    show(card, data(steps=30))
    assert len(card.lines.plot.curves["out"].getData()[0]) == 30


def test_of_many_lines_fewer_points_are_drawn(card):
    show(card, data([f"layer {i}" for i in range(40)], 600))
    x, _ = card.lines.plot.curves["layer 3"].getData()
    assert 50 < len(x) <= 100
    assert x[-1] == 5990
