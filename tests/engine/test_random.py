"""The counter-based generator: the order of the batches and the first values of parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba import njit

from engine.errors import ChainruleError
from engine.graph import Graph
from engine.initializers import INITIALIZERS, _mix, initial, normal, uniform
from engine.layers import Parameter
from engine.machine.counter import mix, permuted
from engine.machine.run import Runner
from engine.program import Program


@njit
def mixed(numbers):
    """`mix` of each element."""
    out = np.empty_like(numbers)
    for i in range(numbers.size):
        out[i] = mix(numbers[i])
    return out


@njit
def permutation(n, seed, epoch):
    """`permuted` of 0 … n − 1."""
    out = np.empty(n, np.int64)
    for i in range(n):
        out[i] = permuted(i, n, seed, epoch)
    return out


class Batches:
    """The instruction that chooses rows, alone."""

    def __init__(self, rows: int, count: int, seed: int, workers: int = 1) -> None:
        graph = Graph()
        clock = graph.source((1,), "clock", dtype="int")
        self.picked = graph.batch_indices(clock, count=count, rows=rows, seed=seed)
        self.program = Program("float32", workers)
        self.program.put(clock, 0)
        self.program.finish(graph)
        self.runner = Runner(self.program.arena, self.program.ints, self.program.table, workers)

    def __call__(self, step: int) -> list[int]:
        self.program.ints[0] = step
        self.runner.rows(0, 1)
        return self.program.view(self.picked).tolist()


def test_mix_is_splitmix64_and_the_same_in_numpy():
    numbers = np.array([0, 1, 2**63, 2**64 - 1, 0x9E3779B97F4A7C15], np.uint64)
    numbers = np.concatenate([numbers, np.random.default_rng(0).integers(0, 2**64, 1000, np.uint64)])
    np.testing.assert_array_equal(mixed(numbers), _mix(numbers))
    assert int(mixed(np.zeros(1, np.uint64))[0]) == 0xE220A8397B1DCDAF  # the first output published for seed 0


@given(st.integers(1, 3000), st.integers(0, 2**53), st.integers(0, 2**40))
@example(1, 0, 0)
@example(2, 0, 0)
@example(2500, 0, 0)
def test_every_epoch_is_a_permutation(n: int, seed: int, epoch: int):
    assert sorted(permutation(n, seed, epoch).tolist()) == list(range(n))


def test_permutations_differ_between_epochs_and_seeds():
    orders = {tuple(permutation(50, seed, epoch).tolist()) for seed in range(8) for epoch in range(8)}
    assert len(orders) == 64


def test_every_place_is_as_likely():
    counts = np.zeros((10, 10))
    for epoch in range(4000):
        counts[np.arange(10), permutation(10, 3, epoch)] += 1
    assert np.abs(counts / 400 - 1).max() < 0.25  # five standard deviations


def test_batches_are_pinned():
    assert permutation(10, 0, 0).tolist() == [9, 5, 3, 1, 4, 2, 0, 7, 6, 8]
    assert permutation(10, 0, 1).tolist() == [6, 0, 8, 3, 9, 7, 2, 4, 5, 1]
    assert permutation(10, 5, 0).tolist() == [1, 6, 3, 9, 5, 4, 7, 0, 8, 2]


@pytest.mark.parametrize(("rows", "count"), [(10, 5), (10, 3), (7, 7), (100, 1), (5, 4)])
def test_batches_cut_the_row_of_permutations_into_pieces(rows: int, count: int):
    batches = Batches(rows, count, seed=11)
    seen = [row for step in range(3 * rows) for row in batches(step)]
    for epoch in range(3):
        assert sorted(seen[epoch * rows : (epoch + 1) * rows]) == list(range(rows))
    assert seen[:rows] == permutation(rows, 11, 0).tolist()


def test_batches_do_not_depend_on_the_number_of_workers():
    one, three = Batches(1000, 130, 2), Batches(1000, 130, 2, workers=3)
    assert [one(step) for step in range(10)] == [three(step) for step in range(10)]


def test_streams_are_pinned():
    np.testing.assert_allclose(uniform(4, 0, "dense1.W"), [0.12341712, 0.34659022, 0.825761, 0.32839664], atol=1e-8)
    np.testing.assert_allclose(normal(4, 0, "dense1.W"), [0.12339742, -0.01129691, 0.50748234, 0.43774988], atol=1e-8)


def test_streams_are_independent():
    draws = [uniform(20_000, seed, name) for seed in (0, 1) for name in ("a.W", "b.W")]
    assert np.abs(np.corrcoef(draws) - np.eye(4)).max() < 0.03


def test_a_longer_uniform_stream_begins_like_a_shorter_one():
    assert uniform(5, 3, "x").tolist() == uniform(50, 3, "x")[:5].tolist()


def test_normal_numbers_have_the_moments_of_the_bell_curve():
    x = normal(200_001, 0, "moments")
    moments = [x.mean(), x.var(), (x**3).mean(), (x**4).mean()]
    np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=0.06)
    assert len(x) == 200_001


FAN_IN, FAN_OUT = 300, 200
SPREADS = {
    "zero": 0.0,
    "normal": 1.0,
    "uniform": math.sqrt(1 / 3),
    "glorot_uniform": math.sqrt(2 / (FAN_IN + FAN_OUT)),
    "glorot_normal": math.sqrt(2 / (FAN_IN + FAN_OUT)),
    "he_uniform": math.sqrt(2 / FAN_IN),
    "he_normal": math.sqrt(2 / FAN_IN),
    "orthogonal": math.sqrt(1 / FAN_IN),
}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initializers_have_the_spread_of_their_papers(name: str):
    values = initial(Parameter("W", (FAN_IN, FAN_OUT), name, FAN_IN, FAN_OUT), 0, "layer.W")
    assert values.shape == (FAN_IN, FAN_OUT)
    assert abs(values.mean()) <= 0.02 * SPREADS[name]
    assert values.std() == pytest.approx(SPREADS[name], rel=0.02)
    if "uniform" in name:
        limit = math.sqrt(3) * SPREADS[name]
        assert 0.99 * limit < np.abs(values).max() <= limit


def test_constants_and_unknown_initializers():
    assert np.all(initial(Parameter("slope", (3,), "constant 0.25"), 0, "p.slope") == 0.25)
    np.testing.assert_array_equal(initial(Parameter("b", (4,), "constant 0.0 1.5"), 0, "p.b"), [0, 0, 1.5, 1.5])
    with pytest.raises(ChainruleError, match=r"p\.W.*'sparse'.*he_normal"):
        initial(Parameter("W", (3,), "sparse"), 0, "p.W")
