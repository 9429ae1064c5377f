"""Early stopping: when it ends a run, and what it puts back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import engine
from engine.early_stopping import EarlyStopping, stopping_of, train


def session(patience: int = 3, **more) -> engine.Session:
    """A network that overfits a few rows."""
    net = engine.load(engine.files.LESSONS / "early_stopping.chainrule")
    net.training = replace(net.training, stop_patience=patience, **more)
    return engine.Session.from_network(net)


def test_it_ends_where_the_loss_has_not_fallen_and_the_best_weights_are_back():
    s, twin = session(), session(0)
    told = train(s, 300)
    losses = []
    for _ in range(s.steps // s.steps_per_epoch):
        twin.train(steps=twin.steps_per_epoch)
        losses.append(twin.evaluate("validation")["loss"])
    best = int(np.argmin(losses))
    assert len(losses) - 1 - best == 3  # the run went on for three epochs after the best one
    assert s.evaluate("validation")["loss"] == losses[best]
    assert f"after epoch {len(losses)}" in told
    assert f"epoch {best + 1} are back" in told


def test_without_patience_or_validation_rows_nothing_stops_it():
    assert stopping_of(session(0)) is None
    net = session().network
    net.data = net.data.with_options(validation=0.0)
    assert stopping_of(engine.Session.from_network(net)) is None
    assert any("early stopping needs validation rows" in str(problem) for problem in net.check(net.data))
    s = session(0)
    assert train(s, 5) == ""
    assert s.steps == 5 * s.steps_per_epoch


def test_it_looks_only_where_an_epoch_ends():
    s, stopping = session(), EarlyStopping(1)
    assert stopping.steps_left(s) == s.steps_per_epoch
    s.train(steps=2)
    assert stopping.steps_left(s) == s.steps_per_epoch - 2
    assert not stopping.look(s)
    assert stopping.best is None
    s.train(steps=stopping.steps_left(s))
    assert not stopping.look(s)
    assert stopping.best is not None


def test_going_back_in_time_begins_anew():
    s, stopping = session(), EarlyStopping(2)
    for _ in range(4):
        s.train(steps=stopping.steps_left(s))
        stopping.look(s)
    s.reset()
    s.train(steps=stopping.steps_left(s))
    assert not stopping.look(s)
    assert stopping.best is not None
    assert stopping.best.steps == s.steps


def test_a_loss_that_is_not_finite_is_never_the_best(monkeypatch):
    s, stopping = session(), EarlyStopping(2)
    told = iter([0.5, float("nan"), 0.4, float("nan"), float("nan")])
    monkeypatch.setattr(engine.Session, "evaluate", lambda self, part: {"loss": next(told)})
    found = []
    for _ in range(5):
        s.train(steps=stopping.steps_left(s))
        found.append(stopping.look(s))
    assert stopping.best_loss == 0.4
    assert found == [False] * 4 + [True]


def test_training_goes_on_from_what_was_put_back_and_steps_back_over_it():
    s = session()
    train(s, 300)
    before, steps = s.parameter_block(), s.steps
    s.train(steps=3)
    while (s.steps, s.cursor) != (steps, 0):
        s.step_back()
    np.testing.assert_array_equal(s.parameter_block(), before)
