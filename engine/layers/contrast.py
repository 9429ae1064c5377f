"""Layers and losses that compare two representations: similarities, distances, contrastive losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.layer import Attrs, Layer, Shape, register, require_rank, show
from engine.layers.losses import scalar

if TYPE_CHECKING:
    from engine.graph import Graph, Value
    from engine.lower import Builder

LEAST_SQUARE = 1e-16  # of a length, so that a vector of zeros has a direction of zeros
OFFSET = 1e-6  # added to differences, so that the distance of equal vectors has a derivative
MARGIN = Attribute("margin", "float", 1.0, "How far apart unlike ones must be.", 0.0, 1e6)


def unit_rows(graph: Graph, x: Value) -> Value:
    """Every row of x (B, n) with length 1."""
    squares = graph.reshape(graph.sum(graph.square(x), start=1), shape=(x.shape[0], 1))
    rows: Value = graph.div(x, graph.sqrt(graph.at_least(squares, low=LEAST_SQUARE)))
    return rows


def distances(graph: Graph, x: Value, y: Value) -> Value:
    """Euclidean distance of each row of x (B, n) from that of y: (B,)."""
    difference = graph.add(graph.sub(x, y), graph.constant(OFFSET))
    found: Value = graph.sqrt(graph.sum(graph.square(difference), start=1))
    return found


def equal_rows(names: tuple[str, ...], shapes: tuple[Shape, ...]) -> None:
    """Raises ShapeError unless all inputs are equally many numbers a row."""
    require_rank(shapes[0], 1, names[0], "It", "Put a Flatten layer in front.")
    for name, shape in zip(names[1:], shapes[1:], strict=True):
        if shape != shapes[0]:
            raise ShapeError(f"{names[0]} is {show(shapes[0])} but {name} is {show(shape)}; both must be equal.", name,
                             shapes[0], shape, "Give both the same number of units.")  # fmt: skip


def _one_number(attrs: Attrs, *shapes: Shape) -> Shape:
    equal_rows(("x1", "x2"), shapes)
    return (1,)


def _build_cosine(b: Builder, attrs: Attrs, x: Value, y: Value) -> Value:
    g = b.graph
    return b.name(g.reshape(g.sum(g.mul(unit_rows(g, x), unit_rows(g, y)), start=1), shape=(x.shape[0], 1)), "y")


register(Layer(
    "CosineSimilarity", "combine", "The cosine of the angle between its inputs, whatever their lengths: 1 where "
    "they point the same way, 0 at a right angle, −1 where they point apart. A loss that compares it with the number 1 "
    "(SquaredError, against: number) pulls them together. A row of zeros gives 0.",
    shape=_one_number, build=_build_cosine, inputs=("x1", "x2"),
    formula=r"y = \frac{x_1 \cdot x_2}{\lVert x_1 \rVert\, \lVert x_2 \rVert}", source="Salton and McGill 1983",
))  # fmt: skip


def _build_distance(b: Builder, attrs: Attrs, x: Value, y: Value) -> Value:
    return b.name(b.graph.reshape(distances(b.graph, x, y), shape=(x.shape[0], 1)), "y")


register(Layer(
    "PairwiseDistance", "combine", "How far its two inputs lie apart.", shape=_one_number, build=_build_distance,
    inputs=("x1", "x2"), formula=r"y = \lVert x_1 - x_2 \rVert_2",
    source="Hadsell, Chopra and LeCun 2006",
))  # fmt: skip


def _build_contrastive(b: Builder, attrs: Attrs, x: Value, target: Value) -> Value:
    g = b.graph
    near = g.mul(target, g.square(x))
    short = g.relu(g.sub(g.constant(attrs["margin"]), x))
    far = g.mul(g.sub(g.constant(1.0), target), g.square(short))
    return b.name(g.mean(b.name(g.scale(g.add(near, far), factor=0.5), "losses")), "loss")


register(Layer(
    "ContrastiveLoss", "loss", "Takes distances of pairs, and targets of 1 for pairs that belong together and 0 for "
    "others: pulls the first ones together, pushes the others apart up to the margin.",
    shape=scalar, build=_build_contrastive, attributes=(MARGIN,), target="values",
    formula=r"L = \frac{1}{2n} \sum_i y_i d_i^2 + (1 - y_i) \max(0, m - d_i)^2",
    source="Hadsell, Chopra and LeCun 2006",
))  # fmt: skip


TRIPLET = ("anchor", "positive", "negative")


def _triplet_shape(attrs: Attrs, *shapes: Shape) -> Shape:
    equal_rows(TRIPLET, shapes)
    return ()


def _build_triplet(b: Builder, attrs: Attrs, anchor: Value, positive: Value, negative: Value) -> Value:
    g = b.graph
    gap = g.sub(distances(g, anchor, positive), distances(g, anchor, negative))
    losses = g.relu(g.add(gap, g.constant(attrs["margin"])))
    return b.name(g.mean(b.name(losses, "losses")), "loss")


register(Layer(
    "TripletLoss", "loss", "The anchor must lie nearer to the positive one than to the negative one, by the margin.",
    shape=_triplet_shape, build=_build_triplet, inputs=TRIPLET, attributes=(MARGIN,),
    formula=r"L = \frac{1}{B} \sum_i \max(0, \lVert a_i - p_i \rVert - \lVert a_i - n_i \rVert + m)",
    source="Schroff, Kalenichenko and Philbin 2015",
))  # fmt: skip


def _pair_shape(attrs: Attrs, *shapes: Shape) -> Shape:
    equal_rows(("x1", "x2"), shapes)
    return ()


def _build_info(b: Builder, attrs: Attrs, x: Value, y: Value) -> Value:
    g, factor = b.graph, 1.0 / attrs["temperature"]
    x, y = unit_rows(g, x), unit_rows(g, y)
    own = g.scale(g.sum(g.mul(x, y), start=1), factor=factor)
    losses = g.sub(_log_sums(g, g.scale(g.matmul(x, y, tb=True), factor=factor)), own)
    if attrs["both_ways"]:
        back = g.sub(_log_sums(g, g.scale(g.matmul(y, x, tb=True), factor=factor)), own)
        losses = g.scale(g.add(losses, back), factor=0.5)
    return b.name(g.mean(b.name(losses, "losses")), "loss")


def _log_sums(graph: Graph, x: Value) -> Value:
    """log Σ_j exp x_ij of each row."""
    top = graph.max(x)
    total = graph.log(graph.sum(graph.exp(graph.sub(x, top)), start=1))
    found: Value = graph.add(total, graph.reshape(top, shape=total.shape))
    return found


register(Layer(
    "InfoNCE", "loss", "Every row must find its own partner among those of all rows of the batch, by the cosine of "
    "their angle. The figure depends on how many rows are compared.", title="InfoNCE",
    shape=_pair_shape, build=_build_info, inputs=("x1", "x2"),
    attributes=(
        Attribute("temperature", "float", 0.1, "Divides the similarities: small makes it strict.", 1e-4, 1e4),
        Attribute("both_ways", "bool", False, "Whether the partners also look for the rows."),
    ),
    formula=r"L = -\frac{1}{B} \sum_i \log \frac{\exp(s_{ii} / \tau)}{\sum_j \exp(s_{ij} / \tau)}",
    source="van den Oord, Li and Vinyals 2018; Chen et al. 2020",
))  # fmt: skip
