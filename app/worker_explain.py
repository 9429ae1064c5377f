"""The explanation of one instruction, made again only when something it rests on has changed. No Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import ChainruleError

if TYPE_CHECKING:
    from engine.explain import Explanation
    from engine.session import Session


class Explainer:
    """`last` is the newest explanation (None: there is none)."""

    def __init__(self) -> None:
        self.last: Explanation | None = None
        self._key: tuple = ()

    def forget(self) -> None:
        """There is another session, or the same one from its beginning."""
        self.last, self._key = None, ()

    def explain(
        self, session: Session, index: int | None, element: tuple[int, ...] | None
    ) -> tuple[Explanation | None, str]:
        """Instruction `index` at `element`; and what went wrong, if anything did."""
        if index is None or not 0 <= index < len(session.instructions):
            return None, ""
        key, trouble = (session.steps, session.cursor, session.learning_rate, index, element), ""
        if key != self._key:
            self._key = key
            self.last, trouble = _explained(session, index, element)
        return self.last, trouble


def _explained(session: Session, index: int, element: tuple[int, ...] | None) -> tuple[Explanation | None, str]:
    from engine.explain import explain

    try:
        return explain(session, index, element), ""
    except (ChainruleError, IndexError, ValueError) as error:
        return None, str(error)
