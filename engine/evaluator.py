"""Forward passes on any rows: validation, predictions, decision boundaries. It has an arena of its own.

So it may run beside training: it works on a copy of the parameters.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.graph import Graph, Shape, Value
from engine.lower import Lowered, Mode, input_node, lower
from engine.machine.run import Runner
from engine.network import Network
from engine.program import Program

ROWS = 4096
KEPT = 8  # the parts of a data set, a decision boundary, maps of units: asked for in turn while training is watched


@dataclass
class Forward:
    """The forward program for a fixed number of rows."""

    program: Program
    runner: Runner
    lowered: Lowered
    x: Value
    target: Value | None
    block: tuple[int, int]


class Evaluator:
    """Runs the network forwards. Programs are kept for the row counts used last."""

    def __init__(self, network: Network, shapes: dict[str, Shape], row: Shape, dtype: str) -> None:
        self.network, self.shapes, self.row, self.dtype = network, shapes, row, dtype
        self._lock = threading.Lock()  # one arena for each number of rows: one caller at a time
        self._programs: dict[tuple[int, tuple[int, ...] | None, str, bool], Forward] = {}

    def outputs(self, parameters: NDArray, x: NDArray) -> NDArray:
        """What the network gives for rows x (N, *row), with `parameters` the whole block. Returns (N, *output)."""
        if not len(x):
            with self._lock:
                return np.zeros((0, *self._program(1).lowered.output.shape[1:]), self.dtype)
        size = _stretch(len(x))
        return np.concatenate([self._output(parameters, x[i : i + size]) for i in range(0, len(x), size)])

    def _output(self, parameters: NDArray, x: NDArray) -> NDArray:
        with self._lock:
            forward = self._run(parameters, x)
            return forward.program.view(forward.lowered.output).copy()

    def values(self, parameters: NDArray, x: NDArray, names: list[str]) -> dict[str, NDArray]:
        """Copies of named values of one forward pass without loss."""
        with self._lock:
            forward = self._run(parameters, x)
            known = forward.lowered.graph.names
            return {name: forward.program.view(known[name]).copy() for name in names if name in known}

    def losses_and_outputs(self, parameters: NDArray, x: NDArray, target: NDArray | None,
                           wanted: Iterable[str]) -> tuple[dict[str, float], dict[str, NDArray]]:  # fmt: skip
        """The losses of these rows, taken at once, by layer and without their weights, and what `wanted` ones get."""
        with self._lock:
            forward = self._run(parameters, x, target, losses=True)
            view, lowered = forward.program.view, forward.lowered
            outputs = {id: view(lowered.compared[id][0]).copy() for id in wanted}
            return {id: float(view(loss)) for id, loss in lowered.losses.items()}, outputs

    def row_losses(self, parameters: NDArray, x: NDArray, target: NDArray | None, weights: dict[str, float]) -> NDArray:
        """Σ weight · loss of every row of x (N, *row) taken alone, float64 (N,); `weights` by layer of the loss."""
        found, forward = np.zeros(len(x)), None
        with self._lock:
            for i in range(len(x)):
                row, goal = x[i : i + 1], None if target is None else target[i : i + 1]
                forward = self._again(forward, row, goal) if forward else self._run(parameters, row, goal, True)
                view, losses = forward.program.view, forward.lowered.losses
                found[i] = sum(weight * float(view(losses[id])) for id, weight in weights.items())
        return found

    def _run(self, parameters: NDArray, x: NDArray, target: NDArray | None = None, losses: bool = False) -> Forward:
        forward = self._program(len(x), target, losses)
        lo, hi = forward.block
        forward.program.arena[lo:hi] = parameters
        return self._again(forward, x, target)

    def _again(self, forward: Forward, x: NDArray, target: NDArray | None) -> Forward:
        """The same program with the same parameters for other rows."""
        forward.program.fill(forward.x, x)
        if forward.target is not None and target is not None:
            forward.program.fill(forward.target, target)
        forward.runner.rows(0, len(forward.program.calls))
        return forward

    def _program(self, rows: int, target: NDArray | None = None, losses: bool = False) -> Forward:
        kind = "" if target is None else "int" if np.issubdtype(target.dtype, np.integer) else "float"
        key = (rows, None if target is None else tuple(target.shape[1:]), kind, losses)
        forward = self._programs.pop(key, None) or self._build(rows, target, kind, losses)
        self._programs[key] = forward  # the one used last stands last
        while len(self._programs) > KEPT:
            del self._programs[next(iter(self._programs))]
        return forward

    def _build(self, rows: int, target: NDArray | None, kind: str, losses: bool) -> Forward:
        graph = Graph()
        x = graph.source((rows, *self.row), "data", dtype=input_node(self.network).layer.gives_dtype)
        goal = None
        if target is not None:
            goal = graph.source((rows, *target.shape[1:]), "data", dtype="int" if kind == "int" else "float")
        lowered = lower(self.network, self.shapes, graph, x, goal, Mode(losses=losses))
        program = Program(self.dtype, 1)
        first = program.float_size
        program.place([value for _, value in lowered.parameters.values()])
        block = (first, program.float_size)
        program.place([x] if goal is None else [x, goal])
        program.finish(graph)
        runner = Runner(program.arena, program.ints, program.table, 1)
        return Forward(program, runner, lowered, x, goal, block)


def _stretch(rows: int) -> int:
    """How many rows to take at once, at most ROWS: an even share, if there is one, so that one program serves all."""
    least = -(-rows // ROWS)
    return next((rows // parts for parts in range(least, 2 * least + 1) if rows % parts == 0), min(rows, ROWS))
