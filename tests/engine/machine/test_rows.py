"""Loops over short rows against NumPy, for lengths up to several vectors and beyond; nothing outside is touched."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from engine.machine.pointers import at, pointer_to
from engine.machine.rows import (
    row_add,
    row_along,
    row_back,
    row_dot,
    row_exp,
    row_hide,
    row_normalised,
    row_scale_gradient,
    row_squares,
    row_sum,
    row_through_softmax,
    row_times,
    row_top,
    row_zero,
)

LENGTHS = [*range(1, 20), 31, 32, 33, 64, 77, 130]
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@njit
def folds(x, y, z, c):
    """Every loop that gives a number."""
    n, p, q, r = len(x), pointer_to(x), pointer_to(y), pointer_to(z)
    return (
        row_top(p, n),
        row_sum(p, n),
        row_zero(p, n),
        row_dot(p, q, n),
        row_squares(p, n, c),
        row_along(p, q, r, n, c),
    )


@njit
def maps(which, x, y, z, out, c, d, e, f):
    """The loop number `which` of those that write, into `out` from its second number on; returns what it gives."""
    n, p, q, r, o = len(x), pointer_to(x), pointer_to(y), pointer_to(z), at(pointer_to(out), 1)
    found = c
    if which == 0:
        found = row_exp(o, n, c, d)
    elif which == 1:
        row_times(o, n, c)
    elif which == 2:
        row_through_softmax(p, o, n, c, d)
    elif which == 3:
        row_normalised(p, q, r, o, n, c, d)
    elif which == 4:
        row_back(p, q, r, o, n, c, d, e, f)
    elif which == 5:
        row_scale_gradient(p, q, o, n, c, d)
    else:
        row_add(p, o, n)
    return found


@njit
def hide(out, n, seen, value):
    row_hide(at(pointer_to(out), 1), n, seen, value)


def rows(n: int, dtype: type) -> tuple[np.ndarray, ...]:
    return tuple(np.random.default_rng(n).standard_normal((3, n)).astype(dtype))


def near(got: object, want: object, dtype: type) -> None:
    tolerance = 3e-6 if dtype is np.float32 else 1e-13
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=4 * tolerance)


@DTYPES
@pytest.mark.parametrize("n", LENGTHS)
def test_folds(n: int, dtype: type):
    x, y, z = rows(n, dtype)
    c = dtype(0.3)
    got = folds(x, y, z, c)
    x, y, z = (row.astype(np.float64) for row in (x, y, z))
    near(got, [x.max(), x.sum(), 0, x @ y, np.square(x - c).sum(), (x * y * (z - c)).sum()], dtype)


@DTYPES
@pytest.mark.parametrize("n", LENGTHS)
def test_loops_that_write(n: int, dtype: type):
    x, y, z = rows(n, dtype)
    x[0] = 0
    c, d, e, f = (dtype(number) for number in (0.3, 3.0, -0.7, 0.2))
    start = np.random.default_rng(1).standard_normal(n).astype(dtype)
    wanted = [
        np.exp(c * (start - d)), start * c, np.where(x != 0, c * x * (start - d), 0), (x - c) * d * y + z,
        d * (x * y - e - (z - c) * f), start + x * (y - c) * d, start + x,
    ]  # fmt: skip
    for which, want in enumerate(wanted):
        out = np.pad(start, 1, constant_values=7)
        found = maps(which, x, y, z, out, c, d, e, f)
        near(out[1:-1], want, dtype)
        assert out[0] == out[-1] == 7
        if which == 0:
            near(found, want.sum(dtype=np.float64), dtype)


@DTYPES
def test_exponentials_from_one_to_nothing(dtype: type):
    """Over the whole range that softmax needs; what is lower than any float32 becomes 0, NaN stays NaN."""
    numbers = np.array([0.0, -1e-9, *np.linspace(-86.9, 0, 4999), -1e3, -1e30, -np.inf, np.nan], dtype)
    out = np.pad(numbers, 1)
    maps(0, numbers, numbers, numbers, out, dtype(1), dtype(0), dtype(0), dtype(0))
    got, want = out[1:-1], np.exp(numbers.astype(np.float64))
    np.testing.assert_allclose(got[:-4], want[:-4], rtol=2e-7 if dtype is np.float32 else 1e-15)
    np.testing.assert_array_equal(got[-4:], [0, 0, 0, np.nan])


@DTYPES
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("n", LENGTHS)
def test_one_number_that_is_not_finite_is_found_anywhere(n: int, bad: float, dtype: type):
    for place in range(n):
        x = np.ones(n, dtype)
        x[place] = bad
        _, _, zero, *_ = folds(x, x, x, dtype(0))
        assert np.isnan(zero)


@DTYPES
def test_the_largest_number_is_found_anywhere_and_nan_is_left_out(dtype: type):
    for n in LENGTHS:
        for place in range(n):
            x = np.full(n, -5, dtype)
            x[place] = -1
            assert folds(x, x, x, dtype(0))[0] == -1
            x[place] = np.nan
            assert folds(x, x, x, dtype(0))[0] == (-5 if n > 1 else -np.inf)


@DTYPES
@pytest.mark.parametrize("n", LENGTHS)
def test_hiding_writes_behind_what_is_seen_alone(n: int, dtype: type):
    for seen in range(n + 1):
        start = rows(n + 2, dtype)[0]
        out = start.copy()
        hide(out, n, seen, dtype(-9))
        np.testing.assert_array_equal(out, [*start[: 1 + seen], *[-9] * (n - seen), start[-1]])
