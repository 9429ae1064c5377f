"""The timeline on the worker: any past step, branches that begin by themselves, and the way back beyond the history."""

# ruff: noqa: F811

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.app.test_worker import network, numbers, started, until, worker  # noqa: F401


def block(worker):
    return np.concatenate([value.ravel() for _, value in sorted(worker._loop.session.parameters.items())])


def paused(worker, count):
    goal = worker.latest.steps + count
    worker.run(count)
    return until(worker, lambda s: s.state == "paused" and s.steps == goal)


def go(worker, step, branch=None):
    worker.go_to(step, branch)
    return until(worker, lambda s: s.steps == step and not s.moving and (branch in (None, s.timeline.current)))


def names(snapshot):
    return [branch.name for branch in snapshot.timeline.branches]


def reopened(worker, net, **options):
    generation = next(numbers)
    worker.open(net, generation, keep=True, **options)
    return until(worker, lambda s: s.generation == generation and not s.busy and not s.moving)


def test_a_run_is_one_branch_and_every_step_of_it_comes_back(worker):
    assert names(worker.latest) == ["Run 1"]
    paused(worker, 100)
    at_100 = block(worker)
    snapshot = paused(worker, 400)
    assert snapshot.timeline.branch.end == 500
    at_500, loss = block(worker), snapshot.loss
    snapshot = go(worker, 100)
    np.testing.assert_array_equal(block(worker), at_100)
    assert snapshot.history.steps[-1] > 400  # the curve stays whole
    assert snapshot.timeline.branch.end == 500
    snapshot = go(worker, 500)
    np.testing.assert_array_equal(block(worker), at_500)
    assert snapshot.loss == loss
    go(worker, 499)
    paused(worker, 1)
    np.testing.assert_array_equal(block(worker), at_500)
    assert names(worker.latest) == ["Run 1"]  # the same once more is no other branch


def test_a_rate_changed_in_the_past_begins_a_branch(worker):
    paused(worker, 300)
    at_300 = block(worker)
    go(worker, 120)
    worker.set_learning_rate(0.2)
    snapshot = until(worker, lambda s: len(s.timeline.branches) == 2)
    assert names(snapshot) == ["Run 1", "rate 0.2 from 120"]
    assert (snapshot.timeline.branch.parent, snapshot.timeline.branch.left_at) == (1, 120)
    snapshot = paused(worker, 50)
    assert (snapshot.history.steps[0], snapshot.timeline.branch.end) == (120, 170)
    assert [branch.end for branch in snapshot.timeline.branches] == [300, 170]
    snapshot = go(worker, 300, branch=1)
    np.testing.assert_array_equal(block(worker), at_300)
    assert snapshot.learning_rate == pytest.approx(0.01)
    assert go(worker, 150, branch=2).learning_rate == pytest.approx(0.2)


def test_the_same_rate_again_changes_nothing(worker):
    paused(worker, 50)
    go(worker, 20)
    worker.set_learning_rate(0.01)
    assert names(paused(worker, 5)) == ["Run 1"]


def test_a_rate_changed_within_a_step_counts_from_the_next_one(worker):
    paused(worker, 60)
    go(worker, 20)
    worker.step()
    until(worker, lambda s: s.cursor == 1)
    worker.set_learning_rate(0.3)
    snapshot = paused(worker, 1)
    assert snapshot.timeline.branch.left_at == 21
    at = block(worker)
    paused(worker, 10)
    go(worker, 21)
    np.testing.assert_array_equal(block(worker), at)


def test_another_optimiser_is_another_branch_that_goes_on_from_there(worker):
    paused(worker, 80)
    before = block(worker)
    snapshot = reopened(worker, network(optimizer="momentum"))
    assert names(snapshot) == ["Run 1", "momentum from 80"]
    assert snapshot.steps == 80
    np.testing.assert_array_equal(block(worker), before)
    assert snapshot.timeline.branch.offset == 0


def test_an_edited_network_is_another_branch_that_counts_from_0(worker):
    paused(worker, 80)
    wider = network()
    wider.nodes["hidden"] = replace(wider.nodes["hidden"], attrs=wider.nodes["hidden"].attrs | {"units": 9})
    snapshot = reopened(worker, wider)
    assert names(snapshot) == ["Run 1", "edited from 80"]
    assert (snapshot.steps, snapshot.timeline.branch.offset) == (0, 80)
    paused(worker, 30)
    snapshot = reopened(worker, network(), at=(1, 40))
    assert (snapshot.steps, snapshot.timeline.current) == (40, 1)
    snapshot = reopened(worker, wider)  # the change of branches is taken back
    assert (snapshot.steps, snapshot.timeline.current) == (30, 2)


def test_edits_before_any_training_make_no_branches(worker):
    for units in (5, 7, 8):
        net = network()
        net.nodes["hidden"] = replace(net.nodes["hidden"], attrs=net.nodes["hidden"].attrs | {"units": units})
        snapshot = reopened(worker, net)
    assert names(snapshot) == ["Run 1"]
    assert snapshot.timeline.branch.network.nodes["hidden"].attrs["units"] == 8


def test_a_reset_run_is_begun_again_and_brought_back(worker):
    paused(worker, 90)
    worker.reset()
    snapshot = until(worker, lambda s: s.steps == 0 and s.state == "ready")
    assert [(branch.name, branch.end) for branch in snapshot.timeline.branches] == [("Run 1", 0)]
    worker.unreset()
    snapshot = until(worker, lambda s: s.steps == 90)
    assert [(branch.name, branch.end) for branch in snapshot.timeline.branches] == [("Run 1", 90)]
    go(worker, 40)


def test_stepping_back_reaches_beyond_the_history_of_the_session(worker):
    paused(worker, 300)
    go(worker, 200)
    worker.step(back=True)
    snapshot = until(worker, lambda s: s.cursor == len(s.instructions) - 1)
    assert snapshot.steps == 199
    worker.run(back=True)
    until(worker, lambda s: s.steps == 0 and s.cursor == 0 and not s.moving)


def test_branches_are_made_named_and_deleted_by_hand(worker):
    paused(worker, 30)
    worker.edit_branch("fork")
    snapshot = until(worker, lambda s: len(s.timeline.branches) == 2)
    assert names(snapshot) == ["Run 1", "branch from 30"]
    worker.edit_branch("rename", 2, "mine")
    until(worker, lambda s: names(s) == ["Run 1", "mine"])
    worker.edit_branch("delete", 2)
    until(worker, lambda s: "another one first" in s.message)
    worker.edit_branch("delete", 1)
    snapshot = until(worker, lambda s: names(s) == ["mine"])
    assert snapshot.timeline.branch.parent is None
    worker.edit_branch("rename", 99, "nobody")
    marks = snapshot.timeline.branch.marks
    paused(worker, 200)
    worker.edit_branch("prune")
    until(worker, lambda s: s.timeline.branch.marks <= max(2, marks + 200))


def test_a_step_that_does_not_exist_is_the_nearest_one(worker):
    paused(worker, 30)
    go(worker, 10)
    worker.go_to(10_000)
    until(worker, lambda s: s.steps == 30 and s.state == "paused" and not s.moving)
    worker.go_to(-4)
    until(worker, lambda s: s.steps == 0 and s.state == "ready")
    worker.go_to(5, branch=77)
    assert paused(worker, 1).steps == 1


def test_diverged_runs_go_back_to_before(worker):
    reopened(worker, network(optimizer="sgd", activation="relu"))
    paused(worker, 50)
    at = block(worker)
    worker.set_learning_rate(1e30)
    worker.run()
    until(worker, lambda s: s.state == "diverged")
    go(worker, 40)
    assert worker.latest.state == "paused"
    go(worker, 50)
    np.testing.assert_array_equal(block(worker), at)


def test_a_file_s_runs_go_on(worker):
    paused(worker, 120)
    go(worker, 60)
    worker.set_learning_rate(0.3)
    paused(worker, 40)
    end = block(worker)
    kept, saved = worker.timeline(), network()
    saved.checkpoint, saved.timeline = worker.checkpoint(saved), kept
    generation = next(numbers)
    worker.open(saved, generation)
    snapshot = until(worker, lambda s: s.generation == generation and s.state == "ready")
    assert names(snapshot) == ["Run 1", "rate 0.3 from 60"]
    assert snapshot.steps == 100
    assert snapshot.history.steps[0] == 60
    np.testing.assert_array_equal(block(worker), end)
    go(worker, 70)
    go(worker, 100)
    np.testing.assert_array_equal(block(worker), end)
    assert go(worker, 120, branch=1).timeline.branch.name == "Run 1"
