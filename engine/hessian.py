"""Hessian-vector products: the gradient of (gradient · v), by differentiating the backward pass once more.

(B. Pearlmutter, "Fast exact multiplication by the Hessian", 1994; here in reverse over reverse mode.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.differentiate import differentiate
from engine.errors import SessionError
from engine.graph import Graph, Value
from engine.lower import Mode, lower
from engine.machine.run import Runner
from engine.program import CLOCK, Program
from engine.training_program import add_penalties
from engine.views import fitting

if TYPE_CHECKING:
    from engine.session import Session


class HessianProduct:
    """H·v of a session's loss (penalties included) on its current batch, at its current parameters."""

    def __init__(self, session: Session) -> None:
        self.session = session
        graph = Graph()
        self.batch = [value for value in session.batch if value is not None]
        self.data = [graph.source(value.shape, "data", dtype=value.dtype) for value in self.batch]
        x, t = self.data[0], self.data[1] if len(self.data) > 1 else None
        lowered = lower(session.network, session.shapes, graph, x, t, Mode(True, session.seed))
        assert lowered.loss is not None
        loss = add_penalties(graph, lowered, lowered.loss, session.penalties)
        self.parameters = {name: value for name, (_, value) in lowered.parameters.items()}
        self.vectors = {name: graph.source(value.shape, "data") for name, value in self.parameters.items()}
        self.products = self._second(graph, loss)
        graph.prune([value for value in self.products.values() if value is not None])
        self.program = Program(session.dtype, 1)
        self.program.place([*self.parameters.values(), *self.vectors.values(), *self.data])
        self.program.finish(graph)
        self.runner = Runner(self.program.arena, self.program.ints, self.program.table, 1)

    def _second(self, graph: Graph, loss: Value) -> dict[str, Value | None]:
        values = list(self.parameters.values())
        slope: Value | None = None
        for gradient, vector in zip(differentiate(graph, loss, values), self.vectors.values(), strict=True):
            if gradient is not None:
                term = graph.sum(graph.mul(gradient, vector))
                slope = term if slope is None else graph.add(slope, term)
        if slope is None:
            return dict.fromkeys(self.parameters)
        return dict(zip(self.parameters, differentiate(graph, slope, values), strict=True))

    def __call__(self, vector: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """`vector`: an array for each parameter, of its shape (missing ones count as 0). Raises SessionError."""
        for name in vector:
            if name not in self.parameters:
                raise SessionError(f"There is no parameter {name!r}; there are: {', '.join(self.parameters)}.")
        view, session = self.program.view, self.session
        for name, value in self.parameters.items():
            view(value)[...] = session.values[name]
            missing = np.zeros(value.shape)
            view(self.vectors[name])[...] = fitting(name, vector.get(name, missing), value.shape, session.dtype)
        self.program.ints[CLOCK] = session.steps  # random numbers fall as in the step itself
        for copy, value in zip(self.data, self.batch, strict=True):
            self.program.fill(copy, session.view(value))
        self.runner.rows(0, len(self.program.calls))
        return {
            name: np.zeros(self.parameters[name].shape, session.dtype) if value is None else view(value).copy()
            for name, value in self.products.items()
        }
