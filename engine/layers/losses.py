"""Losses: each ends a path of the network with a scalar. What they are compared with comes from the data, from the
network's own input, or from a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.layer import Attrs, Layer, Shape, register, require_rank

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

SMALLEST = 1e-30  # probabilities below count as this much, so that their logarithm stays finite
REDUCTION = Attribute("reduction", "choice", "mean", "How the errors of all elements become one number.",
                      choices=("mean", "sum"))  # fmt: skip
READS = Attribute(
    "reads", "choice", "auto",
    "What comes in: logits or probabilities; auto: probabilities behind a sigmoid or softmax, else logits.",
    choices=("auto", "logits", "probabilities"),
)  # fmt: skip


def scalar(attrs: Attrs, *shapes: Shape) -> Shape:
    """Shape rule of losses that take any shape."""
    return ()


def reduced(b: Builder, attrs: Attrs, errors: Value) -> Value:
    """The loss out of the errors of all elements."""
    total = b.graph.mean(errors) if attrs["reduction"] == "mean" else b.graph.sum(errors)
    return b.name(total, "loss")


def _build_squared(b: Builder, attrs: Attrs, x: Value, target: Value) -> Value:
    scale = 1.0 / x.size if attrs["reduction"] == "mean" else 1.0
    return b.name(b.graph.squared_error(x, target, scale=scale), "loss")


register(Layer("SquaredError", "loss", "The mean of the squared differences between prediction and target.",
               shape=scalar, build=_build_squared, attributes=(REDUCTION,), target="values",
               formula=r"L = \frac{1}{n} \sum_i (\hat y_i - y_i)^2",
               source="Goodfellow et al. 2016, 5.1.4"))  # fmt: skip


def _build_half(b: Builder, attrs: Attrs, x: Value, target: Value) -> Value:
    return b.name(b.graph.squared_error(x, target, scale=0.5 / x.shape[0]), "loss")


register(Layer("HalfSquaredError", "loss", "Half the squared difference, summed over outputs, averaged over rows: "
               "its gradient is the difference itself.", title="½ squared error",
               shape=scalar, build=_build_half, target="values",
               formula=r"L = \frac{1}{2B} \sum_i \lVert \hat y_i - y_i \rVert^2",
               source="Rumelhart, Hinton and Williams 1986"))  # fmt: skip


def _build_absolute(b: Builder, attrs: Attrs, x: Value, target: Value) -> Value:
    return reduced(b, attrs, b.name(b.graph.abs(b.name(b.graph.sub(x, target), "error")), "absolute"))


register(Layer("AbsoluteError", "loss", "The mean (or sum) of the absolute differences: outliers pull less.",
               shape=scalar, build=_build_absolute, attributes=(REDUCTION,), target="values",
               formula=r"L = \frac{1}{n} \sum_i |\hat y_i - y_i|",
               source="Goodfellow et al. 2016, 6.2.1.2"))  # fmt: skip


def _build_huber(b: Builder, attrs: Attrs, x: Value, target: Value) -> Value:
    g, threshold = b.graph, attrs["threshold"]
    size = b.name(g.abs(b.name(g.sub(x, target), "error")), "absolute")
    small = g.neg(g.at_least(g.neg(size), low=-threshold))  # min(|e|, δ)
    return reduced(b, attrs, b.name(g.mul(small, g.sub(size, g.scale(small, factor=0.5))), "losses"))


register(Layer(
    "HuberLoss", "loss", "Half the square of small differences, and a straight line beyond: outliers pull with no more "
    "than a fixed force.", shape=scalar, build=_build_huber, target="values",
    attributes=(Attribute("threshold", "float", 1.0, "From this difference on the loss grows in a line.", 1e-6, 1e6),
                REDUCTION),
    formula=r"L = \frac{1}{n} \sum_i m_i (|e_i| - \tfrac{1}{2} m_i),\quad m_i = \min(|e_i|, \delta)",
    source="Huber 1964",
))  # fmt: skip


def _build_binary(b: Builder, attrs: Attrs, x: Value, target: Value) -> Value:
    if b.reads_probabilities(attrs):
        return b.name(b.graph.mean(b.name(b.graph.binary_cross_entropy(x, target), "losses")), "loss")
    losses, p = b.graph.sigmoid_cross_entropy(x, target)
    b.name(p, "p")
    return b.name(b.graph.mean(b.name(losses, "losses")), "loss")


register(Layer("BinaryCrossEntropy", "loss", "For targets of 0 and 1: minus the log of the probability given to the "
               "truth.", shape=scalar, build=_build_binary, attributes=(READS,), target="values",
               formula=r"L = -\frac{1}{n} \sum_i y_i \log p_i + (1 - y_i) \log(1 - p_i)",
               source="Goodfellow et al. 2016, 6.2.2.2"))  # fmt: skip


def _cross_entropy_shape(attrs: Attrs, x: Shape, *target: Shape) -> Shape:
    if len(x) not in (1, 2):
        require_rank(x, 1, "x", "The loss", "Put a Flatten layer in front.")
    if x[-1] < 2:
        raise ShapeError("Cross entropy compares at least 2 classes, but only 1 output comes in.", "x", (2,), x,
                         "Use 2 units, or BinaryCrossEntropy with 1.")  # fmt: skip
    return ()


def _build_cross_entropy(b: Builder, attrs: Attrs, x: Value, target: Value) -> Value:
    g, shape, steps = b.graph, x.shape, len(x.shape) == 3
    rows = g.reshape(x, shape=(x.size // shape[-1], shape[-1])) if steps else x
    labels = g.reshape(target, shape=(target.size,)) if steps else target
    if b.reads_probabilities(attrs):
        losses = _losses_of_probabilities(b, rows, labels, attrs["smoothing"])
    else:
        losses, p = g.softmax_cross_entropy(rows, labels)
        b.name(g.reshape(p, shape=shape) if steps else p, "p")
        if attrs["smoothing"]:  # (1 − s)·L + s·mean of all classes' losses, all of which hold the same log-sum
            beside = g.sub(g.pick(rows, labels), _means(b, rows))
            losses = g.add(losses, g.scale(g.mul(beside, g.counted(labels)), factor=attrs["smoothing"]))
    if not steps:
        return b.name(g.mean(b.name(losses, "losses")), "loss")
    b.name(g.reshape(losses, shape=target.shape), "losses")
    count = g.at_least(g.sum(g.counted(labels)), low=1.0)
    return b.name(g.div(g.sum(losses), count), "loss")


def _means(b: Builder, rows: Value) -> Value:
    """The mean of each row."""
    mean: Value = b.graph.scale(b.graph.sum(rows, start=1), factor=1.0 / rows.shape[1])
    return mean


def _losses_of_probabilities(b: Builder, rows: Value, labels: Value, smoothing: float) -> Value:
    g = b.graph
    picked = g.at_least(b.name(g.pick(rows, labels), "picked"), low=SMALLEST)
    losses = g.neg(g.log(picked))
    if smoothing:
        others = g.neg(_means(b, g.log(g.at_least(rows, low=SMALLEST))))
        losses = g.add(g.scale(losses, factor=1.0 - smoothing), g.scale(others, factor=smoothing))
    # a label of −1 picks 0: its loss is taken out
    found: Value = g.mul(losses, g.counted(labels)) if len(b.inputs[0].shape) == 3 else losses
    return found


register(Layer(
    "CrossEntropy", "loss", "For one class out of several: minus the log of the probability given to the true class. "
    "Of a sequence, the mean over its steps; a label of −1 does not count.",
    shape=_cross_entropy_shape, build=_build_cross_entropy, target="labels",
    attributes=(READS, Attribute("smoothing", "float", 0.0, "Share of the truth that is spread evenly over all classes "
                                 "(Szegedy et al. 2016, section 7).", 0.0, 1.0)),
    formula=r"L = -\frac{1}{B} \sum_i \log \mathrm{softmax}(x_i)_{t_i}", source="Goodfellow et al. 2016, 6.2.2.3",
))  # fmt: skip
