"""Surfaces that were drawn already, by what they show: the losses on a grid of a plane."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from engine.session import Session
    from engine.surface.plane import Grid, Plane
    from engine.surface.rows import RowsOf

BUDGET = 24 * 2**20


class Cache:
    """At most `budget` bytes of values; those used longest ago go first. Any thread may ask."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget, self.hits = budget, 0
        self._known: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._bytes, self._lock = 0, threading.Lock()

    def get(self, key: bytes) -> np.ndarray | None:
        """What was kept under `key`; not to be written to."""
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
                self.hits += 1
            return found

    def put(self, key: bytes, values: np.ndarray) -> None:
        """Keep a copy of `values`, if there is room for it at all."""
        with self._lock:
            if key in self._known or values.nbytes > self.budget:
                return
            kept = values.copy()
            kept.flags.writeable = False
            self._known[key] = kept
            self._bytes += kept.nbytes
            while self._bytes > self.budget:
                self._bytes -= self._known.popitem(last=False)[1].nbytes

    def __len__(self) -> int:
        return len(self._known)


SHARED = Cache()


def signature(session: Session) -> bytes:
    """A digest of all that a loss depends on beside parameters, rows and mode: network, data, seed, penalties."""
    from engine.files import to_json

    digest = blake2b(json.dumps(to_json(session.network), sort_keys=True, default=str).encode(), digest_size=16)
    digest.update(repr((session.seed, session.dtype, session.penalties)).encode())
    for part in (session.dataset.train, session.dataset.validation):
        for array in (part.x, part.y):
            digest.update(repr((array.shape, array.dtype.str)).encode())
            digest.update(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data)
    return digest.digest()


def key_of(network: bytes, plane: Plane, grid: Grid, rows: RowsOf) -> bytes:
    """A digest of what one surface shows: `network` is the signature of its session."""
    digest = blake2b(network, digest_size=16)
    step = rows.step if rows.run_as == "training" else 0
    digest.update(repr((grid, rows.part, len(rows), rows.run_as, step)).encode())
    for block in (plane.origin, plane.first, plane.second):
        digest.update(np.ascontiguousarray(block).data)
    return digest.digest()
