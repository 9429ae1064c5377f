"""What a view shows of a session: looked up on the worker's thread between two steps, or made on a thread beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.session import Session
    from engine.surface.path import NamedPath


@dataclass(frozen=True)
class Trouble:
    """Published in place of data: why there are none."""

    message: str


class Watch:
    """For one session. `share` of the worker's time while training runs, `least` seconds between two looks; `always`:
    it records even where nobody watches, so its looks have to be cheap. `others`: paths through the parameters that the
    loss surface draws beside the network's own. `again()`, from any thread: there is something new to look at.
    `standing`: nothing runs, so that a look may take its time."""

    share: float = 0.01
    least: float = 0.1
    always: bool = False
    standing: bool = False
    others: tuple[NamedPath, ...] = ()
    again: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, session: Session, wish: Any = None, before: Watch | None = None) -> None:
        """`wish`: what the view asked for last, None if nothing; `before`: the watch of the session that this one goes
        on with, whose steps go on."""
        self.session, self.wish = session, wish

    def ask(self, wish: Any) -> None:
        """Show something else from the next look on."""
        self.wish = wish

    def look(self) -> Any:
        """What to publish (frozen, arrays are copies), None for nothing, or a callable that makes it on a thread
        beside, from copies taken here. Raises ChainruleError where the view should say why there is nothing."""
        raise NotImplementedError

    def leave(self) -> None:
        """The session is left, or begins anew: end what is at work."""
