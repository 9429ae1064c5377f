"""The matrix product C = A·B (+ bias), compiled once per element type and called by every kernel through its address.

``gemm(c, ldc, a, a_row, a_col, b, b_row, b_col, m, n, k, bias, bias_mode, scratch, worker, workers)`` works inside
numba kernels for float32 and float64. C[i,j] lies at c[i·ldc + j], A[i,p] at a[i·a_row + p·a_col], B[p,j] at
b[p·b_row + j·b_col], so a transposed operand is a choice of strides. C starts from `bias_mode`:

* 0  from zero;
* 1  from the n values of `bias`, the same for every row;
* 2  from what C holds.

Then the products are added in the order of p, by one chain of fused multiply-adds per element: the bits of C depend on
neither `workers`, nor block sizes, nor vector width. Each worker computes a slice of C and needs a `scratch` of its own
of `scratch_size(m, n, k, itemsize)` elements. Call `prepare(dtype)` before a kernel runs.
"""

from __future__ import annotations

import ctypes
from threading import RLock
from typing import Any

from llvmlite import binding, ir
from numba import cfunc, njit, types
from numba.extending import intrinsic

from engine.machine import cache
from engine.machine.microkernel import itemsize_of, lanes_of, sweep, tile_height
from engine.machine.packing import pack_panels, pack_rows
from engine.machine.pointers import FLOAT_POINTERS, at, load, store
from engine.machine.vectors import I64, LANES, vector_bytes

DEPTH = 256  # steps of p in a block
FLAT, SMALL_C = 96, 16 * 1024  # steps where A and B both stream by in columns, into so few elements of C
WIDE = 32  # vectors in a row of packed B: with DEPTH rows at most half a megabyte, half of a common L2 cache
DIRECT = 64 * 1024  # elements of B up to which reading it in place always beats packing it
L2 = 1024 * 1024  # bytes of B up to which it is packed only for the sake of its stride
ALIAS = 2048  # rows this many bytes apart, or a multiple, fall on the same few lines of a first-level cache
FEW_ROWS = 8  # rows of A such a set of lines holds
CROWDED, CROWD = 256, 64  # so many columns of A this many bytes apart push each other out of a first-level cache
THIN = 16  # steps of p in a block of fewer than half as many rows: B streams by, row after row
ROOM = 16  # rows that packing may write beyond a block
TILE_ROWS = 16  # rows of a packed strip of A, the highest tile rounded up to whole vectors
SMALL = 32 * 32 * 32  # products up to this many multiply-adds are not shared out among workers

TINY = 16 * 16 * 16  # products up to this many multiply-adds skip the blocks
COLUMN = 1024  # a single column of more multiply-adds is computed as a row, along the vectors

ZERO, BIAS, ACCUMULATE = 0, 1, 2  # bias modes


def scratch_size(m: int, n: int, k: int, itemsize: int) -> int:
    """Elements of `itemsize` bytes one worker needs to pack operands of an m×k by k×n product: at most 0.6 MB.

    The buffer is fastest where it begins at a multiple of 64 bytes.
    """
    depth = min(DEPTH, max(k, 1)) + ROOM
    columns = m if n == 1 else n  # see COLUMN
    across = min(WIDE * 64 // itemsize, -(-max(columns, 1) // 32) * 32)
    return depth * (TILE_ROWS + across)


@njit(error_model="numpy", inline="always")
def share(m, n, panel, worker, workers):
    """Rows i0:i1 and columns j0:j1 of C that `worker` computes: whole panels of columns first, then rows."""
    across = (n + panel - 1) // panel
    columns = min(workers, across)
    while workers % columns:
        columns -= 1
    rows = workers // columns
    wide = (across + columns - 1) // columns * panel
    high = (m + rows - 1) // rows
    j0, i0 = worker % columns * wide, worker // columns * high
    return i0, min(m, i0 + high), j0, min(n, j0 + wide)


@njit(error_model="numpy", inline="always")
def strips(lanes, c, ldc, a, a_row, a_col, b, b_row, b_panel, m, n, k, start, start_row, starts, strip, packs, most):
    """One block: C[0:m, 0:n] in strips as high as a tile, the last rows in ever lower ones."""
    i, row, col = 0, a_row, a_col
    if packs:
        row, col = 1, TILE_ROWS
    while i < m:
        a_i = at(a, i * a_row)
        if packs:
            pack_rows(lanes, strip, TILE_ROWS, a_i, a_row, a_col, min(m - i, tile_height(lanes)), k)
            a_i = strip
        c_i, s_i = at(c, i * ldc), at(start, i * start_row)
        i += sweep(lanes, min(m - i, most), c_i, ldc, a_i, row, col, b, b_row, b_panel, n, k, s_i, start_row, starts)


@njit(error_model="numpy", inline="always")
def column_block(
    lanes, c, ldc, a, a_row, a_col, b, b_row, b_col, m, n, k, start, start_row, starts, scratch, packs_a, packs_b, most
):  # fmt: skip
    """C[0:m, 0:n] for as many columns as fit the scratch, in blocks of DEPTH steps of p."""
    panel, depth, p = 2 * lanes_of(lanes, c), min(DEPTH if m >= FEW_ROWS // 2 or packs_b else THIN, k), 0
    if a_row == 1 and a_col != 1 and k >= 2 * DEPTH and m * n <= SMALL_C and not packs_b:
        depth = min(FLAT, depth)
    panels = at(scratch, (depth + ROOM) * TILE_ROWS)
    while True:
        steps = min(depth, k - p)
        a_p, b_p, b_next, b_panel = at(a, p * a_col), at(b, p * b_row), b_row, panel
        if packs_b:
            pack_panels(lanes, panels, b_p, b_row, b_col, n, steps)
            b_p, b_next, b_panel = panels, panel, panel * steps
        strips(
            lanes, c, ldc, a_p, a_row, a_col, b_p, b_next, b_panel, m, n, steps, start, start_row, starts, scratch,
            packs_a, most,
        )  # fmt: skip
        start, start_row, starts = c, ldc, 1
        p += steps
        if p >= k:
            break


@njit(error_model="numpy", inline="always")
def slice_of(lanes, c, ldc, a, a_row, a_col, b, b_row, b_col, m, n, k, start, start_row, starts, scratch):
    """All of one worker's slice of C: decides what to pack, and walks over the blocks of columns."""
    v, size = lanes_of(lanes, c), itemsize_of(c)
    heavy = m >= 3 * tile_height(lanes) and k * n > DIRECT
    packs_b = b_col != 1 or (heavy and (k * n * size > L2 or b_row * size % ALIAS == 0))
    aliased = k >= 16 and (a_row if a_row != 1 else a_col) * size % ALIAS == 0
    crowded = a_row == 1 and a_col != 1 and k >= CROWD and a_col * size % CROWDED == 0
    packs_a = (aliased or crowded) and n >= 16 * v  # for fewer columns, low strips read in place are faster
    most = FEW_ROWS if aliased and not packs_a and a_row != 1 else TILE_ROWS
    wide, j = WIDE * v if packs_b else n, 0
    while j < n:
        column_block(
            lanes, at(c, j), ldc, a, a_row, a_col, at(b, j * b_col), b_row, b_col, m, min(wide, n - j), k,
            at(start, j), start_row, starts, scratch, packs_a, packs_b, most,
        )  # fmt: skip
        j += wide


@njit(error_model="numpy", inline="always")
def tiny(lanes, c, ldc, a, a_row, a_col, b, b_row, b_col, m, n, k, start, start_row, starts, scratch):
    """All of C as one block; B is copied only where its columns are not neighbours."""
    i, panel = 0, 2 * lanes_of(lanes, c)
    b_panel = panel
    if b_col != 1:
        pack_panels(lanes, scratch, b, b_row, b_col, n, k)
        b, b_row, b_panel = scratch, panel, panel * k
    while i < m:
        i += sweep(
            lanes, m - i, at(c, i * ldc), ldc, at(a, i * a_row), a_row, a_col, b, b_row, b_panel, n, k,
            at(start, i * start_row), start_row, starts,
        )  # fmt: skip


def multiply(c, ldc, a, a_row, a_col, b, b_row, b_col, m, n, k, bias, bias_mode, scratch, worker, workers, lanes):
    """The compiled product; see the module."""
    work = m * n * k
    if work <= SMALL and worker > 0:
        return
    start, start_row = bias, 0
    if bias_mode == ACCUMULATE:
        start, start_row = c, ldc
    column = n == 1 and ldc == 1 and work > COLUMN
    if column:
        a, a_row, a_col, b, b_row, b_col, m, n = b, 1, b_row, a, a_col, a_row, 1, m
    elif work <= TINY and k <= DEPTH and n <= WIDE * lanes_of(lanes, c):
        tiny(lanes, c, ldc, a, a_row, a_col, b, b_row, b_col, m, n, k, start, start_row, bias_mode, scratch)
        return
    i0, i1, j0, j1 = 0, m, 0, n
    if workers > 1 and work > SMALL:
        i0, i1, j0, j1 = share(m, n, 2 * lanes_of(lanes, c), worker, workers)
    if i1 > i0 and j1 > j0:
        if column and bias_mode == BIAS:
            start = c
            for j in range(j0, j1):
                store(c, j, load(bias, 0))
        slice_of(
            lanes, at(c, i0 * ldc + j0), ldc, at(a, i0 * a_row), a_row, a_col, at(b, j0 * b_col), b_row, b_col,
            i1 - i0, j1 - j0, k, at(start, i0 * start_row + j0), start_row, bias_mode, scratch,
        )  # fmt: skip


# One cell per element type holds the address of the compiled product. Kernels find the cell by its symbol, so their
# compiled code may be cached on disk and carries no copy of the product.
_cells = {dtype: ctypes.c_int64(0) for dtype in FLOAT_POINTERS}
_compiled: dict[tuple[str, int], Any] = {}
_lock = RLock()
for _dtype, _cell in _cells.items():
    binding.add_symbol(f"chainrule_gemm_{_dtype}", ctypes.addressof(_cell))


def _signature(dtype: str, width: int) -> Any:
    p, i64 = FLOAT_POINTERS[dtype], types.int64
    return types.void(p, i64, p, i64, i64, p, i64, i64, i64, i64, i64, p, i64, p, i64, i64, LANES[width])


def compiled(dtype: str, width: int) -> Any:
    """The product for elements of `dtype` and vectors of `width` bytes, as a numba C function with an `address`."""
    with _lock:
        if (dtype, width) not in _compiled:
            _compiled[dtype, width] = _compile(_signature(dtype, width))
        return _compiled[dtype, width]


def _compile(signature: Any) -> Any:
    return cache.through(lambda on_disk: cfunc(signature, cache=on_disk, error_model="numpy")(multiply))


def prepare(dtype: str, width: int | None = None) -> None:
    """Compile the product for "float32" or "float64", or load it from the cache, and show it to the kernels."""
    _cells[dtype].value = compiled(dtype, width or vector_bytes()).address


@intrinsic
def gemm(typingctx, c, ldc, a, a_row, a_col, b, b_row, b_col, m, n, k, bias, bias_mode, scratch, worker, workers):
    """C = A·B from inside a kernel; see the module for the arguments."""
    i64 = types.int64
    sig = types.void(c, i64, c, i64, i64, c, i64, i64, i64, i64, i64, c, i64, c, i64, i64)

    def codegen(context, builder, signature, args):
        kinds = [value.type for value in args] + [ir.IntType(8).as_pointer()]
        function = ir.FunctionType(ir.VoidType(), kinds).as_pointer()
        name = f"chainrule_gemm_{c.dtype.name}"
        cell = builder.module.globals.get(name) or ir.GlobalVariable(builder.module, I64, name)
        address = builder.inttoptr(builder.load(cell), function)
        builder.call(address, [*args, ir.Constant(kinds[-1], None)])
        return context.get_dummy_value()

    return sig, codegen
