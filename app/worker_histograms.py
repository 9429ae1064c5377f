"""Distributions of many tensors as they change over the steps, thinned as they grow; bins never move, so that what was
counted stays exact: an axis of octaves, and one of even bins whose range doubles when it has to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOWEST, OCTAVES = -64, 96  # of magnitudes: [2^e, 2^(e+1)) from e = LOWEST on; smaller and larger ones go to the ends
ZERO, BAD = OCTAVES, 2 * OCTAVES + 1  # bins of 0 and of what is not finite; around ZERO, − and + by magnitude
LOGS, EVEN = BAD + 1, 128  # bins of either axis
MOST, FEWEST, MOST_BYTES = 128, 32, 48 * 2**20  # columns; fewer where there are many tensors
MOST_TENSORS = 1200
SAMPLED, LEAST_SAMPLED, MOST_SAMPLED = 24_000, 64, 1024  # numbers of one look: in all, and of a tensor


@dataclass(frozen=True, eq=False)
class Columns:
    """Of one tensor, (n, bins): `logs` by sign and octave (see `octave_bins`), `even` between −2^range and +2^range.

    `spans` (n, 2): the first and the last step of each column. `range` is None while all numbers were 0.
    """

    spans: NDArray[np.int64]
    logs: NDArray[np.uint32]
    even: NDArray[np.uint32]
    range: int | None


class Histograms:
    """Counts of `count` tensors. Every `width` looks are one column; it doubles when there are too many."""

    def __init__(self, count: int) -> None:
        room = MOST_BYTES // (4 * (LOGS + EVEN) * max(1, count))
        self.most = max(FEWEST, min(MOST, room // 2 * 2))
        self.width, self._in_last, self._used = 1, 0, 0
        self._spans = np.zeros((self.most, 2), np.int64)
        self._logs = np.zeros((count, self.most, LOGS), np.uint32)
        self._even = np.zeros((count, self.most, EVEN), np.uint32)
        self._ranges = np.full(count, LOWEST - 1)  # none yet

    def __len__(self) -> int:
        """How many columns there are."""
        return self._used

    @property
    def last(self) -> int:
        """The step of the last look; −1 before there is one."""
        return int(self._spans[self._used - 1, 1]) if self._used else -1

    def add(self, step: int, numbers: NDArray, owners: NDArray[np.int64]) -> None:
        """One look: `numbers` (n,) of the tensors `owners` (n,)."""
        count = len(self._ranges)
        logs = np.bincount(owners * LOGS + octave_bins(numbers), minlength=count * LOGS).reshape(count, LOGS)
        self._widen(logs)
        even = np.bincount(owners * EVEN + self._even_bins(numbers, owners), weights=np.isfinite(numbers),
                           minlength=count * EVEN).reshape(count, EVEN)  # fmt: skip
        self._open(step)
        at = self._used - 1
        self._spans[at, 1] = step
        self._logs[:, at] += logs.astype(np.uint32)
        self._even[:, at] += even.astype(np.uint32)
        self._in_last += 1

    def _open(self, step: int) -> None:
        """The column of this look."""
        if self._used and self._in_last < self.width:
            return
        if self._used == self.most:
            self._thin()
        self._spans[self._used] = step
        self._logs[:, self._used], self._even[:, self._used] = 0, 0
        self._used, self._in_last = self._used + 1, 0

    def _thin(self) -> None:
        half = self._used // 2
        for counts in (self._logs, self._even):
            counts[:, :half] = counts[:, 0 : 2 * half : 2] + counts[:, 1 : 2 * half : 2]
        self._spans[:half] = self._spans[: 2 * half].reshape(half, 4)[:, [0, 3]]
        self._used, self.width = half, 2 * self.width

    def _widen(self, logs: NDArray) -> None:
        """Double ranges until the largest magnitudes fit. Two bins become one, so that no count moves elsewhere."""
        sizes = (logs[:, ZERO + 1 : BAD] + logs[:, ZERO - 1 :: -1]) > 0
        largest = np.where(sizes.any(1), LOWEST + OCTAVES - sizes[:, ::-1].argmax(1), LOWEST - 1)
        for tensor in np.flatnonzero(largest > self._ranges):
            if self._ranges[tensor] >= LOWEST:
                for _ in range(min(EVEN, largest[tensor] - self._ranges[tensor])):
                    self._even[tensor] = halved(self._even[tensor])
            elif self._used:  # so far all were 0
                self._even[tensor, :, EVEN // 2] = self._even[tensor].sum(1)
            self._ranges[tensor] = largest[tensor]

    def _even_bins(self, numbers: NDArray, owners: NDArray[np.int64]) -> NDArray[np.int64]:
        half = EVEN // 2
        with np.errstate(over="ignore", invalid="ignore"):
            places = np.floor(np.ldexp(numbers.astype(np.float64), -self._ranges[owners]) * half) + half
        return np.clip(np.where(np.isfinite(places), places, half), 0, EVEN - 1).astype(np.int64)

    def cut(self, step: int) -> None:
        """Forget what lies after `step`; a column that reaches beyond it goes as a whole."""
        kept = int(np.searchsorted(self._spans[: self._used, 1], step, side="right"))
        if kept < self._used:
            self._used, self._in_last = kept, self.width

    def columns(self, tensor: int) -> Columns:
        """Copies of what was counted of one tensor."""
        n, found = self._used, int(self._ranges[tensor])
        return Columns(self._spans[:n].copy(), self._logs[tensor, :n].copy(), self._even[tensor, :n].copy(),
                       found if found >= LOWEST else None)  # fmt: skip


def octave_bins(numbers: NDArray) -> NDArray[np.int64]:
    """The bin of every number (n,), ascending by value: −2^31 … −2^−64, 0, 2^−64 … 2^31; then what is not finite."""
    finite = np.isfinite(numbers)
    _, exponents = np.frexp(np.where(finite, numbers, 0.0))
    places = np.clip(exponents.astype(np.int64) - 1 - LOWEST, 0, OCTAVES - 1) + 1
    return np.where(finite, ZERO + np.sign(np.where(finite, numbers, 0.0)).astype(np.int64) * places, BAD)


def halved(even: NDArray) -> NDArray:
    """Counts (n, EVEN) in a range twice as wide."""
    wider = np.zeros_like(even)
    wider[:, EVEN // 4 : 3 * EVEN // 4] = even[:, ::2] + even[:, 1::2]
    return wider


class Sampler:
    """Numbers spread over each of some arrays, which lie in the arena and change there."""

    def __init__(self, arrays: Sequence[NDArray]) -> None:
        most = max(LEAST_SAMPLED, min(MOST_SAMPLED, SAMPLED // max(1, len(arrays))))
        self._views = [spread(array, most) for array in arrays]
        sizes = [len(view) for view in self._views]
        self._ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._numbers = np.zeros(int(self._ends[-1]))
        self.owners = np.repeat(np.arange(len(arrays)), sizes).astype(np.int64)

    def take(self) -> NDArray[np.float64]:
        """All of them as they are now, in an array that the next call fills again."""
        for view, start, end in zip(self._views, self._ends, self._ends[1:], strict=False):
            self._numbers[start:end] = view
        return self._numbers


def spread(array: NDArray, most: int) -> NDArray:
    """A view (n ≤ most,) of elements that lie evenly in `array`, and not all in one column of it."""
    flat = array.reshape(-1)
    if flat.size <= most:
        return flat
    step = -(-flat.size // most)
    while np.gcd(step, array.shape[-1]) > 1 and step < flat.size // 2:
        step += 1
    return flat[::step]
