"""Gradient of RMS normalisation. With u = γ ⊙ dy and x̂ = x·inv, row by row:

dx = inv·(u − x̂·mean(u ⊙ x̂)),  dgamma = Σ_rows dy ⊙ x̂
"""

from numba import carray

from engine.machine.pointers import at, const, load
from engine.numerals import operand, show_number
from engine.ops.loops import inline, rows_of, span, vector
from engine.ops.norms import mean_of_rows, normalised, row_of, rows_and_width
from engine.ops.op import Op, register, require
from engine.ops.samples import normal, positive


@inline
def _to_rows(arena, args, first, last, n):
    gamma, invs = vector(arena, args, 2, n), at(arena, load(args, 3))
    for i in range(first, last):
        dy, x, dx = row_of(arena, args, 0, i, n), row_of(arena, args, 1, i, n), row_of(arena, args, 4, i, n)
        inv = load(invs, i)
        along = const(arena, 0.0)
        for j in range(n):
            along += dy[j] * gamma[j] * (x[j] * inv)
        along = along / n
        for j in range(n):
            dx[j] = inv * (dy[j] * gamma[j] - x[j] * inv * along)


@inline
def _to_columns(arena, args, rows, n, lo, hi):
    """Sums over the rows for columns lo … hi − 1, in the order of the rows."""
    dgamma, invs = carray(at(arena, load(args, 5) + lo), (hi - lo,)), at(arena, load(args, 3))
    for j in range(hi - lo):
        dgamma[j] = 0
    for i in range(rows):
        dy = carray(at(arena, load(args, 0) + i * n + lo), (hi - lo,))
        x = carray(at(arena, load(args, 1) + i * n + lo), (hi - lo,))
        inv = load(invs, i)
        for j in range(hi - lo):
            dgamma[j] += dy[j] * (x[j] * inv)


def kernel(arena, ints, args, worker, workers):
    """dy, x, gamma, inv → dx, dgamma."""
    rows, n = load(args, 6), load(args, 7)
    first, last = rows_of(rows, worker, workers)
    _to_rows(arena, args, first, last, n)
    lo, hi = span(n, worker, workers)
    _to_columns(arena, args, rows, n, lo, hi)


def _shapes(dy, x, gamma, inv):
    lead = normalised(x, gamma)
    require(dy == x, f"the gradient must be {x}, but is {dy}", "dy", x, dy)
    require(inv == lead, f"there must be a mean square for each row: {lead}, not {inv}", "inv", lead, inv)
    return [x, gamma]


def _expand(g, dy, x, gamma, inv):
    n, rows = gamma.size, (inv.size, gamma.size)
    dy, inv = g.reshape(dy, shape=rows), g.reshape(inv, shape=(inv.size, 1))
    scaled = g.mul(g.reshape(x, shape=rows), inv)
    u = g.mul(dy, g.reshape(gamma, shape=(n,)))
    dx = g.mul(inv, g.sub(u, g.mul(scaled, mean_of_rows(g, g.mul(u, scaled)))))
    dgamma = g.sum(g.mul(dy, scaled), start=0, stop=1)
    return g.reshape(dx, shape=x.shape), g.reshape(dgamma, shape=gamma.shape)


def _reference(dy, x, gamma, inv):
    axes = tuple(range(inv.ndim, x.ndim))
    wide = inv.reshape(*inv.shape, *(1,) * gamma.ndim)
    u, scaled = dy * gamma, x * wide
    dx = wide * (u - scaled * (u * scaled).mean(axes, keepdims=True))
    return dx, (dy * scaled).sum(tuple(range(inv.ndim)))


def _numbers(arrays, place, attrs):
    dy, x, gamma, inv = arrays
    row, here = place[: inv.ndim], place[inv.ndim :]
    u, scaled = dy[row] * gamma, x[row] * inv[row]
    rest = f"{operand(scaled[here])} · {operand((u * scaled).mean())}"
    return f"{show_number(inv[row])} · ({show_number(u[here])} − {rest})"


OP = register(Op(
    "rms_norm_grad", "gradient", ("dy", "x", "gamma", "inv"), _shapes, kernel,
    r"\bar x = \frac{1}{r}(\bar u - \hat x\, \overline{\bar u \odot \hat x}),\quad \bar u = \gamma \odot \bar y",
    outputs=("dx", "dgamma"), sizes=rows_and_width,
    expand=_expand,
    reference=_reference,
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), normal(7, 3), normal(3), positive(7)]),
        dict(inputs=[normal(2, 3, 20), normal(2, 3, 20), normal(20), positive(2, 3)]),
        dict(inputs=[normal(3, 2, 4), normal(3, 2, 4), normal(2, 4), positive(3)]),
    ],
    flops=lambda c: 10 * c.inputs[0].size,
    title="RMS normalisation, gradient",
    source="Zhang and Sennrich 2019",
))  # fmt: skip
