"""Bounds for the gradients: settings as plain data, and the instructions they become.

The gradients stay as they are; what the optimiser reads lies in a block of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.errors import SessionError
from engine.graph import Graph, Value
from engine.program import Program
from engine.stretches import Stretch, joined
from engine.training import Training, checked_field

NORMS = ("update.norm", "update.second_norm")
BLOCK = 4096  # elements whose squares one worker sums; no result depends on the number of workers


@dataclass(frozen=True)
class Clipping:
    """`kind`: "none", "value" (each element), "norm" (of all gradients of an optimiser together) or "layer_norm"
    (layer by layer)."""

    kind: str = "none"
    limit: float = 1.0

    def __post_init__(self) -> None:
        checked_field("clipping", self.kind)
        checked_field("clip_limit", self.limit)
        if self.kind != "none" and self.limit == 0:
            raise SessionError("The limit of clipping is 0, which stops all learning; give a number above 0.")

    def apply(self, clip: Clipped, parts: list[Stretch]) -> None:
        """Append what makes the clipped block out of the gradients in `parts`."""
        graph = clip.graph
        if self.kind == "value":
            for part in joined(parts):
                clip.put(part, graph.clip_value(clip.gradient(part), limit=self.limit))
        elif self.kind == "norm":
            for second, name in enumerate(NORMS):
                self._to_norm(clip, joined(part for part in parts if part.second == bool(second)), name)
        elif self.kind == "layer_norm":
            for layer in dict.fromkeys(part.layer for part in parts):
                graph.layer = layer
                self._to_norm(clip, joined(part for part in parts if part.layer == layer), f"{layer}.grad.norm")
            graph.layer = ""

    def _to_norm(self, clip: Clipped, parts: list[Stretch], name: str) -> None:
        if not parts:
            return
        graph = clip.graph
        norm = graph.name(clip.norm(parts), name)
        for part in parts:
            clip.put(part, graph.clip_norm(clip.gradient(part), norm, limit=self.limit))


@dataclass
class Clipped:
    """The block of clipped gradients, laid out like that of the gradients, which begins at `gradients`."""

    graph: Graph
    program: Program
    gradients: int
    block: tuple[int, int]

    def gradient(self, part: Stretch) -> Value:
        """The gradients of one stretch."""
        return self._at(part, self.gradients)

    def put(self, part: Stretch, value: Value) -> None:
        """`value` lies where this stretch does in the clipped block."""
        self.program.put(value, self.block[0] + part.lo)

    def norm(self, parts: list[Stretch]) -> Value:
        """Norm of several stretches together: first of blocks, then of the row of their norms."""
        norms = [self.graph.norm(self.gradient(part), block=BLOCK) for part in parts]
        if len(norms) == 1 and norms[0].size == 1:
            return norms[0]
        start = self.program.float_size
        self.program.place(norms)  # one behind the other; the zeros between them add nothing
        row = self.graph.source((self.program.float_size - start,), "state")
        self.program.put(row, start)
        found: Value = self.graph.norm(row, block=row.size)
        return found

    def _at(self, part: Stretch, start: int) -> Value:
        value = self.graph.source((part.size,), "state")
        self.program.put(value, start + part.lo)
        return value


def make_clipping(clipping: Any) -> Clipping:
    """Bounds from their name or from a Clipping. Raises SessionError or AttributeValueError."""
    if isinstance(clipping, str):
        return Clipping(clipping)
    if not isinstance(clipping, Clipping):
        raise SessionError(f"clipping is a {type(clipping).__name__}; give a name or an engine.clipping.Clipping.")
    return clipping


def clipping_of(training: Training) -> Clipping:
    """The bounds that a document asks for."""
    return Clipping(training.clipping, training.clip_limit)


def named_parts(graph: Graph, program: Program, clipped: int, start: int,
                parameters: dict[str, Value]) -> None:  # fmt: skip
    """Names for the clipped gradients of single parameters: "<layer>.<name>.clipped"."""
    for name, value in parameters.items():
        part = graph.source(value.shape, "state", f"{name}.clipped")
        program.put(part, clipped + program.offsets[id(value)] - start)
