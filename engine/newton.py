"""Newton's method as instructions: conjugate gradients on (H + λI) s = g, unrolled, each product with the Hessian H
computed by one more backward pass through the forward and backward calls.

H·v is the backward pass of the gradients with v coming in, as H is symmetric (Pearlmutter 1994; Martens 2010).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.differentiate import backward, dependents
from engine.errors import SessionError
from engine.graph import Call, Graph, Value
from engine.optimizers import Newton
from engine.problems import Problem
from engine.program import Program, aligned

MOST_ROWS, MOST_BYTES = 50_000, 4 * 2**30
DONE = 1e-10  # share of the squared residual below which the sign of a curvature is rounding


def bent(values: Mapping[str, NDArray], settings: Newton) -> list[Problem]:
    """A warning if conjugate gradients met a direction without a minimum in the step that `values` hold."""
    for number in range(settings.cg_iterations):
        left, curvature = (float(values[f"update.{name}{number}"][0]) for name in ("residual", "curvature"))
        if left <= DONE * float(values["update.residual0"][0]):
            return []
        if curvature <= 0:
            return [Problem("curvature", "along a direction of the last Newton step the loss bends downwards, so the "
                            "step was cut short there.", "Raise the damping: it is added to every curvature.",
                            severity="warning")]  # fmt: skip
    return []


@dataclass
class Solver:
    """Appends the iterations. `parameters` learn; their places and those of `gradients` begin at `start` and `at`.

    `size` elements from these on belong to them; `calls` are those of the forward and backward pass.
    """

    graph: Graph
    program: Program
    settings: Newton
    calls: list[Call]
    parameters: dict[str, Value]
    gradients: dict[str, Value]
    start: int
    at: int
    size: int

    def solve(self) -> Value:
        """s of (H + λI) s = g, or as near as the iterations come to it."""
        graph = self.graph
        one = graph.constant(1.0, (1,))
        residual = direction = self._block(self.at)
        found, go = self._zeros(), one
        left = graph.name(graph.dot(residual, residual), "update.residual0")
        for number in range(self.settings.cg_iterations):
            graph.layer = ""
            before = len(graph.calls)
            bent = graph.add_scaled(self._product(direction), direction, one, factor=self.settings.damping)
            curvature = graph.name(graph.dot(direction, bent), f"update.curvature{number}")
            alpha, go = graph.cg_length(left, curvature, go, first=number == 0)
            found = graph.add_scaled(found, direction, alpha, factor=1.0)
            residual = graph.add_scaled(residual, bent, alpha, factor=-1.0)
            rest = graph.name(graph.dot(residual, residual), f"update.residual{number + 1}")
            direction = graph.add_scaled(residual, direction, graph.cg_turn(rest, left), factor=1.0)
            left = rest
            if number == 0:
                self._require_room(graph.calls[before:])
        return graph.name(found, "update.step")

    def _product(self, direction: Value) -> Value:
        """H·direction."""
        graph, start = self.graph, len(self.graph.calls)
        self.program.place([direction])
        place = self.program.offsets[id(direction)]
        incoming = {
            id(self.gradients[name]): self._piece(value, place) for name, value in self.parameters.items()
        }  # fmt: skip
        names, graph.names = graph.names, {}  # what is made here is no gradient of the loss
        backward(graph, self.calls, incoming, dependents(self.calls, list(self.parameters.values())))
        for call in graph.calls[start:]:
            for value in call.outputs:
                value.name = ""
        graph.names, graph.layer, graph.origin = names, "", ""
        pieces = self._own([incoming.get(id(value)) for value in self.parameters.values()], start)
        block = self.program.float_size
        self.program.float_size += aligned(self.size)
        for value, piece in zip(self.parameters.values(), pieces, strict=True):
            if piece is not None:
                self.program.put(piece, block + self._offset(value))
        return self._block(block)

    def _own(self, products: list[Value | None], start: int) -> list[Value | None]:
        """Products in places of their own, and nothing computed but what leads to them."""
        graph, pieces = self.graph, list[Value | None]()
        made, taken = {id(value) for call in graph.calls[start:] for value in call.outputs}, set[int]()
        for product in products:
            fresh = product is not None and id(product) in made and id(product) not in taken
            if product is not None and not (fresh and product.call is not None and product.call.op.kernel is not None):
                product = graph.copy(product)
            taken.add(id(product))
            pieces.append(product)
        needed, kept = {id(piece) for piece in pieces}, []
        for call in reversed(graph.calls[start:]):
            if any(id(value) in needed for value in call.outputs):
                kept.append(call)
                needed.update(id(value) for value in call.inputs)
        graph.calls[start:] = kept[::-1]
        return pieces

    def _piece(self, parameter: Value, place: int) -> Value:
        value = self.graph.source(parameter.shape, "state")
        self.program.put(value, place + self._offset(parameter))
        return value

    def _offset(self, parameter: Value) -> int:
        return self.program.offsets[id(parameter)] - self.start

    def _block(self, place: int) -> Value:
        value = self.graph.source((self.size,), "state")
        self.program.put(value, place)
        return value

    def _zeros(self) -> Value:
        value = self.graph.source((self.size,), "state")
        self.program.place([value])
        return value

    def _require_room(self, calls: list[Call]) -> None:
        """Raises SessionError if as many iterations as asked would be too much."""
        count = self.settings.cg_iterations
        rows = count * len(calls)
        size = (
            count * sum(value.size for call in calls for value in call.outputs) * np.dtype(self.program.dtype).itemsize
        )
        if rows > MOST_ROWS or size > MOST_BYTES:
            raise SessionError(
                f"Newton's method with {count} iterations of conjugate gradients would take {rows:,} instructions and "
                f"{size / 2**30:,.1f} GiB in each step (at most {MOST_ROWS:,} and {MOST_BYTES / 2**30:,.0f} GiB); use "
                "fewer iterations, smaller batches, a smaller network or another optimiser."
            )
