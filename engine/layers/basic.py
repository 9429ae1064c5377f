"""Input, Tokens and Dense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.activations import ACTIVATIONS, ALPHA, RELU_LIKE, SLOPE, activate
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register

if TYPE_CHECKING:
    from engine.graph import Graph, Value
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
    source="Goodfellow et al. 2016, 6",
))  # fmt: skip


register(Layer(
    "Tokens", "data", "Rows of tokens enter here: whole numbers that stand for letters, words or other symbols.",
    shape=lambda attrs: (attrs["length"],), build=_no_build, inputs=(), gives="int",
    attributes=(
        Attribute("length", "int", 16, "Tokens in one row.", 1, 2**24),
        Attribute("vocabulary", "int", 64, "Number of different tokens: they run from 0 to one below.", 1, 2**24),
    ),
    formula=r"x_t \in \{0, \dots, V - 1\}",
    source="Goodfellow et al. 2016, 12.4.1",
))  # fmt: skip


def _dense_shape(attrs: Attrs, x: Shape) -> Shape:
    if not x:
        raise ShapeError("Dense takes rows of numbers, but gets a scalar.", "x", 1, x, "Put a Reshape layer in front.")
    return (*x[:-1], attrs["units"])


def _dense_parameters(attrs: Attrs, x: Shape) -> tuple[Parameter, ...]:
    fan_in, units, init = x[-1], attrs["units"], attrs["init"]
    if init == "auto":
        init = "he_normal" if attrs["activation"] in RELU_LIKE else "glorot_uniform"
    weights = Parameter("W", (fan_in, units), init, fan_in, units, regularised=True)
    return (weights, Parameter("b", (units,), "zero")) if attrs["bias"] else (weights,)


def _build_dense(b: Builder, attrs: Attrs, x: Value) -> Value:
    z = affine(b.graph, x, b.parameter("W"), b.parameter("b") if attrs["bias"] else None)
    return activate(b, attrs["activation"], b.name(z, "z"), attrs)


def affine(graph: Graph, x: Value, weights: Value, bias: Value | None = None) -> Value:
    """x·W + b over the last dimension of x (…, n): one matrix product for all rows."""
    rows = x if len(x.shape) == 2 else graph.reshape(x, shape=(x.size // x.shape[-1], x.shape[-1]))
    z: Value = graph.matmul(rows, weights) if bias is None else graph.linear(rows, weights, bias)
    return z if len(x.shape) == 2 else graph.reshape(z, shape=(*x.shape[:-1], weights.shape[1]))


register(Layer(
    "Dense", "linear", "Every unit sums all inputs with weights of its own, adds a bias, then applies the activation. "
    "Of rows with several dimensions, it works along the last.",
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
