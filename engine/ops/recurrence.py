"""What the fused recurrent ops share: the rows of a batch are independent, so every worker runs all time steps of rows
of its own, with the recurrent weights copied once into the order in which the product reads them.

An op gives what one row does in one step, its *cell*; `forward` and `backward` run it, with the products between.
Sequences are (B, T, n). A step whose mask is not above 0 carries the state on. The state before the first step is h0;
`reverse` runs from the last step to the first. Kernels read `sizes`, from their place in `args` on, as
`sequence_sizes` gives them, behind offset and length of the scratch.
"""

import numpy as np
from numba import carray

from engine.machine.gemm import gemm, prepare, scratch_size
from engine.machine.pointers import at, load, store
from engine.ops.loops import inline, rows_of
from engine.ops.op import require
from engine.steps import flat

BLOCK = 32  # columns of the weights that lie together, so that a block stays in a first-level cache
CHUNK = 48  # rows that run together: their state stays in a second-level cache beside the weights
SPARE = 16  # elements behind each row of a buffer, which keep rows off the same lines of a cache
ZERO, ADD = 0, 2  # what a product starts from


@inline
def pack(target, source, row, column, k, n):
    """Copy B (k, n), whose element (p, j) lies at source[p·row + j·column], in blocks of BLOCK columns."""
    for j0 in range(0, n, BLOCK):
        block, wide = at(target, j0 * k), min(BLOCK, n - j0)
        for p0 in range(0, k, BLOCK):
            if row == 1:
                for j in range(wide):
                    for p in range(p0, min(p0 + BLOCK, k)):
                        store(block, p * BLOCK + j, load(source, p + (j0 + j) * column))
            else:
                for p in range(p0, min(p0 + BLOCK, k)):
                    for j in range(wide):
                        store(block, p * BLOCK + j, load(source, p * row + (j0 + j) * column))


@inline
def times_packed(c, ldc, a, lda, packed, m, n, k, start, room):
    """C (m, n) = A·B for a packed B; `start` is ZERO or ADD."""
    for j0 in range(0, n, BLOCK):
        gemm(at(c, j0), ldc, a, lda, 1, at(packed, j0 * k), BLOCK, 1, m, min(BLOCK, n - j0), k, c, start, room, 0, 1)


@inline
def clear(pointer, n):
    """n zeros from `pointer` on."""
    target = carray(pointer, (n,))
    for j in range(n):
        target[j] = 0


@inline
def forward(cell, arena, args, worker, workers, weights, start, sizes):
    """All steps of this worker's rows. `weights`, `start`: places of W (H, n) and of h0 in `args`.

    cell(arena, args, z, h, before, row, here): one row, whose state h lies in a buffer, as h_{t−1}·W does in z; `here`
    is the place of (row, t) among all steps, `before` that of the step before, or −1.
    """
    rows, steps, n, wide = load(args, sizes + 2), load(args, sizes + 3), load(args, sizes + 4), load(args, sizes + 5)
    reverse, packed = load(args, sizes + 6), at(arena, load(args, sizes) + worker * load(args, sizes + 1))
    z = at(packed, load(args, sizes + 7))
    state = at(z, CHUNK * (wide + SPARE))
    room = at(state, CHUNK * (n + SPARE))
    first, last = rows_of(rows, worker, workers)
    if first < last:
        pack(packed, at(arena, load(args, weights)), wide, 1, n, wide)
    for r in range(first, last, CHUNK):
        m = min(CHUNK, last - r)
        for i in range(m):
            for j in range(n):
                store(state, i * (n + SPARE) + j, load(arena, load(args, start) + (r + i) * n + j))
        for s in range(steps):
            t = steps - 1 - s if reverse else s
            times_packed(z, wide + SPARE, state, n + SPARE, packed, m, wide, n, ZERO, room)
            for i in range(m):
                here = (r + i) * steps + t
                before = here + 2 * reverse - 1 if s > 0 else -1
                cell(arena, args, at(z, i * (wide + SPARE)), at(state, i * (n + SPARE)), before, r + i, here)


@inline
def backward(cell, arena, args, worker, workers, weights, start, sizes):
    """All steps of this worker's rows, from the last to the first. `start`: place of the gradient of h0.

    cell(arena, args, dz, carry, before, row, here): puts the gradient of the step's products into dz; carry holds that
    of the state, and keeps what does not flow through the products.
    """
    rows, steps, n, wide = load(args, sizes + 2), load(args, sizes + 3), load(args, sizes + 4), load(args, sizes + 5)
    reverse, packed = load(args, sizes + 6), at(arena, load(args, sizes) + worker * load(args, sizes + 1))
    carry = at(arena, load(args, start))
    dz = at(packed, load(args, sizes + 7))
    room = at(dz, CHUNK * (wide + SPARE))
    first, last = rows_of(rows, worker, workers)
    if first < last:
        pack(packed, at(arena, load(args, weights)), 1, wide, wide, n)
        clear(at(carry, first * n), (last - first) * n)
    for r in range(first, last, CHUNK):
        m = min(CHUNK, last - r)
        for s in range(steps - 1, -1, -1):
            t = steps - 1 - s if reverse else s
            for i in range(m):
                here = (r + i) * steps + t
                before = here + 2 * reverse - 1 if s > 0 else -1
                cell(arena, args, at(dz, i * (wide + SPARE)), at(carry, (r + i) * n), before, r + i, here)
            times_packed(at(carry, r * n), n, dz, wide + SPARE, packed, m, n, wide, ADD, room)


def packed_size(k, n):
    """Elements of a packed (k, n) matrix."""
    return -(-n // BLOCK) * BLOCK * k


def sequence_sizes(call, sequence, weights, back=False):
    """B, T, H, columns of W, reverse, elements of the packed weights; `sequence`, `weights`: places of inputs."""
    n, wide = call.inputs[weights].shape
    packed = packed_size(wide, n) if back else packed_size(n, wide)
    return [*call.inputs[sequence].shape[:2], n, wide, int(call.attrs.get("reverse", False)), packed]


def worker_scratch(weights, dtype, state):
    """Elements a worker needs: packed weights (H, gates·H), a chunk of sums, with `state` one of states, and room."""
    n, wide = weights
    k, columns = (n, wide) if state else (wide, n)
    buffers = wide + SPARE + (n + SPARE if state else 0)
    prepare(dtype)
    room = scratch_size(CHUNK, min(columns, BLOCK), k, 4 if dtype == "float32" else 8)
    return packed_size(k, columns) + CHUNK * buffers + room


def check_sequence(xp, W, mask, gates, states):
    """Refuse what does not fit: xp (B, T, gates·H), W (H, gates·H), mask (B, T) and states (B, H) by name."""
    require(len(W) == 2 and W[1] == gates * W[0] and W[0] > 0, f"W must be (H, {gates}·H), but is {W}", "W", None, W)
    fits = len(xp) == 3 and xp[1] > 0 and xp[2] == W[1]
    require(fits, f"xp must be (B, T, {W[1]}) with at least one step, but is {xp}", "xp", W[1:], xp)
    require(mask == xp[:2], f"mask must be {xp[:2]}, but is {mask}", "mask", xp[:2], mask)
    for name, shape in states.items():
        want = (xp[0], W[0])
        require(shape == want, f"{name} must be {want}, but is {shape}", name, want, shape)


def weight_gradient(g, h, h0, d, reverse):
    """Σ over rows and steps of the state before the step, transposed, times d: one product for all steps."""
    return g.matmul(flat(g, g.delay(h, h0, reverse=reverse)), flat(g, d), ta=True)


def sigmoid(x):
    """NumPy's, for references."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def states_before(h, h0, reverse):
    """h (B, T, H) → the state before each step."""
    parts = [h[:, 1:], h0[:, None]] if reverse else [h0[:, None], h[:, :-1]]
    return np.concatenate(parts, 1)
