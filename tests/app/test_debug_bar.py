"""The debug bar in the real window: every way to step by its action, grey with a reason where there is none."""

from __future__ import annotations

import pytest

from app.debug_bar import BACK, FORWARD, PACES, PLACES, reason, target
from app.palette_entries import entries
from app.snapshot import Snapshot


@pytest.fixture
def spirals(live):
    """Opened anew, at step 0, with nothing selected."""
    live.open("spirals")
    live.window.canvas.scene.select(None)
    yield live
    live.act("pace_most")
    live.window.worker.pause()
    live.until(lambda s: not s.moving)


def row_of(snapshot, layer: str, phase: str) -> int:
    return next(row.index for row in snapshot.instructions if (row.layer, row.phase) == (layer, phase))


def test_runs_to_the_loss_the_end_and_back_to_the_start(spirals):
    rows = spirals.window.snapshot.instructions
    last = max(row.index for row in rows if row.phase == "forward")
    spirals.act("to_loss")
    assert spirals.until(lambda s: s.focus == last).current.phase == "forward"
    spirals.act("continue")
    assert spirals.until(lambda s: s.steps == 1 and s.cursor == 0).state == "paused"
    spirals.act("step")
    spirals.act("step")
    spirals.until(lambda s: s.cursor == 2)
    spirals.act("step_start")
    assert spirals.until(lambda s: s.cursor == 0).steps == 1


def test_runs_to_the_selected_layer_both_ways(spirals):
    window = spirals.window
    assert not window.actions_by_name["run_here"].isEnabled()
    assert "Select a layer" in window.actions_by_name["run_here"].toolTip()
    window.canvas.select_layer("hidden 2")
    for name, phase in (("run_here", "forward"), ("run_here_back", "backward")):
        assert window.actions_by_name[name].isEnabled()
        spirals.act(name)
        place = row_of(window.snapshot, "hidden 2", phase)
        spirals.until(lambda s, place=place: s.focus == place)
    menu_names = {action.objectName() for action in window.canvas.more_actions}
    assert menu_names == set(PLACES)


def test_a_layer_forward_and_back(spirals):
    spirals.act("step_layer")
    first = spirals.until(lambda s: s.cursor > 0).cursor
    spirals.act("step_layer")
    spirals.until(lambda s: s.cursor > first)
    spirals.act("layer_back")
    spirals.until(lambda s: s.cursor == first)


def test_reasons():
    for name in (*FORWARD, *BACK):
        waits = reason(name, Snapshot())
        assert waits == "" if name == "run" else "prepared" in waits  # it begins as soon as it can
        assert "cannot run" in reason(name, Snapshot(state="failed"))
    assert "reset it first" in reason("run", Snapshot(state="diverged", steps=4))
    assert reason("step_back", Snapshot(state="diverged", steps=4)) == ""
    assert "beginning" in reason("play_back", Snapshot(state="ready"))
    assert "begins here" in reason("step_start", Snapshot(state="paused", steps=4))
    assert target("to_loss", Snapshot(), None) is None


def test_everything_is_in_the_palette_and_in_the_menu(spirals):
    found = {entry.key.removeprefix("command/") for entry in entries(spirals.window)}
    run = next(menu for menu in spirals.window.menu.others if menu.title() == "Run")
    listed = {action.objectName() for action in run.actions()}
    assert {*FORWARD, *BACK, *PACES, "reset"} <= found & listed


def test_the_pace_of_operations_lights_one_after_the_other(spirals):
    window = spirals.window
    spirals.act("pace_operations")
    assert window.topbar.pace.text() == "op by op"
    spirals.act("run")
    spirals.until(lambda s: s.moving and s.cursor == 1)
    assert "Pause" in window.actions_by_name["run"].toolTip()
    lit = spirals.until(lambda s: s.cursor == 2).current
    assert lit.index == 1
    spirals.act("run")
    spirals.until(lambda s: not s.moving)
    spirals.act("pace_most")
    assert window.topbar.pace.text() == "max"


def test_a_run_stops_after_the_epochs_and_plays_back(spirals):
    window = spirals.window
    training = window.sidebar.training
    training.form.changed.emit("epochs", 2, "n")
    training.stop.setChecked(True)
    assert training.stop.text() == "Stop after 2 epochs"
    try:
        spirals.act("run")
        each = spirals.until(lambda s: s.steps > 0 and s.state == "paused").steps
        assert each == window.control.stepping.stop_after * round(each / 2)
        spirals.act("run")
        spirals.until(lambda s: s.steps == 2 * each and s.state == "paused")
    finally:
        training.stop.setChecked(False)
        window.document.undo_stack.undo()
    assert window.control.stepping.limit() is None
    spirals.act("play_back")
    spirals.until(lambda s: s.steps == 0 and s.cursor == 0 and not s.moving)


def test_undo_names_what_it_takes_back(spirals):
    window = spirals.window
    undo, redo = window.actions_by_name["undo"], window.actions_by_name["redo"]
    assert not undo.isEnabled()
    assert "nothing to undo" in undo.toolTip()
    window.control.set_rate(0.02)
    assert undo.isEnabled()
    assert undo.toolTip().startswith("Undo Learning rate")
    undo.trigger()
    assert not undo.isEnabled()
    assert redo.isEnabled()
    assert redo.toolTip().startswith("Redo Learning rate")


def test_values_not_computed_yet_are_faint(spirals):
    window = spirals.window
    window.plots.show_view("gradients")  # they may be behind another tab
    window.worker.run(20)
    spirals.until(lambda s: s.steps == 20 and s.state == "paused")
    window.canvas.select_layer("hidden 2")
    place = row_of(window.snapshot, "hidden 2", "forward")
    window.worker.run_to(place)
    snapshot = spirals.until(lambda s: s.cursor == place + 1 and "hidden 2.a.grad" in s.values)
    assert "hidden 2.a.grad" in snapshot.ahead
    assert window.plots.gradients.map.faint
    assert window.plots.gradients.remark.text() == "from the last run"
    panel = window.right.operation_panel
    assert not panel.factors.maps[2].faint
    window.worker.inspect(row_of(window.snapshot, "hidden 2", "backward"))
    spirals.until(lambda s: s.explanation.instruction.phase == "backward")
    assert panel.factors.maps[2].faint
    assert "not yet computed" in panel.numbers.place.text()
    window.worker.run(1)
    spirals.until(lambda s: s.steps == 21 and s.state == "paused")
    assert not window.plots.gradients.map.faint
