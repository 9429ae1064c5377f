"""Activations, as layers of their own and as the `activation` of Dense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register, require_rank, same_shape

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

SLOPE = Attribute("slope", "float", 0.01, "Slope for negative inputs.", 0.0, 1.0, when=("activation", ("leaky_relu",)))
ALPHA = Attribute("alpha", "float", 1.0, "Far below 0 the result comes close to minus this.", 0.0, 100.0,
                  when=("activation", ("elu",)))  # fmt: skip
RELU_LIKE = ("relu", "leaky_relu", "elu", "gelu", "silu", "absolute")  # weights start as He et al. have it

# name → ops; what Dense offers as `activation`, in the order of its list
ACTIVATIONS: dict[str, Callable[[Builder, Value, Attrs], Value]] = {
    "linear": lambda b, x, attrs: x,
    "relu": lambda b, x, attrs: b.graph.relu(x),
    "leaky_relu": lambda b, x, attrs: b.graph.leaky_relu(x, slope=attrs["slope"]),
    "elu": lambda b, x, attrs: b.graph.elu(x, alpha=attrs["alpha"]),
    "gelu": lambda b, x, attrs: b.graph.gelu(x),
    "silu": lambda b, x, attrs: b.graph.silu(x),
    "softplus": lambda b, x, attrs: b.graph.softplus(x),
    "sigmoid": lambda b, x, attrs: b.graph.sigmoid(x),
    "tanh": lambda b, x, attrs: b.graph.tanh(x),
    "absolute": lambda b, x, attrs: b.graph.abs(x),
    "step": lambda b, x, attrs: b.graph.step(x),
    "softmax": lambda b, x, attrs: b.graph.softmax(x),
}


def activate(b: Builder, name: str, x: Value, attrs: Attrs) -> Value:
    """The value "a" of a layer: activation `name` applied to `x`."""
    return b.name(ACTIVATIONS[name](b, x, attrs), "a")


def _activation(kind: str, name: str, summary: str, formula: str, title: str = "", source: str = "") -> None:
    def build(b: Builder, attrs: Attrs, x: Value) -> Value:
        return activate(b, name, x, attrs)

    register(Layer(kind, "activation", summary, same_shape, build, formula=formula, title=title, source=source))


_activation("ReLU", "relu", "Passes positive values, cuts negative ones to 0.", r"a = \max(0, x)", "ReLU",
            "Glorot, Bordes and Bengio 2011")  # fmt: skip
register(Layer(
    "LeakyReLU", "activation", "Like ReLU, but negative values keep a small slope, so that no unit dies.",
    shape=same_shape, build=lambda b, attrs, x: activate(b, "leaky_relu", x, attrs), title="Leaky ReLU",
    attributes=(Attribute("slope", "float", 0.01, "Slope for negative inputs.", 0.0, 1.0),),
    formula=r"a = \max(x, \alpha x)", source="Maas et al. 2013",
))  # fmt: skip
register(Layer(
    "ELU", "activation", "Passes positive values; negative ones level off at −α, which keeps means near 0.",
    shape=same_shape, build=lambda b, attrs, x: activate(b, "elu", x, attrs), title="ELU",
    attributes=(replace(ALPHA, when=None),),
    formula=r"a = (x > 0\,?\,x : \alpha (e^x - 1))", source="Clevert et al. 2016",
))  # fmt: skip
_activation("GELU", "gelu", "Weighs x with the chance that a normal number lies below it: a smooth ReLU.",
            r"a = x\, \Phi(x)", "GELU", "Hendrycks and Gimpel 2016")  # fmt: skip
_activation("SiLU", "silu", "Weighs x with its own sigmoid (also called swish): a smooth ReLU.",
            r"a = x\, \sigma(x) = \frac{x}{1 + e^{-x}}", "SiLU", "Elfwing et al. 2018")  # fmt: skip
_activation("Softplus", "softplus", "ReLU with a round corner: always above 0, and its derivative is the sigmoid.",
            r"a = \ln(1 + e^x)", source="Dugas et al. 2001")  # fmt: skip
_activation("Tanh", "tanh", "Squashes to between −1 and 1.", r"a = \tanh x",
            source="LeCun et al. 1998, Efficient BackProp, 4.4")  # fmt: skip
_activation("Sigmoid", "sigmoid", "Squashes to between 0 and 1.", r"a = \frac{1}{1 + e^{-x}}",
            source="Rumelhart, Hinton and Williams 1986")  # fmt: skip


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
_activation("AbsoluteValue", "absolute", "Folds negative values over: the size of x without its sign.", r"a = |x|",
            source="Jarrett et al. 2009; Goodfellow et al. 2016, 6.3.1")  # fmt: skip


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
            r"a = [x > 0]", source="McCulloch and Pitts 1943; Rosenblatt 1958")  # fmt: skip
_activation("Linear", "linear", "Passes values unchanged.", r"a = x",
            source="Goodfellow et al. 2016, 6.2.2.1")  # fmt: skip


def _maxout_shape(attrs: Attrs, x: Shape) -> Shape:
    pieces = attrs["pieces"]
    if not x:
        raise ShapeError("Maxout takes rows of numbers, but gets a scalar.", "x", 1, x, "Put a Reshape layer in front.")
    if x[-1] % pieces:
        fitting = -(-x[-1] // pieces) * pieces
        divisor = next((m for m in range(pieces - 1, 1, -1) if x[-1] % m == 0), 0)
        cure = f"Give the layer in front {fitting} units{f', or set pieces to {divisor}' if divisor else ''}."
        raise ShapeError(f"Maxout takes the largest of every {pieces} numbers, but {x[-1]} numbers leave a rest.",
                         "x", (*x[:-1], fitting), x, cure)  # fmt: skip
    return (*x[:-1], x[-1] // pieces)


def _build_maxout(b: Builder, attrs: Attrs, x: Value) -> Value:
    shape = (*x.shape[:-1], x.shape[-1] // attrs["pieces"])
    grouped = b.graph.reshape(x, shape=(*shape, attrs["pieces"]))
    return b.name(b.graph.reshape(b.graph.max(grouped), shape=shape), "a")


register(Layer(
    "Maxout", "activation", "Of every few neighbouring numbers passes the largest: behind a Dense layer, a unit that "
    "learns its own activation.",
    shape=_maxout_shape, build=_build_maxout,
    attributes=(Attribute("pieces", "int", 2, "Of so many numbers the largest goes on.", 2, 2**16),),
    formula=r"a_i = \max_{j < m}\, x_{i m + j}", source="Goodfellow et al. 2013",
))  # fmt: skip
