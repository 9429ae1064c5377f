"""Sweeps whose operands are found through tables of offsets: what convolution is made of.

A *gathering* sweep reads row p of B at b + offsets[p], so that B may be all windows of an image without a copy of any:
the elements of p are a channel and a place in the window, the columns are neighbouring pixels. A *tallying* sweep
reads A[i,p] at a + across[i] + along[p], so that a row of A may be what one place in the window sees at pixel after
pixel. The rest is as in the matrix product: one chain of fused multiply-adds per element, in the order of p.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from engine.machine.microkernel import Sweep, Walk, heights
from engine.machine.pointers import INT_POINTER
from engine.machine.vectors import I64, Vectors, width_of

I64_POINTER = I64.as_pointer()


class Gathering(Sweep):
    """B's rows lie at offsets from a table (in the place of the stride); a row starts from one number, a bias."""

    def emit(self) -> None:
        """As a sweep; the biases stay where they are from panel to panel."""
        self.start_step = 0
        super().emit()

    def held_row(self, row: ir.Value, masks: list[ir.Value | None]) -> list[ir.Value]:
        """The row's bias in every lane."""
        return [self.vectors.splat(self.builder.load(row))] * len(masks)

    def right_walk(self, b: ir.Value, begin: ir.Block) -> Walk:
        """Along the table."""
        builder, args = self.builder, self.args
        entry = builder.phi(I64_POINTER)
        return Walk(lambda: builder.gep(b, [builder.load(entry)]),
                    lambda: [(entry, args.b_row, builder.gep(entry, [ir.Constant(I64, 1)]))])  # fmt: skip


class Tallying(Sweep):
    """A's elements lie at the sum of an offset of the row and one of the column, from tables in the strides' place."""

    def factor_walk(self, begin: ir.Block) -> Walk:
        """Each row has a pointer that stays, and all step along one table."""
        builder, args = self.builder, self.args
        entry = builder.phi(I64_POINTER)
        with builder.goto_block(begin):
            rows = [builder.gep(args.a, [builder.load(builder.gep(args.a_row, [ir.Constant(I64, row)]))])
                    for row in range(self.height)]  # fmt: skip

        def place() -> object:
            along = builder.load(entry)
            return lambda row: builder.gep(rows[row], [along])

        return Walk(place, lambda: [(entry, args.a_col, builder.gep(entry, [ir.Constant(I64, 1)]))])


def _function(module: ir.Module, kind: type[Sweep], element: ir.Type, width: int, height: int) -> ir.Function:
    """The sweep for tiles of `height` rows, emitted into `module` on first use."""
    name = f"chainrule.{kind.__name__.lower()}.{element}.{width}.{height}"
    if name in module.globals:
        return module.globals[name]
    p, table = element.as_pointer(), I64_POINTER
    row, col, step = (I64, I64, table) if kind is Gathering else (table, table, I64)
    kinds = [p, I64, p, row, col, p, step, I64, I64, I64, p, I64, I64]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    kind(function, element, width, height).emit()
    return function


def _emit(kind: type[Sweep], width: int, context, builder: ir.IRBuilder, c, args) -> ir.Value:
    """Calls the highest tile that fits in args[1] rows; the value is its height."""
    element = context.get_value_type(c.dtype)
    done, taken = builder.append_basic_block("swept"), []
    for height in heights(width):
        fits, lower = builder.append_basic_block(f"rows{height}"), builder.append_basic_block(f"below{height}")
        builder.cbranch(builder.icmp_signed(">=", args[1], ir.Constant(I64, height)), fits, lower)
        builder.position_at_end(fits)
        builder.call(_function(builder.module, kind, element, width, height), args[2:])
        builder.branch(done)
        taken.append((ir.Constant(I64, height), fits))
        builder.position_at_end(lower)
    builder.unreachable()  # the lowest tile is one row high, and there is always a row
    builder.position_at_end(done)
    result = builder.phi(I64)
    for height, block in taken:
        result.add_incoming(height, block)
    return result


@intrinsic
def gathering_sweep(typingctx, lanes, rows, c, ldc, a, a_row, a_col, b, offsets, b_panel, columns, k, bias, bias_row,
                    biased):  # fmt: skip
    """C[0:h, 0:columns] = bias (one a row) + A·B for the highest tile h ≤ rows; returns h."""
    width, i64 = width_of(lanes), types.int64
    sig = i64(lanes, i64, c, i64, c, i64, i64, c, INT_POINTER, i64, i64, i64, c, i64, i64)

    def codegen(context, builder, signature, args):
        return _emit(Gathering, width, context, builder, c, args)

    return sig, codegen


@intrinsic
def tallying_sweep(typingctx, lanes, rows, c, ldc, a, across, along, b, b_row, b_panel, columns, k, start, start_row,
                   starts):  # fmt: skip
    """C[0:h, 0:columns] = start + A·B for the highest tile h ≤ rows; returns h."""
    width, i64 = width_of(lanes), types.int64
    sig = i64(lanes, i64, c, i64, c, INT_POINTER, INT_POINTER, c, i64, i64, i64, i64, c, i64, i64)

    def codegen(context, builder, signature, args):
        return _emit(Tallying, width, context, builder, c, args)

    return sig, codegen


@intrinsic
def as_ints(typingctx, pointer):
    """The memory at `pointer` as int64 places."""
    sig = INT_POINTER(pointer)
    return sig, lambda context, builder, signature, args: builder.bitcast(args[0], I64_POINTER)


@intrinsic
def move(typingctx, lanes, target, source):
    """Copy one vector."""
    width = width_of(lanes)

    def codegen(context, builder, signature, args):
        vectors = Vectors(builder, context.get_value_type(target.dtype), width)
        vectors.store(vectors.load(args[2]), args[1])
        return context.get_dummy_value()

    return types.void(lanes, target, target), codegen


@intrinsic
def move_part(typingctx, lanes, target, source, count):
    """Copy the first `count` elements of a vector and write zeros behind them: nothing is read there."""
    width = width_of(lanes)

    def codegen(context, builder, signature, args):
        vectors = Vectors(builder, context.get_value_type(target.dtype), width)
        vectors.store(vectors.load(args[2], vectors.mask(args[3])), args[1])
        return context.get_dummy_value()

    return types.void(lanes, target, target, types.int64), codegen
