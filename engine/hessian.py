"""Hessian-vector products: the gradient of (gradient · v), by differentiating the backward pass once more.

(B. Pearlmutter, "Fast exact multiplication by the Hessian", 1994; here in reverse over reverse mode.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

Tensors = dict[str, Value | None]


class HessianProduct:
    """H·v of a session's loss (penalties included) on its current batch, at its current parameters.

    `at` takes both from elsewhere: `rows` and `target` say which rows there are, `training` in which mode they run;
    states that are carried on begin at 0 there.
    """

    def __init__(self, session: Session, rows: NDArray | None = None, target: NDArray | None = None,
                 training: bool = True) -> None:  # fmt: skip
        self.session = session
        graph = Graph()
        self.batch = [value for value in session.batch if value is not None]
        given = [value.shape for value in self.batch]
        if rows is not None:
            given = [array.shape for array in (rows, target) if array is not None]
        self.data = [
            graph.source(shape, "data", dtype=value.dtype) for shape, value in zip(given, self.batch, strict=True)
        ]
        x, t = self.data[0], self.data[1] if len(self.data) > 1 else None
        lane = session.lane if rows is None else 0  # other rows are no part of a sequence of batches
        lowered = lower(session.network, session.shapes, graph, x, t, Mode(training, session.seed, lane=lane))
        assert lowered.loss is not None
        self.loss = add_penalties(graph, lowered, lowered.loss, session.penalties)
        self.parameters = {name: value for name, (_, value) in lowered.parameters.items()}
        self.memories = lowered.memories
        self.vectors = {name: graph.source(value.shape, "data") for name, value in self.parameters.items()}
        self.gradients, self.products = self._second(graph, self.loss)
        found = (*self.products.values(), *self.gradients.values(), self.loss)
        graph.prune([value for value in found if value is not None])
        self.program = Program(session.dtype, 1)
        self.program.place([*self.parameters.values(), *self.vectors.values(), *self.memories.values(), *self.data])
        self.program.finish(graph)
        self.runner = Runner(self.program.arena, self.program.ints, self.program.table, 1)

    def _second(self, graph: Graph, loss: Value) -> tuple[Tensors, Tensors]:
        """Gradients of the loss, and of (gradient · vector)."""
        values = list(self.parameters.values())
        gradients = differentiate(graph, loss, values)
        slope: Value | None = None
        for gradient, vector in zip(gradients, self.vectors.values(), strict=True):
            if gradient is not None:
                term = graph.sum(graph.mul(gradient, vector))
                slope = term if slope is None else graph.add(slope, term)
        second = [None] * len(values) if slope is None else differentiate(graph, slope, values)
        return dict(zip(self.parameters, gradients, strict=True)), dict(zip(self.parameters, second, strict=True))

    def __call__(self, vector: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """`vector`: an array for each parameter, of its shape (missing ones count as 0). Raises SessionError."""
        session = self.session
        for name, value in self.memories.items():
            self.program.view(value)[...] = session.values[name]
        return self.at(session.values, [session.view(value) for value in self.batch], session.steps, vector)

    def at(self, parameters: Mapping[str, NDArray], data: Sequence[NDArray], step: int,
           vector: Mapping[str, NDArray]) -> dict[str, NDArray]:  # fmt: skip
        """The same at other `parameters` and for the rows (and targets) `data`; random numbers fall as in `step`."""
        self._require_known(vector)
        view = self.program.view
        for name, value in self.parameters.items():
            view(value)[...] = parameters[name]
            given = vector.get(name)
            own = view(self.vectors[name])
            own[...] = 0 if given is None else fitting(name, given, value.shape, self.session.dtype)
        self.program.ints[CLOCK] = step
        for copy, array in zip(self.data, data, strict=True):
            self.program.fill(copy, array)
        self.runner.rows(0, len(self.program.calls))
        return self._copies(self.products)

    def gradient(self) -> dict[str, NDArray]:
        """The gradient of the loss where the last product was taken."""
        return self._copies(self.gradients)

    def _copies(self, found: Tensors) -> dict[str, NDArray]:
        return {
            name: np.zeros(self.parameters[name].shape, self.session.dtype)
            if value is None
            else self.program.view(value).copy()
            for name, value in found.items()
        }

    def _require_known(self, vector: Mapping[str, NDArray]) -> None:
        for name in vector:
            if name not in self.parameters:
                raise SessionError(f"There is no parameter {name!r}; there are: {', '.join(self.parameters)}.")
