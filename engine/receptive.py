"""How much of the input each output of a layer sees: its receptive field (Goodfellow et al. 2016, 9.2).

Along a dimension a layer whose window reaches over k inputs and moves on by s makes a field of r pixels at a jump of j
into one of r + (k − 1)·j at a jump of j·s: n convolutions of width w and stride 1 see n·(w − 1) + 1 pixels, and n of
width and stride w see wⁿ. The jump is the distance, in pixels of the input, between what two neighbours see.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.check import Report, order

if TYPE_CHECKING:
    from engine.network import Network, Node

Shape = tuple[int, ...]
ALIKE = ("activation", "combine", "normalisation", "regularisation")  # categories that keep places where they are


@dataclass(frozen=True)
class Field:
    """Pixels seen along each dimension, at most, and the jump; `whole`: every output sees everything, `size` in all."""

    size: Shape
    jump: tuple[Fraction, ...]
    whole: bool = False


def fields(network: Network, report: Report) -> dict[str, Field]:
    """The receptive field of every layer behind the input whose shapes are known, by id."""
    found: dict[str, Field] = {}
    entry = _entry(network, report)
    for id in order(network):
        node, wired = network.nodes[id], network.inputs_of(id)
        sources = [wired.get(port, "") for port in node.ports]
        if id not in report.shapes or node.layer.is_loss or any(source not in report.shapes for source in sources):
            continue
        if node.layer.is_input:
            found[id] = Field((), ())
        elif all(source in found for source in sources):
            shapes = [report.shapes[source] for source in sources]
            found[id] = _field(node, [found[source] for source in sources], shapes, report.shapes[id], entry)
    return {id: field for id, field in found.items() if not network.nodes[id].layer.is_input}


def _entry(network: Network, report: Report) -> Shape:
    return next((report.shapes[id] for id, node in network.nodes.items()
                 if node.layer.is_input and id in report.shapes), ())  # fmt: skip


def _field(node: Node, seen: list[Field], shapes: list[Shape], result: Shape, entry: Shape) -> Field:
    if any(field.whole for field in seen):
        return next(field for field in seen if field.whole)
    if node.layer.window is not None:
        windows = node.layer.window(node.attrs, *shapes)
        before = seen[0] if seen[0].size else Field((1,) * len(windows), (Fraction(1),) * len(windows))
        if len(before.size) == len(windows):
            limits = entry[-len(windows) :]
            return _through(before, windows, limits)
    if node.layer.category in ALIKE and all(shape == result for shape in shapes):
        return _union(seen)
    return Field(entry, (), whole=True)


def _through(before: Field, windows: tuple[tuple[int, Fraction], ...], limits: Shape) -> Field:
    """One window further; no field is larger than the input."""
    sizes = [r + (k - 1) * j for r, j, (k, _) in zip(before.size, before.jump, windows, strict=True)]
    size = tuple(min(math.ceil(n), limit) for n, limit in zip(sizes, limits, strict=True))
    return Field(size, tuple(j * s for j, (_, s) in zip(before.jump, windows, strict=True)))


def _union(seen: list[Field]) -> Field:
    """What several inputs of the same size see together."""
    known = [field for field in seen if field.size] or seen
    return Field(tuple(map(max, zip(*(field.size for field in known), strict=True))), known[0].jump)


def dense_instead(shape: Shape, result: Shape) -> int:
    """Numbers that a Dense layer with as many outputs would learn: a weight per pair, and a bias each."""
    return math.prod(result) * (math.prod(shape) + 1)
