"""Fuzzy matching: the letters of every word in order, the better the closer together and the nearer to word starts."""

from __future__ import annotations

from dataclasses import dataclass

START, TOGETHER, ANY, LATE = 10.0, 10.5, 1.0, 0.02
LONG = 200


@dataclass(frozen=True)
class Match:
    """How well it fits, and the places of the letters that were found."""

    score: float
    places: tuple[int, ...] = ()


def match(query: str, text: str) -> Match | None:
    """How well `query` fits `text`, case aside; None if a letter is missing. An empty query fits everything."""
    score, places = 0.0, set()
    for word in query.lower().split():
        found = _match_word(word, text.lower()[:LONG])
        if found is None:
            return None
        score += found.score
        places.update(found.places)
    return Match(score - LATE * len(text), tuple(sorted(places)))


def _match_word(word: str, text: str) -> Match | None:
    """The best of all ways to find the letters of `word` in `text`, in order.

    best[j]: the best score with the letters so far and the last one of them at place j.
    """
    best: dict[int, tuple[float, tuple[int, ...]]] = {
        j: (_at(text, j), (j,)) for j, letter in enumerate(text) if letter == word[0]
    }
    for letter in word[1:]:
        best = {j: step for j, there in enumerate(text) if there == letter and (step := _step(best, text, j))}
    if not best:
        return None
    score, places = max(best.values(), key=lambda way: (way[0], -way[1][0]))
    return Match(score, places)


def _step(best: dict[int, tuple[float, tuple[int, ...]]], text: str, j: int):
    """The best way that goes on at place `j`; None if none does."""
    ways = [
        (score + (TOGETHER if i == j - 1 else 0.0) + _at(text, j), (*places, j))
        for i, (score, places) in best.items()
        if i < j
    ]
    return max(ways, key=lambda way: way[0]) if ways else None


def _at(text: str, j: int) -> float:
    """What a letter at place `j` is worth."""
    return (START if j == 0 or not text[j - 1].isalnum() else ANY) - LATE * j
