"""The tensor panel and its table."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app import theme
from app.panels.table import MOST_COLUMNS, MOST_ROWS, TensorModel
from app.panels.tensor import TensorPanel
from app.snapshot import Snapshot
from tests.app.plots.samples import snapshot


@pytest.fixture
def panel(qtbot):
    widget = TensorPanel()
    qtbot.addWidget(widget)
    widget.resize(330, 600)
    widget.show()
    return widget


@pytest.fixture
def model(qapp):
    return TensorModel()


def test_no_layer_says_how_to_choose_one(panel):
    panel.show_snapshot(Snapshot())
    panel.grab()
    assert "Select a layer" in panel.message.text()


def test_it_offers_the_values_of_the_layer_output_first(panel, qtbot):
    panel.show_snapshot(snapshot())
    with qtbot.waitSignal(panel.name_changed):
        panel.select_layer("dense1")
    names = [panel.choice.itemText(i) for i in range(panel.choice.count())]
    assert names[0] == "dense1.a"
    assert {"dense1.W", "dense1.W.grad"} <= set(names)


def test_figures_histogram_and_table(panel):
    values = np.array([[0.0, 1.0], [-2.0, np.nan]])
    panel.select_layer("dense1")
    panel.show_snapshot(snapshot(values={"dense1.a": values}))
    panel.grab()
    assert panel.shape.text() == "[2, 2]  float64  4 values"
    assert panel.figures.text_of("min") == "−2.000"
    assert panel.figures.text_of("zeros") == "25.0 %"
    assert panel.figures.text_of("not finite") == "1 of 4"
    assert panel.histogram.counts.sum() == 3
    assert panel.table.tensor.index(1, 0).data() == "−2.000"


def test_another_choice_asks_for_another_value(panel, qtbot):
    panel.select_layer("dense1")
    panel.show_snapshot(snapshot())
    with qtbot.waitSignal(panel.name_changed) as caught:
        panel.choice.setCurrentText("dense1.W")
    assert caught.args == ["dense1.W"]
    assert "as soon as it has run" in panel.message.text()


def test_the_choice_survives_another_program(panel):
    panel.select_layer("dense1")
    panel.show_snapshot(snapshot())
    panel.choice.setCurrentText("dense1.W")
    shot = snapshot()
    panel.show_snapshot(snapshot(instructions=(*shot.instructions,)))
    assert panel.name == "dense1.W"


@pytest.mark.parametrize(
    ("shape", "size", "last"),
    [((), (1, 1), ()), ((4,), (1, 4), (3,)), ((2, 3), (2, 3), (1, 2)), ((2, 3, 4), (6, 4), (1, 2, 3)),
     ((2, 2, 2, 3), (8, 3), (1, 1, 1, 2))],
)  # fmt: skip
def test_any_rank_is_a_table(model, shape, size, last):
    model.set_array(np.arange(float(np.prod(shape))).reshape(shape))
    assert (model.rowCount(), model.columnCount()) == size
    assert model.element(size[0] - 1, size[1] - 1) == last
    assert model.index(0, 0).data() == "0"


def test_large_tensors_are_capped_and_say_so(model):
    model.set_array(np.zeros((5000, 10_000), np.float32))
    assert (model.rowCount(), model.columnCount()) == (MOST_ROWS, MOST_COLUMNS)
    assert model.note == f"first {MOST_ROWS} rows and {MOST_COLUMNS} columns"


def test_cells_are_aligned_and_mark_what_is_not_finite(model):
    model.set_array(np.array([1.0, np.inf]))
    assert model.index(0, 0).data(Qt.ItemDataRole.TextAlignmentRole) & int(Qt.AlignmentFlag.AlignRight)
    assert model.index(0, 0).data(Qt.ItemDataRole.ForegroundRole) is None
    assert model.index(0, 1).data(Qt.ItemDataRole.ForegroundRole) == QColor(theme.current().bad)
    assert model.index(0, 1).data() == "∞"


def test_labels_are_whole_numbers(model):
    model.set_array(np.array([3, -1], np.int64))
    assert [model.index(0, i).data() for i in range(2)] == ["3", "−1"]


def test_new_values_of_the_same_shape_keep_the_place_in_the_table(model, qtbot):
    model.set_array(np.zeros((3, 3)))
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        model.set_array(np.ones((3, 3)))
    assert model.index(2, 2).data() == "1.000"


@pytest.mark.parametrize("value", [1e308, -1e308, 1e-320, np.inf])
def test_extreme_values_are_drawn(panel, value):
    panel.select_layer("dense1")
    panel.show_snapshot(snapshot(values={"dense1.a": np.array([value, 0.0])}))
    assert not panel.grab().isNull()
    assert panel.table.tensor.index(0, 1).data() == "0"
