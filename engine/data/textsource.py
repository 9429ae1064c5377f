"""The spec kind "text": windows of a text, and for each token the one that follows it.

The text is cut into three stretches, one behind the other, for training, validation and test: windows drawn at random
would overlap, and then the network would be judged on what it has seen.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.data.files import beside, read_bytes
from engine.data.raw import Raw
from engine.data.vocabulary import MAX_TOKENS, Level, Vocabulary, learn, shown, tokenise
from engine.errors import DataError

BUNDLED = Path(__file__).resolve().parents[2] / "assets" / "texts" / "shakespeare.txt"
MAX_HELD = 2**26  # tokens of all windows together: 512 MB
_CONTROL = frozenset(range(32)) - {9, 10, 12, 13, 27}
PARTS = ("train", "validation", "test")


def text_raw(options: dict[str, Any], folder: str | os.PathLike[str] | None) -> tuple[Raw, str]:
    """Windows of the text and a name for it. Raises DataError."""
    path = beside(options["path"], folder) or str(BUNDLED)
    text = read_text(path, options)
    text = text.lower() if options["lower"] else text
    level: Level = options["level"]
    tokens = tokenise(text, level)
    stretches = _stretches(len(tokens), options)
    _check_length(path, stretches, options)
    vocabulary = _vocabulary(path, tokens[: stretches[0]], tokens, options)
    numbers = vocabulary.numbers(tokens)
    windows, parts = _windows(path, numbers, stretches, options)
    names = tuple(f"t{k + 1}" for k in range(options["length"]))
    notes = _notes(stretches, options, vocabulary, numbers)
    classes = tuple(map(shown, vocabulary.itos))
    raw = Raw(windows[:, :-1], windows[:, 1:], "sequence", names, (f"next {level}",), classes, notes=notes,
              vocabulary=vocabulary, parts=parts)  # fmt: skip
    return raw, os.path.basename(path)


def read_text(path: str, options: dict[str, Any]) -> str:
    """The whole text of a file, with line breaks as "\\n". Raises DataError."""
    data = read_bytes(path, options["max_megabytes"], "text: path", "a text file", "use a shorter text")
    encoding = options["encoding"]
    if encoding == "auto":
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    if encoding == "utf-8" and (b"\0" in data or _controls(data) > 0.01):
        raise DataError(f"{path} is a binary file, not text; choose a text file, or save it as plain text.")
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no {encoding} text: byte {error.start:,} does not fit ({error.reason}); "
                        "set encoding, or save it as UTF-8.") from error  # fmt: skip
    if not text.strip():
        raise DataError(f"{path} is empty; choose a text with words in it.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _controls(data: bytes) -> float:
    head = data[:65_536]
    return sum(byte in _CONTROL for byte in head) / max(1, len(head))


def _stretches(count: int, options: dict[str, Any]) -> tuple[int, int, int]:
    """Tokens to train on, to validate on, and to test with."""
    validation, test = int(count * options["validation"]), int(count * options["test"])
    return count - validation - test, validation, test


def _check_length(path: str, stretches: tuple[int, int, int], options: dict[str, Any]) -> None:
    need = options["length"] + 1
    for name, tokens in zip(PARTS, stretches, strict=True):
        wanted = name == "train" or options[name] > 0
        if wanted and tokens < need:
            larger = "" if name == "train" else f", or {name} larger or 0"
            raise DataError(f"{path}: the stretch for {name} has {tokens:,} {options['level']}s, but a window and the "
                            f"{options['level']} after it take {need:,}; make length smaller{larger}.")  # fmt: skip


def _vocabulary(path: str, train: list[str], tokens: list[str], options: dict[str, Any]) -> Vocabulary:
    level, limit = options["level"], options["limit"]
    found = learn(tokens if level == "character" and not limit else train, level, limit)
    if len(found) > MAX_TOKENS:
        raise DataError(f"{path} has {len(found):,} different characters; set limit to at most {MAX_TOKENS:,}.")
    if len(found) < 2:
        raise DataError(f"{path}: the vocabulary has one token only, {found.itos[0]!r}; there is nothing to predict.")
    return found


def _windows(
    path: str, numbers: np.ndarray, stretches: tuple[int, int, int], options: dict[str, Any]
) -> tuple[np.ndarray, tuple[int, int, int]]:
    """int64 (N, length + 1) of all stretches, one behind the other, and how many of each."""
    size, step = options["length"] + 1, options["stride"] or options["length"]
    counts = [(tokens - size) // step + 1 if tokens >= size else 0 for tokens in stretches]
    if sum(counts) * size > MAX_HELD:
        raise DataError(f"{path} gives {sum(counts):,} windows of {size - 1:,} tokens, more than the {MAX_HELD:,} "
                        "that are held at once; make stride larger.")  # fmt: skip
    begins = np.cumsum([0, *stretches[:2]])
    starts = np.concatenate([begin + step * np.arange(count) for begin, count in zip(begins, counts, strict=True)])
    return sliding_window_view(numbers, size)[starts], (counts[0], counts[1], counts[2])


def _notes(
    stretches: tuple[int, int, int], options: dict[str, Any], vocabulary: Vocabulary, numbers: np.ndarray
) -> tuple[str, ...]:
    train, validation, test = (f"{tokens:,}" for tokens in stretches)
    level, step = options["level"], options["stride"] or options["length"]
    cut = (f"The text is cut into stretches, one behind the other: its first {train} {level}s train, the next "
           f"{validation} validate, the last {test} test. Windows drawn at random would overlap.")  # fmt: skip
    windows = (
        f"A row is {options['length']} {level}s; the next begins {step} later. The target is the row shifted by 1."
    )
    if vocabulary.unknown is None:
        return windows, cut
    unknown = int(np.count_nonzero(numbers == vocabulary.stoi[vocabulary.unknown]))
    share, known = f"{unknown / len(numbers):.1%}", f"{len(vocabulary) - 1:,}"
    gaps = (f"{unknown:,} {level}s ({share}) are not among the {known} known ones of the training stretch "
            f"and count as {vocabulary.unknown}.")  # fmt: skip
    return windows, cut, gaps
