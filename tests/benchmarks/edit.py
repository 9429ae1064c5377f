"""From an edit of a trained network to the first step of the new program, with every kernel compiled already."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import engine
from engine.data import Dataset, from_arrays
from tests.benchmarks import perceptrons
from tests.benchmarks.figures import Row, Table
from tests.benchmarks.perceptrons import Work

WORK = Work((32, *[24] * 9, 4), 32, "relu", "adam")  # ten layers of weights
ROWS, TIMES = 512, 15
Edit = Callable[[engine.Network], None]


def _insert(network: engine.Network) -> None:
    network.disconnect("dense6", "x")
    network.connect("dense5", network.add("Dense", id="new", units=24, activation="tanh"))
    network.connect("new", "dense6")


def _bypass(network: engine.Network) -> None:
    network.remove("dense5")
    network.connect("dense4", "dense6")


EDITS: dict[str, Edit] = {
    "activation changed": lambda network: network.set("dense5", activation="tanh"),
    "units changed": lambda network: network.set("dense5", units=40),
    "layer inserted": _insert,
    "layer removed": _bypass,
}


def tables() -> list[Table]:
    """Milliseconds for each kind of edit, and for its parts."""
    data = from_arrays(*WORK.rows(ROWS))
    trained = _session(perceptrons.network(WORK), data)
    trained.train(steps=50)
    for edit in EDITS.values():
        _edited(trained, edit, data)
    rows = tuple(Row(f"10 layers, {name}", "ms", _median(trained, edit, data), goal=20, better="less")
                 for name, edit in EDITS.items())  # fmt: skip
    title = "Edit of a trained network → first step of the new program, kernels compiled, elapsed time"
    return [Table(title, rows, "check, lowering, differentiation, scheduling, weights carried over, one step")]


def _median(trained: engine.Session, edit: Edit, data: Dataset) -> float:
    return 1000 * statistics.median(_edited(trained, edit, data) for _ in range(TIMES))


def _edited(trained: engine.Session, edit: Edit, data: Dataset) -> float:
    """Seconds until the edited network has done one step with the weights of the layers that stayed."""
    network = trained.network.copy()
    begin = time.perf_counter()
    edit(network)
    session = _session(network, data)
    session.adopt(trained.checkpoint().parameters)
    session.train(steps=1)
    return time.perf_counter() - begin


def _session(network: engine.Network, data: Dataset) -> engine.Session:
    return engine.Session(network, data, batch_size=WORK.batch, optimizer=WORK.optimizer, learning_rate=1e-3)
