"""Slice, Transpose and Concat against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from tests.engine import nets

X = np.random.default_rng(0).standard_normal((3, 2, 4, 5))


def behind(kind: str, **attrs: Any) -> np.ndarray:
    """What a layer makes of X."""
    network = nets.chain(("Input", {"shape": X.shape[1:]}), (kind, attrs), ("SquaredError", {}))
    shape = engine.check.inspect(network).shapes[network.wires[0].target]
    return engine.Session(network, (X, np.zeros((len(X), int(np.prod(shape))))), dtype="float64").predict(X)


@pytest.mark.parametrize(
    ("attrs", "want"),
    [
        ({}, X),
        ({"stop": 1}, X[:, :1]),
        ({"dimension": 2, "start": 1, "stop": 3}, X[:, :, 1:3]),
        ({"dimension": 2, "start": -2}, X[:, :, -2:]),
        ({"dimension": 3, "start": 1, "stop": -1}, X[..., 1:-1]),
    ],
)
def test_slice(attrs: dict[str, Any], want: np.ndarray):
    np.testing.assert_array_equal(behind("Slice", **attrs), want)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1), (3, 2, 1)])
def test_transpose(order: tuple[int, ...]):
    np.testing.assert_array_equal(behind("Transpose", order=order), X.transpose(0, *order))


@pytest.mark.parametrize(("along", "axis"), [("first", 1), ("last", -1)])
def test_concat_of_parts_is_the_whole(along: str, axis: int):
    network = engine.Network()
    source = network.add("Input", shape=X.shape[1:])
    dimension = 1 if along == "first" else 3
    parts = [network.add("Slice", dimension=dimension, start=a, stop=b) for a, b in ((0, 1), (1, 2), (0, 0))]
    joined, loss = network.add("Concat", inputs=3, along=along), network.add("SquaredError")
    for part in parts:
        network.connect(source, part)
        network.connect(part, joined)
    network.connect(joined, loss)
    first, second = np.split(X, [1], axis)[0], np.take(X, [1], axis)
    want = np.concatenate([first, second, X], axis)
    session = engine.Session(network, (X, np.zeros((len(X), want[0].size))), dtype="float64")
    np.testing.assert_array_equal(session.predict(X), want)


@pytest.mark.parametrize(
    ("kind", "attrs", "words"),
    [
        ("Slice", {"dimension": 4}, "no dimension 4"),
        ("Slice", {"start": 2}, "do not lie in a dimension of 2"),
        ("Slice", {"start": 1, "stop": 1}, "do not lie"),
        ("Transpose", {"order": (2, 1)}, "each of the 3 dimensions"),
        ("Transpose", {"order": (1, 1, 2)}, "each of the 3 dimensions"),
    ],
)
def test_misfits_are_named(kind: str, attrs: dict[str, Any], words: str):
    network = nets.chain(("Input", {"shape": (2, 4, 5)}), (kind, attrs), ("SquaredError", {}))
    problem = next(problem for problem in network.check() if problem.code == "shape")
    assert words in problem.message
    assert problem.suggestion
