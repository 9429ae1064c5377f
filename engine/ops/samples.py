"""Descriptions of sample inputs, from which the table of op tests draws arrays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """How to draw one input: `kind` names the distribution, `high` bounds integers."""

    kind: str
    shape: tuple[int, ...]
    high: int = 0


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


def labels(*shape: int, high: int) -> Sample:
    """Whole numbers from 0 to high − 1."""
    return Sample("labels", shape, high)
