"""The operation panel, top to bottom."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app import theme
from app.panels.operation import OperationPanel
from app.snapshot import Snapshot
from tests.app.plots.samples import PROGRAM, explanation, snapshot


@pytest.fixture
def panel(qtbot):
    widget = OperationPanel()
    qtbot.addWidget(widget)
    widget.resize(340, 620)
    widget.show()
    return widget


def test_it_reads_top_to_bottom(panel):
    panel.show_snapshot(snapshot(explanation=explanation()))
    panel.grab()
    assert panel.where.text() == "backward · 4 of 7"
    assert panel.where.role == "backward_text"
    assert panel.name.text() == "tanh, gradient"
    assert panel.place.text() == "dense1 · operation 1 of 3"
    assert panel.formula.text == "x̄ = ȳ ⊙ (1 − y²)"
    assert panel.shapes.text() == "[6, 3] = [6, 3] ⊙ [6, 3]"
    assert panel.numbers.place.text() == "element [2, 1]"
    assert panel.numbers.numbers.text() == "−0.0312 = −0.0894 · (1 − 0.8069²)"
    assert [sign.text() for sign in panel.factors.signs] == ["⊙", "="]
    assert panel.list.operations.cursor == 3


def test_the_element_is_marked_in_all_three_maps(panel):
    panel.show_snapshot(snapshot(explanation=explanation()))
    assert [heat.chosen for heat in panel.factors.maps] == [(2, 1)] * 3


def test_a_click_chooses_an_element_of_the_result(panel, qtbot):
    panel.show_snapshot(snapshot(explanation=explanation()))
    for heat in panel.factors.maps:
        with qtbot.waitSignal(panel.element_chosen) as caught:
            qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
        assert caught.args == [(0, 0)]


def test_without_a_local_factor_two_maps_remain(panel):
    panel.show_snapshot(snapshot(explanation=explanation(local=None, names=("dense1.z", "", "dense1.a"))))
    assert [heat.isVisibleTo(panel) for heat in panel.factors.maps] == [True, False, True]
    assert not panel.factors.signs[0].isVisibleTo(panel)
    assert panel.factors.signs[1].text() == "→"


def test_a_row_far_down_the_batch_is_among_those_drawn(panel):
    far = np.random.default_rng(0).normal(size=(900, 3))
    panel.show_snapshot(snapshot(explanation=explanation(incoming=far, local=far, outgoing=far, element=(777, 2))))
    heat = panel.factors.maps[2]
    assert heat.picture.cell_of((777, 2)) is not None
    assert "777" not in heat.picture.note
    assert heat.picture.note.startswith("rows 7")


def test_numbers_that_are_not_finite_stand_out(panel):
    broken = np.full((6, 3), np.nan)
    told = explanation(incoming=broken, local=broken, outgoing=broken, numbers="NaN = NaN · (1 − NaN²)")
    panel.show_snapshot(snapshot(explanation=told))
    panel.grab()
    assert panel.numbers.numbers.role == "bad"


def test_an_operation_ahead_of_the_cursor_says_so(panel):
    panel.show_snapshot(snapshot(cursor=2, focus=1, explanation=explanation()))
    assert panel.where.text().endswith("not yet run in this step")


@pytest.mark.parametrize(
    ("state", "words"), [("running", "Pause with Space"), ("compiling", "once the network is ready"), ("paused", "→")]
)
def test_without_an_explanation_it_says_how_to_get_one(panel, state, words):
    panel.show_snapshot(snapshot(state=state, explanation=None))
    assert words in panel.message.text()
    assert not panel.scroll.isVisibleTo(panel)
    assert panel.list.operations.cursor == (None if state == "running" else 3)


def test_a_network_that_cannot_run_says_why(panel):
    panel.show_snapshot(Snapshot(state="failed", message="loss.x: nothing is connected here. Draw a wire into it."))
    assert panel.message.text().startswith("loss.x: nothing is connected here")
    panel.show_snapshot(Snapshot(state="failed"))
    assert "Layer tab" in panel.message.text()


def test_an_empty_snapshot_is_survived(panel):
    panel.show_snapshot(Snapshot())
    panel.grab()
    assert panel.list.operations.rowCount() == 0


def test_scalars_and_missing_arrays_are_survived(panel):
    scalar = np.array(0.5)
    told = explanation(incoming=scalar, local=None, outgoing=scalar, element=(), names=("loss1.loss.grad", "", "y"))
    panel.show_snapshot(snapshot(explanation=told))
    panel.grab()
    assert panel.numbers.place.text() == "the value"
    panel.show_snapshot(snapshot(explanation=explanation(incoming=None, local=None, outgoing=None, element=())))
    panel.grab()
    assert not any(heat.isVisibleTo(panel) for heat in panel.factors.maps)


def test_the_frame_of_the_numbers_has_the_colour_of_the_direction(panel, pixel):
    panel.show_snapshot(snapshot(explanation=explanation()))
    assert pixel(panel.numbers, panel.numbers.width() / 2, 0) == theme.current().backward
    panel.show_snapshot(snapshot(explanation=explanation(instruction=PROGRAM[1], names=("dense1.z", "", "dense1.a"))))
    assert pixel(panel.numbers, panel.numbers.width() / 2, 0) == theme.current().forward


def test_a_low_window_is_not_made_to_grow(panel):
    told = explanation(numbers=" + ".join(["0.1234 · (−0.5678)"] * 12))
    panel.show_snapshot(snapshot(explanation=told))
    panel.resize(300, 380)
    panel.grab()
    assert panel.minimumSizeHint().height() <= 320
    assert panel.height() == 380
    assert panel.list.height() >= 2 * 26


def test_the_maps_give_way_before_anything_is_cut_off(panel):
    panel.show_snapshot(snapshot(explanation=explanation()))
    panel.resize(317, 465)  # as in a window of 1280 × 800
    panel.grab()
    assert not panel.scroll.verticalScrollBar().isVisible()
    assert 48 <= panel.factors.maps[0].height() < 140
    assert panel.list.height() >= 2 * 26


def test_the_list_leaves_the_maps_their_room(panel):
    panel.show_snapshot(snapshot(explanation=explanation()))
    panel.grab()
    assert panel.factors.maps[0].height() >= 100
    assert not panel.scroll.verticalScrollBar().isVisible()
    panel.resize(340, 1000)
    panel.grab()
    assert panel.list.height() > 400
