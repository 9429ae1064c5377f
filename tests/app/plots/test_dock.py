"""The row of plots: what it asks for, what it shows, what it says while it is empty."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from app import theme
from app.plots import PlotDock
from app.plots.dock import NARROW, USUAL, turn
from app.snapshot import Snapshot
from app.value_names import gradient_of, main_value, values_of
from tests.app.plots.samples import PROGRAM, explanation, snapshot


@pytest.fixture
def make(qtbot):
    def make(width):
        widget = PlotDock()
        qtbot.addWidget(widget)
        widget.resize(width, 230)
        widget.show()
        return widget

    return make


@pytest.fixture
def dock(make):
    return make(NARROW + 100)


@pytest.fixture
def narrow(make, qtbot):
    widget = make(NARROW - 100)
    qtbot.waitUntil(lambda: widget.seen == set(USUAL) - {"gradients"})
    return widget


def test_an_empty_snapshot_leaves_every_card_with_its_message(dock):
    dock.show_snapshot(Snapshot())
    dock.grab()
    cards = (dock.curves, dock.flow, dock.judgement, dock.activations, dock.gradients)
    assert all(card.is_empty and len(card.message.text()) > 20 for card in cards)


def test_the_selected_layer_decides_what_is_wanted(dock, qtbot):
    dock.show_snapshot(snapshot())
    with qtbot.waitSignal(dock.wanted_changed) as caught:
        dock.select_layer("dense1")
    assert caught.args == [{"dense1.a", "dense1.a.grad"}]
    assert dock.wanted == caught.args[0]


def test_values_of_the_selected_layer_are_shown(dock):
    dock.select_layer("dense1")
    shot = snapshot()
    dock.show_snapshot(shot)
    assert dock.activations.map.picture.cells.tolist() == shot.values["dense1.a"].tolist()
    assert dock.activations.remark.text() == "dense1.a 6×3"
    assert dock.gradients.scale.labels[0].startswith("+0.00")


def test_values_that_are_not_finite_are_counted(dock):
    dock.select_layer("dense1")
    dock.show_snapshot(snapshot(values={"dense1.a": np.array([[np.nan, 1.0], [np.inf, 2.0]])}))
    assert dock.activations.remark.text().startswith("2 not finite")
    assert dock.activations.map.limit == 2.0


def test_a_gradient_that_vanished_is_said(dock):
    dock.select_layer("dense1")
    dock.show_snapshot(snapshot(values={"dense1.a": np.ones((6, 3)), "dense1.a.grad": np.zeros((6, 3))}))
    assert dock.gradients.remark.text() == "dense1.a all 0"
    assert dock.gradients.scale.labels == ("", "0", "")


def test_a_layer_without_a_gradient_says_why(dock):
    dock.select_layer("input1")
    dock.show_snapshot(snapshot(values={"input1.x": np.ones((6, 2))}))
    assert not dock.activations.is_empty
    assert dock.gradients.message.text().startswith("The backward pass does not go as far as input1")


def test_a_layer_outside_the_program_says_so(dock):
    dock.select_layer("lonely")
    dock.show_snapshot(snapshot())
    assert "does not lead to the loss" in dock.activations.message.text()


def test_only_the_explained_result_passes_a_click_on(dock, qtbot):
    dock.select_layer("dense1")
    dock.show_snapshot(snapshot(explanation=None))
    with qtbot.assertNotEmitted(dock.element_chosen):
        dock.activations.element_chosen.emit((0, 0))
    told = explanation(instruction=PROGRAM[1])
    dock.show_snapshot(snapshot(explanation=told))
    assert dock.activations.map.chosen == told.element
    with qtbot.waitSignal(dock.element_chosen) as caught:
        dock.activations.element_chosen.emit((4, 2))
    assert caught.args == [(4, 2)]


@pytest.mark.parametrize("shape", [(), (7,), (6, 3), (5, 4, 4), (2, 3, 4, 4), (8, 10_000), (0, 3)])
def test_values_of_any_rank_are_drawn(dock, shape):
    dock.select_layer("dense1")
    dock.show_snapshot(snapshot(values={"dense1.a": np.ones(shape, np.float32)}))
    dock.grab()
    assert dock.activations.is_empty == (0 in shape)


def test_rows_that_are_pictures_are_told_in_their_own_shape(dock, qtbot):
    from app.plots.values import as_images

    assert as_images(np.zeros((4, 6)), (2, 3)).shape == (4, 2, 3)
    assert as_images(np.zeros((4, 5)), (2, 3)).shape == (4, 5)
    dock.activations.set_name("input1.x")
    dock.activations.show_array(np.zeros((4, 6)), "", (2, 3))
    with qtbot.waitSignal(dock.activations.element_chosen) as caught:
        dock.activations.map.element_chosen.emit((3, 1, 2))
    assert caught.args == [(3, 5)]


def test_both_themes_reach_every_card(dock):
    dock.select_layer("dense1")
    dock.show_snapshot(snapshot())
    theme.set_theme("light")
    dock.apply_theme()
    image = dock.flow.bars.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.LIGHT.backward in seen
    assert theme.DARK.backward not in seen


def test_everything_that_can_be_clicked_can_be_reached_by_keyboard(dock):
    focusable = [child for child in dock.findChildren(QWidget) if child.focusPolicy() & 1]
    assert {dock.curves.switch, dock.activations.map, dock.gradients.map} <= set(focusable)


def test_names_of_values():
    assert values_of(PROGRAM, "dense1")[:2] == ["dense1.a", "dense1.z"]
    assert main_value(PROGRAM, "input1") == "input1.x"
    assert main_value(PROGRAM, None) == ""
    assert gradient_of(PROGRAM, "dense1", "dense1.a") == "dense1.a.grad"
    assert gradient_of(PROGRAM, "input1", "input1.x") == ""


def test_while_running_plots_take_turns_and_standing_still_all_are_drawn(dock):
    dock.select_layer("dense1")
    dock.show_snapshot(snapshot(state="running"))
    drawn = [not card.is_empty for card in (dock.curves, dock.flow, dock.activations)]
    assert sum(drawn) <= 1  # it may be the turn of the loss surface
    assert not dock.judgement.is_empty
    for _ in range(8):
        dock.show_snapshot(snapshot(state="running"))
    assert not any(card.is_empty for card in (dock.curves, dock.flow, dock.activations))
    dock.show_snapshot(snapshot(gradient_norms={"other": 1.0}))
    assert list(dock.flow.bars.norms) == ["other"]


def test_the_surface_has_every_second_turn():
    ids = ["a", "surface", "b", "c"]
    assert [turn(ids, number) for number in range(8)] == [
        "a",
        "surface",
        "b",
        "surface",
        "c",
        "surface",
        "a",
        "surface",
    ]
    assert [turn(["a", "b"], number) for number in range(3)] == ["a", "b", "a"]
    assert turn(["surface"], 5) == "surface"


def test_views_are_docks_side_by_side_and_gradients_a_tab_where_room_is_short(dock, narrow, qtbot):
    qtbot.waitUntil(lambda: dock.seen == set(USUAL))
    for widget in (dock, narrow):
        shown = [widget.area.docks[id] for id in USUAL if id in widget.seen]
        assert all(one.x() + one.width() <= other.x() for one, other in itertools.pairwise(shown))
    assert narrow.activations.title.isHidden()  # the tab says it
    assert not dock.activations.title.isHidden()


def test_a_view_behind_a_tab_is_not_drawn(narrow, qtbot):
    narrow.select_layer("dense1")
    narrow.show_snapshot(snapshot())
    assert narrow.gradients.is_empty
    with qtbot.waitSignal(narrow.wanted_changed):
        narrow.show_view("gradients")
    qtbot.waitUntil(lambda: "gradients" in narrow.seen and "activations" not in narrow.seen)
    qtbot.waitUntil(lambda: not narrow.gradients.is_empty)


def test_views_are_closed_and_opened_from_the_menu(dock, qtbot):
    flow = dock.actions_by_id["flow"]
    qtbot.waitUntil(flow.isChecked)
    flow.trigger()
    qtbot.waitUntil(lambda: "flow" not in dock.seen)
    assert not flow.isChecked()
    flow.trigger()
    qtbot.waitUntil(lambda: "flow" in dock.seen)
    assert [action for action in dock.menu.actions() if not action.isSeparator()] == list(dock.actions_by_id.values())
    assert dock.show_view("no such view") is None


def test_the_arrangement_is_kept(narrow, make, qtbot):
    narrow.show_view("gradients")
    narrow.area.put_away("judgement")
    qtbot.waitUntil(lambda: "gradients" in narrow.seen and "judgement" not in narrow.seen)
    other = make(NARROW + 100)
    qtbot.waitUntil(lambda: other.seen == set(USUAL))
    assert other.restore(narrow.arrangement())
    qtbot.waitUntil(lambda: other.seen == narrow.seen)
    assert set(other.area.open) == set(narrow.area.open)


@pytest.mark.parametrize("kept", [None, "", "{}", '{"open": ["nothing"], "state": "!"}', '{"open": 3}', "[1]"])
def test_an_arrangement_that_cannot_be_read_is_left_out(dock, kept):
    assert not dock.restore(kept)
    assert set(dock.area.open) == set(USUAL)


def test_the_legend_says_as_much_as_has_room(dock):
    legend, said = dock.curves.legend, []
    for width in (400, 200, 165, 100):
        legend.resize(width, 16)
        legend.show_values(0.041662, 0.061958)
        said.append(f"{legend.train.text()} {legend.validation.text()}")
    assert said[0] == "train 0.04166 validation 0.06196"
    assert said[-1] == "train val."
    assert [len(one) for one in said] == sorted((len(one) for one in said), reverse=True)


def test_a_view_goes_to_a_window_of_its_own_and_comes_back_to_its_place(dock, qtbot):
    place, open_it = dock.area.docks["surface"].geometry(), dock.surface.deeds["In a window of its own"]
    own = open_it()
    assert dock.surface.window() is own
    assert "surface" in dock.seen
    assert open_it() is own
    own.switch_full()
    assert own.isFullScreen()
    own.leave()
    assert own.isVisible()
    own.leave()
    qtbot.waitUntil(lambda: dock.surface.window() is dock.window())
    assert dock.area.docks["surface"].geometry() == place
    assert dock.surface.isVisible()
