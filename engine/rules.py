"""Everything by which gradients become updates, in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from engine.clipping import Clipping, clipping_of
from engine.errors import SessionError
from engine.ops.updates import ALWAYS, OTHERS, OWN
from engine.optimizers import Newton, Optimizer, make_optimizer, optimizer_of
from engine.schedules import Schedule, schedule_of
from engine.training import Training, checked_field

if TYPE_CHECKING:
    from engine.network import Network


@dataclass(frozen=True)
class Second:
    """Another optimiser for the parameters of `layers`. It updates in every k-th step (`every`); in the others alone,
    if they `alternate`, does the first one. `losses`: the loss layers that it makes smaller, while the first makes the
    others smaller; none named: both make the sum of all smaller."""

    optimizer: Optimizer
    layers: tuple[str, ...]
    losses: tuple[str, ...] = ()
    every: int = 1
    alternate: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.optimizer, Newton):
            raise SessionError("The second optimiser cannot be Newton's method, which takes all parameters together.")
        checked_field("second_every", self.every)
        if self.alternate and self.every < 2:
            raise SessionError("second_every is 1, but optimisers that alternate need at least 2 steps for a round.")


@dataclass(frozen=True)
class Rules:
    """The optimiser, how its learning rate goes on, and what bounds the gradients before it reads them."""

    optimizer: Optimizer
    schedule: Schedule = field(default_factory=Schedule)
    clipping: Clipping = field(default_factory=Clipping)

    second: Second | None = None

    def __post_init__(self) -> None:
        if self.second is not None and isinstance(self.optimizer, Newton):
            raise SessionError("Newton's method takes all parameters together; it cannot have a second optimiser.")

    @property
    def slots(self) -> int:
        """Tensors of state for each parameter."""
        return max(optimizer.slots for optimizer in self.optimizers)

    @property
    def optimizers(self) -> tuple[Optimizer, ...]:
        """The first, and the second if there is one."""
        return (self.optimizer,) if self.second is None else (self.optimizer, self.second.optimizer)

    @property
    def name(self) -> str:
        """What a checkpoint calls the owner of its slots."""
        return "+".join(optimizer.op for optimizer in self.optimizers)

    @property
    def layers(self) -> tuple[str, ...]:
        """Those of the second optimiser."""
        return () if self.second is None else self.second.layers

    def turn(self, second: bool) -> dict[str, int]:
        """Attributes of an update that tell in which steps it acts."""
        rule = self.second
        if rule is None or not (second or rule.alternate):
            return {"every": 1, "turn": ALWAYS}
        return {"every": rule.every, "turn": OWN if second else OTHERS}


def require_layers(rules: Rules, network: Network, learned: Iterable[str]) -> None:
    """Raises SessionError unless the layers of a second optimiser exist, and one of them has one of the `learned`
    parameters."""
    if rules.second is None:
        return
    for name in rules.layers:
        if name not in network.nodes:
            known = ", ".join(network.nodes)
            raise SessionError(f"second_layers names {name!r}, which does not exist; the layers are: {known}.")
    if not any(name.rsplit(".", 1)[0] in rules.layers for name in learned):
        raise SessionError("second_layers names no layer that learns; name those that the second optimiser trains.")


def rules_of(training: Training) -> Rules:
    """The rules that a document asks for. Raises SessionError."""
    return Rules(optimizer_of(training), schedule_of(training), clipping_of(training), second_of(training))


def second_of(training: Training) -> Second | None:
    """The second optimiser that a document asks for, with the settings that the first one has under the same names."""
    if training.second_optimizer == "none":
        return None
    kind, settings = type(make_optimizer(training.second_optimizer)), training.to_json()
    own = {entry.name: settings[entry.name] for entry in fields(kind) if entry.name in settings}
    optimizer = kind(**{**own, "learning_rate": training.second_rate})
    layers, losses = names_in(training.second_layers), names_in(training.second_losses)
    return Second(optimizer, layers, losses, training.second_every, training.second_turns == "alternate")


def names_in(text: str) -> tuple[str, ...]:
    """Names of layers, parted by commas."""
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)
