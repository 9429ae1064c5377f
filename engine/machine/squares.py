"""Squares of 2 × 2 elements side by side, reduced several at a time by vectors of a fixed length.

LLVM cuts the vectors to what the processor has; the results are the same everywhere, since nothing is rounded.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from engine.machine.pointers import INT_POINTER
from engine.machine.vectors import I32, I64


def _line(builder: ir.IRBuilder, pointer: ir.Value, element: ir.Type, count: int) -> list[ir.Value]:
    """Elements 0, 2, 4 … and 1, 3, 5 … behind `pointer`, `count` of each."""
    kind, size = ir.VectorType(element, count), 4 if isinstance(element, ir.FloatType) else 8
    halves = [builder.load(builder.bitcast(builder.gep(pointer, [ir.Constant(I64, first)]), kind.as_pointer()),
                           align=size) for first in (0, count)]  # fmt: skip
    return [builder.shuffle_vector(*halves, ir.Constant(ir.VectorType(I32, count),
                                                        [ir.Constant(I32, 2 * lane + odd) for lane in range(count)]))
            for odd in (0, 1)]  # fmt: skip


def _splat(builder: ir.IRBuilder, value: ir.Value, count: int) -> ir.Value:
    kind = ir.VectorType(value.type, count)
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(I32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(I32, count), None))


def _emit(count: int, element: ir.Type, builder: ir.IRBuilder, args: Any) -> None:
    y, index, top, row, place = args
    below = builder.gep(top, [row])
    (best, right), under = _line(builder, top, element, count), _line(builder, below, element, count)
    width = builder.trunc(row, I32)
    steps = [ir.Constant(I32, 1), width, builder.add(width, ir.Constant(I32, 1))]
    offset = ir.Constant(ir.VectorType(I32, count), [ir.Constant(I32, 0)] * count)
    for value, step in zip((right, *under), steps, strict=True):
        better = builder.fcmp_ordered(">", value, best)
        taken = builder.or_(better, builder.fcmp_unordered("uno", value, value))  # NaN before all
        best = builder.select(taken, value, best)
        offset = builder.select(taken, _splat(builder, step, count), offset)
    corners = ir.Constant(ir.VectorType(I64, count), [ir.Constant(I64, 2 * lane) for lane in range(count)])
    places = builder.add(builder.add(_splat(builder, place, count), corners), builder.sext(offset, corners.type))
    size = 4 if isinstance(element, ir.FloatType) else 8
    builder.store(best, builder.bitcast(y, best.type.as_pointer()), align=size)
    builder.store(places, builder.bitcast(index, places.type.as_pointer()), align=8)


def _largest(count: int) -> Any:
    @intrinsic
    def largest(typingctx, y, index, top, row, place):
        """y, index = the largest of each of `count` squares whose rows begin at `top` and `row` elements behind, and
        its place, where `place` is that of the first element. Of equal ones the first counts, and NaN before all.
        """
        sig = types.void(y, INT_POINTER, y, types.int64, types.int64)

        def codegen(context, builder, signature, args):
            _emit(count, context.get_value_type(y.dtype), builder, args)
            return context.get_dummy_value()

        return sig, codegen

    return largest


largest_of_four_squares, largest_of_eight_squares = _largest(4), _largest(8)
