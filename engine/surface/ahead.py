"""Products of the data with parameters, computed ahead for a whole plane.

x·(W₀ + a·U + b·V) + (b₀ + a·u + b·v) is linear in the place (a, b): three products for all points, and a sum at each.
"""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import NDArray

from engine.graph import Graph, Value
from engine.lower import Lowered
from engine.surface.layout import Layout
from engine.surface.plane import Plane


@dataclass(frozen=True, eq=False)
class Ahead:
    """A product z = x·W (+ bias) of rows x (B, n): parameters by name, z, and where its three parts are written."""

    names: tuple[str, ...]
    fan_in: int
    z: Value
    parts: tuple[Value, Value, Value]

    def values(self, layout: Layout, plane: Plane, x: NDArray) -> list[NDArray]:
        """The parts for the rows `x`: of the origin, the first and the second direction."""
        rows, found = x.reshape(-1, self.fan_in), []
        for block in (plane.origin, plane.first, plane.second):
            weights, *bias = (layout[name].of(block) for name in self.names)
            found.append(rows @ weights + bias[0] if bias else rows @ weights)
        return found

    @property
    def placed(self) -> list[Value]:
        """What needs a place in the arena."""
        return [self.z, *self.parts]


def take_ahead(graph: Graph, lowered: Lowered, x: Value, places: Value, cell: Value) -> list[Ahead]:
    """Replace each product of the data `x` itself with parameters by the sum of its parts."""
    names = {id(value): name for name, (_, value) in lowered.parameters.items()}
    found = []
    for at, call in enumerate(graph.calls):
        inputs = call.inputs
        known = all(id(value) in names for value in inputs[1:])
        if call.op.name not in ("linear", "matmul") or call.attrs or not known or _origin(inputs[0]) is not x:
            continue
        z = call.outputs[0]
        z.call, z.kind = None, "state"
        graph.sources.append(z)
        parts = graph.source(z.shape, "data"), graph.source(z.shape, "data"), graph.source(z.shape, "data")
        graph.plane_point(z, *parts, places, cell)
        moved = graph.calls.pop()
        moved.layer = call.layer
        graph.calls[at] = moved
        found.append(Ahead(tuple(names[id(value)] for value in inputs[1:]), inputs[0].shape[1], z, parts))
    return found


def _origin(value: Value) -> Value:
    """What `value` is a reshape of."""
    while value.call is not None and value.call.op.name == "reshape":
        value = value.call.inputs[0]
    return value
