"""Mirrors of convolution, pooling and their reverses."""

from __future__ import annotations

import itertools
import math
from typing import Any

from tests.engine.against_torch.mirror import MIRRORS, Attrs, Own, torch
from tests.engine.against_torch.mirror_basic import activation

functional = torch.nn.functional
Sizes = tuple[int, ...]
CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
BACK = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def each(attrs: Attrs, name: str, dimensions: int) -> Sizes:
    """The attribute for every dimension."""
    return attrs[name] if len(attrs[name]) == dimensions else attrs[name] * dimensions


def given(attrs: Attrs, dimensions: int) -> list[Sizes]:
    """(before, behind) of each dimension."""
    pads = attrs["pads"]
    if len(pads) == 2 * dimensions:
        return [pads[2 * k : 2 * k + 2] for k in range(dimensions)]
    return [(n, n) for n in each(attrs, "pads", dimensions)]


def pads_of(attrs: Attrs, sizes: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> list[Sizes]:
    """Zeros before and behind each dimension: for "same", ⌈n / s⌉ outputs, the odd zero behind."""
    if attrs["padding"] == "given":
        return given(attrs, len(sizes))
    if attrs["padding"] == "valid":
        return [(0, 0)] * len(sizes)
    total = [max(0, (math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n)
             for n, k, s, d in zip(sizes, kernel, stride, dilation, strict=True)]  # fmt: skip
    return [(n // 2, n - n // 2) for n in total]


def padded(x: Any, pads: list[Sizes], value: float = 0.0) -> Any:
    """x with `pads` around its last dimensions; negative ones cut off."""
    return functional.pad(x, [n for pair in reversed(pads) for n in pair], value=value)


def image(x: Any, dimensions: int) -> Any:
    """x with a dimension for channels."""
    return x[:, None] if x.dim() == dimensions + 1 else x


def convolution(own: Own, attrs: Attrs, x: Any, dimensions: int) -> Any:
    x = image(x, dimensions)
    kernel, stride, dilation = (each(attrs, name, dimensions) for name in ("kernel", "stride", "dilation"))
    x = padded(x, pads_of(attrs, tuple(x.shape[2:]), kernel, stride, dilation))
    turns = list(itertools.product(*(range(n) for n in each(attrs, "tile", dimensions)))) if "tile" in attrs else [None]
    z: Any = 0.0
    for turn, weights in zip(turns, own["W"].split(attrs["filters"]), strict=True):
        part = CONV[dimensions](x, weights, None, stride, 0, dilation, attrs["groups"])
        z = z + (part if turn is None else part * _whose_turn(part, turn, each(attrs, "tile", dimensions)))
    return finish(own, attrs, z)


def _whose_turn(z: Any, turn: Sizes, tile: Sizes) -> Any:
    """1 at the outputs that the kernel `turn` makes, else 0."""
    found = torch.ones(z.shape[2:], dtype=z.dtype)
    for axis, (k, t) in enumerate(zip(turn, tile, strict=True)):
        own = (torch.arange(z.shape[2 + axis]) % t == k).to(z.dtype)
        found = found * own.reshape([-1 if i == axis else 1 for i in range(len(tile))])
    return found


def finish(own: Own, attrs: Attrs, z: Any) -> Any:
    """Bias and activation."""
    z = z + own["b"].reshape(-1, *[1] * (z.dim() - 2)) if attrs["bias"] else z
    return activation(attrs["activation"], z, attrs)


def transposed(own: Own, attrs: Attrs, x: Any, dimensions: int) -> Any:
    kernel, stride, dilation = (each(attrs, name, dimensions) for name in ("kernel", "stride", "dilation"))
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    z = BACK[dimensions](image(x, dimensions), own["W"], None, stride, 0, 0, attrs["groups"], dilation)
    if attrs["padding"] == "same":
        over = [max(0, span - s) for span, s in zip(spans, stride, strict=True)]
        pads = [(n // 2, n - n // 2) for n in over]
        extra = [max(0, s - span) for span, s in zip(spans, stride, strict=True)]
    else:
        pads = given(attrs, dimensions) if attrs["padding"] == "given" else [(0, 0)] * dimensions
        extra = list(each(attrs, "extra", dimensions))
    cut = [(-low, more - high) for (low, high), more in zip(pads, extra, strict=True)]
    return finish(own, attrs, padded(z, cut))


def windows(x: Any, attrs: Attrs, dimensions: int, value: float, pad_value: float) -> Any:
    """(…, window) of every place: `pad_value` in the padding, `value` beyond it, where partial windows reach."""
    kernel, stride = each(attrs, "window", dimensions), each(attrs, "stride", dimensions)
    stride = tuple(s or k for s, k in zip(stride, kernel, strict=True))
    sizes = tuple(x.shape[2:])
    pads = pads_of(attrs, sizes, kernel, stride, (1,) * dimensions)
    beyond = []
    for n, k, s, (low, high) in zip(sizes, kernel, stride, pads, strict=True):
        starts = range(0, low + n, s) if attrs["partial"] else range(0, low + n + high - k + 1, s)
        count = sum(start + k <= low + n + high or start - s + k < low + n + high for start in starts)
        beyond.append((0, (count - 1) * s + k - low - n - high))
    x = padded(padded(x, pads, pad_value), beyond, value)
    for axis, (k, s) in enumerate(zip(kernel, stride, strict=True), 2):
        x = x.unfold(axis, k, s)
    return x.flatten(2 + dimensions)


def max_pool(own: Own, attrs: Attrs, x: Any, dimensions: int) -> Any:
    found = windows(image(x, dimensions), attrs, dimensions, -math.inf, -math.inf).max(-1).values
    return found[:, 0] if x.dim() == dimensions + 1 else found


def average_pool(own: Own, attrs: Attrs, x: Any, dimensions: int) -> Any:
    whole = image(x, dimensions)
    counted = windows(torch.ones_like(whole), attrs, dimensions, 0.0, float(attrs["include_pad"])).sum(-1)
    found = windows(whole, attrs, dimensions, 0.0, 0.0).sum(-1) / counted
    return found[:, 0] if x.dim() == dimensions + 1 else found


def upsample(own: Own, attrs: Attrs, x: Any, dimensions: int) -> Any:
    found, factors = image(x, dimensions), each(attrs, "factor", dimensions)
    if attrs["mode"] == "nearest":
        for axis, factor in enumerate(factors, 2):
            found = found.repeat_interleave(factor, axis)
    else:
        sizes = [n * f for n, f in zip(found.shape[2:], factors, strict=True)]
        found = functional.interpolate(found, size=sizes, mode=LINEAR[dimensions], align_corners=False)
    return found[:, 0] if x.dim() == dimensions + 1 else found


FAMILIES = {"Conv": convolution, "TiledConv": convolution, "ConvTranspose": transposed, "MaxPool": max_pool,
            "AveragePool": average_pool, "Upsample": upsample}  # fmt: skip
for (_stem, _function), _dimensions in itertools.product(FAMILIES.items(), (1, 2, 3)):
    if (_stem, _dimensions) != ("TiledConv", 3):
        MIRRORS[f"{_stem}{_dimensions}D"] = lambda own, attrs, x, f=_function, n=_dimensions: f(own, attrs, x, n)
MIRRORS["GlobalAveragePool"] = lambda own, attrs, x: x.flatten(2).mean(2)
MIRRORS["GlobalMaxPool"] = lambda own, attrs, x: x.flatten(2).max(2).values
