"""Typed attributes of layers and options: one declaration serves the inspector, the file format and the checks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

from engine.errors import AttributeValueError

Kind = Literal["int", "float", "bool", "choice", "shape", "text"]
MAX_ELEMENTS = 2**40


@dataclass(frozen=True)
class Attribute:
    """One setting. `low`/`high` bound numbers (and the entries of a shape), inclusively.

    `when` = (other attribute, values): the setting matters, and is shown, only then, or if one of `also` holds.
    """

    name: str
    kind: Kind
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    when: tuple[str, tuple[Any, ...]] | None = None
    also: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    def matters(self, values: dict[str, Any]) -> bool:
        """Whether the setting is read where all settings have these `values`."""
        return self.when is None or any(values.get(name) in wanted for name, wanted in (self.when, *self.also))

    def check(self, value: Any, owner: str = "") -> Any:
        """`value` in its canonical type. Raises AttributeValueError naming attribute, value and range."""
        checked = _CHECKS[self.kind](self, value)
        if checked is None:
            where = f"{owner}: " if owner else ""
            raise AttributeValueError(f"{where}{self.name} is {value!r}, but must be {self.describe()}.")
        return checked

    def describe(self) -> str:
        """What is allowed, in words."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "bool":
            return "true or false"
        noun = {"int": "a whole number", "float": "a number", "shape": "a list of whole numbers", "text": "text"}
        return noun[self.kind] + self._range()

    def _range(self) -> str:
        if self.low is not None and self.high is not None:
            return f" from {_readable(self.low)} to {_readable(self.high)}"
        if self.low is not None:
            return f" of at least {_readable(self.low)}"
        return f" of at most {_readable(self.high)}" if self.high is not None else ""

    def within(self, value: float) -> bool:
        """Whether `value` lies in the range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class PathAttribute(Attribute):
    """A setting that names a file, which is sought beside the project; `pattern` is how such files are called."""

    pattern: str = ""


def _readable(bound: float) -> str:
    return f"{int(bound):,}" if abs(bound) < 1e9 and float(bound).is_integer() else f"{bound:g}"


def _whole(attribute: Attribute, value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, Integral | float):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if attribute.within(int(value)) else None


def _number(attribute: Attribute, value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    value = float(value)
    return value if math.isfinite(value) and attribute.within(value) else None


def _shape(attribute: Attribute, value: Any) -> tuple[int, ...] | None:
    if isinstance(value, Integral) and not isinstance(value, bool):
        value = (value,)
    if not isinstance(value, list | tuple) or len(value) > 6:
        return None
    sizes = [_whole(attribute, size) for size in value]
    if any(size is None for size in sizes):
        return None
    shape = tuple(size for size in sizes if size is not None)
    return shape if math.prod(shape) <= MAX_ELEMENTS else None


_CHECKS: dict[str, Any] = {
    "int": _whole,
    "float": _number,
    "bool": lambda _, value: value if isinstance(value, bool) else None,
    "choice": lambda attribute, value: value if value in attribute.choices else None,
    "shape": _shape,
    "text": lambda _, value: value if isinstance(value, str) else None,
}


def complete(attributes: tuple[Attribute, ...], values: dict[str, Any], owner: str) -> dict[str, Any]:
    """All attributes with their values or defaults. Raises AttributeValueError for unknown names and bad values."""
    known = {attribute.name: attribute for attribute in attributes}
    for name in values:
        if name not in known:
            names = ", ".join(known) or "none"
            raise AttributeValueError(f"{owner} has no attribute {name!r}; it has: {names}.")
    return {name: attribute.check(values.get(name, attribute.default), owner) for name, attribute in known.items()}
