"""The innermost loops of the matrix product, written as vector instructions.

A *sweep* computes a few rows of C over all its columns, one register tile of rows × two vectors at a time: the tile
stays in registers while p runs over the inner dimension, each step loading two vectors of B and broadcasting one element
of A per row (K. Goto, R. van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34(3), 2008).
Every element of C is one chain of fused multiply-adds in the order of p: its bits depend on no tile, block or width.
"""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from engine.machine.vectors import I64, Vectors, many_registers, width_of

VECTORS = 2  # vectors across a tile


def heights(width: int) -> tuple[int, ...]:
    """Rows of the tiles for vectors of `width` bytes, highest first; the first leaves registers for B and a broadcast."""
    if width == 64:
        return (14, 8, 4, 2, 1)
    return (12, 8, 4, 2, 1) if many_registers(width) else (6, 4, 3, 2, 1)


@dataclass(frozen=True)
class Operands:
    """A sweep's arguments, in the order of the emitted function; strides are in elements."""

    c: ir.Value
    ldc: ir.Value
    a: ir.Value
    a_row: ir.Value
    a_col: ir.Value
    b: ir.Value
    b_row: ir.Value
    b_panel: ir.Value  # from one panel of columns to the next
    columns: ir.Value
    k: ir.Value
    start: ir.Value  # what C starts from: C itself, a row of biases, or nothing
    start_row: ir.Value
    starts: ir.Value  # 0: from zero


class Sweep:
    """Emits one sweep function."""

    def __init__(self, function: ir.Function, element: ir.Type, width: int, height: int):
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        self.vectors = Vectors(self.builder, element, width)
        self.height, self.masked_whole = height, width == 64
        self.args = Operands(*function.args)
        self.panel = VECTORS * self.vectors.lanes

    def emit(self) -> None:
        """Loop over the panels of columns; the last may be one vector wide and is masked."""
        builder, args = self.builder, self.args
        entry, head, body, done = (
            builder.block,
            *(builder.append_basic_block(name) for name in ("head", "body", "done")),
        )
        builder.branch(head)
        builder.position_at_end(head)
        column, b = builder.phi(I64), builder.phi(args.b.type)
        column.add_incoming(_int(0), entry)
        b.add_incoming(args.b, entry)
        left = builder.sub(args.columns, column)
        builder.cbranch(builder.icmp_signed(">", left, _int(0)), body, done)
        builder.position_at_end(body)
        self._choose(column, b, left)
        column.add_incoming(builder.add(column, _int(self.panel)), builder.block)
        b.add_incoming(builder.gep(b, [args.b_panel]), builder.block)
        builder.branch(head)
        builder.position_at_end(done)
        builder.ret_void()

    def _choose(self, column: ir.Value, b: ir.Value, left: ir.Value) -> None:
        builder, lanes = self.builder, self.vectors.lanes
        with builder.if_else(builder.icmp_signed(">", left, _int(lanes))) as (wide, narrow):
            with wide:
                if self.masked_whole:  # masks cost nothing here: one tile serves whole and last panels
                    self._tile(column, b, [None, self.vectors.mask(builder.sub(left, _int(lanes)))])
                else:
                    self._wide(column, b, left)
            with narrow:
                self._tile(column, b, [self.vectors.mask(left)])

    def _wide(self, column: ir.Value, b: ir.Value, left: ir.Value) -> None:
        builder = self.builder
        with builder.if_else(builder.icmp_signed(">=", left, _int(self.panel))) as (whole, last):
            with whole:
                self._tile(column, b, [None] * VECTORS)
            with last:
                self._tile(column, b, [None, self.vectors.mask(builder.sub(left, _int(self.vectors.lanes)))])

    def _tile(self, column: ir.Value, b: ir.Value, masks: list[ir.Value | None]) -> None:
        builder, args = self.builder, self.args
        begin, loop, finish = (builder.append_basic_block(name) for name in ("begin", "loop", "finish"))
        first = self._start(column, masks, begin)
        some = builder.icmp_signed(">", args.k, _int(0))
        builder.cbranch(some, loop, finish)
        builder.position_at_end(loop)
        sums = self._accumulate(first, begin, loop, finish, b, masks)
        builder.position_at_end(finish)
        final = [[self._either(a, begin, b, loop) for a, b in zip(*lines)] for lines in zip(first, sums)]
        c = builder.gep(args.c, [column])
        for row in range(self.height):
            for place, mask in enumerate(masks):
                self.vectors.store(final[row][place], self._at(c, args.ldc, row, place), mask)

    def _at(self, pointer: ir.Value, stride: ir.Value, row: int, place: int) -> ir.Value:
        offset = self.builder.add(self.builder.mul(stride, _int(row)), _int(place * self.vectors.lanes))
        return self.builder.gep(pointer, [offset])

    def _start(self, column: ir.Value, masks: list[ir.Value | None], begin: ir.Block) -> list[list[ir.Value]]:
        """What the tile starts from: zeros, or what `start` holds."""
        builder, args, vectors = self.builder, self.args, self.vectors
        origin, read = builder.block, builder.append_basic_block("read")
        builder.cbranch(builder.icmp_signed("!=", args.starts, _int(0)), read, begin)
        builder.position_at_end(read)
        start = builder.gep(args.start, [column])
        held = [
            [vectors.load(self._at(start, args.start_row, row, place), mask) for place, mask in enumerate(masks)]
            for row in range(self.height)
        ]
        builder.branch(begin)
        builder.position_at_end(begin)
        return [[self._either(vectors.zero, origin, value, read) for value in line] for line in held]

    def _either(self, a: ir.Value, from_a: ir.Block, b: ir.Value, from_b: ir.Block) -> ir.Value:
        phi = self.builder.phi(b.type)
        phi.add_incoming(a, from_a)
        phi.add_incoming(b, from_b)
        return phi

    def _accumulate(self, first, begin, loop, finish, b, masks) -> list[list[ir.Value]]:
        """The loop over p; the builder stands in the empty block `loop`."""
        builder, args = self.builder, self.args
        left, right = builder.phi(I64), builder.phi(b.type)
        bases = [builder.phi(args.a.type) for _ in range(0, self.height, 3)]
        held = [[builder.phi(self.vectors.type) for _ in masks] for _ in range(self.height)]
        lines = [
            self.vectors.load(builder.gep(right, [_int(place * self.vectors.lanes)]), mask)
            for place, mask in enumerate(masks)
        ]
        sums = []
        for row in range(self.height):
            where = self._at(bases[row // 3], args.a_row, row % 3, 0)
            factor = self.vectors.splat(builder.load(where))
            sums.append([self.vectors.fma(factor, line, total) for line, total in zip(lines, held[row])])
        steps = [(left, args.k, builder.sub(left, _int(1))), (right, b, builder.gep(right, [args.b_row]))]
        for group, base in enumerate(bases):
            steps.append((base, self._before(begin, group), builder.gep(base, [args.a_col])))
        for row in range(self.height):
            steps += list(zip(held[row], first[row], sums[row]))
        for phi, initial, following in steps:
            phi.add_incoming(initial, begin)
            phi.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed(">", left, _int(1)), loop, finish)
        return sums

    def _before(self, begin: ir.Block, group: int) -> ir.Value:
        """Pointer to the first element of row 3·group of A, computed ahead of the loop."""
        with self.builder.goto_block(begin):
            return self._at(self.args.a, self.args.a_row, 3 * group, 0)


def _int(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


def _sweep_function(module: ir.Module, element: ir.Type, width: int, height: int) -> ir.Function:
    """The sweep for tiles of `height` rows, emitted into `module` on first use."""
    name = f"chainrule.sweep.{'f32' if isinstance(element, ir.FloatType) else 'f64'}.{width}.{height}"
    if name in module.globals:
        return module.globals[name]
    p = element.as_pointer()
    kinds = [p, I64, p, I64, I64, p, I64, I64, I64, I64, p, I64, I64]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    Sweep(function, element, width, height).emit()
    return function


@intrinsic
def sweep(typingctx, lanes, rows, c, ldc, a, a_row, a_col, b, b_row, b_panel, columns, k, start, start_row, starts):
    """C[0:h, 0:columns] = start + A·B for the highest tile h ≤ rows; returns h. See Operands for the strides."""
    width, i64 = width_of(lanes), types.int64
    sig = i64(lanes, i64, c, i64, c, i64, i64, c, i64, i64, i64, i64, c, i64, i64)

    def codegen(context, builder, signature, args):
        element = context.get_value_type(c.dtype)
        done = builder.append_basic_block("swept")
        heights_done = []
        for height in heights(width):
            fits, lower = builder.append_basic_block(f"rows{height}"), builder.append_basic_block(f"below{height}")
            builder.cbranch(builder.icmp_signed(">=", args[1], _int(height)), fits, lower)
            builder.position_at_end(fits)
            builder.call(_sweep_function(builder.module, element, width, height), args[2:])
            builder.branch(done)
            heights_done.append((_int(height), fits))
            builder.position_at_end(lower)
        builder.unreachable()  # the lowest tile is one row high, and there is always a row
        builder.position_at_end(done)
        taken = builder.phi(I64)
        for height, block in heights_done:
            taken.add_incoming(height, block)
        return taken

    return sig, codegen


@intrinsic
def tile_height(typingctx, lanes):
    """Rows of the highest tile, a constant."""
    height = heights(width_of(lanes))[0]
    return types.int64(lanes), lambda context, builder, signature, args: _int(height)


@intrinsic
def lanes_of(typingctx, lanes, pointer):
    """Elements of a vector, a constant."""
    count = width_of(lanes) * 8 // pointer.dtype.bitwidth
    return types.int64(lanes, pointer), lambda context, builder, signature, args: _int(count)


@intrinsic
def transpose(typingctx, lanes, target, target_row, source, source_row, rows, columns):
    """target[j·target_row + i] = source[i·source_row + j] for i < rows, j < columns, both at most one vector.

    Writes a whole vector for every one of the vector's lanes j: the target needs that room; what lies outside is 0.
    """
    width, i64 = width_of(lanes), types.int64
    sig = types.void(lanes, target, i64, target, i64, i64, i64)

    def codegen(context, builder, signature, args):
        vectors = Vectors(builder, context.get_value_type(target.dtype), width)
        into, into_row, out, out_row, rows_, columns_ = args[1:]
        everything, nothing = vectors.mask(columns_), ir.Constant(vectors.mask_type, None)
        lines = []
        for i in range(vectors.lanes):
            mask = builder.select(builder.icmp_signed("<", _int(i), rows_), everything, nothing)
            lines.append(vectors.load(builder.gep(out, [builder.mul(out_row, _int(i))]), mask))
        for j, line in enumerate(vectors.transpose(lines)):
            vectors.store(line, builder.gep(into, [builder.mul(into_row, _int(j))]))
        return context.get_dummy_value()

    return sig, codegen


@intrinsic
def copy_vector(typingctx, lanes, target, source, count):
    """The first `count` elements at `source`, and zeros up to a whole vector, to `target`."""
    width = width_of(lanes)
    sig = types.void(lanes, target, target, types.int64)

    def codegen(context, builder, signature, args):
        vectors = Vectors(builder, context.get_value_type(target.dtype), width)
        vectors.store(vectors.load(args[2], vectors.mask(args[3])), args[1])
        return context.get_dummy_value()

    return sig, codegen
