"""The timeline in the real window: the slider in the foot, branches with their networks, undo, and a file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.edits import SetAttributes, SetTraining
from engine.files import LESSONS, load


@pytest.fixture
def ready(live):
    live.open("circles")
    return live


def trained(live, count):
    goal = live.window.snapshot.steps + count
    live.window.worker.run(count)
    return live.until(lambda s: s.steps == goal and s.state == "paused")


def stands(snapshot, branch, step):
    return not snapshot.busy and not snapshot.moving and (snapshot.timeline.current, snapshot.steps) == (branch, step)


def weights(live):
    return np.concatenate([v.ravel() for _, v in sorted(live.window.worker._loop.session.parameters.items())])


def test_the_slider_goes_to_any_past_step(ready):
    window, slider = ready.window, ready.window.footer.timeline
    assert slider.isHidden()
    trained(ready, 60)
    at_60 = weights(ready)
    trained(ready, 140)
    ready.until(lambda s: slider.step == 200)
    assert not slider.isHidden()
    slider.slider.setValue(60)
    ready.until(lambda s: s.steps == 60 and not s.moving)
    np.testing.assert_array_equal(weights(ready), at_60)
    assert window.topbar.figures["step"].value.text() == "60"
    assert (slider.start, slider.end) == (0, 200)
    slider.slider.setValue(200)
    ready.until(lambda s: s.steps == 200 and not s.moving)


def test_another_branch_brings_its_network_and_undo_leads_back(ready):
    window = ready.window
    trained(ready, 50)
    hidden = next(id for id, node in window.document.network.nodes.items() if node.kind == "Dense")
    units = window.document.network.nodes[hidden].attrs["units"]
    window.document.apply(SetAttributes(hidden, {"units": units + 3}), "Units")
    ready.until(lambda s: s.timeline is not None and len(s.timeline.branches) == 2 and s.state == "ready")
    trained(ready, 30)
    window.control.timeline.go(20, 1)
    ready.until(lambda s: stands(s, 1, 20))
    assert window.document.network.nodes[hidden].attrs["units"] == units
    window.document.undo_stack.undo()
    ready.until(lambda s: stands(s, 2, 30))
    assert window.document.network.nodes[hidden].attrs["units"] == units + 3


def test_the_rate_field_shows_the_rate_of_the_step(ready):
    window = ready.window
    first = window.document.network.training.learning_rate
    trained(ready, 40)
    window.control.set_rate(first / 4)
    ready.until(lambda s: s.learning_rate == pytest.approx(first / 4))
    trained(ready, 40)
    window.control.timeline.go(10)
    ready.until(lambda s: s.steps == 10 and window.document.network.training.learning_rate == first)
    window.control.timeline.go(60)
    ready.until(lambda s: s.steps == 60 and window.document.network.training.learning_rate == first / 4)
    assert len(window.snapshot.timeline.branches) == 1


def test_branches_are_saved_with_the_network_and_replayed_bit_for_bit(ready, tmp_path):
    window = ready.window
    trained(ready, 100)
    window.control.timeline.go(70)
    ready.until(lambda s: s.steps == 70 and not s.moving)
    at_70 = weights(ready)
    window.control.set_rate(0.5)
    ready.until(lambda s: s.timeline is not None and len(s.timeline.branches) == 2)
    trained(ready, 25)
    at_95 = weights(ready)
    path = str(tmp_path / "runs.chainrule")
    window.files.dialogs.saves = path
    assert window.files.save_as()
    assert len(load(path).timeline.branches) == 2
    ready.open("xor")
    window.control.open(path)
    ready.until(lambda s: s.state == "ready" and s.timeline is not None and len(s.timeline.branches) == 2)
    assert window.snapshot.steps == 95
    window.control.timeline.go(70, 1)
    ready.until(lambda s: stands(s, 1, 70))
    np.testing.assert_array_equal(weights(ready), at_70)
    window.control.timeline.go(95, 2)
    ready.until(lambda s: stands(s, 2, 95))
    np.testing.assert_array_equal(weights(ready), at_95)


def test_a_broken_network_is_saved_with_its_runs(ready, tmp_path):
    window = ready.window
    trained(ready, 40)
    hidden = next(id for id, node in window.document.network.nodes.items() if node.kind == "Dense")
    from engine.edits import RemoveLayer

    window.document.apply(RemoveLayer(hidden), "Remove")
    window.files.dialogs.saves = path = str(tmp_path / "broken.chainrule")
    assert window.files.save_as()
    assert load(path).timeline.branch.end == 40
    ready.open("xor")
    window.control.open(path)
    ready.until(lambda s: s.generation == window.document.generation or s.state == "failed")
    window.files.dialogs.saves = again = str(tmp_path / "again.chainrule")
    assert window.files.save_as()
    assert load(again).timeline.branch.end == 40  # what cannot run yet loses nothing


def test_what_was_never_trained_is_saved_without_a_timeline(ready, tmp_path):
    ready.window.document.save(str(tmp_path / "a.chainrule"), None, ready.window.worker.timeline())
    assert load(tmp_path / "a.chainrule").timeline is None


def test_the_card_asks_through_the_window(ready):
    window = ready.window
    trained(ready, 30)
    card = window.plots.show_view("timeline")
    ready.until(lambda s: not card.is_empty)
    card.button.click()
    ready.until(lambda s: s.timeline is not None and len(s.timeline.branches) == 2)
    training = window.document.network.training
    window.document.apply(SetTraining(replace(training, optimizer="adam", learning_rate=0.01)), "Adam")
    ready.until(lambda s: not s.busy and s.timeline.branch.network.training.optimizer == "adam")
    trained(ready, 20)
    assert [branch.end for branch in window.snapshot.timeline.branches] == [30, 50]
    window.plots.show_view("curves")
    ready.until(lambda s: len(window.plots.curves._others) == 1)
    window.grab()
    assert LESSONS.exists()
