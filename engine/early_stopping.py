"""Early stopping: training ends where the validation loss falls no more, and the best weights come back.

(Prechelt 1998; Goodfellow et al. 2016, algorithm 7.1.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.problems import Problem

if TYPE_CHECKING:
    from engine.checkpoint import Checkpoint
    from engine.network import Network
    from engine.session import Session


STOPPED = "Stopped early"  # begins what people are told


@dataclass
class EarlyStopping:
    """Looks at the validation rows after every epoch. `patience`: epochs without a new low that it waits for.

    `best`: everything as it was at the lowest validation loss, `best_loss`; None before the first look.
    """

    patience: int
    best: Checkpoint | None = None
    best_loss: float = math.inf
    _looked: int = -1

    def steps_left(self, session: Session) -> int:
        """Steps until the next look."""
        return session.steps_per_epoch - session.steps % session.steps_per_epoch

    def look(self, session: Session) -> bool:
        """Judge the network where an epoch has just ended; whether it is time to stop. Elsewhere nothing happens."""
        if session.steps % session.steps_per_epoch or session.steps == self._looked or not session.steps:
            return False
        if session.steps < self._looked:
            self.forget()
        self._looked = session.steps
        loss = session.evaluate("validation")["loss"]
        if loss < self.best_loss or self.best is None:
            self.best, self.best_loss = session.checkpoint(), loss
            return False
        return session.steps - self.best.steps >= self.patience * session.steps_per_epoch

    def ends(self, session: Session) -> str:
        """`look`; where it is time to stop, the best weights are put back, and what was done is returned."""
        return self.put_back(session) if self.look(session) else ""

    def forget(self) -> None:
        """Begin anew: the run has gone back to before what was seen."""
        self.best, self.best_loss, self._looked = None, math.inf, -1

    def put_back(self, session: Session) -> str:
        """Give `session` the best weights, where it stands in time; returns what was done, for people."""
        assert self.best is not None
        epoch, best = (round(steps / session.steps_per_epoch) for steps in (session.steps, self.best.steps))
        session.take_over(self.best)
        waited = "1 epoch" if self.patience == 1 else f"{self.patience:,} epochs"
        told = (f"{STOPPED}, after epoch {epoch:,}: no lower validation loss for {waited}. The weights of epoch "
                f"{best:,} are back (validation loss {self.best_loss:.4g}).")  # fmt: skip
        self.forget()
        return told


def stopping_of(session: Session) -> EarlyStopping | None:
    """What the document of `session` asks for; None where it asks for none, or there are no validation rows."""
    patience = session.network.training.stop_patience
    return EarlyStopping(patience) if patience and session.has("validation") else None


def train(session: Session, epochs: float) -> str:
    """Train for `epochs` passes, or until early stopping ends it; returns what it said, or nothing. Raises
    DivergedError."""
    stopping, left = stopping_of(session), max(1, round(epochs * session.steps_per_epoch))
    while left > 0:
        stretch = left if stopping is None else min(left, stopping.steps_left(session))
        session.train(steps=stretch)
        left -= stretch
        told = "" if stopping is None else stopping.ends(session)
        if told:
            return told
    return ""


def stopping_problems(network: Network, dataset: Any) -> list[Problem]:
    """Early stopping without rows to judge by."""
    if not network.training.stop_patience or len(dataset.validation):
        return []
    source = next(node for node in network.nodes.values() if node.layer.is_input)
    return [Problem("attribute", "early stopping needs validation rows, and there are none.",
                    "Set the share of validation rows above 0 under Data, or stop_patience to 0.", source.id,
                    severity="warning")]  # fmt: skip
