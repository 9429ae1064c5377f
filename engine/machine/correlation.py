"""Direct convolution without a copy of the windows: the three routines behind the kernels of `conv` and its gradients.

* ``spread``     a zero-padded copy of an image, cut into the planes of every stride-th pixel, so that the windows of
                 neighbouring outputs are neighbours whatever the stride;
* ``correlate``  outputs = weights · windows, the windows read through a table of offsets (see `offsets`);
* ``tally``      weights = outputs · windows, summed over the pixels.

Bits depend on neither blocks nor vector width: every element is one chain of fused multiply-adds.
"""

from __future__ import annotations

from numba import njit, types
from numba.extending import intrinsic

from engine.machine.linking import Routine
from engine.machine.microkernel import lanes_of
from engine.machine.offsets import gathering_sweep, move, move_part, tallying_sweep
from engine.machine.packing import pack_panels
from engine.machine.pointers import INT_POINTER, at, load, store

ACROSS = 512  # pixels in a block of outputs
BLOCK = 2**18  # elements of windows in a block: what they are read from fits a second-level cache
ROWS = 16  # rows of outputs put aside before they go to their places, the highest tile rounded up
DEPTH = 256  # pixels whose products are summed before the tile is put back

FRAME = 12  # numbers that describe a padded image, see `spread`


@njit(error_model="numpy", inline="always")
def copy_row(lanes, target, source, n):
    """Copy n elements; up to a vector of zeros is written behind them."""
    v, x = lanes_of(lanes, target), 0
    while x + v <= n:
        move(lanes, at(target, x), at(source, x))
        x += v
    if x < n:
        move_part(lanes, at(target, x), at(source, x), n - x)


def spread(target, source, channels, frame, lanes):
    """target[c, f, q] = source[c, q·stride + f − low], 0 outside; f runs over the phases below the stride.

    Rows are written one behind the other, each up to a vector too far: the target needs as much room at its end.

    frame: sizes of the source, strides, paddings before, lengths of a plane; three of each.
    """
    d, h, w = load(frame, 0), load(frame, 1), load(frame, 2)
    sd, sh, sw = load(frame, 3), load(frame, 4), load(frame, 5)
    nd, nh, nw = load(frame, 9), load(frame, 10), load(frame, 11)
    row = 0
    for c in range(channels):
        for fz in range(sd):
            for fy in range(sh):
                for fx in range(sw):
                    left = fx - load(frame, 8)
                    first = min(nw, max(0, (sw - 1 - left) // sw))
                    last = max(first, min(nw, (w - left + sw - 1) // sw))
                    for z in range(nd):
                        in_z = z * sd + fz - load(frame, 6)
                        for y in range(nh):
                            in_y = y * sh + fy - load(frame, 7)
                            out = at(target, row)
                            row += nw
                            if in_z < 0 or in_z >= d or in_y < 0 or in_y >= h:
                                for x in range(nw):
                                    store(out, x, 0)
                                continue
                            begin = at(source, ((c * d + in_z) * h + in_y) * w + left)
                            for x in range(first):
                                store(out, x, 0)
                            if sw == 1:
                                copy_row(lanes, at(out, first), at(begin, first), last - first)
                            else:
                                for x in range(first, last):
                                    store(out, x, load(begin, x * sw))
                            for x in range(last, nw):
                                store(out, x, 0)


@njit(error_model="numpy", inline="always")
def tiles_across(n, v):
    """What n columns cost, in quarters of a tile two vectors of v wide."""
    rest = n % (2 * v)
    return n // (2 * v) * 4 + (0 if rest == 0 else 3 if rest <= v else 4)


@njit(error_model="numpy", inline="always")
def scatter(lanes, target, target_row, step_y, step_x, source, source_row, skip, rows, high, wide):
    """target[i, y·step_y + x·step_x] = source[i, y·skip + x].

    Where rows follow one another, whole vectors are written as long as the next rows set right what lies behind.
    """
    v = lanes_of(lanes, target)
    whole = (wide + v - 1) // v * v
    for i in range(rows):
        for y in range(high):
            out, begin = at(target, i * target_row + y * step_y), at(source, i * source_row + y * skip)
            if step_x == 1 and step_y == wide and (high - y) * wide >= whole:
                for x in range(0, wide, v):
                    move(lanes, at(out, x), at(begin, x))
            else:
                for x in range(wide):
                    store(out, x * step_x, load(begin, x))


def correlate(
    y, y_row, y_z, y_y, y_x, a, a_row, a_col, x, table, x_z, x_y, rows, k, nz, ny, nx, bias, biased, scratch, lanes
):  # fmt: skip
    """y[i, p] = bias[i] + Σ_j a[i·a_row + j·a_col] x[table[j] + p] for i < rows and nz·ny·nx pixels p.

    A pixel (z, y, x) lies at z·x_z + y·x_y + x in the source and at z·y_z + y·y_y + x·y_x in the target. Where rows of
    pixels are short, several go into one sweep, with what lies between them, and are then put in their places.
    """
    if x_y == nx and y_y == nx * y_x:
        nx, ny, x_y, y_y = nx * ny, 1, 0, 0
    if ny == 1:
        ny, nz, x_y, y_y = nz, 1, x_z, y_z
        if x_y == nx and y_y == nx * y_x:
            nx, ny = nx * ny, 1
    v = lanes_of(lanes, y)
    limit = max(8 * v, min(ACROSS, BLOCK // max(k, 1))) // (2 * v) * 2 * v
    high, wide = 1, min(nx, limit)
    if ny > 1 and x_y < limit and tiles_across((ny - 1) * x_y + nx, v) < ny * tiles_across(nx, v):
        high = max(1, limit // x_y)
    for z in range(nz):
        for y0 in range(0, ny, high):
            lines = min(high, ny - y0)
            for x0 in range(0, nx, wide):
                w = min(wide, nx - x0)
                columns = (lines - 1) * x_y + w
                target = at(y, z * y_z + y0 * y_y + x0 * y_x)
                source = at(x, z * x_z + y0 * x_y + x0)
                in_place = lines == 1 and y_x == 1
                i = 0
                while i < rows:
                    out, ldc = at(target, i * y_row), y_row
                    if not in_place:
                        out, ldc = scratch, columns
                    done = gathering_sweep(
                        lanes, rows - i, out, ldc, at(a, i * a_row), a_row, a_col, source, table, 2 * v, columns, k,
                        at(bias, i), 1, biased,
                    )  # fmt: skip
                    if not in_place:
                        scatter(lanes, at(target, i * y_row), y_row, y_y, y_x, scratch, columns, x_y, done, lines, w)
                    i += done


def tally(sums, sums_row, x, across, along, dy, dy_row, rows, columns, pixels, panels, lanes):
    """sums[i, j] += Σ_p x[across[i] + along[p]] dy[j·dy_row + p] for i < rows, j < columns, p < pixels."""
    panel = 2 * lanes_of(lanes, sums)
    for p in range(0, pixels, DEPTH):
        steps = min(DEPTH, pixels - p)
        pack_panels(lanes, panels, at(dy, p), 1, dy_row, columns, steps)
        for j in range(0, columns, panel):
            i, wide = 0, min(panel, columns - j)
            while i < rows:
                tile = at(sums, i * sums_row + j)
                i += tallying_sweep(
                    lanes, rows - i, tile, sums_row, x, at(across, i), at(along, p), at(panels, j * steps), panel,
                    panel, wide, steps, tile, sums_row, 1,
                )  # fmt: skip


ASIDE = ROWS * ACROSS  # elements of scratch that `correlate` needs


def panels_room(columns: int) -> int:
    """Elements of scratch that `tally` needs for its panels."""
    return (DEPTH + ROWS) * (-(-columns // 32) * 32)


_I = types.int64
SPREAD = Routine("spread", spread, lambda p: [p, p, _I, INT_POINTER])
CORRELATE = Routine(
    "correlate", correlate,
    lambda p: [p, *[_I] * 4, p, _I, _I, p, INT_POINTER, *[_I] * 7, p, _I, p],
)  # fmt: skip
TALLY = Routine("tally", tally, lambda p: [p, _I, p, INT_POINTER, INT_POINTER, p, *[_I] * 4, p])


@intrinsic
def call_spread(typingctx, target, source, channels, frame):
    """`spread` from inside a kernel."""
    sig = types.void(*SPREAD.takes(target))
    return sig, lambda context, builder, signature, args: SPREAD.call(context, builder, target, args)


@intrinsic
def call_correlate(
    typingctx, y, y_row, y_z, y_y, y_x, a, a_row, a_col, x, table, x_z, x_y, rows, k, nz, ny, nx, bias, biased, scratch
):  # fmt: skip
    """`correlate` from inside a kernel."""
    sig = types.void(*CORRELATE.takes(y))
    return sig, lambda context, builder, signature, args: CORRELATE.call(context, builder, y, args)


@intrinsic
def call_tally(typingctx, sums, sums_row, x, across, along, dy, dy_row, rows, columns, pixels, panels):
    """`tally` from inside a kernel."""
    sig = types.void(*TALLY.takes(sums))
    return sig, lambda context, builder, signature, args: TALLY.call(context, builder, sums, args)
