"""Checkpoints of a session's own run, from which any earlier step is replayed: the machine is deterministic."""

from __future__ import annotations

from dataclasses import dataclass, field

from numpy.typing import NDArray


@dataclass
class History:
    """Copies of the persistent part of the arena by step, within `budget` bytes. Pinned ones are never thinned out:
    something was changed from outside at that step, and replaying from before would miss it."""

    budget: int = 16 * 2**20
    entries: dict[int, NDArray] = field(default_factory=dict)
    pinned: set[int] = field(default_factory=set)

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()
        self.pinned.clear()

    def fits(self, state: NDArray) -> bool:
        """Whether at least four such copies fit the budget, so that keeping them is worth it."""
        return 4 * state.nbytes <= self.budget

    def add(self, step: int, state: NDArray, pin: bool = False) -> None:
        """Keep a copy of `state` as it is at the start of `step`; later steps are another future and are dropped."""
        self.forget_from(step + 1)
        self.entries[step] = state.copy()
        if pin:
            self.pinned.add(step)
        self._thin()

    def forget_from(self, step: int) -> None:
        """Drop the copies of `step` and of all later ones."""
        for known in [known for known in self.entries if known >= step]:
            self._drop(known)

    def nearest(self, step: int) -> tuple[int, NDArray] | None:
        """The last copy at or before `step`."""
        before = [known for known in self.entries if known <= step]
        return (max(before), self.entries[max(before)]) if before else None

    def _thin(self) -> None:
        size = next(iter(self.entries.values())).nbytes
        most = max(2, self.budget // max(1, size))
        if len(self.entries) <= most:
            return
        loose = [step for step in sorted(self.entries)[:-1] if step not in self.pinned]
        for step in loose[::2] or sorted(self.entries)[:1]:
            self._drop(step)

    def _drop(self, step: int) -> None:
        self.entries.pop(step, None)
        self.pinned.discard(step)
