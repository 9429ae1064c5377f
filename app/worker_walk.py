"""A way over instructions that is under way: to one of them, to the end of a layer, or on and on at a pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.worker_commands import Pace

if TYPE_CHECKING:
    from engine.instructions import Instruction
    from engine.session import Session

Ends = Callable[["Instruction"], bool]


@dataclass
class Walk:
    """`ends(row)` tells after each row whether this was the last (None: on and on). `total` rows, if that is known."""

    session: Session
    back: bool = False
    ends: Ends | None = None
    total: int | None = None
    gone: int = 0

    @property
    def endless(self) -> bool:
        """Whether it goes on until it is told to stop."""
        return self.ends is None

    @property
    def progress(self) -> float | None:
        """Which part of the way has been gone."""
        return None if not self.total else min(1.0, self.gone / self.total)

    def go(self, pace: Pace, seconds: float) -> bool:
        """Go one unit of `pace`, or for some `seconds` where there is none; returns whether the end was reached."""
        end = time.perf_counter() + seconds
        while True:
            row = self.session.step_back() if self.back else self.session.step()
            self.gone += 1
            if self._over(row):
                return True
            if self.endless and (pace.operations or (pace.seconds and self.session.cursor == 0)):
                return False
            if not (self.endless and pace.seconds) and time.perf_counter() >= end:
                return False

    def _over(self, row: Instruction) -> bool:
        if self.ends is not None:
            return self.ends(row)
        return self.back and self.session.steps == 0 and self.session.cursor == 0


def to_row(session: Session, index: int, back: bool) -> Walk:
    """Forwards until instruction `index` has run; `back` until it is the next to run."""
    count, cursor = len(session.instructions), session.cursor
    if back:
        return Walk(session, True, lambda row: row.index == index, (cursor - index - 1) % count + 1)
    return Walk(session, False, lambda row: row.index == index, (index - cursor) % count + 1)


def to_layer_end(session: Session, back: bool) -> Walk:
    """Over all instructions that follow in the same layer and direction: one that starts a step ends it too."""
    rows, cursor = session.instructions, session.cursor
    first = rows[cursor - 1] if back else rows[cursor]

    def ends(_row: Instruction) -> bool:
        if session.cursor == 0:
            return True
        following = rows[session.cursor - 1 if back else session.cursor]
        return (following.layer, following.phase) != (first.layer, first.phase)

    return Walk(session, back, ends)
