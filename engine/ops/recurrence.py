"""What the fused recurrent ops share: the rows of a batch are independent, so every worker runs all time steps of rows
of its own, with the recurrent weights copied once into the order in which the product reads them.

Loops over the numbers of a row write to one array each: with two, the compiler does not turn them into vectors.
Sequences are (B, T, n). A step whose mask is not above 0 carries the state on. The state before the first step is h0;
`reverse` runs from the last step to the first.
"""

import numpy as np
from numba import carray, njit

from engine.machine import vmath
from engine.machine.gemm import gemm, prepare, scratch_size
from engine.machine.pointers import at, const, load, store
from engine.ops.loops import inline
from engine.ops.op import require
from engine.steps import stack

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
def stretch(pointer, offset, n):
    """n elements from `offset` on."""
    return carray(at(pointer, offset), (n,))


@inline
def copy(target, source, n):
    """target[0:n] = source[0:n]."""
    for j in range(n):
        target[j] = source[j]


@inline
def squash(z, x, y, n):
    """y = σ(z + x)."""
    for j in range(n):
        y[j] = vmath.sigmoid(z[j] + x[j])


@inline
def bend(z, x, y, n):
    """y = tanh(z + x)."""
    for j in range(n):
        y[j] = vmath.tanh(z[j] + x[j])


@inline
def add_to(x, y, n):
    """x += y."""
    for j in range(n):
        x[j] += y[j]


@njit(fastmath=False, error_model="numpy")
def rest(arena, x):
    """1 − x, which the compiler may not multiply out: ∞ − x·∞ would be NaN."""
    return const(arena, 1.0) - x


@inline
def clear(target, n):
    """target[0:n] = 0."""
    for j in range(n):
        target[j] = 0


def packed_size(k, n):
    """Elements of a packed (k, n) matrix."""
    return -(-n // BLOCK) * BLOCK * k


def room_size(k, n, dtype):
    """Elements that one product of a chunk with a block needs; also makes sure that the product is compiled."""
    prepare(dtype)
    return scratch_size(CHUNK, min(n, BLOCK), k, 4 if dtype == "float32" else 8)


def worker_scratch(weights, dtype, state):
    """Elements a worker needs: packed weights (H, gates·H), a chunk of sums, with `state` one of states, and room."""
    n, wide = weights
    k, columns = (n, wide) if state else (wide, n)
    buffers = wide + SPARE + (n + SPARE if state else 0)
    return packed_size(k, columns) + CHUNK * buffers + room_size(k, columns, dtype)


def check_sequence(xp, W, mask, gates, states):
    """Refuse what does not fit: xp (B, T, gates·H), W (H, gates·H), mask (B, T) and states (B, H) by name."""
    require(len(W) == 2 and W[1] == gates * W[0] and W[0] > 0, f"W must be (H, {gates}·H), but is {W}", "W", None, W)
    fits = len(xp) == 3 and xp[1] > 0 and xp[2] == W[1]
    require(fits, f"xp must be (B, T, {W[1]}) with at least one step, but is {xp}", "xp", W[1:], xp)
    require(mask == xp[:2], f"mask must be {xp[:2]}, but is {mask}", "mask", xp[:2], mask)
    for name, shape in states.items():
        want = (xp[0], W[0])
        require(shape == want, f"{name} must be {want}, but is {shape}", name, want, shape)


def times(steps, reverse):
    """The steps in the order in which they run."""
    return range(steps - 1, -1, -1) if reverse else range(steps)


def stack_steps(g, found):
    """{step: (value, …)} → one (B, T, n) for each of the values."""
    in_order = [found[t] for t in sorted(found)]
    return tuple(stack(g, list(parts)) for parts in zip(*in_order, strict=True))


def active(g, mask, t):
    """(B, 1): 1 where step t runs, 0 where it carries the state on."""
    return g.step(g.slice(mask, start=t, stop=t + 1))


def choose(g, on, x, y):
    """x where `on` (B, 1) is 1, y where it is 0."""
    return g.add(y, g.mul(g.sub(x, y), on))


def flat(g, x):
    """x (B, T, n) → (B·T, n)."""
    return g.reshape(x, shape=(x.shape[0] * x.shape[1], x.shape[2]))


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
