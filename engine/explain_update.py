"""The update of one parameter in numbers: θ − η·g, or what the other optimisers make of the gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.graph import Call, Value
from engine.numerals import operand, show_number
from engine.ops.updates import takes_turn, turns

if TYPE_CHECKING:
    from engine.session import Session


@dataclass(frozen=True)
class Update:
    """What one update reads: the numbers before it, the rate, the optimiser's own scalars, and its number t."""

    numbers: dict[str, float]
    scalars: dict[str, float]
    t: int


def update_numbers(session: Session, call: Call, index: int, element: int) -> str:
    """ "θ 0.48 = 0.5 − 0.1 · 0.2", then what stands behind it, and which parameter and which moment that is.

    An update overwrites what it reads: once it has run, the numbers before it are worked out from those after it.
    """
    ran = index < session.cursor or (session.cursor == 0 and session.execution.updated)
    arrays = {port: session.view(value) for port, value in zip(call.op.inputs, call.inputs, strict=True)}
    numbers = {port: _at(array, element) for port, array in arrays.items()}
    scalars = {name: float(call.attrs[name]) for name in call.op.scalars}
    t = session.steps + (0 if ran and session.cursor == 0 else 1)
    name = parameter_name(session, element, call.inputs[0])
    if not takes_turn(call.attrs, max(1, t) - 1):
        return f"θ {show_number(numbers['p'])} stays: this step is the other optimiser's turn\nθ is {name}"
    update = Update(numbers, scalars, max(1, turns(call.attrs, t)))
    lines = RULES[call.op.name](update, ran)
    when = "as the update made it" if ran else "as the update will make it"
    return "\n".join([*lines, f"θ is {name}, {when}"])


def _at(array: NDArray, element: int) -> float:
    flat = np.asarray(array).reshape(-1)
    return float(flat[element if element < flat.size > 1 else 0])


def parameter_name(session: Session, element: int, block: Value) -> str:
    """Which parameter lies at place `element` of the block that is updated: "dense1.W[0, 2]"."""
    training = session.execution.training
    place = training.program.offsets[id(block)] + element
    for name, (parameter, value) in training.parameters().items():
        start = training.program.offsets[id(value)]
        if start <= place < start + value.size:
            where = ", ".join(str(int(i)) for i in np.unravel_index(place - start, parameter.shape))
            return f"{name}[{where}]" if where else name
    return f"number {element} of all parameters"


def _sgd(update: Update, ran: bool) -> list[str]:
    p, rate = update.numbers["p"], update.numbers["lr"]
    way = update.numbers.get("g", update.numbers.get("s", 0.0))  # Newton's step has an s
    old = p + rate * way if ran else p
    return [_line("θ", old - rate * way, f"{show_number(old)} − {operand(rate)} · {operand(way)}")]


def _momentum(update: Update, ran: bool) -> list[str]:
    p, rate = update.numbers["p"], update.numbers["lr"]
    new, line = _velocity(update, ran)
    old = p + rate * new if ran else p
    return [_line("θ", old - rate * new, f"{show_number(old)} − {operand(rate)} · {operand(new)}"), line]


def _nesterov(update: Update, ran: bool) -> list[str]:
    p, g, rate = (update.numbers[port] for port in ("p", "g", "lr"))
    mu = update.scalars["mu"]
    new, line = _velocity(update, ran)
    way = rate * (g + mu * new)
    old = p + way if ran else p
    ahead = f"({show_number(g)} + {operand(mu)} · {operand(new)})"
    return [_line("θ", old - way, f"{show_number(old)} − {operand(rate)} · {ahead}"), line]


def _velocity(update: Update, ran: bool) -> tuple[float, str]:
    """v after the update, and how it comes about."""
    g, v, mu = update.numbers["g"], update.numbers["v"], update.scalars["mu"]
    new = v if ran else mu * v + g
    before = (v - g) / mu if ran and mu else 0.0 if ran else v
    return new, _line("v", new, f"{operand(mu)} · {operand(before)} + {operand(g)}")


def _adagrad(update: Update, ran: bool) -> list[str]:
    g, s = update.numbers["g"], update.numbers["s"]
    new = s if ran else s + g * g
    before = max(0.0, s - g * g) if ran else s
    return [_by_root(update, ran, new), _line("s", new, f"{operand(before)} + {operand(g)}²")]


def _rmsprop(update: Update, ran: bool) -> list[str]:
    g, alpha = update.numbers["g"], update.scalars["alpha"]
    v, before = _moment(update.numbers["v"], alpha, g * g, ran)
    return [_by_root(update, ran, v), _line("v", v, _mixed(alpha, max(0.0, before), g, "²"))]


def _by_root(update: Update, ran: bool, square: float) -> str:
    """θ − η·g / (√square + ε)."""
    p, g, rate = (update.numbers[port] for port in ("p", "g", "lr"))
    eps = update.scalars["eps"]
    way = rate * g / (math.sqrt(square) + eps)
    old = p + way if ran else p
    root = f"(√{operand(square)} + {show_number(eps)})"
    return _line("θ", old - way, f"{show_number(old)} − {operand(rate)} · {operand(g)} / {root}")


def _adam(update: Update, ran: bool) -> list[str]:
    p, g, rate = (update.numbers[port] for port in ("p", "g", "lr"))
    decay = update.scalars.get("decay")  # AdamW's
    keep = 1.0 if decay is None else 1.0 - rate * decay
    b1, b2, eps = (update.scalars[name] for name in ("b1", "b2", "eps"))
    m, m_before = _moment(update.numbers["m"], b1, g, ran)
    v, v_before = _moment(update.numbers["v"], b2, g * g, ran)
    m_hat, v_hat = m / (1 - b1**update.t), max(0.0, v) / (1 - b2**update.t)
    way = rate * m_hat / (math.sqrt(v_hat) + eps)
    old = ((p + way) / keep if keep else 0.0) if ran else p
    root = f"(√{operand(v_hat)} + {show_number(eps)})"
    start = show_number(old) if decay is None else f"(1 − {operand(rate)} · {operand(decay)}) · {operand(old)}"
    return [
        _line("θ", keep * old - way, f"{start} − {operand(rate)} · {operand(m_hat)} / {root}"),
        _line("m̂", m_hat, f"({_mixed(b1, m_before, g)}) / (1 − {show_number(b1)}^{update.t})"),
        _line("v̂", v_hat, f"({_mixed(b2, max(0.0, v_before), g, '²')}) / (1 − {show_number(b2)}^{update.t})"),
    ]


def _moment(stored: float, share: float, news: float, ran: bool) -> tuple[float, float]:
    """A running mean after the update and before it."""
    if not ran:
        return share * stored + (1 - share) * news, stored
    return stored, (stored - (1 - share) * news) / share if share else 0.0


def _mixed(share: float, before: float, g: float, power: str = "") -> str:
    return f"{show_number(share)} · {operand(before)} + {show_number(1 - share)} · {operand(g)}{power}"


def _line(name: str, value: float, expression: str) -> str:
    return f"{name} {show_number(value)} = {expression}"


RULES = {
    "sgd": _sgd, "momentum": _momentum, "nesterov": _nesterov, "adagrad": _adagrad, "rmsprop": _rmsprop,
    "adam": _adam, "adamw": _adam, "newton": _sgd,
}  # fmt: skip
