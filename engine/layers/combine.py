"""Layers that join several inputs or give one another shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING

from engine.attributes import Attribute
from engine.errors import ShapeError
from engine.layers.layer import Attrs, Layer, Shape, register, show

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

INPUTS = Attribute("inputs", "int", 2, "Number of inputs.", 2, 16)


def numbered_ports(attrs: Attrs) -> tuple[str, ...]:
    """x1, x2, … as many as `inputs` says."""
    return tuple(f"x{i + 1}" for i in range(attrs["inputs"]))


def _equal_shapes(attrs: Attrs, *shapes: Shape) -> Shape:
    for i, shape in enumerate(shapes[1:], 2):
        if shape != shapes[0]:
            raise ShapeError(f"x1 is {show(shapes[0])} but x{i} is {show(shape)}; both must be equal.",
                             f"x{i}", shapes[0], shape, "Give both the same number of units.")  # fmt: skip
    return shapes[0]


def _fold(name: str) -> Callable[..., Value]:
    def build(b: Builder, attrs: Attrs, *inputs: Value) -> Value:
        return b.name(reduce(getattr(b.graph, name), inputs), "y")

    return build


register(Layer("Add", "combine", "Sums its inputs element by element; the gradient flows to all unchanged.",
               shape=_equal_shapes, build=_fold("add"), inputs=numbered_ports, attributes=(INPUTS,),
               formula=r"y = x_1 + x_2", source="He et al. 2016: residual connections"))  # fmt: skip
register(Layer("Multiply", "combine", "Multiplies its inputs element by element.",
               shape=_equal_shapes, build=_fold("mul"), inputs=numbered_ports, attributes=(INPUTS,),
               formula=r"y = x_1 \odot x_2", source="Hochreiter and Schmidhuber 1997: gates"))  # fmt: skip


def _concat_shape(attrs: Attrs, *shapes: Shape) -> Shape:
    joined = 0 if attrs["along"] == "first" else -1

    def rest(shape: Shape) -> Shape:
        return shape[1:] if joined == 0 else shape[:-1]

    for i, shape in enumerate(shapes, 1):
        if not shape or len(shape) != len(shapes[0]) or rest(shape) != rest(shapes[0]):
            raise ShapeError(f"x1 is {show(shapes[0])} but x{i} is {show(shape)}; all but the {attrs['along']} size "
                             "must be equal.", f"x{i}", shapes[0], shape,
                             "Put a Reshape or Flatten layer in front.")  # fmt: skip
    total = sum(shape[joined] for shape in shapes)
    return (total, *rest(shapes[0])) if joined == 0 else (*rest(shapes[0]), total)


def _build_concat(b: Builder, attrs: Attrs, *inputs: Value) -> Value:
    rows = inputs[0].shape[0]
    shape = (rows, *_concat_shape(attrs, *(x.shape[1:] for x in inputs)))
    if attrs["along"] == "first":  # whole channels lie behind one another
        inputs = tuple(b.graph.reshape(x, shape=(rows, x.size // rows)) for x in inputs)
    return b.name(b.graph.reshape(reduce(b.graph.concat, inputs), shape=shape), "y")


register(Layer("Concat", "combine", "Puts its inputs side by side.",
               shape=_concat_shape, build=_build_concat, inputs=numbered_ports, attributes=(
                   INPUTS, Attribute("along", "choice", "last", "Along which dimension; the first of an image are its "
                                     "channels, the first of a sequence its steps.", choices=("last", "first"))),
               formula=r"y = [x_1, x_2]", source="Huang et al. 2017: dense connections"))  # fmt: skip


def _reshape(b: Builder, x: Value, shape: Shape) -> Value:
    return b.name(b.graph.reshape(x, shape=(x.shape[0], *shape)), "y")


register(Layer("Flatten", "shape", "Lays each row out as one list of numbers.",
               shape=lambda attrs, x: (math.prod(x),),
               build=lambda b, attrs, x: _reshape(b, x, (math.prod(x.shape[1:]),)),
               formula=r"y = \mathrm{vec}(x)", source="ONNX operator Flatten"))  # fmt: skip


def _reshape_shape(attrs: Attrs, x: Shape) -> Shape:
    shape: Shape = attrs["shape"]
    if math.prod(shape) != math.prod(x):
        raise ShapeError(f"{show(x)} has {math.prod(x)} numbers a row, but {show(shape)} needs {math.prod(shape)}.",
                         "x", shape, x, f"Choose a shape of {math.prod(x)} numbers in all.")  # fmt: skip
    return shape


register(Layer("Reshape", "shape", "The same numbers in another shape.",
               shape=_reshape_shape, build=lambda b, attrs, x: _reshape(b, x, attrs["shape"]),
               attributes=(Attribute("shape", "shape", (1,), "Shape of one row afterwards.", 1, 2**24),),
               formula=r"y = \mathrm{reshape}(x)", source="ONNX operator Reshape"))  # fmt: skip
