"""Everything by which gradients become updates, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.clipping import Clipping, clipping_of
from engine.optimizers import Optimizer, optimizer_of
from engine.schedules import Schedule, schedule_of
from engine.training import Training


@dataclass(frozen=True)
class Rules:
    """The optimiser, how its learning rate goes on, and what bounds the gradients before it reads them."""

    optimizer: Optimizer
    schedule: Schedule = field(default_factory=Schedule)
    clipping: Clipping = field(default_factory=Clipping)

    @property
    def slots(self) -> int:
        """Tensors of state for each parameter."""
        return self.optimizer.slots

    @property
    def name(self) -> str:
        """What a checkpoint calls the owner of its slots."""
        return self.optimizer.op


def rules_of(training: Training) -> Rules:
    """The rules that a document asks for. Raises SessionError."""
    return Rules(optimizer_of(training), schedule_of(training), clipping_of(training))
