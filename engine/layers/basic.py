"""Input and Dense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.layers.activations import ACTIVATIONS, ALPHA, RELU_LIKE, SLOPE, activate
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register, require_rank

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

INITIALIZERS = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "normal", "uniform", "zero")
INIT = Attribute("init", "choice", "auto", "Where the weights start; auto: He for ReLU-like activations, else Glorot.",
                 choices=("auto", *INITIALIZERS))  # fmt: skip


def _no_build(b: Builder, attrs: Attrs, *inputs: Value) -> Value:
    """An Input makes no ops: the batch itself is its value."""
    return inputs[0]


register(Layer(
    "Input", "data", "The rows of the data set enter here.",
    shape=lambda attrs: attrs["shape"], build=_no_build, inputs=(),
    attributes=(Attribute("shape", "shape", (2,), "Shape of one row.", 1, 2**24),),
    formula=r"x",
))  # fmt: skip


def _dense_shape(attrs: Attrs, x: Shape) -> Shape:
    require_rank(x, 1, "x", "Dense", "Put a Flatten layer in front.")
    return (attrs["units"],)


def _dense_parameters(attrs: Attrs, x: Shape) -> tuple[Parameter, ...]:
    fan_in, units, init = x[0], attrs["units"], attrs["init"]
    if init == "auto":
        init = "he_normal" if attrs["activation"] in RELU_LIKE else "glorot_uniform"
    weights = Parameter("W", (fan_in, units), init, fan_in, units, regularised=True)
    return (weights, Parameter("b", (units,), "zero")) if attrs["bias"] else (weights,)


def _build_dense(b: Builder, attrs: Attrs, x: Value) -> Value:
    weights = b.parameter("W")
    z = b.graph.linear(x, weights, b.parameter("b")) if attrs["bias"] else b.graph.matmul(x, weights)
    return activate(b, attrs["activation"], b.name(z, "z"), attrs)


register(Layer(
    "Dense", "linear", "Every unit sums all inputs with weights of its own, adds a bias, then applies the activation.",
    shape=_dense_shape, build=_build_dense, parameters=_dense_parameters,
    attributes=(
        Attribute("units", "int", 4, "Number of units.", 1, 2**24),
        Attribute("activation", "choice", "linear", "Applied to every unit's sum.", choices=tuple(ACTIVATIONS)),
        SLOPE,
        ALPHA,
        Attribute("bias", "bool", True, "Whether every unit adds a learned number."),
        INIT,
    ),
    formula=r"z = x W + b,\quad a = g(z)", source="Goodfellow et al. 2016, 6.1",
))  # fmt: skip
