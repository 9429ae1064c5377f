"""Sequences made by a program, on which a network with a memory can be tried."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.data.raw import Raw
from engine.data.vocabulary import Vocabulary
from engine.errors import DataError

SYMBOLS = "0123456789abcdefghijklmnopqrstuvwxyz"
START, END, PAD = "<start>", "<end>", "<pad>"
IGNORED = -1  # a label that does not count


def reversal(options: dict[str, Any]) -> Raw:
    """The digits in reverse (Sutskever, Vinyals, Le 2014 reverse the source of a translation likewise)."""
    return _transduction(options, "reversed", lambda digits: digits[::-1])


def copy(options: dict[str, Any]) -> Raw:
    """The same digits once more (after Hochreiter and Schmidhuber 1997; Graves et al. 2014)."""
    return _transduction(options, "once more", lambda digits: digits)


def _transduction(options: dict[str, Any], words: str, answer: Any) -> Raw:
    """x = [length source tokens, then length + 1 tokens for the decoder: <start> and the answer].

    y (N, length + 1) = the answer and <end>: what a decoder should say next that has read so far.
    """
    length, symbols = options["length"], options["symbols"]
    sources = _strings(np.random.default_rng(options["seed"]), options)
    start, end, pad = symbols, symbols + 1, symbols + 2
    x = np.full((len(sources), 2 * length + 1), pad, np.int64)
    y = np.full((len(sources), length + 1), IGNORED, np.int64)
    x[:, length] = start
    for row, source in enumerate(sources):
        digits = source[source >= 0]
        count, said = len(digits), answer(digits)
        x[row, :count] = digits
        x[row, length + 1 : length + 1 + count] = said
        y[row, :count], y[row, count] = said, end
    names = (*SYMBOLS[:symbols], START, END, PAD)
    places = (*(f"in{k + 1}" for k in range(length)), *(f"out{k}" for k in range(length + 1)))
    order = (f"Tokens 1 to {length} of a row are the digits that go in; the {length + 1} behind them are {START} and "
             f"the answer, as the decoder has said so far. The target is the digits {words}, then {END}.")  # fmt: skip
    filled = f" Short ones are filled up with {PAD}; labels there do not count." if options["variable"] else ""
    notes = (order, f"No string stands in two rows.{filled}")
    return Raw(x, y, "sequence", places, ("answer",), names, notes=notes, vocabulary=Vocabulary(names))


def _strings(rng: np.random.Generator, options: dict[str, Any]) -> np.ndarray:
    """int64 (samples, length), all different, -1 behind the end of a shorter one. Raises DataError.

    Lengths are drawn evenly as long as there are enough strings of each: the long ones do not crowd out the short.
    """
    samples, length, symbols, variable = (options[name] for name in ("samples", "length", "symbols", "variable"))
    possible = sum(symbols**k for k in range(1 if variable else length, length + 1))
    if samples > possible:
        raise DataError(f"There are only {possible:,} different strings of up to {length} out of {symbols} symbols, "
                        f"but {samples:,} are asked for; make samples smaller, or length larger.")  # fmt: skip
    if possible <= 4 * samples:  # drawing until all are different would take long
        everything = _all_strings(length, symbols, variable)
        return everything[rng.permutation(possible)[:samples]]
    found = np.empty((0, length), np.int64)
    while len(found) < samples:
        drawn = rng.integers(0, symbols, (2 * samples, length))
        if variable:
            drawn[np.arange(length) >= rng.integers(1, length + 1, len(drawn))[:, None]] = -1
        found = np.concatenate([found, drawn])
        _, first = np.unique(found, axis=0, return_index=True)
        found = found[np.sort(first)]
    return found[:samples]


def _all_strings(length: int, symbols: int, variable: bool) -> np.ndarray:
    """int64 (all there are, length), -1 behind the end."""
    parts = []
    for size in range(1 if variable else length, length + 1):
        digits = np.arange(symbols**size)[:, None] // symbols ** np.arange(size) % symbols
        parts.append(np.pad(digits, ((0, 0), (0, length - size)), constant_values=-1))
    return np.concatenate(parts)


def adding(options: dict[str, Any]) -> Raw:
    """The adding problem (Hochreiter and Schmidhuber 1997): x (N, length, 2) of numbers from 0 to 1 and marks, of which
    each half has one; y is the sum of the two marked numbers."""
    samples, length = options["samples"], options["length"]
    rng = np.random.default_rng(options["seed"])
    half, rows = length // 2, np.arange(samples)
    x = np.zeros((samples, length, 2))
    x[:, :, 0] = rng.uniform(0, 1, (samples, length))
    marked = rng.integers(0, half, samples), rng.integers(half, length, samples)
    for place in marked:
        x[rows, place, 1] = 1.0
    names = [f"{what}{k + 1}" for k in range(length) for what in ("number", "mark")]
    total = (x[:, :, 0] * x[:, :, 1]).sum(1)[:, None]
    notes = (f"The best constant, 1, has a mean squared error of {1 / 6:.3f}.",)
    return Raw(x, total, "regression", names, ("sum",), notes=notes)
