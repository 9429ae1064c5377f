"""Tokens of text: characters or words, and the numbers that stand for them (itos: number to text, stoi: back)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from engine.errors import DataError

Level = Literal["character", "word"]
LEVELS: tuple[Level, ...] = ("character", "word")
UNKNOWN = "<unk>"
MAX_TOKENS = 65_536  # of a vocabulary

# a word with its inner apostrophes and hyphens, a number, a line break, dash, or one other sign
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+|\n|-{2,}|[^\w\s]|_")
_SIGNS = {"\n": "↵", "\t": "⇥", " ": "␣", "\r": "␍"}
_CLOSING = frozenset(".,;:!?)]}%’”…")  # no space in front of these
_OPENING = frozenset("([{“‘")  # nor after these


def tokenise(text: str, level: str = "character") -> list[str]:
    """`text` as single characters, or as words, numbers, line breaks, dashes and signs, without other white space."""
    return list(text) if level == "character" else _WORD.findall(text)


def join(tokens: Iterable[str], level: str = "character") -> str:
    """Tokens as readable text: words get their spaces back, none in front of punctuation."""
    if level == "character":
        return "".join(tokens)
    parts: list[str] = []
    for token in tokens:
        if parts and not (token in _CLOSING or token == "\n" or parts[-1] in _OPENING or parts[-1] == "\n"):
            parts.append(" ")
        parts.append(token)
    return "".join(parts)


def shown(token: str) -> str:
    """A token that can be seen in a table: signs for line break, tab and space."""
    return "".join(_SIGNS.get(sign, sign if sign.isprintable() else f"U+{ord(sign):04X}") for sign in token)


class Vocabulary:
    """`itos[k]` is the text of token k, `stoi` the way back; `level` tells how text is cut.

    A token that is not in the vocabulary becomes `unknown`, if there is one.
    """

    def __init__(self, itos: Sequence[str], level: Level = "character", unknown: str | None = None) -> None:
        self.itos: tuple[str, ...] = tuple(itos)
        self.stoi: dict[str, int] = {token: k for k, token in enumerate(self.itos)}
        self.level: Level = level
        if not self.itos or len(self.stoi) < len(self.itos):
            twice = next((token for token, n in Counter(self.itos).items() if n > 1), None)
            what = "is empty" if twice is None else f"holds {twice!r} twice"
            raise DataError(f"The vocabulary {what}; give at least one token, and each of them once.")
        if unknown is not None and unknown not in self.stoi:
            raise DataError(f"The unknown token {unknown!r} is not in the vocabulary; add it, or leave it out.")
        self.unknown = unknown

    def __len__(self) -> int:
        return len(self.itos)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and (self.itos, self.level, self.unknown) == (
            other.itos, other.level, other.unknown)  # fmt: skip

    __hash__ = None  # type: ignore[assignment]

    def numbers(self, tokens: Iterable[str]) -> np.ndarray:
        """int64 (n,). Raises DataError at a token that is not in the vocabulary where nothing stands for it."""
        other = -1 if self.unknown is None else self.stoi[self.unknown]
        listed = list(tokens)
        found = np.fromiter((self.stoi.get(token, other) for token in listed), np.int64, len(listed))
        if other < 0 and (found < 0).any():
            place = int(np.argmax(found < 0))
            raise DataError(f"{listed[place]!r} at place {place} is not in the vocabulary of {len(self)} tokens; "
                            f"take it out of the text.")  # fmt: skip
        return found

    def encode(self, text: str) -> np.ndarray:
        """Text -> int64 (n,). Raises DataError as `numbers` does."""
        return self.numbers(tokenise(text, self.level))

    def decode(self, numbers: Iterable[int]) -> str:
        """Token numbers -> text; numbers outside the vocabulary (as the label -1, "ignored") are left out."""
        return join((self.itos[k] for k in map(int, numbers) if 0 <= k < len(self.itos)), self.level)


def learn(tokens: Iterable[str], level: Level = "character", limit: int = 0) -> Vocabulary:
    """The vocabulary of `tokens`: characters in the order of their code points, words with the most frequent first.

    With `limit` > 0 at most that many of the most frequent ones, the unknown token (number 0) among them. Words have
    one even without a limit: a text that comes later may hold new ones.
    """
    counts = Counter(tokens)
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    open_ended = limit > 0 or level == "word"
    if not open_ended:
        return Vocabulary(sorted(counts), level)
    kept = [token for token in ranked if token != UNKNOWN][: (limit or MAX_TOKENS) - 1]
    return Vocabulary([UNKNOWN, *(sorted(kept) if level == "character" else kept)], level, UNKNOWN)
