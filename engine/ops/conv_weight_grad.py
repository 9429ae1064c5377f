"""Gradient of a convolution's weights: w[o, c, j] gets Σ_b Σ_z x[b, c, z·stride + j·dilation − pad] dy[b, o, z].

x (B, C, sizes…), dy (B, O, sizes…) → dw (O, C/groups, kernel…). Workers share the rows (c, j), so the order of the sum
over images and pixels is always the same.
"""

import math

import numpy as np

from engine.machine.correlation import FRAME, SPREAD, TALLY, call_spread, call_tally, panels_room
from engine.machine.offsets import as_ints
from engine.machine.pointers import at, load, store
from engine.ops.conv import SAMPLES, windows
from engine.ops.conv_geometry import axes, check_conv, frame, needs_copy, planes_size, settings, stretches
from engine.ops.loops import inline, rows_of
from engine.ops.op import Op, register, require
from engine.ops.samples import Sample, remade

HEAD = 5
GEOMETRY = HEAD + 13  # where the frame begins in the arguments
ALIGN = 16


@inline
def lay_offsets(across, along, part, low, high, channel, taps, plane, row, layer):
    """Where the rows' sources begin, counted from `channel`, and how far each pixel lies from there."""
    for i in range(low, high):
        store(across, i - low, (i // taps - channel) * plane + load(part, 7 + 2 * (i % taps)))
    p = 0
    for z in range(load(part, 0)):
        for y in range(load(part, 1)):
            for x in range(load(part, 2)):
                store(along, p, z * layer + y * row + x)
                p += 1


@inline
def gather(target, source, part, filters, size_z, size_y, size_x, step_z, step_y, step_x):
    """The outputs that one kernel of the tile made, filter by filter."""
    p = 0
    for o in range(filters):
        for z in range(load(part, 0)):
            for y in range(load(part, 1)):
                row = (o * size_z + load(part, 3) + z * step_z) * size_y + load(part, 4) + y * step_y
                for x in range(load(part, 2)):
                    store(target, p, load(source, row * size_x + load(part, 5) + x * step_x))
                    p += 1


@inline
def put(dw, sums, part, low, high, taps, filters, filter_size):
    """dw[o, i] = sums[i, o] for this worker's rows i."""
    for o in range(filters):
        for i in range(low, high):
            place = o * filter_size + i // taps * taps + load(part, 8 + 2 * (i % taps))
            store(dw, place, load(sums, (i - low) * filters + o))


@inline
def clear(dw, kernels, kernel_size, filters, filter_size, low, high):
    """dw = 0 for this worker's rows of all kernels of the tile."""
    for r in range(kernels):
        for o in range(filters):
            for i in range(low, high):
                store(dw, r * kernel_size + o * filter_size + i, 0)


def kernel(arena, ints, args, worker, workers):
    """x, dy → dw. args: those, scratch, its length, then `_sizes`."""
    images, groups, channels, filters = load(args, 5), load(args, 6), load(args, 7), load(args, 8)
    taps, copies, gathers, source_size = load(args, 9), load(args, 10), load(args, 11), load(args, 12)
    plane, kernels, kernel_size, pixels = load(args, 13), load(args, 14), load(args, 15), load(args, 16)
    geometry = at(args, GEOMETRY)
    size_z, size_y, size_x = load(geometry, FRAME), load(geometry, FRAME + 1), load(geometry, FRAME + 2)
    step_z, step_y, step_x = load(geometry, FRAME + 3), load(geometry, FRAME + 4), load(geometry, FRAME + 5)
    row = load(geometry, 11)
    layer = row * load(geometry, 10)
    low, high = rows_of(channels * taps, worker, workers)
    if low == high:
        return
    rows, channel = high - low, low // taps
    touched = (high - 1) // taps + 1 - channel
    sums = at(arena, load(args, 3) + worker * load(args, 4))
    panels, room = at(sums, (rows * filters + ALIGN) // ALIGN * ALIGN), load(args, GEOMETRY - 1)
    across = as_ints(at(panels, room))
    along = at(across, (rows + ALIGN) // ALIGN * ALIGN)
    gathered = at(panels, room + 2 * ((rows + pixels + 2 * ALIGN) // ALIGN * ALIGN))
    copy = at(gathered, gathers * filters * pixels)
    for group in range(groups):
        dw = at(arena, load(args, 2) + group * filters * channels * taps)
        part = at(geometry, FRAME + 7)
        if load(geometry, FRAME + 6) < kernels:  # some have no output
            clear(dw, kernels, kernel_size, filters, channels * taps, low, high)
        for _ in range(load(geometry, FRAME + 6)):
            lay_offsets(across, along, part, low, high, channel, taps, plane, row, layer)
            count = load(part, 0) * load(part, 1) * load(part, 2)
            for i in range(rows * filters):
                store(sums, i, 0)
            for b in range(images):
                source = at(arena, load(args, 0) + ((b * groups + group) * channels + channel) * source_size)
                dy = at(arena, load(args, 1) + (b * groups + group) * filters * size_z * size_y * size_x)
                if copies:
                    call_spread(copy, source, touched, geometry)
                    source = copy
                if gathers:
                    gather(gathered, dy, part, filters, size_z, size_y, size_x, step_z, step_y, step_x)
                    dy = gathered
                call_tally(sums, filters, source, across, along, dy, count, rows, filters, count, panels)
            put(dw, sums, part, low, high, taps, filters, channels * taps)
            part = at(part, 7 + 2 * taps)


def weights_shape(x, dy, kernel, attrs):
    """Shape of the weights whose gradient it is. Raises ShapeError."""
    require(len(x) >= 3 and len(x) == len(dy) == len(kernel) + 2,
            f"x {x}, dy {dy} and kernel {kernel} must have the same dimensions", "dy", None, dy)  # fmt: skip
    *_, tile, groups = settings(len(kernel), attrs)
    require(groups >= 1 and x[1] % groups == 0, f"{x[1]} channels cannot be shared out among {groups} groups", "x")
    w = (math.prod(tile) * dy[1], x[1] // groups, *kernel)
    check_conv(x, w, attrs, dy)
    return w


def _parts(call):
    x, dy, w = call.inputs[0].shape, call.inputs[1].shape, call.outputs[0].shape
    dimensions = axes(x, w, dy, call.attrs)
    return x, dy, w, dimensions, [axis.forward() for axis in dimensions]


def _sizes(call):
    x, dy, w, dimensions, plans = _parts(call)
    rank = len(x) - 2
    *_, tile, groups = settings(rank, call.attrs)
    sizes, results = [axis.inputs for axis in dimensions], [axis.outputs for axis in dimensions]
    taps = math.prod(w[2:])
    kernel_size = dy[1] * w[1] * taps
    parts = stretches(plans, tuple(axis.kernel for axis in dimensions), (1,) * (3 - rank) + tuple(tile), kernel_size)
    return [
        x[0], groups, w[1], dy[1] // groups, taps, int(needs_copy(plans, sizes)), int(math.prod(tile) > 1),
        math.prod(sizes), planes_size(plans), math.prod(tile), kernel_size, math.prod(results),
        panels_room(dy[1] // groups), *frame(plans, sizes),
        *results, *(plan.step for plan in plans), len(parts), *(number for part in parts for number in part),
    ]  # fmt: skip


def _scratch(call, dtype):
    SPREAD.prepare(dtype)
    TALLY.prepare(dtype)
    _, _, channels, filters, taps, copies, gathers, _, plane, _, _, pixels, room = _sizes(call)[:13]
    rows = channels * taps
    return (rows * filters + ALIGN + room + 2 * (rows + pixels + 3 * ALIGN)
            + gathers * filters * pixels + copies * (channels * plane + ALIGN))  # fmt: skip


def _vjp(g, c, ddw):
    x, dy = c.inputs
    attrs = {name: value for name, value in c.attrs.items() if name != "kernel"}
    return g.conv_input_grad(dy, ddw, size=x.shape[2:], **attrs), g.conv(x, ddw, **attrs)


def reference(x, dy, kernel, **attrs):
    """The sum over all outputs, in NumPy."""
    dw = np.zeros(weights_shape(x.shape, dy.shape, kernel, attrs))
    groups = attrs.get("groups", 1)
    kernels = dw.reshape(math.prod(attrs.get("tile", (1,))), groups, -1, *dw.shape[1:])
    for number, place, outputs, seen in windows(x, dw.shape, attrs):
        if seen.size:
            grouped = seen.reshape(len(x), groups, dw.shape[1], -1)
            arriving = dy[outputs].reshape(len(x), groups, dy.shape[1] // groups, -1)
            kernels[(number, ..., *place)] = np.einsum("bgcp,bgop->goc", grouped, arriving)
    return dw


def _turned(sample):
    x, w = (each.shape for each in sample["inputs"])
    attrs = sample.get("attrs", {})
    return dict(
        inputs=[sample["inputs"][0], Sample("normal", check_conv(x, w, attrs))], attrs={**attrs, "kernel": w[2:]}
    )


OP = register(Op(
    "conv_weight_grad", "gradient", ("x", "dy"), lambda x, dy, kernel, **attrs: weights_shape(x, dy, kernel, attrs),
    kernel, r"\bar w_{o,c,j} = \sum_z x_{c,\, z s + j d - p}\, \bar y_{o,z}",
    outputs=("dw",), sizes=_sizes, scratch=_scratch,
    vjp=_vjp,
    reference=reference,
    samples=remade(SAMPLES, _turned),
    flops=lambda c: 2 * c.inputs[1].size * math.prod(c.outputs[0].shape[1:]),
    title="convolution, weights' gradient", source="Goodfellow et al. 2016, 9.5",
))  # fmt: skip
