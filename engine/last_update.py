"""How far one update moves the parameters of each layer, beside how large they are: ‖Δθ‖ and ‖θ‖.

Δθ is the difference of the parameters before and after the update, as they are stored: whatever the optimiser, its
clipping and its decay come to, rounding included. Their ratio should be around 1e−3 (Karpathy, notes of Stanford's
course CS231n, "Neural networks 3", ratio of weights to updates).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from engine.session import Session

CUSTOMARY = 1e-3
CHUNK = 1 << 15  # numbers turned to float64 at once: they stay in the cache


@dataclass(frozen=True)
class Moved:
    """Norms over all numbers of a layer that learn: of the change, and of the numbers before it."""

    update: float
    weights: float

    @property
    def ratio(self) -> float:
        """‖Δθ‖ / ‖θ‖: infinite where something came out of nothing, NaN where nothing came out of nothing."""
        if self.weights == 0:
            return math.nan if self.update == 0 else math.inf
        return self.update / self.weights


Places = dict[str, list[tuple[int, int]]]  # by layer, stretches lo … hi − 1 of a block


class UpdateMeter:
    """Measures the updates of one session."""

    def __init__(self, session: Session) -> None:
        from engine.stretches import joined, learning

        training = session._training
        parts = learning(training.program, training.lowered, training.parameter_block[0])
        self.session = session
        self._places: Places = {}
        for part in joined(parts, lambda part: part.layer):
            self._places.setdefault(part.layer, []).append((part.lo, part.hi))

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers with parameters of their own that learn."""
        return tuple(self._places)

    def last(self) -> dict[str, Moved] | None:
        """The update that was done last, where the parameters before it are still known: after single steps."""
        before = self.session.execution.before_update()
        return None if before is None else self.measure(before)

    def measure(self, before: NDArray) -> dict[str, Moved]:
        """From the parameters as they were `before` to what they are."""
        updates = norms(self.session.execution.parameters(), self._places, before)
        weights = norms(before, self._places)
        return {layer: Moved(updates[layer], weights[layer]) for layer in self._places}


class GradientMeter:
    """Measures the gradients of one session as they lie in the arena, before any clipping."""

    def __init__(self, session: Session) -> None:
        program, found = session._training.program, session._training.gradients
        self._places: Places = {}
        ends = [(program.offsets[id(value)], value.size) for value in found.values()]
        first, last = min((lo for lo, _ in ends), default=0), max((lo + size for lo, size in ends), default=0)
        self._block = program.segment(first, last)
        for name, (lo, size) in zip(found, ends, strict=True):
            self._places.setdefault(name.rpartition(".")[0], []).append((lo - first, lo - first + size))

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers whose parameters have gradients."""
        return tuple(self._places)

    def norms(self) -> dict[str, float]:
        """Of the gradient of all parameters of each layer."""
        return norms(self._block, self._places)


def norms(block: NDArray, places: Places, before: NDArray | None = None) -> dict[str, float]:
    """By layer, the Euclidean norm of its places in `block` (n,), or of how they differ from those `before`. In double
    precision: the squares of small gradients vanish in single."""
    with np.errstate(over="ignore", invalid="ignore"):
        if len(block) <= CHUNK:
            return _norms_at_once(block, places, before)
        return {layer: math.sqrt(sum(_squares(block[lo:hi], None if before is None else before[lo:hi])
                                     for lo, hi in parts)) for layer, parts in places.items()}  # fmt: skip


def _norms_at_once(block: NDArray, places: Places, before: NDArray | None) -> dict[str, float]:
    """Few calls for many small layers."""
    squares = np.zeros(len(block) + 1)
    squares[:-1] = block
    if before is not None:
        squares[:-1] -= before
    squares *= squares
    bounds = [bound for parts in places.values() for part in parts for bound in part]
    if not bounds:
        return {}
    sums = np.add.reduceat(squares, bounds)[::2].tolist()
    found, at = {}, 0
    for layer, parts in places.items():
        found[layer] = math.sqrt(sum(sums[at : at + len(parts)]))
        at += len(parts)
    return found


def _squares(after: NDArray, before: NDArray | None = None) -> float:
    """Sum of squares (n,) of numbers, or of how they differ from those `before`."""
    total = 0.0
    for lo in range(0, len(after), CHUNK):
        part = after[lo : lo + CHUNK].astype(np.float64)
        if before is not None:
            part -= before[lo : lo + CHUNK]
        part *= part
        total += float(part.sum())  # no BLAS: its threads would be woken for this
    return total
