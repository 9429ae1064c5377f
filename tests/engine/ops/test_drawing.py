"""Random ops: how their numbers are distributed, and what they depend on."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from engine.ops.drawing import bits_of, normals_of
from tests.engine.ops.table import run

SIZE = 200_000


def dropped(step: int, dtype: str = "float64", **attrs) -> np.ndarray:
    attrs = {"rate": 0.3, "scale": 1.0, "seed": 7, "stream": 1, **attrs}
    return run(lambda g, x, t: [g.dropout(x, t, **attrs)], [np.ones(SIZE, dtype), np.array([step])], dtype)[0]


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.5, 0.9])
def test_the_share_that_is_dropped(rate: float):
    share = float((dropped(0, rate=rate) == 0).mean())
    assert abs(share - rate) < 5 * np.sqrt(rate * (1 - rate) / SIZE)


def test_steps_seeds_and_streams_drop_independently():
    first = dropped(0) == 0
    for other in (dropped(1), dropped(0, seed=8), dropped(0, stream=2), dropped(2**40)):
        both = float((first & (other == 0)).mean())
        assert abs(both - 0.09) < 5 * np.sqrt(0.09 * 0.91 / SIZE)


def test_neighbours_drop_independently():
    first = dropped(3) == 0
    for distance in (1, 2, 16, 64, 1000):
        both = float((first[distance:] & first[:-distance]).mean())
        assert abs(both - 0.09) < 5 * np.sqrt(0.09 * 0.91 / SIZE)


def test_the_same_step_drops_the_same_in_both_precisions():
    assert np.array_equal(dropped(5), dropped(5))
    assert np.array_equal(dropped(5) == 0, dropped(5, "float32") == 0)


def test_every_bit_is_a_fair_coin():
    bits = bits_of(SIZE, [4], 11, 2**31)
    for place in range(32):
        ones = float(((bits >> np.uint32(place)) & np.uint32(1)).mean())
        assert abs(ones - 0.5) < 5 * 0.5 / np.sqrt(SIZE), place
    assert len(np.unique(bits)) > 0.99 * SIZE


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_noise_is_normal(seed: int):
    noise = normals_of(SIZE, [9], seed, 3)
    assert scipy.stats.kstest(noise, "norm").pvalue > 1e-3
    assert abs(noise.mean()) < 5 / np.sqrt(SIZE)
    assert abs(noise.std() - 1) < 5 / np.sqrt(2 * SIZE)
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 5 / np.sqrt(SIZE)
    assert np.abs(noise).max() > 4


def test_the_approximation_is_the_inverse_of_the_normal_distribution():
    uniform = ((bits_of(SIZE, [0], 1, 1) >> np.uint32(9)) + 0.5) * 2.0**-23
    np.testing.assert_allclose(normals_of(SIZE, [0], 1, 1), scipy.stats.norm.ppf(uniform), atol=2e-6)


def test_workers_are_a_matter_of_speed_only():
    x, clock = np.zeros(1000), np.array([3])

    def build(g, x, t):
        return [g.noise(x, t, sigma=1.0, seed=1, stream=2)]

    assert run(build, [x, clock], workers=3)[0].tobytes() == run(build, [x, clock])[0].tobytes()
