"""Gradient of layer normalisation. With u = γ ⊙ dy and x̂ = (x − mean)·inv, row by row:

dx = inv·(u − mean(u) − x̂·mean(u ⊙ x̂)),  dgamma = Σ_rows dy ⊙ x̂,  dbeta = Σ_rows dy
"""

from engine.machine.pointers import at, const, load, store
from engine.machine.rows import row_add, row_along, row_back, row_dot, row_scale_gradient
from engine.numerals import operand, show_number
from engine.ops.loops import inline, rows_of, span
from engine.ops.norms import mean_of_rows, normalised, rows_and_width
from engine.ops.op import Op, register, require
from engine.ops.samples import normal, positive


@inline
def _to_rows(arena, args, first, last, n):
    gamma, means, invs = at(arena, load(args, 2)), at(arena, load(args, 3)), at(arena, load(args, 4))
    for i in range(first, last):
        dy, x = at(arena, load(args, 0) + i * n), at(arena, load(args, 1) + i * n)
        dx = at(arena, load(args, 5) + i * n)
        mean, inv = load(means, i), load(invs, i)
        total, along = row_dot(dy, gamma, n) / n, row_along(dy, gamma, x, n, mean) * inv / n
        row_back(dy, gamma, x, dx, n, mean, inv, total, along * inv)


@inline
def _to_columns(arena, args, rows, n, lo, hi):
    """Sums over the rows for columns lo … hi − 1, in the order of the rows."""
    dgamma, dbeta = at(arena, load(args, 6) + lo), at(arena, load(args, 7) + lo)
    means, invs = at(arena, load(args, 3)), at(arena, load(args, 4))
    for j in range(hi - lo):
        store(dgamma, j, const(arena, 0.0))
        store(dbeta, j, const(arena, 0.0))
    for i in range(rows):
        dy, x = at(arena, load(args, 0) + i * n + lo), at(arena, load(args, 1) + i * n + lo)
        row_scale_gradient(dy, x, dgamma, hi - lo, load(means, i), load(invs, i))
        row_add(dy, dbeta, hi - lo)


def kernel(arena, ints, args, worker, workers):
    """dy, x, gamma, mean, inv → dx, dgamma, dbeta."""
    rows, n = load(args, 8), load(args, 9)
    first, last = rows_of(rows, worker, workers)
    _to_rows(arena, args, first, last, n)
    lo, hi = span(n, worker, workers)
    _to_columns(arena, args, rows, n, lo, hi)


def _shapes(dy, x, gamma, mean, inv):
    lead = normalised(x, gamma)
    require(dy == x, f"the gradient must be {x}, but is {dy}", "dy", x, dy)
    require(mean == lead, f"there must be a mean for each row: {lead}, not {mean}", "mean", lead, mean)
    require(inv == lead, f"there must be a deviation for each row: {lead}, not {inv}", "inv", lead, inv)
    return [x, gamma, gamma]


def _expand(g, dy, x, gamma, mean, inv):
    n, one = gamma.size, (mean.size, 1)
    rows = (mean.size, n)
    dy, flat = g.reshape(dy, shape=rows), g.reshape(gamma, shape=(n,))
    inv = g.reshape(inv, shape=one)
    scaled = g.mul(g.sub(g.reshape(x, shape=rows), g.reshape(mean, shape=one)), inv)
    u = g.mul(dy, flat)
    along = g.mul(scaled, mean_of_rows(g, g.mul(u, scaled)))
    dx = g.mul(inv, g.sub(g.sub(u, mean_of_rows(g, u)), along))
    dgamma = g.sum(g.mul(dy, scaled), start=0, stop=1)
    return (g.reshape(dx, shape=x.shape), g.reshape(dgamma, shape=gamma.shape),
            g.reshape(g.sum(dy, start=0, stop=1), shape=gamma.shape))  # fmt: skip


def _reference(dy, x, gamma, mean, inv):
    lead, axes = tuple(range(mean.ndim)), tuple(range(mean.ndim, x.ndim))
    mean, inv = (array.reshape(*array.shape, *(1,) * gamma.ndim) for array in (mean, inv))
    u, scaled = dy * gamma, (x - mean) * inv
    dx = inv * (u - u.mean(axes, keepdims=True) - scaled * (u * scaled).mean(axes, keepdims=True))
    return dx, (dy * scaled).sum(lead), dy.sum(lead)


def _numbers(arrays, place, attrs):
    dy, x, gamma, mean, inv = arrays
    row = place[: mean.ndim]
    u, scaled = dy[row] * gamma, (x[row] - mean[row]) * inv[row]
    here = place[mean.ndim :]
    rest = f"{operand(u.mean())} − {operand(scaled[here])} · {operand((u * scaled).mean())}"
    return f"{show_number(inv[row])} · ({show_number(u[here])} − {rest})"


OP = register(Op(
    "layer_norm_grad", "gradient", ("dy", "x", "gamma", "mean", "inv"), _shapes, kernel,
    r"\bar x = \frac{1}{\sigma}(\bar u - \overline{\bar u} - \hat x\, \overline{\bar u \odot \hat x}),\quad "
    r"\bar u = \gamma \odot \bar y",
    outputs=("dx", "dgamma", "dbeta"), sizes=rows_and_width,
    expand=_expand,
    reference=_reference,
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(7, 3), normal(7, 3), normal(3), normal(7), positive(7)]),
        dict(inputs=[normal(2, 3, 20), normal(2, 3, 20), normal(20), normal(2, 3), positive(2, 3)]),
        dict(inputs=[normal(3, 2, 4), normal(3, 2, 4), normal(2, 4), normal(3), positive(3)]),
    ],
    flops=lambda c: 14 * c.inputs[0].size,
    title="layer normalisation, gradient",
    source="Ba, Kiros and Hinton 2016",
))  # fmt: skip
