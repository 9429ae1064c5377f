"""Early stopping in the worker: a run pauses by itself, says so, and goes on when asked to."""

from __future__ import annotations

import itertools
from dataclasses import replace

import engine
from app.worker import Worker
from engine.early_stopping import STOPPED, train
from engine.files import LESSONS
from tests.app.test_worker import until

numbers = itertools.count(9000)


def lesson(patience: int = 3) -> engine.Network:
    net = engine.load(LESSONS / "early_stopping.chainrule")
    net.training = replace(net.training, stop_patience=patience)
    return net


def opened(worker: Worker, net: engine.Network) -> None:
    generation = next(numbers)
    worker.open(net, generation)
    until(worker, lambda s: s.state == "ready" and s.generation == generation)


def test_a_run_pauses_by_itself_where_the_engine_would_stop_it():
    worker = Worker()
    worker.start()
    try:
        opened(worker, lesson())
        worker.run(10**6)
        snapshot = until(worker, lambda s: s.state == "paused")
        twin = engine.Session.from_network(lesson())
        told = train(twin, 1000)
        assert told.startswith(STOPPED)
        assert snapshot.message == told
        assert snapshot.steps == twin.steps
        assert snapshot.metrics["val_loss"] == twin.evaluate("validation")["loss"]
        worker.run(5)  # asked to go on, it does
        until(worker, lambda s: s.state == "paused" and s.steps == twin.steps + 5)
        worker.reset()
        until(worker, lambda s: s.state == "ready" and s.steps == 0)
        worker.run(10**6)
        again = until(worker, lambda s: s.state == "paused" and s.steps > 5)
        assert (again.message, again.steps) == (told, twin.steps)
    finally:
        assert worker.stop()


def test_without_it_a_run_goes_on():
    worker = Worker()
    worker.start()
    try:
        opened(worker, lesson(0))
        worker.run(300)
        assert until(worker, lambda s: s.state == "paused" and s.steps == 300).message == ""
    finally:
        assert worker.stop()
