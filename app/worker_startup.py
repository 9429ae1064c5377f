"""The heavy imports, in the order in which the window needs them, and the building of sessions with their progress."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.network import Network
    from engine.session import Session

Say = Callable[[str, float | None], None]
FILES, PLOTS, ENGINE = 1, 2, 3
PATIENCE = 20.0  # seconds that the window may take over its own imports
STAGES = (
    (FILES, "Loading the network", ("numpy", "networkx", "engine.data", "engine.files", "engine.check")),
    # pyqtgraph itself is imported by the window: Qt's types made in two threads at once have crashed the process
    (PLOTS, "Loading plots", ("scipy.special",)),
    (ENGINE, "Loading the engine", ("numba", "engine.session", "app.worker_looks", "app.worker_pictures",
                                    "app.worker_surface", "app.surface_raster")),
)  # fmt: skip


class Startup:
    """`stage` grows from 0 to ENGINE; other threads may read it at any time or wait with `reached`."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.stage = 0
        self._clear = threading.Event()
        self._clear.set()
        self._changed = threading.Condition()

    def run(self) -> None:
        """Import everything."""
        total = sum(len(modules) for _, _, modules in STAGES)
        done = 0
        for stage, message, modules in STAGES:
            if stage == ENGINE:
                self._clear.wait(PATIENCE)
            for module in modules:
                self._say(message, done / total)
                importlib.import_module(module)
                done += 1
            with self._changed:
                self.stage = stage
                self._changed.notify_all()

    def hold(self) -> None:
        """The engine waits until `go_on`: two threads that import large packages at once trip over each other."""
        self._clear.clear()

    def go_on(self) -> None:
        """The window has imported what it needs."""
        self._clear.set()

    def reached(self, stage: int, timeout: float = 60.0) -> bool:
        """Wait until `stage` is done; False if it took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: self.stage >= stage, timeout)

    def build(self, network: Network) -> Session:
        """A session of `network`, telling which kernel is being compiled. Raises ChainruleError."""
        from engine.session import Session

        def tell(done: int, total: int, name: str) -> None:
            if total:
                what = f"Preparing kernels: {name}" if name else "Preparing the network"
                self._say(what, done / total)

        return Session.from_network(network, progress=tell)
