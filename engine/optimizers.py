"""Optimisers: settings as plain data. Each is one instruction that overwrites the whole block of parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from numbers import Real
from typing import TYPE_CHECKING, Any

from engine.errors import SessionError

if TYPE_CHECKING:
    from engine.training import Training


@dataclass(frozen=True)
class Optimizer:
    """Base: `op` is the update's op, `slots` how many tensors of state it keeps for each parameter."""

    learning_rate: float = 0.1

    op = ""
    slots = 0

    def scalars(self) -> dict[str, float]:
        """The op's float attributes."""
        return {}

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or value < 0:
                raise SessionError(f"{entry.name} is {value!r}, but must be a number of at least 0.")
            if entry.name in ("momentum", "alpha", "beta1", "beta2") and float(value) >= 1:
                raise SessionError(f"{entry.name} is {value!r}, but must be below 1.")
            if entry.name == "epsilon" and value == 0:
                raise SessionError("epsilon is 0, but must be above 0.")


@dataclass(frozen=True)
class SGD(Optimizer):
    """θ ← θ − η·g."""

    op = "sgd"


@dataclass(frozen=True)
class Momentum(Optimizer):
    """v ← μ·v + g, θ ← θ − η·v."""

    momentum: float = 0.9

    op = "momentum"
    slots = 1

    def scalars(self) -> dict[str, float]:
        return {"mu": self.momentum}


@dataclass(frozen=True)
class Adam(Optimizer):
    """Kingma and Ba 2015."""

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    op = "adam"
    slots = 2

    def scalars(self) -> dict[str, float]:
        return {"b1": self.beta1, "b2": self.beta2, "eps": self.epsilon}


@dataclass(frozen=True)
class Nesterov(Momentum):
    """v ← μ·v + g, θ ← θ − η·(g + μ·v): momentum that looks ahead (Sutskever et al. 2013, in PyTorch's form)."""

    op = "nesterov"


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """s ← s + g², θ ← θ − η·g / (√s + ε) (Duchi et al. 2011)."""

    learning_rate: float = 0.01
    epsilon: float = 1e-10

    op = "adagrad"
    slots = 1

    def scalars(self) -> dict[str, float]:
        return {"eps": self.epsilon}


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """v ← α·v + (1 − α)·g², θ ← θ − η·g / (√v + ε) (Hinton 2012)."""

    learning_rate: float = 0.01
    alpha: float = 0.99
    epsilon: float = 1e-8

    op = "rmsprop"
    slots = 1

    def scalars(self) -> dict[str, float]:
        return {"alpha": self.alpha, "eps": self.epsilon}


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with θ ← (1 − η·λ)·θ before each step, for all parameters (Loshchilov and Hutter 2019)."""

    weight_decay: float = 0.01

    op = "adamw"

    def scalars(self) -> dict[str, float]:
        return {**super().scalars(), "decay": self.weight_decay}


@dataclass(frozen=True)
class Newton(Optimizer):
    """θ ← θ − η·s with (H + λI) s = g, solved by conjugate gradients (engine.newton has them)."""

    learning_rate: float = 1.0
    damping: float = 1.0
    cg_iterations: int = 10

    op = "newton"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cg_iterations != int(self.cg_iterations) or self.cg_iterations < 1:
            raise SessionError(f"cg_iterations is {self.cg_iterations!r}, but must be a whole number of at least 1.")


OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind.op: kind for kind in (SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW, Newton)
}


def make_optimizer(optimizer: Any, learning_rate: float | None = None) -> Optimizer:
    """An optimiser from its name or from an Optimizer; `learning_rate` overrides. Raises SessionError."""
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            raise SessionError(f"There is no optimiser {optimizer!r}; use one of {', '.join(OPTIMIZERS)}.")
        optimizer = OPTIMIZERS[optimizer]()
    if not isinstance(optimizer, Optimizer):
        raise SessionError(f"optimizer is a {type(optimizer).__name__}; give a name or one of engine.optimizers.")
    if learning_rate is None:
        return optimizer
    settings = {entry.name: getattr(optimizer, entry.name) for entry in fields(optimizer)}
    return type(optimizer)(**{**settings, "learning_rate": learning_rate})


def optimizer_of(training: Training) -> Optimizer:
    """The optimiser that a document asks for, with the settings it has for it. Raises SessionError."""
    kind = type(make_optimizer(training.optimizer))
    own = {entry.name for entry in fields(kind)}
    return kind(**{name: value for name, value in training.to_json().items() if name in own})
