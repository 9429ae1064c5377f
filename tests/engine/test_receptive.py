"""Receptive fields: by formula, and by which inputs really change an output."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import engine
from engine.check import inspect
from engine.receptive import Field, dense_instead, fields
from tests.engine.nets import Layers, chain

VALID = {"padding": "valid", "filters": 1}


def network(shape: tuple[int, ...], *layers: tuple[str, dict[str, Any]]) -> engine.Network:
    return chain(("Input", {"shape": shape}), *layers, ("Flatten", {}), ("SquaredError", {}))


def field(shape: tuple[int, ...], *layers: tuple[str, dict[str, Any]]) -> Field:
    """That of the last of `layers`."""
    made = network(shape, *layers)
    return fields(made, inspect(made))[list(made.nodes)[len(layers)]]


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("width", [2, 3, 5])
def test_a_stack_of_convolutions_sees_the_sum_of_its_windows(count: int, width: int):
    found = field((1, 50), *[("Conv1D", {"kernel": (width,), **VALID})] * count)
    assert found == Field((count * (width - 1) + 1,), (Fraction(1),))


def test_windows_side_by_side_multiply():
    found = field((1, 50), *[("Conv1D", {"kernel": (3,), "stride": (3,), **VALID})] * 3)
    assert found == Field((27,), (Fraction(27),))


CHAINS: list[tuple[tuple[int, ...], Layers]] = [
    ((1, 40), [("Conv1D", {"kernel": (3,), "stride": (2,), **VALID}), ("Conv1D", {"kernel": (4,), **VALID}),
               ("AveragePool1D", {"window": (2,)})]),
    ((1, 40), [("Conv1D", {"kernel": (3,), "dilation": (2,), **VALID}), ("Tanh", {}),
               ("AveragePool1D", {"window": (3,), "stride": (2,)}), ("Conv1D", {"kernel": (2,), **VALID})]),
    ((1, 12, 14), [("Conv2D", {"kernel": (3, 2), **VALID}), ("AveragePool2D", {"window": (2, 3)}),
                   ("Conv2D", {"kernel": (2,), **VALID})]),
    ((1, 9), [("ConvTranspose1D", {"kernel": (6,), "stride": (2,), **VALID}), ("Conv1D", {"kernel": (1,), **VALID})]),
    ((1, 9), [("Upsample1D", {"factor": (2,)}), ("Conv1D", {"kernel": (3,), **VALID})]),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "layers"), CHAINS)
def test_inputs_in_the_field_change_an_output_and_no_others(shape: tuple[int, ...], layers: Layers):
    found = field(shape, *layers)
    made = network(shape, *layers)
    last = list(made.nodes)[len(layers)]
    out = inspect(made).shapes[last]
    x = np.random.default_rng(0).standard_normal((1, *shape))
    session = engine.Session(made, (x, np.zeros((1, int(np.prod(out))))), dtype="float64")
    middle = np.ravel_multi_index(tuple(n // 2 for n in out), out)
    moved = np.repeat(x, x.size, 0) + np.eye(x.size).reshape(x.size, *shape)
    changes = np.abs(session.predict(moved).reshape(x.size, -1)[:, middle] - session.predict(x).ravel()[middle])
    touched = np.argwhere(changes.reshape(shape[1:]) > 1e-12)
    extent = touched.max(0) - touched.min(0) + 1
    assert tuple(extent) == found.size


def test_padding_lets_no_field_grow_beyond_the_image():
    assert field((1, 6), *[("Conv1D", {"filters": 1, "kernel": (5,)})] * 3).size == (6,)


def test_behind_a_dense_layer_everything_is_seen():
    found = field((1, 6, 7), ("Conv2D", {}), ("Flatten", {}), ("Dense", {"units": 3}), ("ReLU", {}))
    assert found.whole
    assert found.size == (1, 6, 7)


def test_joined_paths_see_the_larger_field():
    made = engine.Network()
    x, small, large = made.add("Input", shape=(1, 20)), made.add("Conv1D", filters=1), made.add("Conv1D", filters=1)
    deep, joined = made.add("Conv1D", filters=1, kernel=(5,)), made.add("Add")
    for source, target in [(x, small), (x, large), (large, deep), (small, joined), (deep, joined)]:
        made.connect(source, target)
    assert fields(made, inspect(made))[joined].size == (7,)


def test_a_convolution_on_a_large_image_learns_little():
    """100×100 pixels (the row of the text): ten filters of 5×5 against a dense layer with as many outputs."""
    made = network((1, 100, 100), ("Conv2D", {"filters": 10, "kernel": (5,)}))
    report = inspect(made)
    session = engine.Session(made, (np.zeros((1, 1, 100, 100)), np.zeros((1, 100_000))))
    assert sum(value.size for value in session.parameters.values()) == 10 * (25 + 1)
    assert dense_instead((1, 100, 100), report.shapes["conv2d1"]) == 100_000 * (10_000 + 1)
