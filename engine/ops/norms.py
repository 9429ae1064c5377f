"""What the normalising ops share: statistics of a stretch of numbers, and how a gradient goes on through them."""

import math

from numba import carray

from engine.machine.pointers import at, const, load
from engine.numerals import operand, show_number
from engine.ops.loops import inline
from engine.ops.op import require


@inline
def squares_about(arena, x, n, centre):
    """Σ (x − centre)², in an order that depends on n alone."""
    total = const(arena, 0.0)
    for i in range(n):
        total += (x[i] - centre) * (x[i] - centre)
    return total


@inline
def inverse_root(arena, mean_square, eps):
    """1 / √(mean_square + ε)."""
    return const(arena, 1.0) / math.sqrt(mean_square + eps)


@inline
def row_of(arena, args, k, i, n):
    """Row `i` of operand `k`, whose rows have n elements."""
    return carray(at(arena, load(args, k) + i * n), (n,))


def normalised(x, gamma, beta=None):
    """Shape rule of norms over the last dimensions: those that the scale has. Returns the leading ones."""
    lead = x[: len(x) - len(gamma)]
    fits = 0 < len(gamma) <= len(x) and x[len(lead) :] == gamma and 0 not in gamma
    require(fits, f"the scale {gamma} must be the last sizes of {x}", "gamma", x[-1:], gamma)
    require(
        beta is None or beta == gamma, f"scale and shift must be equal, not {gamma} and {beta}", "beta", gamma, beta
    )
    return lead


def rows_and_width(call):
    """Rows, and numbers that are normalised together: for calls with the scale as input "gamma"."""
    gamma = call.inputs[call.op.inputs.index("gamma")]
    x = call.inputs[call.op.inputs.index("x")]
    return [x.size // gamma.size, gamma.size]


def expanded_rows(g, x, columns, eps):
    """x seen as (R, columns) → normalised rows, their means (R, 1), and 1/√(variance + ε) (R, 1)."""
    rows = g.reshape(x, shape=(x.size // columns, columns))
    mean = mean_of_rows(g, rows)
    centred = g.sub(rows, mean)
    return *scaled_rows(g, centred, eps), mean


def scaled_rows(g, rows, eps):
    """Rows over the root of their mean square (+ ε), and the inverse of that root (R, 1)."""
    inv = g.div(g.constant(1.0), g.sqrt(g.add(mean_of_rows(g, g.square(rows)), g.constant(eps))))
    return g.mul(rows, inv), inv


def mean_of_rows(g, rows):
    """Mean of each row of (R, n), as (R, 1)."""
    total = g.scale(g.sum(rows, start=1, stop=2), factor=1.0 / rows.shape[1])
    return g.reshape(total, shape=(rows.shape[0], 1))


def through_statistics(g, x, mean, inv, dmean, dinv):
    """What reaches x (R, n) through its rows' means and 1/√(variance + ε) (R, 1 each); None if nothing does.

    ∂mean/∂x = 1/n;  ∂inv/∂x = −inv³ (x − mean) / n.
    """
    n = x.shape[1]
    parts = []
    if dmean is not None:
        parts.append(g.repeat(g.reshape(dmean, shape=(x.shape[0],)), start=1, sizes=(n,), factor=1.0 / n))
    if dinv is not None:
        slope = g.mul(g.reshape(dinv, shape=inv.shape), g.mul(g.square(inv), inv))
        centred = x if mean is None else g.sub(x, mean)
        parts.append(g.mul(centred, g.scale(slope, factor=-1.0 / n)))
    return sum_of(g, parts)


def sum_of(g, parts):
    """Sum of those parts that are not None; None if there are none."""
    total = None
    for part in parts:
        if part is not None:
            total = part if total is None else g.add(total, part)
    return total


def show_normalised(x, mean, inv, gamma, beta):
    """ "(x − mean) · inv · γ + β" with numbers."""
    return f"({show_number(x)} − {operand(mean)}) · {show_number(inv)} · {operand(gamma)} + {operand(beta)}"


def channelled(x, gamma, axis, *others):
    """Shape rule of norms with a number for each channel: dimension `axis` of x is that of the channels."""
    require(len(x) > axis, f"there must be channels at dimension {axis}, but x is {x}", "x", None, x)
    require(0 not in x, f"there are no statistics of no numbers: x is {x}", "x", None, x)
    channels = x[axis : axis + 1]
    require(gamma == channels, f"there must be a scale for each channel: {channels}, not {gamma}", "gamma",
            channels, gamma)  # fmt: skip
    for port, shape in zip(("beta", "mean", "variance"), others):
        require(shape == channels, f"there must be a {port} for each channel: {channels}, not {shape}", port,
                channels, shape)  # fmt: skip


def outer_channels_inner(call):
    """Sizes before, of and behind the channels."""
    x, axis = call.inputs[call.op.inputs.index("x")].shape, call.attrs.get("axis", 1)
    return [math.prod(x[:axis]), x[axis], math.prod(x[axis + 1 :])]


def by_channel(g, statistic, x, axis):
    """A number for each channel, shaped so that it broadcasts against x."""
    return g.reshape(statistic, shape=(statistic.size, *(1,) * (len(x.shape) - axis - 1)))


def sum_by_channel(g, x, axis):
    """Sum over all dimensions of x but that of the channels."""
    x = g.reshape(x, shape=(math.prod(x.shape[:axis]), x.shape[axis], math.prod(x.shape[axis + 1 :])))
    return g.sum(g.sum(x, start=2, stop=3), start=0, stop=1)
