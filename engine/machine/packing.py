"""Copies of blocks of A and B in the order the microkernel reads them: for each p, a row of neighbours."""

from __future__ import annotations

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from engine.machine.microkernel import lanes_of
from engine.machine.pointers import at
from engine.machine.vectors import I64, Vectors, width_of

FEW = 48  # elements up to which single copies beat transposing squares of vectors


class Packing:
    """Emits the function target[p·target_row + i] = source[i·across + p·along] for i < count, p < k."""

    def __init__(self, function: ir.Function, element: ir.Type, width: int):
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        self.vectors = Vectors(self.builder, element, width)
        self.target, self.target_row, self.source, self.across, self.along, self.count, self.k = function.args

    def emit(self) -> None:
        """Choose by the strides: squares of vectors to transpose, rows to copy, or one element after the other."""
        builder = self.builder
        many = builder.icmp_signed(">", builder.mul(self.count, self.k), _int(FEW))
        squares = builder.and_(builder.icmp_signed("==", self.along, _int(1)), many)
        rows = builder.and_(builder.icmp_signed("==", self.across, _int(1)), many)
        with builder.if_else(squares) as (yes, no):
            with yes:
                self._loop(self.k, self.vectors.lanes, self._squares)
            with no, builder.if_else(rows) as (neighbours, scattered):
                with neighbours:
                    pair = _int(2 * self.vectors.lanes)
                    with builder.if_else(builder.icmp_signed("==", self.count, pair)) as (whole, part):
                        with whole:
                            self._loop(self.k, 1, self._pair)
                        with part:
                            self._loop(self.count, self.vectors.lanes, self._strip)
                with scattered:
                    self._loop(self.k, 1, self._elements)
        builder.ret_void()

    def _loop(self, stop, step, body) -> None:
        with cgutils.for_range_slice(self.builder, _int(0), stop, _int(step), I64) as (index, _):
            body(index)

    def _from(self, i, p) -> ir.Value:
        offset = self.builder.add(self.builder.mul(i, self.across), self.builder.mul(p, self.along))
        return self.builder.gep(self.source, [offset])

    def _to(self, i, p) -> ir.Value:
        return self.builder.gep(self.target, [self.builder.add(self.builder.mul(p, self.target_row), i)])

    def _squares(self, p) -> None:
        self._loop(self.count, self.vectors.lanes, lambda i: self._square(i, p))

    def _square(self, i, p) -> None:
        builder, vectors = self.builder, self.vectors
        mask, last = vectors.mask(builder.sub(self.k, p)), builder.sub(self.count, _int(1))
        lines = []
        for lane in range(vectors.lanes):
            row = builder.add(i, _int(lane))
            row = builder.select(builder.icmp_signed("<", row, self.count), row, last)  # nobody reads what lies behind
            lines.append(vectors.load(self._from(row, p), mask))
        for column, line in enumerate(vectors.transpose(lines)):
            vectors.store(line, self._to(i, builder.add(p, _int(column))))

    def _strip(self, i) -> None:
        mask = self.vectors.mask(self.builder.sub(self.count, i))
        self._loop(self.k, 1, lambda p: self.vectors.store(self.vectors.load(self._from(i, p), mask), self._to(i, p)))

    def _pair(self, p) -> None:
        for i in (_int(0), _int(self.vectors.lanes)):
            self.vectors.store(self.vectors.load(self._from(i, p)), self._to(i, p))

    def _elements(self, p) -> None:
        self._loop(self.count, 1, lambda i: self._element(i, p))

    def _element(self, i, p) -> None:
        # An atomic store is an ordinary one here, but keeps the few turns of this loop from being vectorised.
        self.builder.store_atomic(self.builder.load(self._from(i, p)), self._to(i, p), "monotonic", self.vectors.size)


def _int(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


def _packing_function(module: ir.Module, element: ir.Type, width: int) -> ir.Function:
    """The copy, emitted into `module` on first use."""
    name = f"chainrule.pack.{element}.{width}"
    if name in module.globals:
        return module.globals[name]
    p = element.as_pointer()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [p, I64, p, I64, I64, I64, I64]), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    Packing(function, element, width).emit()
    return function


@intrinsic
def pack_rows(typingctx, lanes, target, target_row, source, across, along, count, k):
    """target[p·target_row + i] = source[i·across + p·along] for i < count, p < k.

    The target needs room for whole vectors: a multiple of the lanes in a row, and k rounded up to as many rows.
    """
    width, i64 = width_of(lanes), types.int64
    sig = types.void(lanes, target, i64, target, i64, i64, i64, i64)

    def codegen(context, builder, signature, args):
        builder.call(_packing_function(builder.module, context.get_value_type(target.dtype), width), args[1:])
        return context.get_dummy_value()

    return sig, codegen


@njit(error_model="numpy", inline="always")
def pack_panels(lanes, target, source, b_row, b_col, n, k):
    """B[0:k, 0:n] as panels two vectors wide, each k rows of neighbouring columns."""
    panel = 2 * lanes_of(lanes, target)
    j = 0
    while j < n:
        pack_rows(lanes, at(target, j * k), panel, at(source, j * b_col), b_col, b_row, min(panel, n - j), k)
        j += panel


class Unpacking:
    """Emits the function target[p·target_row + i] = source[i·source_row + p] for i < count, p < k, nothing else.

    The source holds whole vectors in a row, and whole squares of rows, whatever they are.
    """

    def __init__(self, function: ir.Function, element: ir.Type, width: int):
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        self.vectors = Vectors(self.builder, element, width)
        self.target, self.target_row, self.source, self.source_row, self.count, self.k = function.args

    def emit(self) -> None:
        """Square by square of vectors."""
        builder, step = self.builder, _int(self.vectors.lanes)
        with cgutils.for_range_slice(builder, _int(0), self.k, step, I64) as (p, _):
            whole = builder.icmp_signed("<=", builder.add(p, step), self.k)
            with cgutils.for_range_slice(builder, _int(0), self.count, step, I64) as (i, _):
                inside = builder.icmp_signed("<=", builder.add(i, step), self.count)
                with builder.if_else(builder.and_(whole, inside)) as (yes, no):
                    with yes:
                        self._square(i, p, False)
                    with no:
                        self._square(i, p, True)
        builder.ret_void()

    def _square(self, i, p, edge: bool) -> None:
        builder, vectors = self.builder, self.vectors
        rows = [builder.gep(self.source, [builder.add(builder.mul(builder.add(i, _int(lane)), self.source_row), p)])
                for lane in range(vectors.lanes)]  # fmt: skip
        lines = vectors.transpose([vectors.load(row) for row in rows])
        mask = vectors.mask(builder.sub(self.count, i)) if edge else None
        for lane, line in enumerate(lines):
            place = builder.add(p, _int(lane))
            target = builder.gep(self.target, [builder.add(builder.mul(place, self.target_row), i)])
            if not edge:
                vectors.store(line, target)
                continue
            with builder.if_then(builder.icmp_signed("<", place, self.k)):
                vectors.store(line, target, mask)


@intrinsic
def unpack(typingctx, lanes, target, target_row, source, source_row, count, k):
    """target[p·target_row + i] = source[i·source_row + p] for i < count, p < k; see Unpacking."""
    width, i64 = width_of(lanes), types.int64
    sig = types.void(lanes, target, i64, target, i64, i64, i64)

    def codegen(context, builder, signature, args):
        element = context.get_value_type(target.dtype)
        name, kinds = f"chainrule.unpack.{element}.{width}", [value.type for value in args[1:]]
        function = builder.module.globals.get(name)
        if function is None:
            function = ir.Function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
            function.linkage = "internal"
            function.attributes.add("noinline")
            Unpacking(function, element, width).emit()
        builder.call(function, args[1:])
        return context.get_dummy_value()

    return sig, codegen
