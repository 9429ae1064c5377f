"""Which data set, with which options: plain, frozen data that a project file keeps."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.attributes import Attribute, PathAttribute, complete
from engine.data import bundled, curve, synthetic, table, tasks
from engine.data.options import (
    ADDING_OPTIONS,
    ALSO,
    CSV_OPTIONS,
    CURVE_OPTIONS,
    IDX_OPTIONS,
    IMAGE_LAYOUT,
    LAYOUT,
    NOISE,
    SAMPLES,
    SEED,
    SPLIT,
    STRING_OPTIONS,
    TABLE_OPTIONS,
    TARGET_NOISE,
    TEXT_OPTIONS,
)
from engine.data.raw import Raw
from engine.errors import AttributeValueError, DataError

MAX_HELD_BACK = 0.95


@dataclass(frozen=True)
class Source:
    """A kind of data set: how it is called, what can be set, and what makes its rows.

    `fixed` are options of the split that mean nothing here, with the value they have.
    """

    kind: str
    title: str
    help: str
    make: Callable[[dict[str, Any]], Raw] | None  # None: read from a file
    options: tuple[Attribute, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Its own options and then those of the split, with this source's defaults."""
        return self.options + tuple(
            _with_default(entry, self.defaults) for entry in SPLIT if entry.name not in self.fixed
        )

    @property
    def paths(self) -> tuple[str, ...]:
        """Options that name a file, which is sought beside the project."""
        return tuple(entry.name for entry in self.options if isinstance(entry, PathAttribute))


def _with_default(entry: Attribute, defaults: dict[str, Any]) -> Attribute:
    if entry.name not in defaults:
        return entry
    return replace(entry, default=defaults[entry.name])


_AS_TOKENS = {"standardise": False, "standardise_target": False}
_AS_IMAGES = {"standardise_target": False}
_DRAWN = {"standardise": False}  # drawn points have a good scale already, and plots show them as they are
_HALVES = (NOISE, SAMPLES, SEED)
_ARMS = Attribute("classes", "int", 2, "How many spiral arms.", 2, 5)
_BLOBS = Attribute("classes", "int", 2, "How many clouds of points.", 2, 5)
_TURNS = Attribute("turns", "float", 1.75, "How often an arm winds around the centre.", 0.25, 3.0)
_BUMPS = (TARGET_NOISE, SAMPLES, SEED)
_GROWING = (replace(TARGET_NOISE, default=0.5, help="Standard deviation of the noise at the right edge; at the left "
                    "edge it is a tenth."), SAMPLES, SEED)  # fmt: skip

SOURCES: dict[str, Source] = {
    source.kind: source
    for source in (
        Source("circles", "Circles", "A disc inside a ring.", synthetic.circles, _HALVES, _DRAWN),
        Source("xor", "XOR", "Opposite quadrants belong together.", synthetic.xor, _HALVES, _DRAWN),
        Source("gaussians", "Gaussians", "Round clouds of points.", synthetic.gaussians, (*_HALVES, _BLOBS), _DRAWN),
        Source("spirals", "Spirals", "Arms wound around each other.", synthetic.spirals,
               (*_HALVES, _ARMS, _TURNS), _DRAWN),
        Source("plane", "Plane", "A number that grows along the diagonal.", synthetic.plane, _BUMPS, _DRAWN),
        Source("multi_gaussian", "Multi-Gaussian", "Hills and hollows.", synthetic.multi_gaussian, _BUMPS, _DRAWN),
        Source("growing_noise", "Growing noise", "A wave in noise that grows tenfold from left to right.",
               synthetic.growing_noise, _GROWING, _DRAWN),
        Source("curve", "Drawn curve", "A curve y(x) drawn by hand: in the view Draw a curve.", curve.drawn_curve,
               CURVE_OPTIONS, {**_DRAWN, "test": 0.0}),
        Source("iris", "Iris", "150 flowers, 4 lengths, 3 species.", bundled.iris, (ALSO["iris"],)),
        Source("wine", "Wine", "178 wines, 13 measurements, 3 growers.", bundled.wine, (ALSO["wine"],)),
        Source("breast_cancer", "Breast cancer", "569 tumours, 30 measurements, 2 kinds.", bundled.breast_cancer,
               (ALSO["breast_cancer"],)),
        Source("diabetes", "Diabetes", "442 patients, 10 measurements, progression after a year.", bundled.diabetes,
               (ALSO["diabetes"],), {"standardise_target": True}),
        Source("digits", "Digits", "1,797 handwritten digits of 8 × 8 pixels.", bundled.digits,
               (LAYOUT,), {"standardise": False, "test": 0.1}),
        Source("mnist5000", "MNIST (5,000)", "5,000 handwritten digits of 28 × 28 pixels.", bundled.mnist5000,
               (IMAGE_LAYOUT,), {"standardise": False, "test": 0.1}, _AS_IMAGES),
        Source("reversal", "Reversal", "Strings of digits, to be said backwards by an encoder and a decoder.",
               tasks.reversal, STRING_OPTIONS, {"test": 0.1}, _AS_TOKENS),
        Source("copy", "Copy", "Strings of digits, to be said once more by an encoder and a decoder.",
               tasks.copy, STRING_OPTIONS, {"test": 0.1}, _AS_TOKENS),
        Source("adding", "Adding", "A row of numbers, two of them marked: what is the sum of these two?",
               tasks.adding, ADDING_OPTIONS, {**_DRAWN, "test": 0.1}),
        Source("text", "Text", "Which character or word comes next? Ten plays of Shakespeare, or a text of your own.",
               None, TEXT_OPTIONS, {"validation": 0.1, "test": 0.05}, {**_AS_TOKENS, "split_seed": 0}),
        Source("idx", "Image files (IDX)", "Images and labels in the format of MNIST.", None, IDX_OPTIONS,
               {"standardise": False, "test": 0.1}, _AS_IMAGES),
        Source("csv", "CSV file", "A table of your own.", None, CSV_OPTIONS),
        Source("table", "Table", "A handful of rows written down here.", table.inline, TABLE_OPTIONS,
               {"validation": 0.0, "test": 0.0, "standardise": False}),
    )
}  # fmt: skip


def find_source(kind: Any) -> Source:
    """The source called `kind`. Raises DataError naming those there are."""
    if not isinstance(kind, str) or kind not in SOURCES:
        raise DataError(f"There is no data set {kind!r}; choose one of: {', '.join(SOURCES)}.")
    return SOURCES[kind]


def complete_options(owner: str, attributes: tuple[Attribute, ...], options: dict[str, Any]) -> dict[str, Any]:
    """All options with their values or defaults, split shares included. Raises DataError."""
    try:
        full = complete(attributes, _plain(options), owner)
    except AttributeValueError as error:
        raise DataError(str(error)) from error
    if full["validation"] + full["test"] > MAX_HELD_BACK:
        raise DataError(f"{owner}: validation {full['validation']:g} and test {full['test']:g} leave less than "
                        f"{1 - MAX_HELD_BACK:.0%} of the rows to train on; make them smaller.")  # fmt: skip
    return full


@dataclass(frozen=True)
class DataSpec:
    """`kind` names a Source; `options` holds every one of its attributes, completed with defaults.

    Raises DataError naming the option, its value and its range.
    """

    kind: str
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        source = find_source(self.kind)
        if not isinstance(self.options, dict):
            raise DataError(f"{self.kind}: options is {self.options!r}, but must map option names to values.")
        object.__setattr__(self, "options", complete_options(self.kind, source.attributes, self.options))

    @classmethod
    def of(cls, kind: str, **options: Any) -> DataSpec:
        """`DataSpec.of("spirals", noise=0.2, validation=0.3)`. Raises DataError."""
        return cls(kind, options)

    def with_options(self, **changes: Any) -> DataSpec:
        """The same data set with some options changed. Raises DataError."""
        return DataSpec(self.kind, {**self.options, **changes})

    @property
    def source(self) -> Source:
        """The declaration of this kind of data set."""
        return SOURCES[self.kind]

    def to_json(self) -> dict[str, Any]:
        """Plain data: {"kind", "options"}."""
        return {"kind": self.kind, "options": {name: _listed(value) for name, value in self.options.items()}}

    @classmethod
    def from_json(cls, data: Any) -> DataSpec:
        """From `to_json`'s plain data, whoever wrote it. Raises DataError."""
        if not isinstance(data, dict) or "kind" not in data or set(data) - {"kind", "options"}:
            raise DataError(f"The data set is {str(data)[:80]!r}, but must be an object with kind and options.")
        return cls(data["kind"], data.get("options", {}))


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """NumPy numbers and paths as Python's own, so that a spec is always JSON-able."""
    return {name: _own(value) for name, value in options.items()}


def _own(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
