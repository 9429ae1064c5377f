"""The update in numbers: what is told is what the machine does, before it and after it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import engine
from engine.explain import explain
from engine.optimizers import OPTIMIZERS
from tests.engine import nets

NUMBER = r"(−?[\d.]+(?:e−?\d+)?)"


def session(optimizer: str) -> engine.Session:
    return engine.Session(
        nets.mlp((3, 4, 3)), nets.data("CrossEntropy"), optimizer=optimizer, learning_rate=0.1, dtype="float64"
    )


def told(text: str) -> float:
    return float(re.match(rf"θ {NUMBER} =", text).group(1).replace("−", "-"))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("element", [0, 5, 20])
def test_what_will_be_and_what_was_done_are_the_same_line(optimizer: str, element: int):
    s = session(optimizer)
    s.train(steps=3)
    update = len(s.instructions) - 1
    s.run_to(update)
    before = explain(s, update, (element,))
    s.step()
    after = explain(s, update, (element,))
    theta = float(after.outgoing[element])
    assert told(before.numbers) == pytest.approx(theta, rel=1e-3)
    assert before.numbers.splitlines()[:-1] == after.numbers.splitlines()[:-1]
    assert "will make it" in before.numbers
    assert "made it" in after.numbers
    assert not np.allclose(before.outgoing, after.outgoing)


def test_gradient_descent_in_full():
    s = session("sgd")
    update = len(s.instructions) - 1
    s.run_to(update)
    weight, slope = float(s.parameters["dense1.W"][1, 2]), float(s.values["dense1.W.grad"][1, 2])
    element = next(i for i in range(40) if "dense1.W[1, 2]" in explain(s, update, (i,)).numbers)
    line = explain(s, update, (element,)).numbers.splitlines()[0]
    new, old, rate, gradient = (float(x.replace("−", "-")) for x in re.findall(NUMBER, line.replace(" − ", " ; ")))
    assert (old, rate, gradient) == (pytest.approx(weight, rel=1e-3), 0.1, pytest.approx(slope, rel=1e-3))
    assert new == pytest.approx(old - rate * gradient, rel=1e-2, abs=1e-4)


def test_a_changed_rate_tells_of_the_update_to_come():
    s = session("sgd")
    s.train(steps=2)
    update = len(s.instructions) - 1
    assert "made it" in explain(s, update, (0,)).numbers
    s.learning_rate = 0.5
    assert "will make it" in explain(s, update, (0,)).numbers
    assert "0.5000 ·" in explain(s, update, (0,)).numbers
