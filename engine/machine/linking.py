"""Routines that are compiled once per element type and called by kernels through their address.

One cell per routine and element type holds the address. Kernels find the cell by its symbol, so their compiled code may
be cached on disk and carries no copy of the routine.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from threading import RLock
from typing import Any

from llvmlite import binding, ir
from numba import cfunc, types

from engine.machine import cache
from engine.machine.pointers import FLOAT_POINTERS
from engine.machine.vectors import I64, LANES, vector_bytes

Signature = Callable[[Any], list[Any]]
_lock = RLock()


class Routine:
    """`function(…, lanes)`, with arguments of the types `takes(pointer)`; the vector width is part of its signature."""

    def __init__(self, name: str, function: Callable[..., None], takes: Signature) -> None:
        self.name, self.function, self.takes = name, function, takes
        self._compiled: dict[tuple[str, int], Any] = {}
        self._cells = {dtype: ctypes.c_int64(0) for dtype in FLOAT_POINTERS}
        for dtype, cell in self._cells.items():
            binding.add_symbol(self._symbol(dtype), ctypes.addressof(cell))

    def _symbol(self, dtype: str) -> str:
        return f"chainrule_{self.name}_{dtype}"

    def compiled(self, dtype: str, width: int) -> Any:
        """The routine for elements of `dtype` and vectors of `width` bytes: a C function with an `address`."""
        with _lock:
            if (dtype, width) not in self._compiled:
                signature = types.void(*self.takes(FLOAT_POINTERS[dtype]), LANES[width])
                self._compiled[dtype, width] = cache.through(
                    lambda on_disk: cfunc(signature, cache=on_disk, error_model="numpy")(self.function)
                )
            return self._compiled[dtype, width]

    def prepare(self, dtype: str, width: int | None = None) -> None:
        """Compile for "float32" or "float64", or load from the cache, and show the routine to the kernels."""
        self._cells[dtype].value = self.compiled(dtype, width or vector_bytes()).address

    def call(self, context: Any, builder: ir.IRBuilder, pointer: Any, args: list[ir.Value]) -> ir.Value:
        """Emit a call with `args`, in a kernel whose arena is a `pointer`."""
        nobody = ir.IntType(8).as_pointer()
        function = ir.FunctionType(ir.VoidType(), [*(value.type for value in args), nobody]).as_pointer()
        name = self._symbol(pointer.dtype.name)
        cell = builder.module.globals.get(name) or ir.GlobalVariable(builder.module, I64, name)
        builder.call(builder.inttoptr(builder.load(cell), function), [*args, ir.Constant(nobody, None)])
        return context.get_dummy_value()
