"""Descriptions of sample inputs, from which the table of op tests draws arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sample:
    """How to draw one input: `kind` names the distribution; integers run from `low` to `high` − 1."""

    kind: str
    shape: tuple[int, ...]
    high: int = 0
    low: int = 0


def normal(*shape: int) -> Sample:
    """Standard normal numbers."""
    return Sample("normal", shape)


def away(*shape: int) -> Sample:
    """Normal numbers kept at least 0.1 from 0, where kinks are."""
    return Sample("away", shape)


def positive(*shape: int) -> Sample:
    """Numbers from 0.2 to 3."""
    return Sample("positive", shape)


def unit(*shape: int) -> Sample:
    """Numbers from 0.05 to 0.95."""
    return Sample("unit", shape)


def large(*shape: int) -> Sample:
    """Normal numbers times 30: where exponentials saturate."""
    return Sample("large", shape)


def spread(*shape: int) -> Sample:
    """Numbers that all differ by at least 0.1, in random order: a maximum without ties."""
    return Sample("spread", shape)


def above_one(*shape: int) -> Sample:
    """Numbers from 1.2 to 4."""
    return Sample("above one", shape)


def steps(*shape: int) -> Sample:
    """−1, 0 or 1: numbers with many ties."""
    return Sample("steps", shape)


def weights(*shape: int) -> Sample:
    """Normal numbers over 2·√rows: a matrix that makes long vectors shorter."""
    return Sample("weights", shape)


def remade(samples: Sequence[dict[str, Any]], make: Callable[[dict[str, Any]], dict[str, Any]]) -> list[dict[str, Any]]:
    """Samples made out of others, the large ones too."""
    return [make(s) | ({"large": make(s["large"])} if "large" in s else {}) for s in samples]


def labels(*shape: int, high: int, low: int = 0) -> Sample:
    """Whole numbers from low to high − 1; a label of −1 stands for none."""
    return Sample("labels", shape, high, low)


def broadcasting(second: Callable[..., Sample] = normal) -> list[dict[str, Any]]:
    """Pairs of shapes for ops that broadcast: equal, rows, columns against rows, scalars, inner dimensions."""
    pairs = [
        ((7, 3), (7, 3)), ((7, 3), (3,)), ((7, 1), (1, 5)), ((), (4,)), ((2, 3, 4), (3, 1)), ((5, 1, 3), (1, 4, 1)),
        ((300,), ()),
    ]  # fmt: skip
    return [dict(inputs=[normal(*x), second(*y)]) for x, y in pairs]
