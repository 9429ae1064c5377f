"""Recurrent layers: they read a sequence step by step and carry a state along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.basic import INIT, affine
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register, show
from engine.steps import active, choose, halved, stack_steps, step_of, times

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

Cell = Callable[["Builder", Attrs, "Value", str, bool, "Value"], "Value"]

UNITS = Attribute("units", "int", 16, "Numbers in the state.", 1, 2**24)
RETURNS = Attribute("returns", "choice", "every step", "The states of all steps, or only the one at the end.",
                    choices=("every step", "last"))  # fmt: skip
DIRECTION = Attribute(
    "direction", "choice", "forward",
    "From the first step on, from the last one back, or both, each with weights of its own, side by side.",
    choices=("forward", "backward", "both"),
)  # fmt: skip
MASKED = Attribute("masked", "bool", False, "Adds a port for a mask: steps where it is 0 carry the state on unchanged.")
BIAS = Attribute("bias", "bool", True, "Whether every unit adds a learned number.")
STARTS = replace(INIT, choices=("auto", "orthogonal", *INIT.choices[1:]),
                 help="Where the weights start; auto: Glorot for those of the input, orthogonal for those of the "
                 "state, so that it neither grows nor fades.")  # fmt: skip
CARRY = Attribute(
    "carry", "bool", False,
    "Whether the state goes on from one batch to the next, so that it remembers more than a row holds. The batches "
    "then run through the data in its order, and every epoch begins anew (rows that fill no lane of the batch are left "
    "out); no gradient flows back into the batch before.",
)  # fmt: skip
COMMON = (RETURNS, DIRECTION, MASKED, CARRY, BIAS, STARTS)


def _ports(attrs: Attrs) -> tuple[str, ...]:
    return ("x", "mask") if attrs["masked"] else ("x",)


def ways(attrs: Attrs) -> tuple[tuple[str, bool], ...]:
    """(suffix of the parameters' names, whether it runs backwards) of each direction."""
    both = (("", False), ("_back", True))
    return {"forward": (("", False),), "backward": (("", True),), "both": both}[attrs["direction"]]


def require_sequence(x: Shape, what: str, port: str = "x") -> None:
    """Raises ShapeError unless a row is a sequence of lists of numbers."""
    if len(x) != 2:
        cure = "Put an Embedding or OneHot layer behind tokens, a Reshape layer behind other rows."
        raise ShapeError(f"{what} takes sequences (steps × numbers), but gets {show(x)}.", port, ("T", "n"), x, cure)


def _shape(kind: str) -> Callable[..., Shape]:
    def shape(attrs: Attrs, x: Shape, mask: Shape | None = None) -> Shape:
        require_sequence(x, kind)
        if mask is not None and mask != x[:1]:
            raise ShapeError(f"The mask is {show(mask)}, but there are {x[0]} steps.", "mask", x[:1], mask,
                             "Wire it from a PaddingMask layer of the same tokens.")  # fmt: skip
        if attrs["carry"] and attrs["direction"] != "forward":
            raise ShapeError("A state that goes on to the next batch runs forward only.", "x", "forward",
                             attrs["direction"], "Set direction to forward, or carry off.")  # fmt: skip
        wide = attrs["units"] * len(ways(attrs))
        return (x[0], wide) if attrs["returns"] == "every step" else (wide,)

    return shape


def _parameters(gates: int, bias: str) -> Callable[..., tuple[Parameter, ...]]:
    """`bias`: how the biases of all gates start."""

    def parameters(attrs: Attrs, x: Shape, mask: Shape | None = None) -> tuple[Parameter, ...]:
        n, units, init = x[-1], attrs["units"], attrs["init"]
        of_x, of_h = ("glorot_uniform", "orthogonal") if init == "auto" else (init, init)
        found = []
        for suffix, _ in ways(attrs):
            found.append(Parameter(f"W_x{suffix}", (n, gates * units), of_x, n, units, regularised=True))
            found.append(Parameter(f"W_h{suffix}", (units, gates * units), of_h, units, units, regularised=True))
            if attrs["bias"]:
                start = bias.format(**attrs)
                found.append(Parameter(f"b{suffix}", (gates * units,), start, n, units))
        return tuple(found)

    return parameters


def _build(cell: Cell) -> Callable[..., Value]:
    def build(b: Builder, attrs: Attrs, x: Value, mask: Value | None = None) -> Value:
        rows, steps = x.shape[:2]
        on = b.graph.constant(1.0, (rows, steps)) if mask is None else mask
        found = []
        for suffix, reverse in ways(attrs):
            bias = b.parameter(f"b{suffix}") if attrs["bias"] else None
            xp = b.name(affine(b.graph, x, b.parameter(f"W_x{suffix}"), bias), f"xp{suffix}")
            h = b.name(cell(b, attrs, xp, suffix, reverse, on), f"h{suffix}")
            if attrs["returns"] == "last":
                h = b.name(step_of(b.graph, h, 0 if reverse else steps - 1), f"last{suffix}")
            found.append(h)
        return found[0] if len(found) == 1 else b.name(b.graph.concat(*found), "y")

    return build


def _state(b: Builder, attrs: Attrs, xp: Value, name: str = "state") -> Value:
    """What a state is before the first step, (B, units): zeros, or what the batch before ended with."""
    shape = (xp.shape[0], attrs["units"])
    return b.name(b.carried(name, shape), f"{name}_before") if attrs["carry"] else b.graph.constant(0.0, shape)


def _end(b: Builder, attrs: Attrs, states: Value, name: str = "state") -> None:
    """Keep the last of the states (B, T, units) for the next batch."""
    if attrs["carry"] and b.training:
        b.carry_on(name, step_of(b.graph, states, states.shape[1] - 1))


def _rnn(b: Builder, attrs: Attrs, xp: Value, suffix: str, reverse: bool, mask: Value) -> Value:
    h, a = b.graph.rnn(xp, b.parameter(f"W_h{suffix}"), _state(b, attrs, xp), mask, leak=attrs["leak"],
                       activation=attrs["activation"], reverse=reverse)  # fmt: skip
    b.name(a, f"a{suffix}")
    _end(b, attrs, h)
    return h


def _lstm(b: Builder, attrs: Attrs, xp: Value, suffix: str, reverse: bool, mask: Value) -> Value:
    state, cell = _state(b, attrs, xp), _state(b, attrs, xp, "cell")
    h, c, gates = b.graph.lstm(xp, b.parameter(f"W_h{suffix}"), state, cell, mask, reverse=reverse)
    b.name(c, f"c{suffix}")
    b.name(gates, f"gates{suffix}")
    _end(b, attrs, h)
    _end(b, attrs, c, "cell")
    return h


def _gru(b: Builder, attrs: Attrs, xp: Value, suffix: str, reverse: bool, mask: Value) -> Value:
    if attrs["reset"] == "before":
        h = _gru_before(b, attrs, xp, suffix, reverse, mask)
    else:
        bias = b.parameter(f"b_h{suffix}") if attrs["bias"] else b.graph.constant(0.0, (attrs["units"],))
        h, gates = b.graph.gru(xp, b.parameter(f"W_h{suffix}"), bias, _state(b, attrs, xp), mask, reverse=reverse)
        b.name(gates, f"gates{suffix}")
    _end(b, attrs, h)
    return h


def _gru_before(b: Builder, attrs: Attrs, xp: Value, suffix: str, reverse: bool, mask: Value) -> Value:
    """With r ⊙ h_{t−1} in the candidate's product (Cho et al. 2014, equation 8): that one waits for r, step by step."""
    g, units, h, one = b.graph, attrs["units"], _state(b, attrs, xp), b.graph.constant(1.0)
    of_gates, of_new = halved(g, b.parameter(f"W_h{suffix}"), 2 * units)
    found = {}
    for t in times(xp.shape[1], reverse):
        gates, new = halved(g, step_of(g, xp, t), 2 * units)
        r, z = halved(g, g.sigmoid(g.add(gates, g.matmul(h, of_gates))), units)
        new = g.tanh(g.add(new, g.matmul(g.mul(r, h), of_new)))
        h = choose(g, active(g, mask, t), g.add(g.mul(g.sub(one, z), new), g.mul(z, h)), h)
        found[t] = (h,)
    return stack_steps(g, found)[0]


def _gru_parameters(attrs: Attrs, x: Shape, mask: Shape | None = None) -> tuple[Parameter, ...]:
    """With those of the reset product: it has a bias of its own, which r weighs too, where r comes behind it."""
    found = _parameters(3, "zero")(attrs, x)
    if not attrs["bias"] or attrs["reset"] == "before":
        return found
    units = attrs["units"]
    return (*found, *(Parameter(f"b_h{suffix}", (units,), "zero", units, units) for suffix, _ in ways(attrs)))


register(Layer(
    "RNN", "sequence", "Carries a state from step to step: each new one comes from the input and the one before.",
    shape=_shape("RNN"), build=_build(_rnn), inputs=_ports, parameters=_parameters(1, "zero"),
    attributes=(
        UNITS,
        Attribute("activation", "choice", "tanh", "Applied to every unit's sum.", choices=("tanh", "relu")),
        Attribute("leak", "float", 1.0, "Share of the new state; below 1 the rest of the old one stays.", 0.0, 1.0),
        *COMMON,
    ),
    formula=r"h_t = (1 - \alpha)\, h_{t-1} + \alpha\, f(x_t W_x + h_{t-1} W_h + b)", title="RNN", stem="rnn",
    source="Elman 1990; the leak: Jaeger et al. 2007",
))  # fmt: skip
register(Layer(
    "LSTM", "sequence", "Long short-term memory: gates decide what enters a cell, stays in it and is shown, so that it "
    "can remember over many steps.",
    shape=_shape("LSTM"), build=_build(_lstm), inputs=_ports,
    parameters=_parameters(4, "constant 0.0 {forget_bias} 0.0 0.0"),
    attributes=(
        UNITS,
        Attribute("forget_bias", "float", 1.0, "Bias of the forget gate at the start; 1 begins with cells that keep "
                  "what they hold, so that gradients reach far back.", -10.0, 10.0, when=("bias", (True,))),
        *COMMON,
    ),
    formula=r"i, f, o = \sigma(x_t W_x + h_{t-1} W_h + b),\quad g = \tanh(\dots),\quad "
            r"c_t = f \odot c_{t-1} + i \odot g,\quad h_t = o \odot \tanh c_t",
    title="LSTM", stem="lstm",
    source="Hochreiter and Schmidhuber 1997; Gers et al. 2000; the forget bias: Jozefowicz et al. 2015",
))  # fmt: skip
register(Layer(
    "GRU", "sequence", "Gated recurrent unit: two gates mix the old state with a new one; fewer weights than an LSTM. "
    "Its reset gate tells how much of the old state the new one is made of.",
    shape=_shape("GRU"), build=_build(_gru), inputs=_ports, parameters=_gru_parameters,
    attributes=(
        UNITS,
        Attribute("reset", "choice", "after", "Where the reset gate acts: after the state's product, as in PyTorch, "
                  "which runs all steps at once; or before it, as first published, one operation after the other.",
                  choices=("after", "before")),
        *COMMON,
    ),
    formula=r"r, z = \sigma(x_t W_x + h_{t-1} W_h + b),\quad "
            r"n = \tanh(x_t W_x + b + r \odot (h_{t-1} W_h + b_h)),\quad h_t = (1 - z) \odot n + z \odot h_{t-1}",
    title="GRU", stem="gru", source="Cho et al. 2014",
))  # fmt: skip
