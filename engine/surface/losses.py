"""The loss at many points of a plane of parameters: a program that moves, runs forwards and notes the loss, again.

The whole list of points runs inside one call of the machine; several threads take turns at them, each with an arena of
its own, so that no result depends on their number.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.graph import Graph, Value
from engine.losses import loss_nodes
from engine.lower import Lowered, Mode, input_node, lower
from engine.machine.run import Runner
from engine.program import CLOCK, Program
from engine.surface.ahead import Ahead, take_ahead
from engine.surface.layout import Layout
from engine.surface.plane import Plane
from engine.surface.rows import RowsOf, at_once, shares
from engine.training_program import add_penalties

if TYPE_CHECKING:
    from engine.session import Session

PLACES = 4096  # points that one call runs over


@dataclass
class _Worker:
    """One program and what is written into it from outside."""

    program: Program
    runner: Runner
    lowered: Lowered
    loss: Value
    block: tuple[int, int]
    plane: tuple[Value, Value, Value]
    places: Value
    cell: Value
    data: list[Value]
    share: dict[str, Value]
    penalty: Value
    ahead: list[Ahead]


class PlaneLosses:
    """The loss of a session's network on `rows` at any points. It has arenas of its own: training may go on beside it.

    The sum of all losses with their weights, and the session's L1 and L2 penalties.
    """

    def __init__(self, session: Session, rows: RowsOf, threads: int = 1) -> None:
        """Raises SessionError where there is no room for it."""
        self.session, self.rows, self._layout = session, rows, Layout(session)
        self.size = at_once(session, rows)
        self._sizes = sorted({self.size, len(rows) % self.size or self.size}, reverse=True)
        self._workers = {size: [self._build(size) for _ in range(max(1, threads))] for size in self._sizes}
        self._stop = False

    def __call__(self, plane: Plane, places: NDArray) -> NDArray[np.float64]:
        """The loss at θ₀ + a·u + b·v for every row (a, b) of `places` (N, 2). NaN from where `stop` ended it.

        A loss that is not finite comes out as such.
        """
        self._stop = False
        for worker in self._all():
            worker.runner.clear_stop()
            for value, array in zip(worker.plane, (plane.origin, plane.first, plane.second), strict=True):
                worker.program.view(value)[...] = array
        places = np.asarray(places, self.session.dtype).reshape(-1, 2)
        parts = [self._stretch(plane, places[i : i + PLACES]) for i in range(0, len(places), PLACES)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def at(self, blocks: NDArray) -> NDArray[np.float64]:
        """The true loss for each of the parameter blocks (K, P)."""
        still = np.zeros(blocks.shape[1:], self.session.dtype)
        here = np.zeros((1, 2))
        return np.array([self(Plane(block, still, still), here)[0] for block in blocks])

    def stop(self) -> None:
        """Make a call in another thread end soon."""
        self._stop = True
        for worker in self._all():
            worker.runner.request_stop()

    @property
    def stopped(self) -> bool:
        """Whether the last call was ended early."""
        return self._stop

    def _all(self) -> list[_Worker]:
        return [worker for workers in self._workers.values() for worker in workers]

    def _stretch(self, plane: Plane, places: NDArray) -> NDArray[np.float64]:
        total = np.zeros(len(places))
        for first in range(0, len(self.rows), self.size):
            last = min(first + self.size, len(self.rows))
            workers = self._workers[last - first]
            found = np.full(len(places), np.nan)
            ahead = [
                part for each in workers[0].ahead for part in each.values(self._layout, plane, self.rows.x[first:last])
            ]
            for worker in workers:
                self._fill(worker, first, last, places)
                for value, array in zip((part for each in worker.ahead for part in each.parts), ahead, strict=True):
                    worker.program.view(value)[...] = array
            self._run(workers, found)
            total += found
        return total

    def _fill(self, worker: _Worker, first: int, last: int, places: NDArray) -> None:
        program, rows = worker.program, self.rows
        program.arena[program.offsets[id(worker.places)] :][: places.size] = places.ravel()
        target = None if rows.target is None else rows.target[first:last]
        for value, array in zip(worker.data, (rows.x[first:last], target), strict=False):
            if array is not None:
                program.fill(value, array)
        for id_, share in shares(self.session, worker.lowered, target, rows, last - first).items():
            program.view(worker.share[id_])[...] = share
        program.view(worker.penalty)[...] = float(first == 0)

    def _run(self, workers: list[_Worker], found: NDArray[np.float64]) -> None:
        turns = [(worker, k, len(workers)) for k, worker in enumerate(workers) if k < len(found)]
        others = [threading.Thread(target=_sweep, args=(*turn, found), daemon=True) for turn in turns[1:]]
        for thread in others:
            thread.start()
        _sweep(*turns[0], found)
        for thread in others:
            thread.join()

    def _build(self, count: int) -> _Worker:
        session, rows, graph = self.session, self.rows, Graph()
        training = rows.run_as == "training"
        block = graph.source((_size(session),), "state")
        plane = graph.source(block.shape, "data"), graph.source(block.shape, "data"), graph.source(block.shape, "data")
        places, cell = graph.source((PLACES, 2), "data"), graph.source((1,), "data", dtype="int")
        graph.layer = "surface"
        graph.plane_point(block, *plane, places, cell)
        x = graph.source((count, *rows.x.shape[1:]), "data", dtype=input_node(session.network).layer.gives_dtype)
        target = None
        if rows.target is not None:
            whole = np.issubdtype(rows.target.dtype, np.integer)
            target = graph.source((count, *rows.target.shape[1:]), "data", dtype="int" if whole else "float")
        lowered = lower(session.network, session.shapes, graph, x, target, Mode(training, session.seed))
        ahead = take_ahead(graph, lowered, x, places, cell)
        share = {id_: graph.source((), "data") for id_ in lowered.losses}
        penalty = graph.source((), "data")
        loss = _penalised(graph, session, lowered, _whole(graph, session, lowered, share, training), penalty)
        graph.prune([loss])
        program = Program(session.dtype, 1)
        first = program.float_size
        program.place([value for _, value in lowered.parameters.values()])
        if program.float_size - first != block.size:
            raise SessionError("the parameters of the surface do not lie as those of the session; this is a defect.")
        program.put(block, first)
        data = [x] if target is None else [x, target]
        program.place([*plane, places, cell, *share.values(), penalty, *data])
        program.place([value for each in ahead for value in each.placed])
        program.finish(graph)
        program.ints[CLOCK] = rows.step  # random numbers fall as in that step
        runner = Runner(program.arena, program.ints, program.table, 1)
        return _Worker(program, runner, lowered, loss, (first, program.float_size), plane, places, cell, data, share,
                       penalty, ahead)  # fmt: skip


def _sweep(worker: _Worker, first: int, every: int, found: NDArray[np.float64]) -> None:
    offsets = worker.program.offsets
    worker.runner.sweep(offsets[id(worker.cell)], offsets[id(worker.loss)], first, every, found)


def _size(session: Session) -> int:
    lo, hi = session._training.parameter_block
    return hi - lo


def _whole(graph: Graph, session: Session, lowered: Lowered, share: dict[str, Value], training: bool) -> Value:
    """What these rows add to the loss of all rows."""
    if training:
        assert lowered.loss is not None
        return lowered.loss
    graph.layer = "surface"
    total: Value | None = None
    for node in loss_nodes(session.network):
        if node.id in lowered.losses and node.attrs["weight"]:
            term = graph.scale(graph.mul(lowered.losses[node.id], share[node.id]), factor=node.attrs["weight"])
            total = term if total is None else graph.add(total, term)
    if total is None:
        raise SessionError("Every loss has a weight of 0, so there is no surface to draw.")
    return total


def _penalised(graph: Graph, session: Session, lowered: Lowered, loss: Value, count: Value) -> Value:
    """loss + count · (the penalties of layers, L1 and L2)."""
    if not lowered.penalties and not any(session.penalties):
        return loss
    penalties = add_penalties(graph, lowered, graph.constant(0.0), session.penalties)
    whole: Value = graph.add(loss, graph.mul(count, penalties))
    return whole
