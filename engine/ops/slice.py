"""Columns start … stop − 1 of the last dimension."""

from engine.errors import ShapeError
from engine.machine.pointers import load
from engine.ops.loops import matrix, rows_of
from engine.ops.op import Op, register
from engine.ops.samples import normal


def kernel(arena, ints, args, worker, workers):
    """x (rows, n) → y (rows, stop − start)."""
    rows, n, start, width = load(args, 2), load(args, 3), load(args, 4), load(args, 5)
    x, y = matrix(arena, args, 0, rows, n), matrix(arena, args, 1, rows, width)
    first, last = rows_of(rows, worker, workers)
    for i in range(first, last):
        for j in range(width):
            y[i, j] = x[i, start + j]


def _shapes(x, start, stop):
    if not x or not 0 <= start < stop <= x[-1]:
        raise ShapeError(f"columns {start} to {stop} do not lie in {x}", "x", (start, stop), x)
    return (*x[:-1], stop - start)


def _sizes(call):
    n = call.inputs[0].shape[-1]
    return [call.inputs[0].size // n, n, call.attrs["start"], call.outputs[0].shape[-1]]


OP = register(Op(
    "slice", "shape", ("x",), _shapes, kernel, r"y = x_{:,\,s:t}",
    sizes=_sizes,
    vjp=lambda g, c, dy: (g.pad(dy, start=c.attrs["start"], total=c.inputs[0].shape[-1]),),
    reference=lambda x, start, stop: x[..., start:stop],
    derivative=r"\bar x_{:,\,s:t} = \bar y",
    samples=[dict(inputs=[normal(7, 5)], attrs=dict(start=1, stop=4))],
    source="ONNX operator Slice",
))  # fmt: skip
