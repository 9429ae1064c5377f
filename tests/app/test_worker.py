"""The worker thread on the real engine: commands in, snapshots out, nothing kills it."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from app.snapshot import Snapshot
from app.worker import Worker
from app.worker_startup import ENGINE, PLOTS
from engine.data import DataSpec
from engine.network import Network
from engine.training import Training

numbers = itertools.count(1000)


def network(optimizer: str = "adam", rate: float = 0.01, **attrs) -> Network:
    net = Network(title="rings")
    net.data = DataSpec.of("circles", samples=200)
    net.training = Training(optimizer=optimizer, learning_rate=rate, batch_size=20)
    points = net.add("Input", shape=(2,), id="points")
    hidden = net.add("Dense", units=6, id="hidden", **({"activation": "tanh"} | attrs))
    out = net.add("Dense", units=2, id="out")
    for source, target in ((points, hidden), (hidden, out), (out, net.add("CrossEntropy", id="loss"))):
        net.connect(source, target)
    return net


def until(worker: Worker, ready, seconds: float = 30.0) -> Snapshot:
    end = time.monotonic() + seconds
    while not ready(worker.latest):
        assert time.monotonic() < end, (worker.latest.state, worker.latest.message)
        time.sleep(0.002)
    return worker.latest


@pytest.fixture(scope="module")
def started():
    worker = Worker()
    worker.start()
    yield worker
    assert worker.stop()


@pytest.fixture
def worker(started):
    """Freshly opened, at step 0."""
    generation = next(numbers)
    started.open(network(), generation)
    until(started, lambda s: s.state == "ready" and s.generation == generation)
    return started


def paused(worker: Worker, steps: int) -> Snapshot:
    worker.run(steps)
    return until(worker, lambda s: s.state == "paused" and s.steps >= steps)


def test_ready_shows_the_first_batch(worker):
    snapshot = worker.latest
    assert snapshot.steps == snapshot.cursor == 0
    assert snapshot.loss == pytest.approx(0.7, abs=0.4)
    assert snapshot.metric_name == "accuracy"
    assert set(snapshot.thumbnails) == {"points", "hidden", "out"}
    assert snapshot.gradient_norms["hidden"] > 0
    assert snapshot.parameter_count == 2 * 6 + 6 + 6 * 2 + 2
    assert snapshot.boundary.values.shape == (100, 100, 2)
    np.testing.assert_allclose(snapshot.boundary.values.sum(-1), 1, atol=1e-5)


def test_runs_exactly_so_many_steps_and_learns(worker):
    snapshot = paused(worker, 1500)
    assert snapshot.steps == 1500
    assert snapshot.epoch == pytest.approx(1500 * 20 / len(snapshot.dataset.train))
    assert snapshot.metrics["val_accuracy"] > 0.9
    assert snapshot.steps_per_second > 1000
    assert snapshot.history.loss[-5:].mean() < snapshot.history.loss[0]
    assert snapshot.history.steps[-1] <= 1500
    assert snapshot.history.eval_steps[-1] == 1500


def test_pause_answers_at_once(worker):
    worker.run()
    until(worker, lambda s: s.state == "running" and s.steps > 0)
    start = time.monotonic()
    worker.pause()
    snapshot = until(worker, lambda s: s.state == "paused")
    assert time.monotonic() - start < 0.5
    time.sleep(0.1)
    assert worker.latest.steps == snapshot.steps


def test_steps_through_a_whole_step_and_back(worker):
    count = len(worker.latest.instructions)
    phases = []
    for i in range(count):
        worker.step()
        snapshot = until(worker, lambda s, i=i: s.focus == i)
        phases.append(snapshot.current.phase)
        assert snapshot.explanation.instruction is snapshot.current
    assert snapshot.steps == 1
    assert snapshot.cursor == 0
    assert sorted(set(phases), key=phases.index) == ["forward", "backward", "update"]
    worker.step(back=True)
    snapshot = until(worker, lambda s: s.steps == 0)
    assert snapshot.focus == count - 2
    for _ in range(count):
        worker.step(back=True)
    assert until(worker, lambda s: s.cursor == 0 and s.focus is None).steps == 0


def test_going_back_before_the_beginning_says_so(worker):
    worker.step(back=True)
    snapshot = until(worker, lambda s: s.message)
    assert "nothing to go back to" in snapshot.message
    assert snapshot.state == "ready"


def test_step_layer_ends_with_the_layer(worker):
    rows = worker.latest.instructions
    start = next(row.index for row in rows if row.layer == "hidden")
    worker.run_to(start)
    until(worker, lambda s: s.focus == start)
    worker.step(layer=True)
    snapshot = until(worker, lambda s: s.focus is not None and s.focus > start)
    following = rows[snapshot.cursor]
    assert rows[snapshot.focus].layer == "hidden"
    assert (following.layer, following.phase) != ("hidden", "forward")


def test_wanted_values_are_copies(worker):
    worker.set_wanted({"hidden.a", "hidden.a.grad", "no.such"})
    snapshot = until(worker, lambda s: "hidden.a" in s.values)
    assert set(snapshot.values) == {"hidden.a", "hidden.a.grad"}
    before = snapshot.values["hidden.a"].copy()
    paused(worker, 50)
    np.testing.assert_array_equal(snapshot.values["hidden.a"], before)
    assert not np.array_equal(worker.latest.values["hidden.a"], before)


def test_inspect_explains_the_chosen_element(worker):
    paused(worker, 3)
    index = next(row.index for row in worker.latest.instructions if row.op == "tanh")
    worker.inspect(index, (2, 4))
    snapshot = until(worker, lambda s: s.explanation is not None)
    assert snapshot.explanation.element == (2, 4)
    assert snapshot.explanation.instruction.index == index


def test_reset_repeats_the_run(worker):
    first = paused(worker, 40).loss
    worker.reset()
    snapshot = until(worker, lambda s: s.state == "ready")
    assert snapshot.steps == 0
    assert len(snapshot.history.steps) == 0
    assert paused(worker, 40).loss == first


def test_a_reset_can_be_taken_back(worker):
    before = paused(worker, 40)
    worker.reset()
    snapshot = until(worker, lambda s: s.state == "ready" and s.can_unreset)
    assert "step 40" in snapshot.message
    worker.reset()  # another one throws nothing away
    worker.unreset()
    back = until(worker, lambda s: s.state == "paused")
    assert (back.steps, back.metrics, back.can_unreset) == (40, before.metrics, False)
    assert len(back.history.steps) == len(before.history.steps)
    worker.run(10)
    ahead = until(worker, lambda s: s.steps == 50 and s.state == "paused")
    worker.reset()
    assert paused(worker, 50).metrics == ahead.metrics


def test_a_reset_of_another_network_is_not_taken_back(worker):
    paused(worker, 5)
    worker.reset()
    until(worker, lambda s: s.can_unreset)
    worker.open(network(), 98)
    assert not until(worker, lambda s: s.state == "ready" and s.generation == 98).can_unreset
    worker.unreset()
    assert paused(worker, 1).steps == 1


def test_learning_rate_is_live(worker):
    worker.set_learning_rate(0.25)
    assert until(worker, lambda s: s.learning_rate == 0.25).state == "ready"


def test_divergence_is_told_and_can_be_reset(worker):
    worker.open(network("sgd", 1e6, activation="linear"), 99)
    until(worker, lambda s: s.state == "ready" and s.generation == 99)
    worker.run()
    snapshot = until(worker, lambda s: s.state == "diverged")
    assert "diverged at step" in snapshot.message
    assert snapshot.current is not None
    worker.run()  # not before a reset
    worker.reset()
    until(worker, lambda s: s.state == "ready")
    worker.set_learning_rate(0.01)
    assert paused(worker, 10).steps == 10


def test_network_that_cannot_run_fails_with_its_reason(worker):
    broken = network()
    broken.disconnect("out", "x")
    worker.open(broken, 100)
    snapshot = until(worker, lambda s: s.state == "failed")
    assert "nothing is connected" in snapshot.message
    worker.step()
    worker.run()
    worker.open(network(), 101)
    assert until(worker, lambda s: s.generation == 101 and s.state == "ready").loss is not None


def test_defect_becomes_a_message(worker, monkeypatch):
    monkeypatch.setattr("app.worker_looks.Looks.copies", lambda *_: 1 / 0)
    worker.set_wanted({"hidden.z"})
    time.sleep(0.1)
    monkeypatch.undo()
    worker.step()
    assert until(worker, lambda s: s.focus == 0).state == "stepping"


def test_stop_while_running_ends_the_thread():
    worker = Worker()
    worker.start()
    worker.open(network(), 1)
    worker.run()
    until(worker, lambda s: s.state == "running" and s.steps > 0)
    start = time.monotonic()
    assert worker.stop()
    assert time.monotonic() - start < 2
    assert worker.stop()  # a second time does no harm


def test_loading_is_over_even_if_there_is_nothing_to_run():
    worker = Worker()
    worker.pause()  # as the window asks where its network cannot run
    worker.start()
    assert until(worker, lambda s: not s.busy).state == "failed"
    assert worker.stop()


def test_the_engine_waits_while_the_window_imports():
    held = Worker()
    held.start(hold=True)
    end = time.monotonic() + 60
    while held.stage < PLOTS:
        assert time.monotonic() < end
        time.sleep(0.01)
    time.sleep(0.2)
    assert held.stage == PLOTS
    held.go_on()
    while held.stage < ENGINE:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert held.stop()


def test_a_stretch_of_another_network_is_not_taken_over(worker):
    worker._loop._chunk = 1 << 20  # as after a network that is a thousand times as fast
    worker.run()
    until(worker, lambda s: s.state == "running" and 0 < s.steps < 20_000, seconds=5)
    worker.pause()
    until(worker, lambda s: s.state == "paused")


def test_newtons_hint_is_published(started):
    net, generation = network("newton", 1.0), next(numbers)
    net.training = Training(optimizer="newton", learning_rate=1.0, damping=0.0, cg_iterations=10)
    started.open(net, generation)
    until(started, lambda s: s.state == "ready" and s.generation == generation)
    assert started.latest.problems == ()
    found = paused(started, 1).problems
    assert [(problem.code, problem.severity) for problem in found] == [("curvature", "warning")]
