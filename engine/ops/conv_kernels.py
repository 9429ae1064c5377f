"""The kernel behind `conv`, `conv_bias`, `conv_input_grad` and `conv_transpose`, and what it is told of a call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.machine.correlation import ASIDE, CORRELATE, FRAME, SPREAD, call_correlate, call_spread
from engine.machine.filters import FILL, FILTERS, call_correlate_filters, call_fill_panels, panels_size, sums_size
from engine.machine.offsets import as_ints
from engine.machine.pointers import at, load, store
from engine.ops.conv_geometry import Plan, axes, frame, needs_copy, planes_size, settings, stretches
from engine.ops.loops import inline, rows_of

if TYPE_CHECKING:
    from engine.graph import Call

GEOMETRY = 6 + 15  # where the frame begins in the arguments
FEW_PRODUCTS = 32  # in a sum, up to which results are too cheap to be transposed
ALIGN = 16  # elements: what follows a rounded size begins at a vector


@inline
def lay_tables(table, packed, weights, w_row, w_channel, channels, top, bottom, packs, parts, many, plane):
    """Offsets of the sources of all taps of all stretches and, where they are not in that order, their weights."""
    for _ in range(many):
        taps = load(parts, 6)
        for c in range(channels):
            for t in range(taps):
                store(table, c * taps + t, c * plane + load(parts, 7 + 2 * t))
        if packs:
            for i in range(top, bottom):
                for c in range(channels):
                    begin = at(weights, i * w_row + c * w_channel)
                    for t in range(taps):
                        store(packed, t, load(begin, load(parts, 8 + 2 * t)))
                    packed = at(packed, taps)
        table, parts = at(table, channels * taps), at(parts, 7 + 2 * taps)


@inline
def lay_pixels(across, geometry, layer, row):
    """Where the window of each result begins in a channel's plane."""
    p = 0
    for z in range(load(geometry, FRAME)):
        for y in range(load(geometry, FRAME + 1)):
            for x in range(load(geometry, FRAME + 2)):
                store(across, p, z * layer + y * row + x)
                p += 1


def kernel(arena, ints, args, worker, workers):
    """source, weights, bias → results. args: those, scratch, its length, then `correlation_sizes`."""
    images, groups, channels, rows = load(args, 6), load(args, 7), load(args, 8), load(args, 9)
    w_row, w_channel, copies, packs = load(args, 10), load(args, 11), load(args, 12), load(args, 13)
    source_size, plane, taps, biased = load(args, 14), load(args, 15), load(args, 16), load(args, 17)
    w_taps, panels_room = load(args, GEOMETRY - 3), load(args, GEOMETRY - 2)
    sums_room = load(args, GEOMETRY - 1)
    geometry = at(args, GEOMETRY)
    size_z, size_y, size_x = load(geometry, FRAME), load(geometry, FRAME + 1), load(geometry, FRAME + 2)
    step_z, step_y, step_x = load(geometry, FRAME + 3), load(geometry, FRAME + 4), load(geometry, FRAME + 5)
    many, parts = load(geometry, FRAME + 6), at(geometry, FRAME + 7)
    x_y, x_z = load(geometry, 11), load(geometry, 11) * load(geometry, 10)
    result_size, k = size_z * size_y * size_x, channels * taps
    scratch = at(arena, load(args, 4) + worker * load(args, 5))
    tables, packed = as_ints(at(scratch, ASIDE)), at(scratch, ASIDE + (2 * k + ALIGN) // ALIGN * ALIGN)
    panels = at(packed, packs * ((rows * k + ALIGN) // ALIGN * ALIGN))
    sums = at(panels, panels_room)
    across, copy = as_ints(at(sums, sums_room)), at(sums, sums_room)
    if panels_room > 0:
        copy = at(copy, (2 * result_size + ALIGN) // ALIGN * ALIGN)
        lay_pixels(across, geometry, x_z, x_y)
    first, last, top, bottom = 0, images, 0, rows
    if images >= workers:
        first, last = rows_of(images, worker, workers)
    else:
        top, bottom = rows_of(rows, worker, workers)
    for group in range(groups):
        weights = at(arena, load(args, 1) + group * channels * rows * w_taps)
        bias = at(arena, load(args, 2) + biased * (group * rows + top))
        lay_tables(tables, packed, weights, w_row, w_channel, channels, top, bottom, packs, parts, many, plane)
        if panels_room > 0:
            if packs:
                call_fill_panels(panels, packed, k, 1, bottom - top, k)
            else:
                call_fill_panels(panels, at(weights, top * w_row), w_row, 1, bottom - top, k)
        for b in range(first, last):
            source = at(arena, load(args, 0) + (b * groups + group) * channels * source_size)
            result = at(arena, load(args, 3) + ((b * groups + group) * rows + top) * result_size)
            if copies:
                call_spread(copy, source, channels, geometry)
                source = copy
            if panels_room > 0:
                call_correlate_filters(
                    result, result_size, source, across, tables, panels, bottom - top, k, result_size, bias, biased,
                    sums,
                )  # fmt: skip
                continue
            part, table, own = parts, tables, packed
            for _ in range(many):
                n = load(part, 6) * channels
                a, a_row = own, n
                if not packs:
                    a, a_row = at(weights, top * w_row), w_row
                place = (load(part, 3) * size_y + load(part, 4)) * size_x + load(part, 5)
                call_correlate(
                    at(result, place), result_size, step_z * size_y * size_x, step_y * size_x, step_x, a, a_row, 1,
                    source, table, x_z, x_y, bottom - top, n, load(part, 0), load(part, 1), load(part, 2), bias, biased,
                    scratch,
                )  # fmt: skip
                table, own = at(table, n), at(own, n * (bottom - top))
                part = at(part, 7 + 2 * load(part, 6))


def shapes_of(call: Call) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Inputs, weights and outputs of the convolution that this call computes, or differentiates."""
    first, w, result = call.inputs[0].shape, call.inputs[1].shape, call.outputs[0].shape
    return (result, w, first) if is_backward(call) else (first, w, result)


def is_backward(call: Call) -> bool:
    """Whether the call goes from outputs to inputs."""
    return call.op.name in ("conv_input_grad", "conv_transpose")


def plans_of(call: Call) -> list[Plan]:
    """How each of three dimensions is computed."""
    x, w, y = shapes_of(call)
    dimensions = axes(x, w, y, call.attrs)
    return [axis.backward() if is_backward(call) else axis.forward() for axis in dimensions]


def correlation_sizes(call: Call) -> list[int]:
    """images, groups, channels, rows; strides of the weights; whether to copy and to pack; sizes; frame; stretches."""
    x, w, y = shapes_of(call)
    backward, dimensions, plans = is_backward(call), axes(x, w, y, call.attrs), plans_of(call)
    rank = len(x) - 2
    *_, tile, groups = settings(rank, call.attrs)
    sizes = [axis.outputs if backward else axis.inputs for axis in dimensions]
    results = [axis.inputs if backward else axis.outputs for axis in dimensions]
    taps = math.prod(w[2:])
    narrow, filters = w[1], y[1] // groups
    channels, rows = (filters, narrow) if backward else (narrow, filters)
    strides = (taps, narrow * taps) if backward else (narrow * taps, taps)
    parts = stretches(plans, tuple(axis.kernel for axis in dimensions), (1,) * (3 - rank) + tuple(tile),
                      y[1] * narrow * taps)  # fmt: skip
    packs = int(backward or math.prod(tile) > 1)
    k = channels * sum(part[6] for part in parts)
    aside = (panels_size(rows, k), sums_size(rows)) if along_filters(plans, rows, k) else (0, 0)
    return [
        x[0], groups, channels, rows, *strides, int(needs_copy(plans, sizes)), packs, math.prod(sizes),
        planes_size(plans), sum(part[6] for part in parts), len(call.inputs) - 2, taps, *aside, *frame(plans, sizes),
        *results, *(plan.step for plan in plans), len(parts), *(number for part in parts for number in part),
    ]  # fmt: skip


def along_filters(plans: list[Plan], rows: int, k: int) -> bool:
    """Whether vectors run along the filters, not the pixels: where they are filled, and the sums are long enough to pay
    for transposing the results.
    """
    return rows % 16 == 0 and k >= FEW_PRODUCTS and all(plan.step == 1 for plan in plans)


def correlation_scratch(call: Call, dtype: str) -> int:
    """Elements of each worker's buffer; also makes sure that the routines are compiled for `dtype`."""
    SPREAD.prepare(dtype)
    CORRELATE.prepare(dtype)
    sizes = correlation_sizes(call)
    _, _, channels, rows, _, _, copies, packs, _, planes, taps, _, _, *aside = sizes[:15]
    k = channels * taps
    if any(aside):
        FILL.prepare(dtype)
        FILTERS.prepare(dtype)
        aside.append(2 * math.prod(sizes[15 + FRAME : 18 + FRAME]) + ALIGN)
    return sum(aside) + ASIDE + 2 * k + ALIGN + packs * (rows * k + ALIGN) + copies * (channels * planes + ALIGN)


def conv_flops(call: Call) -> int:
    """Two for each multiply-add."""
    _, w, y = shapes_of(call)
    return 2 * math.prod(y) * math.prod(w[1:])
