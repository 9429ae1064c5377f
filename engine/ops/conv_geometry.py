"""The geometry of a convolution: which input meets which weight at which output, for one, two or three dimensions.

Along a dimension of n inputs and m outputs, output z sees input z·stride + j·dilation − low through place j of the
kernel. With `tile` t > 1 there are t kernels, used in turn: output z has kernel z mod t (Goodfellow et al. 2016, 9.5).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

from engine.errors import ShapeError
from engine.ops.op import Shape, require
from engine.windows import output_size

MOST = 2**40  # elements: sizes beyond are refused, not computed


@dataclass(frozen=True)
class Tap:
    """One product of an output: its source lies in plane `phase` at `shift`; it takes place `place` of `kernel`."""

    phase: int
    shift: int
    kernel: int
    place: int


@dataclass(frozen=True)
class Stretch:
    """Results start, start + step, … (`count` of them) along a dimension, all made with the same taps."""

    start: int
    count: int
    taps: tuple[Tap, ...]


@dataclass(frozen=True)
class Plan:
    """How a dimension's results are made: how the source is laid out in planes, and the stretches of results."""

    stride: int
    low: int
    length: int
    step: int
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Axis:
    """One dimension of a convolution."""

    inputs: int
    outputs: int
    kernel: int
    stride: int
    dilation: int
    low: int
    tile: int

    def forward(self) -> Plan:
        """Outputs from inputs: one stretch for each kernel of the tile."""
        step, stretches = self.stride * self.tile, []
        for kernel in range(min(self.tile, self.outputs)):
            ways = [kernel * self.stride + j * self.dilation for j in range(self.kernel)]
            taps = tuple(Tap(way % step, way // step, kernel, j) for j, way in enumerate(ways))
            stretches.append(Stretch(kernel, -(-(self.outputs - kernel) // self.tile), taps))
        length = max(s.count + tap.shift for s in stretches for tap in s.taps)
        return Plan(step, self.low, length, self.tile, tuple(stretches))

    def backward(self) -> Plan:
        """Inputs' gradients from outputs': one stretch for each input below the step, which all see other taps."""
        step, found = self.stride * self.tile, []
        for start in range(min(step, self.inputs)):
            ways = [(start + self.low - kernel * self.stride - j * self.dilation, kernel, j)
                    for kernel in range(self.tile) for j in range(self.kernel)]  # fmt: skip
            taps = [Tap(kernel, way // step, kernel, j) for way, kernel, j in ways if way % step == 0]
            found.append((start, -(-(self.inputs - start) // step), taps))
        before = max([0, *(-tap.shift for _, _, taps in found for tap in taps)])
        length = max([1, *(count + tap.shift + before for _, count, taps in found for tap in taps)])
        stretches = tuple(
            Stretch(start, count, tuple(Tap(t.phase, t.shift + before, t.kernel, t.place) for t in taps))
            for start, count, taps in found
        )
        return Plan(self.tile, before * self.tile, length, step, stretches)


def settings(rank: int, attrs: dict[str, Any]) -> tuple[Shape, tuple[tuple[int, int], ...], Shape, Shape, int]:
    """stride, pads, dilation, tile (one for each dimension) and groups, with their defaults."""
    ones = (1,) * rank
    pads = attrs.get("pads", ((0, 0),) * rank)
    return attrs.get("stride", ones), pads, attrs.get("dilation", ones), attrs.get("tile", ones), attrs.get("groups", 1)


def check_conv(x: Shape, w: Shape, attrs: dict[str, Any], output: Shape | None = None) -> Shape:
    """Shape of the output for inputs x and weights w. Raises ShapeError; where `output` is given it must fit."""
    rank = len(x) - 2
    require(1 <= rank <= 3, f"a convolution takes (rows, channels, sizes…), but x is {x}", "x", None, x)
    require(len(w) == len(x), f"weights must be (filters, channels, sizes…) like x {x}, but are {w}", "w", None, w)
    stride, pads, dilation, tile, groups = settings(rank, attrs)
    for name, given in (("stride", stride), ("pads", pads), ("dilation", dilation), ("tile", tile)):
        require(len(given) == rank, f"{name} must have {rank} entries for x {x}, but is {given}", "x", rank, given)
    require(min(*stride, *dilation, *tile, groups) >= 1, "strides, dilations, tiles and groups are at least 1", "x")
    kernels = math.prod(tile)
    require(w[0] % (kernels * groups) == 0, f"{w[0]} filters cannot be shared out among {groups} groups and "
            f"{kernels} kernels", "w", kernels * groups, w[0])  # fmt: skip
    require(w[1] * groups == x[1], f"weights {w} take {w[1] * groups} channels, but x {x} has {x[1]}", "w",
            x[1], w[1] * groups)  # fmt: skip
    require(0 not in x and 0 not in w, f"nothing can be made of x {x} and weights {w}", "x", None, x)
    sizes = tuple(output_size(*each) for each in zip(x[2:], w[2:], stride, pads, dilation, strict=True))
    if min(sizes) < 1:
        raise ShapeError(f"a kernel of {w[2:]} does not fit into {x[2:]} with paddings {pads}", "x", w[2:], x[2:])
    result = (x[0], w[0] // kernels, *sizes)
    require(math.prod(result) <= MOST, f"an output of {result} is too large", "x", None, result)
    require(output in (None, result), f"the output must be {result} for x {x} and weights {w}, but is {output}", "dy",
            result, output)  # fmt: skip
    return result


def axes(x: Shape, w: Shape, y: Shape, attrs: dict[str, Any]) -> list[Axis]:
    """Three dimensions, the first ones of size 1 where there are fewer."""
    rank = len(x) - 2
    stride, pads, dilation, tile, _ = settings(rank, attrs)
    low = [before for before, _ in pads]
    own = [Axis(*each) for each in zip(x[2:], y[2:], w[2:], stride, dilation, low, tile, strict=True)]
    return [Axis(1, 1, 1, 1, 1, 0, 1)] * (3 - rank) + own


def stretches(plans: list[Plan], kernel: Shape, tile: Shape, kernel_step: int) -> list[list[int]]:
    """For each combination of stretches: sizes, place of the first result, number of taps, then for each tap the
    offset of its source within a channel's planes and that of its weight, which moves on by `kernel_step` per kernel.
    """
    plane = [plan.length for plan in plans]
    found = []
    for parts in itertools.product(*(plan.stretches for plan in plans)):
        taps: list[int] = []
        for each in itertools.product(*(part.taps for part in parts)):
            phase = along([tap.phase for tap in each], [plan.stride for plan in plans])
            taps.append(phase * math.prod(plane) + along([tap.shift for tap in each], plane))
            taps.append(along([tap.kernel for tap in each], tile) * kernel_step
                        + along([tap.place for tap in each], kernel))  # fmt: skip
        found.append([*(part.count for part in parts), *(part.start for part in parts), len(taps) // 2, *taps])
    return found


def along(place: list[int], sizes: Shape | list[int]) -> int:
    """Place in a contiguous array of `sizes`."""
    offset = 0
    for each, size in zip(place, sizes, strict=True):
        offset = offset * size + each
    return offset


def frame(plans: list[Plan], source: list[int]) -> list[int]:
    """The padded copy of a source: see `engine.machine.correlation.spread`."""
    return [*source, *(p.stride for p in plans), *(p.low for p in plans), *(p.length for p in plans)]


def planes_size(plans: list[Plan]) -> int:
    """Elements of one channel's planes."""
    return math.prod(plan.stride * plan.length for plan in plans)


def needs_copy(plans: list[Plan], source: list[int]) -> bool:
    """Whether the source must be padded or cut into planes before it can be read."""
    return any(p.stride != 1 or p.low != 0 or p.length != n for p, n in zip(plans, source, strict=True))
