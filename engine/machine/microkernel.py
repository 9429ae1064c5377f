"""The innermost loops of the matrix product, written as vector instructions.

A *sweep* computes a few rows of C over all its columns, one register tile of rows × two vectors at a time: the tile
stays in registers while p runs over the inner dimension, each step loading two vectors of B and broadcasting one
element of A per row (K. Goto, R. van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34, 2008).
Every element of C is one chain of fused multiply-adds in the order of p: its bits depend on no tile, block or width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from engine.machine.vectors import I64, Vectors, many_registers, width_of

VECTORS = 2  # vectors across a tile


def heights(width: int) -> tuple[int, ...]:
    """Rows of the tiles for vectors of `width` bytes, highest first, which leaves registers for B and a broadcast."""
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
        self.start_step = self.panel  # how far `start` moves on from panel to panel

    def emit(self) -> None:
        """Loop over the panels of columns; the last may be one vector wide and is masked."""
        builder, args = self.builder, self.args
        entry, head = builder.block, builder.append_basic_block("head")
        body, done = builder.append_basic_block("body"), builder.append_basic_block("done")
        builder.branch(head)
        builder.position_at_end(head)
        # Pointers that move on, not offsets: an offset of each row would be computed ahead and spilled.
        moving = [builder.phi(value.type) for value in (args.columns, args.b, args.c, args.start)]
        left, b, c, start = moving
        builder.cbranch(builder.icmp_signed(">", left, _int(0)), body, done)
        builder.position_at_end(body)
        self._choose(left, b, c, start)
        following = [builder.sub(left, _int(self.panel)), builder.gep(b, [args.b_panel])]
        following += [builder.gep(c, [_int(self.panel)]), builder.gep(start, [_int(self.start_step)])]
        for phi, first, value in zip(moving, (args.columns, args.b, args.c, args.start), following):
            phi.add_incoming(first, entry)
            phi.add_incoming(value, builder.block)
        builder.branch(head)
        builder.position_at_end(done)
        builder.ret_void()

    def _choose(self, left: ir.Value, b: ir.Value, c: ir.Value, start: ir.Value) -> None:
        builder, lanes = self.builder, self.vectors.lanes
        with builder.if_else(builder.icmp_signed(">", left, _int(lanes))) as (wide, narrow):
            with wide:
                if self.masked_whole:  # masks cost nothing here: one tile serves whole and last panels
                    self._tile(b, c, start, [None, self.vectors.mask(builder.sub(left, _int(lanes)))])
                else:
                    self._wide(left, b, c, start)
            with narrow:
                self._tile(b, c, start, [self.vectors.mask(left)])

    def _wide(self, left: ir.Value, b: ir.Value, c: ir.Value, start: ir.Value) -> None:
        builder = self.builder
        with builder.if_else(builder.icmp_signed(">=", left, _int(self.panel))) as (whole, last):
            with whole:
                self._tile(b, c, start, [None] * VECTORS)
            with last:
                mask = self.vectors.mask(builder.sub(left, _int(self.vectors.lanes)))
                self._tile(b, c, start, [None, mask])

    def _tile(self, b: ir.Value, c: ir.Value, start: ir.Value, masks: list[ir.Value | None]) -> None:
        builder, args = self.builder, self.args
        begin, loop, finish = (builder.append_basic_block(name) for name in ("begin", "loop", "finish"))
        first = self._start(start, masks, begin)
        some = builder.icmp_signed(">", args.k, _int(0))
        builder.cbranch(some, loop, finish)
        builder.position_at_end(loop)
        sums = self._accumulate(first, begin, loop, finish, b, masks)
        builder.position_at_end(finish)
        final = [[self._either(a, begin, b, loop) for a, b in zip(*lines)] for lines in zip(first, sums)]
        for line, row in zip(final, self._rows(c, args.ldc)):
            for place, mask in enumerate(masks):
                self.vectors.store(line[place], self._across(row, place), mask)

    def _rows(self, pointer: ir.Value, stride: ir.Value) -> list[ir.Value]:
        """Pointers to the tile's rows, each from the one before."""
        rows = [pointer]
        while len(rows) < self.height:
            rows.append(self.builder.gep(rows[-1], [stride]))
        return rows

    def _across(self, pointer: ir.Value, place: int) -> ir.Value:
        return self.builder.gep(pointer, [_int(place * self.vectors.lanes)])

    def _start(self, start: ir.Value, masks: list[ir.Value | None], begin: ir.Block) -> list[list[ir.Value]]:
        """What the tile starts from: zeros, or what `start` holds."""
        builder, args = self.builder, self.args
        origin, read = builder.block, builder.append_basic_block("read")
        builder.cbranch(builder.icmp_signed("!=", args.starts, _int(0)), read, begin)
        builder.position_at_end(read)
        rows = self._rows(start, args.start_row)
        held = [self.held_row(row, masks) for row in rows]
        builder.branch(begin)
        builder.position_at_end(begin)
        return [[self._either(self.vectors.zero, origin, value, read) for value in line] for line in held]

    def held_row(self, row: ir.Value, masks: list[ir.Value | None]) -> list[ir.Value]:
        """What a row of the tile starts from: what lies at `row`."""
        return [self.vectors.load(self._across(row, place), mask) for place, mask in enumerate(masks)]

    def _either(self, a: ir.Value, from_a: ir.Block, b: ir.Value, from_b: ir.Block) -> ir.Value:
        phi = self.builder.phi(b.type)
        phi.add_incoming(a, from_a)
        phi.add_incoming(b, from_b)
        return phi

    def _accumulate(self, first, begin, loop, finish, b, masks) -> list[list[ir.Value]]:
        """The loop over p; the builder stands in the empty block `loop`."""
        builder, args = self.builder, self.args
        left, right, factors = builder.phi(I64), self.right_walk(b, begin), self.factor_walk(begin)
        held = [[builder.phi(self.vectors.type) for _ in masks] for _ in range(self.height)]
        line_at, factor_at = right.place(), factors.place()
        lines = [self.vectors.load(self._across(line_at, place), mask) for place, mask in enumerate(masks)]
        sums = []
        for row in range(self.height):
            factor = self.vectors.splat(builder.load(factor_at(row)))
            sums.append([self.vectors.fma(factor, line, total) for line, total in zip(lines, held[row])])
        steps = [(left, args.k, builder.sub(left, _int(1))), *right.steps(), *factors.steps()]
        for row in range(self.height):
            steps += list(zip(held[row], first[row], sums[row]))
        for phi, initial, following in steps:
            phi.add_incoming(initial, begin)
            phi.add_incoming(following, loop)
        again = builder.cbranch(builder.icmp_signed(">", left, _int(1)), loop, finish)
        again.set_metadata("llvm.loop", _never_unrolled(builder.module))
        return sums

    def right_walk(self, b: ir.Value, begin: ir.Block) -> Walk:
        """How the loop comes from one row of B to the next."""
        builder, right = self.builder, self.builder.phi(b.type)
        return Walk(lambda: right, lambda: [(right, b, builder.gep(right, [self.args.b_row]))])

    def factor_walk(self, begin: ir.Block) -> Walk:
        """How the loop finds the elements of A: each third row has a pointer that moves on."""
        builder, args = self.builder, self.args
        bases = [builder.phi(args.a.type) for _ in range(0, self.height, 3)]
        with builder.goto_block(begin):
            firsts = [builder.gep(args.a, [builder.mul(args.a_row, _int(3 * i))]) for i in range(len(bases))]

        def place(row: int) -> ir.Value:
            return builder.gep(bases[row // 3], [builder.mul(args.a_row, _int(row % 3))])

        return Walk(lambda: place, lambda: [(base, first, builder.gep(base, [args.a_col]))
                                            for base, first in zip(bases, firsts)])  # fmt: skip


@dataclass(frozen=True)
class Walk:
    """One operand's way through the loop over p. The phis exist when it is made, at the head of the loop's block.

    `place()` gives the pointer of this step (or a function of the row); `steps()` the phis with what they start from
    and what follows.
    """

    place: Callable[[], Any]
    steps: Callable[[], list[tuple[ir.Value, ir.Value, ir.Value]]]


def _int(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


def _never_unrolled(module: ir.Module) -> ir.MDValue:
    """The mark of a loop that is long enough as it is."""
    word = module.add_metadata(["llvm.loop.unroll.disable"])
    mark = ir.MDValue(module, [word], name=str(len(module.metadata)))
    mark.operands = (mark, word)  # a loop's mark begins with itself, so that no two loops share it
    return mark


def _sweep_function(module: ir.Module, element: ir.Type, width: int, height: int) -> ir.Function:
    """The sweep for tiles of `height` rows, emitted into `module` on first use."""
    name = f"chainrule.sweep.{element}.{width}.{height}"
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
def itemsize_of(typingctx, pointer):
    """Bytes of an element, a constant."""
    size = pointer.dtype.bitwidth // 8
    return types.int64(pointer), lambda context, builder, signature, args: _int(size)
