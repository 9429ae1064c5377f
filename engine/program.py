"""Graph → program: a table of instructions and a memory plan over one arena.

The float arena holds, in this order: constants and float attributes, then the *persistent* part (learning rate,
parameters, the optimiser's state), gradients of parameters, data, computed values, and a scratch buffer per worker.
Nothing shares memory within a step, so every value can be looked at until the next step overwrites it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.graph import Call, Graph, Value
from engine.machine.compile import Progress, address, compile_all
from engine.memory import available_bytes

ALIGN = 16  # elements: 64 bytes of float32, one vector of AVX-512
CLOCK, NOT_FINITE, FIRST_INT = 0, 1, 16


@dataclass
class Program:
    """A runnable table. `calls[i]` is what row i of `table` computes; `offsets` (by id of value) says where."""

    dtype: str
    workers: int
    calls: list[Call] = field(default_factory=list)
    offsets: dict[int, int] = field(default_factory=dict)
    placed: list[tuple[Value, int]] = field(default_factory=list)
    loans: list[tuple[Value, NDArray]] = field(default_factory=list)
    float_size: int = 0
    int_size: int = FIRST_INT
    persistent: tuple[int, int] = (0, 0)
    scratch: tuple[int, int] = (0, 0)
    scalars: list[tuple[int, float]] = field(default_factory=list)
    table: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 1), np.int64))
    arena: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))
    ints: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def place(self, values: Iterable[Value]) -> None:
        """Give each value that has none a place of its own."""
        for value in values:
            if id(value) in self.offsets:
                continue
            if value.kind == "clock":
                self.put(value, CLOCK)
                continue
            if value.dtype == "int":
                self.put(value, self.int_size)
                self.int_size += aligned(value.size)
            else:
                self.put(value, self.float_size)
                self.float_size += aligned(value.size)

    def put(self, value: Value, offset: int) -> None:
        """Place `value` at `offset`."""
        self.offsets[id(value)] = offset
        self.placed.append((value, offset))

    def borrow(self, value: Value, array: NDArray) -> None:
        """Let `value` lie where `array` (contiguous, of the program's dtype) does, outside the arena: no copy of it."""
        self.offsets[id(value)] = 0
        self.loans.append((value, array))

    def view(self, value: Value) -> NDArray:
        """`value` where it lives: a view of the arena, never a copy."""
        for borrowed, array in self.loans:
            if borrowed is value:
                return array.reshape(value.shape)
        home = self.ints if value.dtype == "int" else self.arena
        offset = self.offsets[id(value)]
        view = home[offset : offset + value.size].reshape(value.shape)
        view.flags.writeable = value.dtype == "float"  # whole numbers are places that kernels trust
        return view

    def fill(self, value: Value, array: NDArray) -> None:
        """Copy `array` to where `value` lies."""
        home = self.ints if value.dtype == "int" else self.arena
        offset = self.offsets[id(value)]
        home[offset : offset + value.size] = array.reshape(-1)

    def segment(self, lo: int, hi: int) -> NDArray:
        """Elements lo … hi − 1 of the float arena."""
        return self.arena[lo:hi]

    def finish(self, graph: Graph, progress: Progress | None = None) -> None:
        """Place what is left, allocate the arenas, fill constants, compile, build and verify the table."""
        self._place_calls(graph.calls)
        self._require_room()  # before kernels are compiled
        if progress is not None:
            kernels = [(call.op.kernel, call.op.label) for call in self.calls if call.op.kernel is not None]
            compile_all(kernels, self.dtype, progress)
            progress(len(kernels), len(kernels), "matrix product")
        self._place_scratch()
        self._allocate()
        for value in graph.sources:
            if value.kind == "constant" and id(value) in self.offsets:
                self.view(value)[...] = value.data
        arguments = [self._arguments(call) for call in self.calls]
        width = 1 + max((len(row) for row in arguments), default=0)
        self.table = np.zeros((len(arguments), width), np.int64)
        for row, (call, numbers) in enumerate(zip(self.calls, arguments, strict=True)):
            assert call.op.kernel is not None
            self.table[row, 0] = address(call.op.kernel, self.dtype)
            self.table[row, 1 : 1 + len(numbers)] = numbers
        for offset, number in self.scalars:
            self.arena[offset] = number
        self.verify()

    def _place_calls(self, calls: list[Call]) -> None:
        for call in calls:
            self.place(call.inputs)
            if call.op.kernel is None:
                self.put(call.outputs[0], self.offsets[id(call.inputs[0])])
            else:
                self.calls.append(call)
                self.place(call.outputs)

    def _place_scratch(self) -> None:
        needs = [call.op.scratch(call, self.dtype) for call in self.calls if call.op.scratch is not None]
        length = aligned(max(needs, default=0))
        self.scratch = (self.float_size, length)
        self.float_size += length * self.workers

    def _allocate(self) -> None:
        constants = sum(len(call.op.scalars) for call in self.calls)
        first_scalar = self.float_size
        self.float_size += aligned(constants)
        self._next_scalar = first_scalar
        bytes_needed = self._require_room()
        try:
            self.arena = _aligned_zeros(self.float_size, self.dtype)
        except MemoryError as error:
            raise SessionError(f"There is no room for the {bytes_needed / 2**30:,.1f} GiB of one step; "
                               "use fewer units or a smaller batch.") from error  # fmt: skip
        self.ints = np.zeros(self.int_size, np.int64)
        for value, array in self.loans:
            distance, rest = divmod(array.ctypes.data - self.arena.ctypes.data, self.arena.itemsize)
            if rest:
                raise SessionError("borrowed data is not aligned to its elements; this is a defect.")
            self.offsets[id(value)] = distance

    def _require_room(self) -> int:
        """Bytes of everything placed so far. Raises SessionError where the machine cannot give them."""
        needed, room = self.float_size * np.dtype(self.dtype).itemsize + 8 * self.int_size, available_bytes()
        if needed > room:
            need, have = f"{needed / 2**30:,.1f} GiB", f"{room / 2**30:,.1f} GiB"
            raise SessionError(f"One step of this network needs {need} of memory, but {have} are free; "
                               "use fewer units or a smaller batch.")  # fmt: skip
        return needed

    def _arguments(self, call: Call) -> list[int]:
        op = call.op
        numbers = [self.offsets[id(value)] for value in call.inputs] + [0] * op.pad
        numbers += [self.offsets[id(value)] for value in call.outputs]
        for name in op.scalars:
            self.scalars.append((self._next_scalar, float(call.attrs.get(name, 1.0))))
            numbers.append(self._next_scalar)
            self._next_scalar += 1
        if op.scratch is not None:
            numbers += self.scratch
        return numbers + op.sizes(call)

    def verify(self) -> None:
        """Prove that every operand lies inside its arena: a wrong offset would crash. Raises SessionError."""
        for value, offset in self.placed:
            size = self.int_size if value.dtype == "int" else self.float_size
            first = FIRST_INT if value.dtype == "int" and value.kind != "clock" else 0
            if not first <= offset <= offset + value.size <= size:
                raise SessionError(f"value {value.name or value.shape} lies outside the arena; this is a defect.")
        for value, array in self.loans:
            if array.size != value.size or array.dtype != self.arena.dtype or not array.flags.c_contiguous:
                raise SessionError("borrowed data does not have the layout of its value; this is a defect.")
        if self.table.size and not self.table[:, 0].all():
            raise SessionError("an instruction has no kernel; this is a defect.")


def aligned(size: int) -> int:
    """`size` elements rounded up to whole vectors."""
    return -(-size // ALIGN) * ALIGN


def _aligned_zeros(size: int, dtype: str) -> NDArray:
    """Zeros that begin at a multiple of 64 bytes."""
    raw = np.zeros(size * np.dtype(dtype).itemsize + 64, np.uint8)
    skip = -raw.ctypes.data % 64
    return raw[skip : skip + size * np.dtype(dtype).itemsize].view(dtype)
