"""Gradient of group normalisation. With u = γ ⊙ dy and x̂ = (x − mean)·inv, group by group:

dx = inv·(u − mean(u) − x̂·mean(u ⊙ x̂)),  dgamma = Σ dy ⊙ x̂ and dbeta = Σ dy over batch and places of each channel
"""

from engine.machine.pointers import at, const, load, store
from engine.numerals import operand, show_number
from engine.ops.group_norm import group_sizes, statistics_shape
from engine.ops.loops import inline, rows_of
from engine.ops.norms import by_channel, mean_of_rows, row_of, sum_by_channel
from engine.ops.op import Op, register, require
from engine.ops.samples import normal, positive


@inline
def _to_group(arena, args, i, n, channel, each, inner):
    """dx of group `i`, whose first channel is `channel`."""
    gamma = at(arena, load(args, 2) + channel)
    mean, inv = load(arena, load(args, 3) + i), load(arena, load(args, 4) + i)
    dy, x, dx = row_of(arena, args, 0, i, n), row_of(arena, args, 1, i, n), row_of(arena, args, 5, i, n)
    total = const(arena, 0.0)
    along = const(arena, 0.0)
    for k in range(each):
        scale = load(gamma, k)
        for j in range(k * inner, k * inner + inner):
            total += dy[j] * scale
            along += dy[j] * scale * ((x[j] - mean) * inv)
    total, along = total / n, along / n
    for k in range(each):
        scale = load(gamma, k)
        for j in range(k * inner, k * inner + inner):
            dx[j] = inv * (dy[j] * scale - total - (x[j] - mean) * inv * along)


@inline
def _to_channel(arena, args, c, batch, channels, each, inner):
    """dgamma and dbeta of channel `c`."""
    groups = channels // each
    dgamma = const(arena, 0.0)
    dbeta = const(arena, 0.0)
    for b in range(batch):
        group = b * groups + c // each
        mean, inv = load(arena, load(args, 3) + group), load(arena, load(args, 4) + group)
        dy = row_of(arena, args, 0, b * channels + c, inner)
        x = row_of(arena, args, 1, b * channels + c, inner)
        for j in range(inner):
            dgamma += dy[j] * ((x[j] - mean) * inv)
            dbeta += dy[j]
    store(arena, load(args, 6) + c, dgamma)
    store(arena, load(args, 7) + c, dbeta)


def kernel(arena, ints, args, worker, workers):
    """dy, x, gamma, mean, inv → dx, dgamma, dbeta."""
    rows, n, channels, each, inner = load(args, 8), load(args, 9), load(args, 10), load(args, 11), load(args, 12)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        _to_group(arena, args, i, n, i * each % channels, each, inner)
    first, last = rows_of(channels, worker, workers)
    for c in range(first, last):
        _to_channel(arena, args, c, rows * each // channels, channels, each, inner)


def _shapes(dy, x, gamma, mean, inv, groups):
    statistics = statistics_shape(x, gamma, groups)
    require(dy == x, f"the gradient must be {x}, but is {dy}", "dy", x, dy)
    for port, shape in (("mean", mean), ("inv", inv)):
        require(shape == statistics, f"there must be a number for each group: {statistics}, not {shape}", port,
                statistics, shape)  # fmt: skip
    return [x, gamma, gamma]


def _expand(g, dy, x, gamma, mean, inv, groups):
    rows, one = (mean.size, x.size // mean.size), (mean.size, 1)
    inv = g.reshape(inv, shape=one)
    scaled = g.mul(g.sub(g.reshape(x, shape=rows), g.reshape(mean, shape=one)), inv)
    u = g.reshape(g.mul(dy, by_channel(g, gamma, x, 1)), shape=rows)
    along = g.mul(scaled, mean_of_rows(g, g.mul(u, scaled)))
    dx = g.mul(inv, g.sub(g.sub(u, mean_of_rows(g, u)), along))
    dgamma = sum_by_channel(g, g.mul(dy, g.reshape(scaled, shape=x.shape)), 1)
    return g.reshape(dx, shape=x.shape), dgamma, sum_by_channel(g, dy, 1)


def _reference(dy, x, gamma, mean, inv, groups):
    wide, axes = (-1, *(1,) * (x.ndim - 2)), (0, *range(2, x.ndim))
    rows = (len(x), groups, -1)
    scaled = (x.reshape(rows) - mean[..., None]) * inv[..., None]
    u = (dy * gamma.reshape(wide)).reshape(rows)
    dx = inv[..., None] * (u - u.mean(2, keepdims=True) - scaled * (u * scaled).mean(2, keepdims=True))
    return dx.reshape(x.shape), (dy * scaled.reshape(x.shape)).sum(axes), dy.sum(axes)


def _numbers(arrays, place, attrs):
    dy, x, gamma, mean, inv = arrays
    row = (place[0], place[1] // (x.shape[1] // attrs["groups"]))
    shape = (len(x), attrs["groups"], -1)
    scale = gamma.reshape(-1, *(1,) * (x.ndim - 2))
    u, centred = (dy * scale).reshape(shape)[row], x.reshape(shape)[row] - mean[row]
    here = operand((x[place] - mean[row]) * inv[row])
    rest = f"{operand(u.mean())} − {here} · {operand((u * centred * inv[row]).mean())}"
    return f"{show_number(inv[row])} · ({show_number(dy[place] * gamma[place[1]])} − {rest})"


OP = register(Op(
    "group_norm_grad", "gradient", ("dy", "x", "gamma", "mean", "inv"), _shapes, kernel,
    r"\bar x = \frac{1}{\sigma_g}(\bar u - \overline{\bar u} - \hat x\, \overline{\bar u \odot \hat x}),\quad "
    r"\bar u = \gamma_c\, \bar y",
    outputs=("dx", "dgamma", "dbeta"), sizes=group_sizes,
    expand=_expand,
    reference=_reference,
    numbers=_numbers,
    samples=[
        dict(inputs=[normal(2, 4, 2), normal(2, 4, 2), normal(4), normal(2, 1), positive(2, 1)], attrs=dict(groups=1)),
        dict(inputs=[normal(2, 6, 3), normal(2, 6, 3), normal(6), normal(2, 2), positive(2, 2)], attrs=dict(groups=2)),
        dict(inputs=[normal(2, 4, 3, 5), normal(2, 4, 3, 5), normal(4), normal(2, 4), positive(2, 4)],
             attrs=dict(groups=4)),
        dict(inputs=[normal(3, 4), normal(3, 4), normal(4), normal(3, 1), positive(3, 1)], attrs=dict(groups=1)),
    ],
    flops=lambda c: 14 * c.inputs[0].size,
    title="group normalisation, gradient",
    source="Wu and He 2018",
))  # fmt: skip
