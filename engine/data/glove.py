"""Word vectors from text files in the format of GloVe: on every line a word, then its numbers, between single spaces.

J. Pennington, R. Socher, C. Manning, "GloVe: Global Vectors for Word Representation", 2014.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.vocabulary import Vocabulary
from engine.errors import DataError

MAX_BYTES = 2**33
MAX_WORDS = 5_000_000
MAX_SIZE = 4096  # numbers of a word
MAX_LINE = 2**18  # characters


@dataclass(frozen=True)
class WordVectors:
    """`words`, and their vectors float32 (words, size) in the same order."""

    words: tuple[str, ...]
    vectors: np.ndarray

    @property
    def size(self) -> int:
        """Numbers of a word."""
        return int(self.vectors.shape[1])

    def table(self, vocabulary: Vocabulary | Sequence[str], start: np.ndarray) -> tuple[np.ndarray, int]:
        """Where an Embedding for `vocabulary` begins: `start` (V, size) with the vectors of the words that are known,
        and how many these are. A word that is not known as written is looked up in small letters.

        Raises DataError if `start` does not fit.
        """
        itos = vocabulary.itos if isinstance(vocabulary, Vocabulary) else tuple(vocabulary)
        if start.shape != (len(itos), self.size):
            raise DataError(f"The word vectors have {self.size} numbers for {len(itos)} tokens, but the Embedding has "
                            f"{start.shape[-1]} for {len(start)}; set its size and vocabulary to these.")  # fmt: skip
        rows = {word: row for row, word in enumerate(self.words)}
        found = [(place, rows.get(word, rows.get(word.lower()))) for place, word in enumerate(itos)]
        known = [(place, row) for place, row in found if row is not None]
        table = np.array(start)
        for place, row in known:
            table[place] = self.vectors[row]
        return table, len(known)


def read_glove(path: str | os.PathLike[str], only: Vocabulary | Sequence[str] | None = None) -> WordVectors:
    """The words of a file and their vectors; with `only`, those that can stand for its tokens, to spare memory.

    Raises DataError that names the line: one of another length, a number that is none or not finite, a word that came
    before, too many of either; and for a file that is empty, too large, not there or no text.
    """
    wanted = None if only is None else _wanted(only)
    lines: dict[str, int] = {}
    kept: list[np.ndarray] = []
    size = 0
    for number, word, numbers in _lines(path):
        size = size or len(numbers)
        if len(numbers) != size:
            raise _at(path, number, f"has {len(numbers)} numbers, but the lines before have {size}; mend or remove it")
        if wanted is not None and word not in wanted:
            continue
        if word in lines:
            raise _at(path, number, f"gives {word!r} again, which line {lines[word]} gave; keep one of them")
        if len(lines) == MAX_WORDS:
            raise _at(path, number, f"is one word too many; at most {MAX_WORDS:,} can be read")
        lines[word] = number
        kept.append(_vector(path, number, numbers))
    if not size:
        raise DataError(f"{os.fspath(path)} is empty; give a text file with a word and its numbers on every line.")
    return WordVectors(tuple(lines), np.array(kept, np.float32).reshape(len(kept), size))


def _wanted(only: Vocabulary | Sequence[str]) -> set[str]:
    words = only.itos if isinstance(only, Vocabulary) else tuple(only)
    return {*words, *(word.lower() for word in words)}


def _lines(path: str | os.PathLike[str]) -> Iterator[tuple[int, str, list[str]]]:
    """(line number, word, its numbers as text) of every line that is not empty."""
    try:
        if os.path.getsize(path) > MAX_BYTES:
            raise DataError(f"{os.fspath(path)} has more than {MAX_BYTES / 2**30:g} GiB; give a part of it.")
        with open(path, encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), ""), 1):
                if len(line) > MAX_LINE:
                    raise _at(path, number, f"has more than {MAX_LINE:,} characters; it holds no word vector")
                word, *numbers = line.rstrip("\r\n ").split(" ")
                if not word and not numbers:
                    continue
                if not word or not 1 <= len(numbers) <= MAX_SIZE:
                    raise _at(path, number, f"is not a word and 1 to {MAX_SIZE:,} numbers between single spaces")
                yield number, word, numbers
    except OSError as error:
        raise DataError(f"{os.fspath(path)} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{os.fspath(path)} is no UTF-8 text; word vectors come as text files.") from error


def _vector(path: str | os.PathLike[str], number: int, numbers: list[str]) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):  # what is too large is refused below
            vector = np.array(numbers, np.float32)
    except ValueError:
        bad = next((text for text in numbers if not _is_number(text)), numbers[0])
        raise _at(path, number, f"has {bad[:40]!r} where a number should stand") from None
    if not np.isfinite(vector).all():
        raise _at(path, number, f"has {numbers[int(np.argmin(np.isfinite(vector)))]!r}, which is not a finite number")
    return vector


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _at(path: str | os.PathLike[str], line: int, what: str) -> DataError:
    return DataError(f"{os.fspath(path)}: line {line:,} {what}.")
