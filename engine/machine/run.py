"""The loop that runs a table: T workers walk the same rows, each kernel does its worker's slice, a barrier between."""

from __future__ import annotations

import functools
import math
import sys
import threading

import numpy as np
from numba import njit, types
from numba.core.caching import NullCache
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.machine import cache
from engine.machine.pointers import (
    at,
    call_kernel,
    fetch_add,
    load,
    load_atomic,
    pointer_to,
    store,
    store_atomic,
)

# places in the control array; those that several threads touch lie on cache lines of their own
STOP, DONE, ARRIVED, PHASE, DECISION, CONTROL_SIZE = 0, 8, 16, 24, 32, 40
GO_ON, PAUSED, BAD_LOSS, BAD_GRADIENT = 0, 1, 2, 3
CLOCK, NOT_FINITE = 0, 1
SPINS = 4000

give_way = types.ExternalFunction("SwitchToThread" if sys.platform == "win32" else "sched_yield", types.intc())
_options = {"nogil": True, "cache": cache.enabled(), "error_model": "numpy"}


@njit(**_options)
def wait_for_all(control, workers):
    """Barrier: spin until all workers are here."""
    phase = load_atomic(control, PHASE)
    if fetch_add(control, ARRIVED, 1) == workers - 1:
        store_atomic(control, ARRIVED, 0)
        store_atomic(control, PHASE, phase + 1)
    else:
        spins = 0
        while load_atomic(control, PHASE) == phase:
            spins += 1
            if spins > SPINS:  # more threads than free cores: let the others go on
                give_way()
                spins = 0


@njit(**_options)
def run_rows(arena, ints, table, control, first, last, worker, workers):
    """Run rows first … last − 1 of `table` as one of `workers`."""
    a, i, code, ctl = pointer_to(arena), pointer_to(ints), pointer_to(table), pointer_to(control)
    width = table.shape[1]
    for row in range(first, last):
        call_kernel(load(code, row * width), a, i, at(code, row * width + 1), worker, workers)
        if workers > 1:
            wait_for_all(ctl, workers)


@njit(**_options)
def run_steps(arena, ints, table, control, losses, steps, update_row, loss_at, worker, workers):
    """Run up to `steps` whole steps. A loss that is not finite ends the run before the update; a stop request after it.

    `losses` is a ring that gets the loss of step s at s mod its size. Worker 0 decides, the others follow.
    """
    i, ctl = pointer_to(ints), pointer_to(control)
    rows = table.shape[0]
    for _ in range(steps):
        run_rows(arena, ints, table, control, 0, update_row, worker, workers)
        if worker == 0:
            clock, loss = load(i, CLOCK), arena[loss_at]
            losses[clock % losses.size] = loss
            if not math.isfinite(loss):
                store_atomic(ctl, DECISION, BAD_LOSS)
        if workers > 1:
            wait_for_all(ctl, workers)
        if load_atomic(ctl, DECISION) != GO_ON:
            return
        if workers > 1:  # all have read the decision before it can change
            wait_for_all(ctl, workers)
        run_rows(arena, ints, table, control, update_row, rows, worker, workers)
        if worker == 0:
            store(i, CLOCK, load(i, CLOCK) + 1)
            store_atomic(ctl, DONE, load_atomic(ctl, DONE) + 1)
            if load(i, NOT_FINITE) != 0:
                store_atomic(ctl, DECISION, BAD_GRADIENT)
            elif load_atomic(ctl, STOP) != 0:
                store_atomic(ctl, DECISION, PAUSED)
        if workers > 1:
            wait_for_all(ctl, workers)
        if load_atomic(ctl, DECISION) != GO_ON:
            return


@njit(**_options)
def run_sweep(arena, ints, table, control, cell_at, loss_at, first, every, found):
    """Run all rows for the cells first, first + every, … (noted at ints[cell_at]); `found` gets arena[loss_at] of each.

    A stop request ends it after the cell at hand.
    """
    i, ctl = pointer_to(ints), pointer_to(control)
    for cell in range(first, found.size, every):
        if load_atomic(ctl, STOP) != 0:
            return
        store(i, cell_at, cell)
        run_rows(arena, ints, table, control, 0, table.shape[0], 0, 1)
        found[cell] = arena[loss_at]


@functools.cache
def compile_loops(dtype: str) -> None:
    """Compile the loops for an arena of `dtype`, or load them from the disk."""
    whole, ints = types.int64, types.int64[::1]
    arena = types.Array(types.float32 if dtype == "float32" else types.float64, 1, "C")
    state = (arena, ints, types.int64[:, ::1], ints)
    loops = {
        run_rows: (*state, *[whole] * 4),
        run_steps: (*state, types.float64[::1], *[whole] * 5),
    }
    _compile(loops)


@functools.cache
def compile_sweep(dtype: str) -> None:
    """The same for the loop over cells, which only pictures of the loss need."""
    whole, ints = types.int64, types.int64[::1]
    arena = types.Array(types.float32 if dtype == "float32" else types.float64, 1, "C")
    _compile({run_sweep: (arena, ints, types.int64[:, ::1], ints, *[whole] * 4, types.float64[::1])})


def _compile(loops: dict) -> None:
    def make(on_disk: bool) -> None:
        for loop in (wait_for_all, *loops) if not on_disk else ():
            loop._cache = NullCache()
        for loop, signature in loops.items():
            loop.compile(signature)

    cache.through(make)


class Runner:
    """Runs one table with `workers` threads: the caller's and `workers` − 1 more."""

    def __init__(self, arena: NDArray, ints: NDArray, table: NDArray, workers: int) -> None:
        compile_loops(arena.dtype.name)
        self.arena, self.ints, self.table, self.workers = arena, ints, table, workers
        raw = np.zeros(CONTROL_SIZE + 8, np.int64)
        self.control = raw[-raw.ctypes.data % 64 // 8 :][:CONTROL_SIZE]

    def rows(self, first: int, last: int) -> None:
        """Run rows first … last − 1."""
        self._together(run_rows, (self.arena, self.ints, self.table, self.control, first, last))

    def steps(self, steps: int, update_row: int, loss_at: int, losses: NDArray) -> tuple[int, int]:
        """Run up to `steps` steps; returns how many updates were done and why it ended (GO_ON: all done)."""
        self.control[DONE] = 0
        self.control[DECISION] = GO_ON
        state = (self.arena, self.ints, self.table, self.control, losses, steps, update_row, loss_at)
        self._together(run_steps, state)
        return int(self.control[DONE]), int(self.control[DECISION])

    def sweep(self, cell_at: int, loss_at: int, first: int, every: int, found: NDArray) -> None:
        """Run the table once for each of the cells first, first + every, …; see `run_sweep`. One worker only."""
        compile_sweep(self.arena.dtype.name)
        run_sweep(self.arena, self.ints, self.table, self.control, cell_at, loss_at, first, every, found)

    def request_stop(self) -> None:
        """Make a run in another thread end after the step it is in."""
        self.control[STOP] = 1

    @property
    def stop_requested(self) -> bool:
        """Whether a stop request has not been answered yet."""
        return bool(self.control[STOP])

    def clear_stop(self) -> None:
        """Forget a stop request."""
        self.control[STOP] = 0

    def _together(self, function, arguments):
        self.control[ARRIVED] = 0
        if self.workers == 1:
            function(*arguments, 0, 1)
            return
        gate = _Gate()
        others = [
            threading.Thread(target=gate.run, args=(function, (*arguments, worker, self.workers)), daemon=True)
            for worker in range(1, self.workers)
        ]
        try:
            for thread in others:
                thread.start()
            gate.complete = True
        except RuntimeError as error:
            raise SessionError(f"The system gives no more threads; use fewer than {self.workers}.") from error
        finally:
            gate.open.set()
        function(*arguments, 0, self.workers)
        for thread in others:
            thread.join()


class _Gate:
    """Holds workers back until all have been started: one alone would wait at a barrier for ever."""

    def __init__(self) -> None:
        self.open, self.complete = threading.Event(), False

    def run(self, function, arguments) -> None:
        """Body of a worker's thread."""
        self.open.wait()
        if self.complete:
            function(*arguments)
