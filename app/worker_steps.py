"""Which step the numbers in the arena belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.session import Session


def whole_step(session: Session) -> int | None:
    """The step whose values and gradients are all at hand: that of the update done last, or the one being computed,
    once it is as far; None while they are of two steps.

    A loss that is not finite ends a step where it stands: its gradients have been computed all the same.
    """
    if session.cursor == 0:
        return session.steps
    loss = session.execution.loss()
    computed = all(row.phase == "update" for row in session.instructions[session.cursor :])
    return session.steps + 1 if computed or loss - loss != 0 else None
