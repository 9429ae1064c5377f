"""The elementary functions against NumPy in float64, over float32's whole range."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy.special import erf

from engine.machine import vmath

FLAGS = {"reassoc", "contract", "nsz", "arcp", "afn"}


@njit(fastmath=FLAGS, error_model="numpy")
def all_exp(x, y):
    for i in range(x.size):
        y[i] = vmath.exp(x[i])


@njit(fastmath=FLAGS, error_model="numpy")
def all_log(x, y):
    for i in range(x.size):
        y[i] = vmath.log(x[i])


@njit(fastmath=FLAGS, error_model="numpy")
def all_tanh(x, y):
    for i in range(x.size):
        y[i] = vmath.tanh(x[i])


@njit(fastmath=FLAGS, error_model="numpy")
def all_sigmoid(x, y):
    for i in range(x.size):
        y[i] = vmath.sigmoid(x[i])


@njit(fastmath=FLAGS, error_model="numpy")
def all_softplus(x, y):
    for i in range(x.size):
        y[i] = vmath.softplus(x[i])


@njit(fastmath=FLAGS, error_model="numpy")
def all_erf(x, y):
    for i in range(x.size):
        y[i] = vmath.erf(x[i])


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _softplus(x):
    return np.logaddexp(0, x)


# Loop, the same in float64, largest error in ulp, smallest magnitude whose relative error is bounded.
CASES = {
    "exp": (all_exp, np.exp, 1.1, 0.0),
    "log": (all_log, np.log, 1.0, 0.0),
    "tanh": (all_tanh, np.tanh, 2.5, 0.0),
    "sigmoid": (all_sigmoid, _sigmoid, 2.5, 2.0**-126),
    "softplus": (all_softplus, _softplus, 3.0, 0.0),
    "erf": (all_erf, erf, 7.0, 0.0),
}
ALL = pytest.mark.parametrize("name", CASES)


def apply(name: str, values, dtype="float32") -> np.ndarray:
    x = np.asarray(values, dtype)
    y = np.empty_like(x)
    CASES[name][0](x, y)
    return y


def exact(name: str, x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return CASES[name][1](x.astype("float64"))


@ALL
def test_error_bound_over_the_whole_range(name):
    x = np.arange(0, 2**32, 1021, dtype=np.uint64).astype(np.uint32).view(np.float32)
    y, reference = apply(name, x), exact(name, x)
    with np.errstate(over="ignore"):
        rounded = reference.astype("float32")
    assert (np.isnan(y) == np.isnan(rounded)).all()
    assert (y[np.isinf(rounded)] == rounded[np.isinf(rounded)]).all()
    finite = np.isfinite(rounded) & (abs(reference) >= CASES[name][3])
    unit = np.maximum(np.spacing(abs(rounded[finite])).astype("float64"), 2.0**-149)
    assert (abs(y[finite] - reference[finite]) / unit).max() <= CASES[name][2]


@ALL
def test_bits_do_not_depend_on_the_place_in_the_loop(name):
    x = np.random.default_rng(0).uniform(-20, 20, 1003).astype("float32")
    together = apply(name, x)
    alone = np.concatenate([apply(name, x[i : i + 1]) for i in range(x.size)])
    assert together.tobytes() == alone.tobytes()


@ALL
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nan_stays_nan(name, dtype):
    assert np.isnan(apply(name, [np.nan] * 37, dtype)).all()


@ALL
def test_float64_is_exact_to_a_few_ulp(name):
    x = np.random.default_rng(1).uniform(0.01, 30, 500)
    x = x if name == "log" else np.concatenate([x, -x])
    np.testing.assert_allclose(apply(name, x, "float64"), CASES[name][1](x), rtol=2e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_limits(dtype):
    inf = np.inf
    assert apply("exp", [inf, -inf, 0.0], dtype).tolist() == [inf, 0.0, 1.0]
    assert apply("log", [inf, 0.0, 1.0], dtype).tolist() == [inf, -inf, 0.0]
    assert np.isnan(apply("log", [-1.0, -inf], dtype)).all()
    assert apply("tanh", [inf, -inf, 100.0, -20.0, 0.0], dtype).tolist() == [1.0, -1.0, 1.0, -1.0, 0.0]
    assert apply("sigmoid", [inf, -inf, 0.0, 1e4, -1e4], dtype).tolist() == [1.0, 0.0, 0.5, 1.0, 0.0]
    assert apply("erf", [inf, -inf, 7.0, 0.0], dtype).tolist() == [1.0, -1.0, 1.0, 0.0]
    assert apply("softplus", [inf, -inf, 1e4], dtype).tolist() == [inf, 0.0, 1e4]


def test_exp_near_its_limits():
    assert apply("exp", [88.73]).tolist() == [np.inf]
    highest = np.float32(88.72283)
    np.testing.assert_allclose(apply("exp", [highest]).astype("float64"), np.exp(np.float64(highest)), rtol=2e-7)
    assert apply("exp", [-100.0])[0] == np.float32(np.exp(-100.0))  # a denormal


def test_float32_loops_are_vectorised():
    for name in CASES:
        code = next(iter(CASES[name][0].inspect_llvm().values()))
        assert " x float> @llvm.fma.v" in code, name


@pytest.mark.parametrize("name", CASES)
def test_plain_python(name):
    assert getattr(vmath, name)(0.75) == pytest.approx(float(CASES[name][1](0.75)))
