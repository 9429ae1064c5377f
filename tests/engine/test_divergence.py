"""Runs that blow up: the first operation at fault is named, and the session is paused, not dead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import ChainruleError, DivergedError
from tests.engine import nets


def wild(loss: str = "SquaredError", rate: float = 1e6, **settings: Any) -> engine.Session:
    """A regression that overflows within a few steps."""
    network = nets.mlp((3, 4, 3), "linear", loss)
    return engine.Session(network, nets.data(loss), learning_rate=rate, **settings)


def overflowing() -> engine.Session:
    """float32: losses of 1e30 are finite, their gradients with respect to the first layer are not."""
    network = nets.mlp((1, 1, 1), "linear", "SquaredError")
    session = engine.Session(network, (np.ones((2, 1)), np.zeros((2, 1))), learning_rate=0.1)
    session.parameters["dense1.W"] = [[1e-12]]
    session.parameters["dense2.W"] = [[1e27]]
    assert np.isfinite(session.loss())
    return session


def walk(session: engine.Session, steps: int) -> None:
    """Step through single instructions."""
    for _ in range(steps * len(session.instructions)):
        session.step()


def named(error: DivergedError, session: engine.Session) -> None:
    """The error names the instruction before the cursor, whose result is the first that is not finite."""
    row = session.cursor - 1
    instruction = session.instructions[row]
    assert instruction.layer in error.operation
    assert instruction.title in error.operation
    assert not all(np.isfinite(session.view(value)).all() for value in session.call(row).outputs)
    for earlier in range(row):
        assert all(np.isfinite(session.view(value)).all() for value in session.call(earlier).outputs)


@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_learning_rate_of_a_million(dtype: str, optimizer: str, batch_size: int | None):
    session = wild(dtype=dtype, optimizer=optimizer, batch_size=batch_size)
    with pytest.raises(DivergedError, match=r"step.*reset") as caught:
        session.train(steps=1000)
    error = caught.value
    assert isinstance(error, ChainruleError)
    assert error.step == session.steps < 100
    named(error, session)
    assert len(session.loss_history()[0]) == session.steps


def test_it_can_be_looked_at_reset_and_trained():
    session = wild()
    start = {name: array.copy() for name, array in session.parameters.items()}
    with pytest.raises(DivergedError):
        session.train(steps=1000)
    assert session.loss() is not None
    assert session.predict(np.zeros((1, 3))).shape == (1, 3)
    with pytest.raises(DivergedError):
        session.train(steps=1)
    session.reset()
    for name, array in session.parameters.items():
        np.testing.assert_array_equal(array, start[name])
    session.learning_rate = 0.01
    before = session.loss()
    assert session.train(steps=50).steps == 50
    assert session.loss() < before


def test_it_can_be_stepped_back_from():
    session = wild()
    with pytest.raises(DivergedError):
        session.train(steps=1000)
    steps = session.steps
    while session.steps == steps:
        session.step_back()
    assert session.steps == steps - 1
    assert all(np.isfinite(array).all() for array in session.parameters.values())


def test_it_is_caught_when_stepping():
    trained, stepped = wild(), wild()
    with pytest.raises(DivergedError) as by_training:
        trained.train(steps=1000)
    with pytest.raises(DivergedError) as by_stepping:
        walk(stepped, steps=1000)
    assert str(by_stepping.value) == str(by_training.value)
    assert (stepped.steps, stepped.cursor) == (trained.steps, trained.cursor)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_do_not_change_the_report(threads: int):
    network, data = nets.mlp((20, 70, 130, 10), "relu"), nets.data("CrossEntropy", 300, 20, 10)
    session = engine.Session(network, data, learning_rate=1e6, threads=threads)
    with pytest.raises(DivergedError) as caught:
        session.train(steps=10_000)
    named(caught.value, session)
    single = engine.Session(network, data, learning_rate=1e6)
    with pytest.raises(DivergedError) as alone:
        single.train(steps=10_000)
    assert str(alone.value) == str(caught.value)


def test_a_gradient_overflows_while_the_loss_is_finite():
    session = overflowing()
    kept = {name: array.copy() for name, array in session.parameters.items()}
    with pytest.raises(DivergedError, match="backward") as caught:
        session.train(steps=5)
    assert caught.value.step == session.steps == 0
    assert np.isfinite(session.loss())
    named(caught.value, session)
    for name, array in session.parameters.items():
        np.testing.assert_array_equal(array, kept[name])


def test_a_gradient_overflows_while_stepping():
    session = overflowing()
    with pytest.raises(DivergedError, match="backward") as caught:
        walk(session, steps=1)
    assert caught.value.step == session.steps == 0
    assert all(np.isfinite(array).all() for array in session.parameters.values())


def test_a_gradient_overflows_in_a_half_done_step():
    session = overflowing()
    session.step()
    with pytest.raises(DivergedError, match="backward"):
        session.train(steps=5)
    assert session.steps == 0
    assert all(np.isfinite(array).all() for array in session.parameters.values())


def test_an_update_overflows():
    """Finite gradients, but a step too long for float32: what comes next is named, at its step."""
    session = wild(rate=1e38, optimizer="momentum")
    with pytest.raises(DivergedError) as caught:
        session.train(steps=10)
    assert caught.value.step <= 2
    session.reset()
    session.learning_rate = 0.01
    assert session.train(steps=5).steps == 5


def test_a_parameter_that_is_not_finite_is_found():
    session = wild(rate=0.01)
    session.parameters["dense1.W"][0, 0] = np.nan
    with pytest.raises(DivergedError, match="dense1"):
        session.train(steps=1)


@pytest.mark.parametrize("loss", ["CrossEntropy", "BinaryCrossEntropy"])
def test_confident_losses_stay_finite(loss: str):
    """Logits of ±1e4 overflow a naive softmax or sigmoid; the fused losses take them."""
    session = engine.Session(nets.mlp((3, 3), "linear", loss), nets.data(loss), learning_rate=0.0)
    session.parameters["dense1.W"] = 1e4 * np.ones((3, 3)) * [1, -1, 0]
    assert np.isfinite(session.loss())
    assert session.train(steps=3).steps == 3
