"""Vectors in LLVM: the width the processor offers, and masked, broadcast and transposed vectors in its terms.

The width is a type, ``LANES[bytes]``, so that it is part of the signature numba caches a compiled function under.
"""

from __future__ import annotations

import functools
import os
import platform

from llvmlite import binding, ir
from numba import types

from engine.errors import ChainruleError

I1, I32, I64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)
ALLOWED_BYTES = (16, 32, 64)
# A pointer nobody reads: its type alone carries the width into a signature, and so into numba's cache keys.
LANES = {16: types.CPointer(types.int16), 32: types.CPointer(types.int32), 64: types.CPointer(types.int64)}


class VectorWidthError(ChainruleError):
    """The environment asks for vectors this engine does not have."""


@functools.cache
def vector_bytes() -> int:
    """Bytes of a vector register here (16, 32 or 64); the environment variable CHAINRULE_VECTOR_BYTES overrides it."""
    wanted = os.environ.get("CHAINRULE_VECTOR_BYTES", "").strip()
    if wanted:
        if wanted not in map(str, ALLOWED_BYTES):
            raise VectorWidthError(f"CHAINRULE_VECTOR_BYTES is {wanted!r}: set it to 16, 32 or 64, or leave it unset.")
        return int(wanted)
    features = _host_features()
    if features.get("avx512f"):
        return 64
    return 32 if features.get("avx2") and features.get("fma") else 16


@functools.cache
def _host_features() -> dict[str, bool]:
    return dict(binding.get_host_cpu_features())


def many_registers(width: int) -> bool:
    """Whether the processor has 32 vector registers of `width` bytes (AVX-512, NEON) instead of 16."""
    return width == 64 or platform.machine().lower() in ("arm64", "aarch64")


def fuses() -> bool:
    """Whether the processor multiplies and adds in one rounding."""
    return platform.machine().lower() in ("arm64", "aarch64") or bool(_host_features().get("fma"))


def width_of(lanes: types.Type) -> int:
    """Bytes of a vector for a type of LANES."""
    return next(width for width, kind in LANES.items() if kind == lanes)


class Vectors:
    """Vector instructions for elements of one type, written at a builder's place."""

    def __init__(self, builder: ir.IRBuilder, element: ir.Type, width: int):
        self.builder, self.element = builder, element
        self.size = 4 if isinstance(element, ir.FloatType) else 8
        self.lanes = width // self.size
        self.suffix = f"v{self.lanes}f{8 * self.size}"
        self.type = ir.VectorType(element, self.lanes)
        self.mask_type = ir.VectorType(I1, self.lanes)
        self.zero = ir.Constant(self.type, [0.0] * self.lanes)

    def _intrinsic(self, name: str, returns: ir.Type, takes: list[ir.Type]) -> ir.Function:
        module = self.builder.module
        return module.globals.get(name) or ir.Function(module, ir.FunctionType(returns, takes), name)

    def splat(self, scalar: ir.Value, kind: ir.VectorType | None = None) -> ir.Value:
        """A vector with `scalar` in every lane."""
        kind = kind or self.type
        undefined = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, ir.Constant(I32, 0))
        return self.builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(I32, self.lanes), None))

    def mask(self, count: ir.Value) -> ir.Value:
        """True in the first `count` (i64) lanes."""
        kind = ir.VectorType(I32, self.lanes)
        places = ir.Constant(kind, [ir.Constant(I32, lane) for lane in range(self.lanes)])
        all_lanes = ir.Constant(I64, self.lanes)
        few = self.builder.select(self.builder.icmp_signed("<", count, all_lanes), count, all_lanes)
        return self.builder.icmp_signed("<", places, self.splat(self.builder.trunc(few, I32), kind))

    def _cast(self, pointer: ir.Value) -> ir.Value:
        return self.builder.bitcast(pointer, self.type.as_pointer())

    def load(self, pointer: ir.Value, mask: ir.Value | None = None) -> ir.Value:
        """The vector at `pointer`; lanes outside `mask` are not read and are 0."""
        if mask is None:
            return self.builder.load(self._cast(pointer), align=self.size)
        where = self.type.as_pointer()
        name = f"llvm.masked.load.{self.suffix}.p0"
        function = self._intrinsic(name, self.type, [where, I32, self.mask_type, self.type])
        return self.builder.call(function, [self._cast(pointer), ir.Constant(I32, self.size), mask, self.zero])

    def store(self, value: ir.Value, pointer: ir.Value, mask: ir.Value | None = None) -> None:
        """Write the lanes of `value` that are in `mask`."""
        if mask is None:
            self.builder.store(value, self._cast(pointer), align=self.size)
            return
        where = self.type.as_pointer()
        name = f"llvm.masked.store.{self.suffix}.p0"
        function = self._intrinsic(name, ir.VoidType(), [self.type, where, I32, self.mask_type])
        self.builder.call(function, [value, self._cast(pointer), ir.Constant(I32, self.size), mask])

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        """a·b + c, in one rounding where the processor has it."""
        if not fuses():
            return self.builder.fadd(self.builder.fmul(a, b), c)
        function = self._intrinsic(f"llvm.fma.{self.suffix}", self.type, [self.type] * 3)
        return self.builder.call(function, [a, b, c])

    def transpose(self, rows: list[ir.Value]) -> list[ir.Value]:
        """The transposed square of lanes × lanes elements, in rounds that exchange blocks of 1, 2, 4… lanes."""
        step = 1
        while step < self.lanes:
            low = [lane if not lane & step else self.lanes + lane - step for lane in range(self.lanes)]
            high = [lane + step if not lane & step else self.lanes + lane for lane in range(self.lanes)]
            rows = list(rows)
            for i in range(self.lanes):
                if not i & step:
                    a, b = rows[i], rows[i + step]
                    rows[i], rows[i + step] = self.shuffle(a, b, low), self.shuffle(a, b, high)
            step *= 2
        return rows

    def shuffle(self, a: ir.Value, b: ir.Value, places: list[int]) -> ir.Value:
        """A vector of those lanes of a, then b, that `places` name."""
        order = ir.Constant(ir.VectorType(I32, self.lanes), [ir.Constant(I32, place) for place in places])
        return self.builder.shuffle_vector(a, b, order)
