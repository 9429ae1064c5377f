"""The matrix product against NumPy in float64: every form, width, bias mode and number of workers."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from engine.machine import gemm as product
from engine.machine.pointers import pointer_to
from engine.machine.vectors import ALLOWED_BYTES, vector_bytes

DTYPES = ("float32", "float64")
WIDTHS = [width for width in ALLOWED_BYTES if width <= vector_bytes()]
GUARD = 7
_P, _I = ctypes.c_void_p, ctypes.c_int64
_CALL = ctypes.CFUNCTYPE(None, _P, _I, _P, _I, _I, _P, _I, _I, _I, _I, _I, _P, _I, _P, _I, _I, _P)


def strides(array: np.ndarray) -> tuple[int, int]:
    return array.strides[0] // array.itemsize, array.strides[1] // array.itemsize


def multiply(c, a, b, bias, mode, width=None, workers=1) -> None:
    """C = A·B through the compiled function, one worker after the other, each with its own scratch full of NaN."""
    call = _CALL(product.compiled(c.dtype.name, width or vector_bytes()).address)
    (m, n), k = c.shape, a.shape[1]
    size = product.scratch_size(m, n, k, c.itemsize)
    for worker in range(workers):
        scratch = np.full(size + GUARD, np.nan, c.dtype)
        scratch[size:] = 5.0
        call(
            c.ctypes.data, strides(c)[0], a.ctypes.data, *strides(a), b.ctypes.data, *strides(b), m, n, k,
            bias.ctypes.data, mode, scratch.ctypes.data, worker, workers, None,
        )  # fmt: skip
        assert (scratch[size:] == 5.0).all(), "wrote behind the scratch"


class Operands:
    """Random operands in a chosen form; C lies inside a larger array of guard elements."""

    def __init__(self, m, n, k, form="nn", dtype="float32", seed=0):
        random = np.random.default_rng(seed)
        self.a = random.standard_normal((m, k) if form[0] == "n" else (k, m)).astype(dtype)
        self.b = random.standard_normal((k, n) if form[1] == "n" else (n, k)).astype(dtype)
        self.a, self.b = (self.a if form[0] == "n" else self.a.T), (self.b if form[1] == "n" else self.b.T)
        self.bias = random.standard_normal(n).astype(dtype)
        self.before = random.standard_normal((m + 2, n + GUARD)).astype(dtype)

    def result(self, mode=0, width=None, workers=1) -> np.ndarray:
        held = self.before.copy()
        m, n = self.a.shape[0], self.b.shape[1]
        multiply(held[1 : m + 1, :n], self.a, self.b, self.bias, mode, width, workers)
        after = held.copy()
        after[1 : m + 1, :n] = self.before[1 : m + 1, :n]
        assert (after == self.before).all(), "wrote outside C"
        return held[1 : m + 1, :n]

    def check(self, mode=0, width=None) -> None:
        m, n = self.a.shape[0], self.b.shape[1]
        a, b = self.a.astype("float64"), self.b.astype("float64")
        start = (np.zeros(n), self.bias, self.before[1 : m + 1, :n])[mode]
        size = abs(a) @ abs(b) + abs(start)
        # Each of k roundings is at most half an ulp of a partial sum, itself at most `size`.
        bound = (a.shape[1] + 1) * np.finfo(self.a.dtype).eps * size
        error = abs(self.result(mode, width) - (a @ b + start))
        assert (error <= bound).all(), f"{m}x{n}x{a.shape[1]}: {error.max()}"


SIZES = st.one_of(st.integers(0, 9), st.integers(10, 70))
FORMS = st.sampled_from(["nn", "tn", "nt", "tt"])


@settings(max_examples=120, deadline=None)
@given(SIZES, SIZES, st.one_of(SIZES, st.integers(250, 270)), FORMS, st.integers(0, 2), st.sampled_from(DTYPES))
def test_random_shapes(m, n, k, form, mode, dtype):
    Operands(m, n, k, form, dtype, seed=m + n + k).check(mode)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("form", ["nn", "tn", "nt", "tt"])
@pytest.mark.parametrize(("m", "n", "k"), [(1, 1, 1), (13, 31, 17), (45, 70, 300), (60, 600, 270), (130, 33, 9)])
def test_every_width(width, form, m, n, k):
    Operands(m, n, k, form).check(1, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("form", ["nn", "nt"])
def test_every_width_in_float64(width, form):
    Operands(47, 300, 300, form, "float64").check(2, width)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", ["nn", "tn", "nt", "tt"])
@pytest.mark.parametrize(("m", "n", "k"), [(1, 200, 300), (64, 64, 64), (200, 10, 99), (75, 530, 300), (9, 3, 2)])
def test_bits_do_not_depend_on_workers(dtype, form, m, n, k):
    operands = Operands(m, n, k, form, dtype)
    alone = operands.result(1)
    for workers in (2, 3, 4):
        assert operands.result(1, workers=workers).tobytes() == alone.tobytes()


@pytest.mark.parametrize("form", ["nn", "nt"])
def test_bits_do_not_depend_on_the_width(form):
    operands = Operands(75, 530, 300, form)
    assert len({operands.result(2, width).tobytes() for width in WIDTHS}) == 1


@pytest.mark.parametrize("special", [np.nan, np.inf])
@pytest.mark.parametrize("form", ["nn", "tn", "nt"])
def test_nan_and_infinity_reach_only_their_row(special, form):
    operands = Operands(33, 40, 50, form)
    operands.a[17, 20] = special
    operands.b[20, :] = 0.0  # 0·NaN and 0·∞ are NaN
    result = operands.result()
    assert np.isnan(result[17]).all()
    assert np.isfinite(np.delete(result, 17, axis=0)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", ["nn", "tn", "nt", "tt"])
@pytest.mark.parametrize("mode", [0, 1, 2])
@pytest.mark.parametrize(("m", "k"), [(200, 30), (700, 300), (37, 29)])
def test_a_single_column_that_is_contiguous(m, k, mode, form, dtype):
    operands = Operands(m, 1, k, form, dtype)
    padded = operands.result(mode)
    for workers in (1, 2):
        c = operands.before[1 : m + 1, :1].copy()
        multiply(c, operands.a, operands.b, operands.bias, mode, workers=workers)
        assert c.tobytes() == padded.tobytes()
    operands.check(mode)


def test_empty_inner_dimension_leaves_the_start():
    operands = Operands(5, 40, 0)
    assert (operands.result(0) == 0).all()
    assert (operands.result(1) == operands.bias).all()
    assert (operands.result(2) == operands.before[1:6, :40]).all()


def test_strided_operands():
    operands = Operands(30, 40, 50)
    wide_a, wide_b = np.zeros((60, 150), "float32"), np.zeros((100, 120), "float32")
    wide_a[::2, ::3], wide_b[::2, ::3] = operands.a, operands.b
    expected = operands.result().tobytes()
    operands.a, operands.b = wide_a[::2, ::3], wide_b[::2, ::3]
    assert operands.result().tobytes() == expected


def test_scratch_stays_small():
    for itemsize in (4, 8):
        assert product.scratch_size(10**6, 10**6, 10**6, itemsize) * itemsize <= 2**20


@njit
def _kernel(c, a, b, scratch, m, n, k):
    product.gemm(pointer_to(c), n, pointer_to(a), k, 1, pointer_to(b), n, 1, m, n, k, pointer_to(c), 0,
                 pointer_to(scratch), 0, 1)  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
def test_from_inside_a_kernel(dtype):
    product.prepare(dtype)
    operands = Operands(20, 30, 40, dtype=dtype)
    c, scratch = np.empty((20, 30), dtype), np.empty(product.scratch_size(20, 30, 40, operands.a.itemsize), dtype)
    _kernel(c.ravel(), operands.a.ravel(), operands.b.ravel(), scratch, 20, 30, 40)
    assert c.tobytes() == operands.result().tobytes()


@pytest.mark.parametrize(("wanted", "said"), [("32", "32"), ("24", "set it to 16, 32 or 64")])
def test_width_from_the_environment(wanted, said):
    code = (
        "from engine.machine.vectors import VectorWidthError, vector_bytes\n"
        "try: print(vector_bytes())\n"
        "except VectorWidthError as error: print(error)"
    )
    environment = {**os.environ, "CHAINRULE_VECTOR_BYTES": wanted}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said in done.stdout


KERNEL = """
from engine.machine.gemm import gemm
from engine.machine.pointers import at


def kernel(arena, ints, args, worker, workers):
    gemm(at(arena, 0), 4, at(arena, 100), 2, 1, at(arena, 200), 4, 1, 3, 4, 2, at(arena, 300), 0, at(arena, 400), 0, 1)
"""
RUN = """
import ctypes, numpy, product_kernel
from numba import cfunc
from engine.machine import cache, gemm
from engine.machine.pointers import kernel_signature

cache.install()
made = cfunc(kernel_signature("float32"), cache=True)(product_kernel.kernel)
gemm.prepare("float32")
arena = numpy.ones(20000, "float32")
call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
call(made.address)(arena.ctypes.data, None, None, 0, 1)
print(made.cache_hits, arena[:13].sum())
"""


def test_a_kernel_kept_on_disk_finds_the_product(tmp_path, root):
    (tmp_path / "product_kernel.py").write_text(KERNEL)
    path = os.pathsep.join([str(root), str(tmp_path)])
    environment = {**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    for hits in (0, 1):
        command = [sys.executable, "-c", RUN]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
        assert done.stdout.split() == [str(hits), "25.0"]
