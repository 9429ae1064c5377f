"""Operators that work element by element, and activation functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.graph import Value
from tests.onnx.adapter import Adapter, Node, Unsupported, maps

SAME = {
    "Abs": "abs", "Acos": "acos", "Acosh": "acosh", "Asin": "asin", "Asinh": "asinh", "Atan": "atan", "Atanh": "atanh",
    "Cos": "cos", "Cosh": "cosh", "Erf": "erf", "Exp": "exp", "Floor": "floor", "Log": "log", "Neg": "neg",
    "Relu": "relu", "Round": "round", "Sigmoid": "sigmoid", "Sign": "sign", "Sin": "sin", "Sinh": "sinh",
    "Softplus": "softplus", "Sqrt": "sqrt", "Tan": "tan", "Tanh": "tanh",
}  # fmt: skip
PAIRS = {"Add": "add", "Sub": "sub", "Mul": "mul", "And": "mul", "Or": "maximum"}
SELU_ALPHA, SELU_GAMMA = 1.67326319217681884765625, 1.05070102214813232421875

for _name, _op in SAME.items():
    maps(_name)(lambda g, node, x, op=_op: getattr(g, op)(x))
for _name, _op in PAIRS.items():
    maps(_name)(lambda g, node, x, y, op=_op: g.pair(op, x, y))


@maps("Ceil")
def ceil(g: Adapter, node: Node, x: Value) -> Value:
    return g.neg(g.floor(g.neg(x)))


@maps("Reciprocal")
def reciprocal(g: Adapter, node: Node, x: Value) -> Value:
    return g.div(g.number(1), x)


@maps("Div")
def div(g: Adapter, node: Node, x: Value, y: Value) -> Value:
    if not g.is_whole(x):
        return g.pair("div", x, y)
    return g.round(g.pair("div", g.pair("sub", x, g.pair("remainder", x, y)), y))  # an exact multiple is divided


@maps("Pow")
def power(g: Adapter, node: Node, x: Value, y: Value) -> Value:
    z = g.pair("power", x, y)
    return g.truncated(z) if g.is_whole(x) and not g.is_whole(y) else z


@maps("Mod")
def mod(g: Adapter, node: Node, x: Value, y: Value) -> Value:
    rest = g.pair("remainder", x, y)
    if node.get("fmod"):
        return rest
    apart = g.less(g.pair("mul", rest, y), g.number(0))  # the result has the sign of y
    return g.choose(apart, g.pair("add", rest, y), rest)


@maps("Max", "Min")
def extreme(g: Adapter, node: Node, *values: Value) -> Value:
    total = values[0]
    for value in values[1:]:
        total = g.pair("maximum", total, value) if node.op == "Max" else g.lower(total, value)
    return g.reshape(total, shape=total.shape)


@maps("Sum", "Mean")
def added(g: Adapter, node: Node, *values: Value) -> Value:
    total = values[0]
    for value in values[1:]:
        total = g.pair("add", total, value)
    return g.scale(total, factor=1.0 / len(values) if node.op == "Mean" else 1.0)


@maps("Clip")
def clip(g: Adapter, node: Node, x: Value, low: Value | None = None, high: Value | None = None) -> Value:
    low = g.number(node.attrs["min"]) if "min" in node.attrs else low
    high = g.number(node.attrs["max"]) if "max" in node.attrs else high
    y = g.maximum(x, low) if low is not None else g.copy(x)
    return g.lower(y, high) if high is not None else y


@maps("Less", "Greater", gives=bool)
def less(g: Adapter, node: Node, x: Value, y: Value) -> Value:
    return g.pair("less", *((x, y) if node.op == "Less" else (y, x)))


@maps("Equal", gives=bool)
def equal(g: Adapter, node: Node, x: Value, y: Value) -> Value:
    return g.pair("equal", x, y)


@maps("LessOrEqual", "GreaterOrEqual", gives=bool)
def at_most(g: Adapter, node: Node, x: Value, y: Value) -> Value:
    first, second = (x, y) if node.op == "LessOrEqual" else (y, x)
    return g.maximum(g.pair("less", first, second), g.pair("equal", x, y))


@maps("Xor")
def xor(g: Adapter, node: Node, x: Value, y: Value) -> Value:
    return g.negated(g.pair("equal", x, y))


@maps("Not")
def negation(g: Adapter, node: Node, x: Value) -> Value:
    return g.negated(x)


@maps("IsNaN", gives=bool)
def is_nan(g: Adapter, node: Node, x: Value) -> Value:
    return g.negated(g.equal(x, x))


@maps("IsInf", gives=bool)
def is_inf(g: Adapter, node: Node, x: Value) -> Value:
    above, below = g.equal(x, g.number(math.inf)), g.equal(x, g.number(-math.inf))
    wanted = [flag for flag, name in ((above, "detect_positive"), (below, "detect_negative")) if node.get(name, 1)]
    return g.add(*wanted) if len(wanted) == 2 else (wanted or [g.zeros(shape=x.shape)])[0]


@maps("Where")
def where(g: Adapter, node: Node, flag: Value, x: Value, y: Value) -> Value:
    return g.typed(g.choose(flag, x, y), g.dtype_of(x))


@maps("Identity")
def identity(g: Adapter, node: Node, x: Any) -> Any:
    return x


@maps("Cast", "CastLike")
def cast(g: Adapter, node: Node, x: Value, like: Value | None = None) -> Value:
    import onnx

    target = g.dtype_of(like) if like is not None else onnx.helper.tensor_dtype_to_np_dtype(node.attrs["to"])
    source, target = g.dtype_of(x), np.dtype(target)
    if target.name == "bool":
        return g.typed(g.negated(g.equal(x, g.number(0))), bool)
    if target.kind in "iu":
        narrow = source.kind in "iu" and not np.can_cast(source, target)
        if narrow and node.alone:
            raise Unsupported("attribute", "integers cut to fewer bits")
        return g.typed(x if source.kind in "iub" else g.truncated(x), target)
    if node.alone and source.kind not in "iub" and not np.can_cast(source, target):
        raise Unsupported("attribute", "floats rounded to fewer bits")
    return g.typed(x, target)


@maps("LeakyRelu")
def leaky_relu(g: Adapter, node: Node, x: Value) -> Value:
    return g.leaky_relu(x, slope=node.get("alpha", 0.01))


@maps("PRelu")
def prelu(g: Adapter, node: Node, x: Value, slope: Value) -> Value:
    return g.choose(g.less(x, g.number(0)), g.pair("mul", x, slope), x)


@maps("Elu")
def elu(g: Adapter, node: Node, x: Value) -> Value:
    return g.elu(x, alpha=node.get("alpha", 1.0))


@maps("Celu")
def celu(g: Adapter, node: Node, x: Value) -> Value:
    alpha = node.get("alpha", 1.0)
    return g.scale(g.elu(g.scale(x, factor=1.0 / alpha), alpha=1.0), factor=alpha)


@maps("Selu")
def selu(g: Adapter, node: Node, x: Value) -> Value:
    return g.scale(g.elu(x, alpha=node.get("alpha", SELU_ALPHA)), factor=node.get("gamma", SELU_GAMMA))


def hard(g: Adapter, x: Value, alpha: float, beta: float) -> Value:
    """A straight line cut off at 0 and 1."""
    return g.between(g.add(g.scale(x, factor=alpha), g.number(beta)), 0, 1)


@maps("HardSigmoid")
def hard_sigmoid(g: Adapter, node: Node, x: Value) -> Value:
    return hard(g, x, node.get("alpha", 0.2), node.get("beta", 0.5))


@maps("HardSwish")
def hard_swish(g: Adapter, node: Node, x: Value) -> Value:
    return g.mul(x, hard(g, x, 1 / 6, 0.5))


@maps("Swish")
def swish(g: Adapter, node: Node, x: Value) -> Value:
    return g.mul(x, g.sigmoid(g.scale(x, factor=node.get("alpha", 1.0))))


@maps("Mish")
def mish(g: Adapter, node: Node, x: Value) -> Value:
    return g.mul(x, g.tanh(g.softplus(x)))


@maps("Softsign")
def softsign(g: Adapter, node: Node, x: Value) -> Value:
    return g.div(x, g.add(g.number(1), g.abs(x)))


@maps("Gelu")
def gelu(g: Adapter, node: Node, x: Value) -> Value:
    if node.get("approximate", "none") == "none":
        return g.gelu(x)
    inner = g.add(x, g.scale(g.mul(x, g.square(x)), factor=0.044715))
    return g.scale(g.mul(x, g.add(g.number(1), g.tanh(g.scale(inner, factor=math.sqrt(2 / math.pi))))), factor=0.5)


@maps("ThresholdedRelu")
def thresholded_relu(g: Adapter, node: Node, x: Value) -> Value:
    return g.choose(g.less(g.number(node.get("alpha", 1.0)), x), x, g.number(0))


@maps("Shrink")
def shrink(g: Adapter, node: Node, x: Value) -> Value:
    edge, bias = node.get("lambd", 0.5), g.number(node.get("bias", 0.0))
    above = g.choose(g.less(g.number(edge), x), g.sub(x, bias), g.number(0))
    return g.choose(g.less(x, g.number(-edge)), g.add(x, bias), above)


@maps("Binarizer")
def binarizer(g: Adapter, node: Node, x: Value) -> Value:
    return g.less(g.number(node.get("threshold", 0.0)), x)
