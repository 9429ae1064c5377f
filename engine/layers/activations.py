"""Activations, as layers of their own and as the `activation` of Dense."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register, require_rank, same_shape

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

SLOPE = Attribute("slope", "float", 0.01, "Slope for negative inputs.", 0.0, 1.0, when=("activation", ("leaky_relu",)))

# name → ops; what Dense offers as `activation`, in the order of its list
ACTIVATIONS: dict[str, Callable[[Builder, Value, Attrs], Value]] = {
    "linear": lambda b, x, attrs: x,
    "relu": lambda b, x, attrs: b.graph.relu(x),
    "leaky_relu": lambda b, x, attrs: b.graph.leaky_relu(x, slope=attrs["slope"]),
    "sigmoid": lambda b, x, attrs: b.graph.sigmoid(x),
    "tanh": lambda b, x, attrs: b.graph.tanh(x),
    "absolute": lambda b, x, attrs: b.graph.abs(x),
    "step": lambda b, x, attrs: b.graph.step(x),
    "softmax": lambda b, x, attrs: b.graph.softmax(x),
}


def activate(b: Builder, name: str, x: Value, attrs: Attrs) -> Value:
    """The value "a" of a layer: activation `name` applied to `x`."""
    return b.name(ACTIVATIONS[name](b, x, attrs), "a")


def _activation(kind: str, name: str, summary: str, formula: str, title: str = "") -> None:
    def build(b: Builder, attrs: Attrs, x: Value) -> Value:
        return activate(b, name, x, attrs)

    register(Layer(kind, "activation", summary, shape=same_shape, build=build, formula=formula, title=title))


_activation("ReLU", "relu", "Passes positive values, cuts negative ones to 0.", r"a = \max(0, x)", "ReLU")
register(Layer(
    "LeakyReLU", "activation", "Like ReLU, but negative values keep a small slope, so that no unit dies.",
    shape=same_shape, build=lambda b, attrs, x: activate(b, "leaky_relu", x, attrs), title="Leaky ReLU",
    attributes=(Attribute("slope", "float", 0.01, "Slope for negative inputs.", 0.0, 1.0),),
    formula=r"a = \max(x, \alpha x)", source="Maas et al. 2013",
))  # fmt: skip
_activation("Tanh", "tanh", "Squashes to between −1 and 1.", r"a = \tanh x")
_activation("Sigmoid", "sigmoid", "Squashes to between 0 and 1.", r"a = \frac{1}{1 + e^{-x}}")


def _softmax_shape(attrs: Attrs, x: Shape) -> Shape:
    require_rank(x, 1, "x", "Softmax", "Put a Flatten layer in front.")
    return (x[0] + 1,) if attrs["fix_first"] else x


def _build_softmax(b: Builder, attrs: Attrs, x: Value) -> Value:
    if attrs["fix_first"]:
        x = b.name(b.graph.concat(b.graph.zeros(shape=(x.shape[0], 1)), x), "logits")
    return b.name(b.graph.softmax(x), "a")


register(Layer(
    "Softmax", "activation", "Turns logits into probabilities that sum to 1.",
    shape=_softmax_shape, build=_build_softmax,
    attributes=(Attribute("fix_first", "bool", False, "Add a first logit fixed at 0: k inputs give k + 1 classes."),),
    formula=r"a_i = \frac{e^{x_i}}{\sum_j e^{x_j}}", source="Goodfellow et al. 2016, 6.2.2.3",
))  # fmt: skip
_activation("AbsoluteValue", "absolute", "Folds negative values over: the size of x without its sign.", r"a = |x|")


def _build_prelu(b: Builder, attrs: Attrs, x: Value) -> Value:
    return b.name(b.graph.prelu(x, b.parameter("slope")), "a")


register(Layer(
    "PReLU", "activation", "Leaky ReLU whose slope is learned, one for each unit.",
    shape=same_shape, build=_build_prelu, title="Parametric ReLU",
    parameters=lambda attrs, x: (Parameter("slope", x, f"constant {attrs['start']!r}"),),
    attributes=(Attribute("start", "float", 0.25, "Slope at the start.", -10.0, 10.0),),
    formula=r"a = \max(0, x) + \alpha \min(0, x)", source="He et al. 2015",
))  # fmt: skip
_activation("Step", "step", "1 for positive values, else 0: its gradient is 0 everywhere, so nothing before it learns.",
            r"a = [x > 0]")  # fmt: skip
_activation("Linear", "linear", "Passes values unchanged.", r"a = x")
