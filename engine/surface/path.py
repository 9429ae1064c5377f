"""The way that training has gone: parameter blocks by step, thinned out evenly where it gets long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MOST, BUDGET = 512, 64 * 2**20


@dataclass
class Path:
    """At most `most` blocks, and at most `budget` bytes. The first and the last one stay."""

    most: int = MOST
    budget: int = BUDGET
    _blocks: dict[int, NDArray] = field(default_factory=dict)
    _every: int = 1

    def add(self, step: int, block: NDArray) -> None:
        """Note where the parameters are at `step`; later steps are another future and are dropped."""
        self.forget_from(step)
        last = max(self._blocks, default=None)
        if last is not None and len(self._blocks) > 1 and last - self._before(last) < self._every:
            del self._blocks[last]  # it was only kept for being the last
        self._blocks[step] = block.copy()
        self._thin(block.nbytes)

    def forget_from(self, step: int) -> None:
        """Drop `step` and all later ones."""
        for known in [known for known in self._blocks if known >= step]:
            del self._blocks[known]

    def clear(self) -> None:
        """Forget everything."""
        self._blocks.clear()
        self._every = 1

    def __len__(self) -> int:
        return len(self._blocks)

    @property
    def steps(self) -> NDArray[np.int64]:
        """The steps, in order."""
        return np.array(sorted(self._blocks), np.int64)

    def blocks(self) -> NDArray:
        """The blocks in order of their steps, (K, P)."""
        return np.stack([self._blocks[step] for step in sorted(self._blocks)]) if self._blocks else np.zeros((0, 0))

    def items(self) -> list[tuple[int, NDArray]]:
        """(step, block) in order; the blocks are not to be written to."""
        return sorted(self._blocks.items(), key=lambda item: item[0])

    def _limit(self, size: int) -> int:
        return max(4, min(self.most, self.budget // max(1, size)))

    def _before(self, step: int) -> int:
        return max((known for known in self._blocks if known < step), default=step)

    def _thin(self, size: int) -> None:
        """Ask for ever wider gaps until few enough are left."""
        while len(self._blocks) > self._limit(size):
            self._every *= 2
            steps = sorted(self._blocks)
            kept = steps[0]
            for step in steps[1:-1]:
                if step - kept < self._every:
                    del self._blocks[step]
                else:
                    kept = step


@dataclass(frozen=True, eq=False)
class NamedPath:
    """Another way through the space of parameters, to be drawn beside: (step, block) in order; `colour` numbers its
    hue. The blocks are not to be written to."""

    name: str
    colour: int
    points: Sequence[tuple[int, NDArray]]

    def blocks(self) -> NDArray:
        """In order of their steps, those that are finite, (K, P)."""
        found = [block for _, block in self.points if np.isfinite(block).all()]
        return np.stack(found) if found else np.zeros((0, 0))
