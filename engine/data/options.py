"""What can be set on a data set: one declarative table that a panel, the command line and the file format iterate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from engine.attributes import Attribute, PathAttribute
from engine.data.arrays import LARGEST
from engine.data.curve import READY, WORDS, checked_points
from engine.errors import AttributeValueError

MAX_TABLE_ROWS, MAX_TABLE_COLUMNS = 1000, 200


@dataclass(frozen=True)
class ListAttribute(Attribute):
    """A setting that is a list: of column names, or of rows. `parse` gives canonical tuples or raises ValueError."""

    parse: Callable[[list[Any] | tuple[Any, ...]], tuple[Any, ...]] = tuple
    words: str = "a list"

    def check(self, value: Any, owner: str = "") -> Any:
        """`value` as (nested) tuples. Raises AttributeValueError."""
        where = f"{owner}: " if owner else ""
        if not isinstance(value, list | tuple):
            raise AttributeValueError(f"{where}{self.name} is {_short(value)}, but must be {self.words}.")
        try:
            return self.parse(value)
        except ValueError as error:
            raise AttributeValueError(f"{where}{self.name} {error}; it must be {self.words}.") from error

    def describe(self) -> str:
        """What is allowed, in words."""
        return self.words


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _names(value: list[Any] | tuple[Any, ...]) -> tuple[str, ...]:
    if len(value) > MAX_TABLE_COLUMNS:
        raise ValueError(f"has {len(value)} names")
    for name in value:
        if not isinstance(name, str):
            raise ValueError(f"holds {_short(name)}")
    return tuple(value)


def _rows(value: list[Any] | tuple[Any, ...]) -> tuple[tuple[float | str, ...], ...]:
    if len(value) > MAX_TABLE_ROWS:
        raise ValueError(f"has {len(value)} rows")
    for number, row in enumerate(value):
        if not isinstance(row, list | tuple):
            raise ValueError(f"holds {_short(row)} as row {number + 1}")
        for cell in row:
            if not isinstance(cell, str) and not (isinstance(cell, int | float) and abs(cell) <= LARGEST):
                raise ValueError(f"holds {_short(cell)} in row {number + 1}")
    return tuple(tuple(row) for row in value)


def names_option(name: str, help: str) -> ListAttribute:
    """A list of column names."""
    return ListAttribute(name, "text", (), help, parse=_names, words="a list of column names")


def rows_option(name: str, help: str) -> ListAttribute:
    """A list of rows, each a list of numbers or texts."""
    words = f"a list of at most {MAX_TABLE_ROWS} rows, each a list of finite numbers or texts"
    return ListAttribute(name, "text", (), help, parse=_rows, words=words)


SAMPLES = Attribute("samples", "int", 500, "How many points are drawn.", 10, 100_000)
SEED = Attribute("seed", "int", 0, "Fixes the drawn points.", 0, 2**53)
NOISE = Attribute("noise", "float", 0.1, "How far points stray from their clean places.", 0.0, 0.5)
TARGET_NOISE = Attribute("noise", "float", 0.1, "Standard deviation of what is added to the target.", 0.0, 0.5)

SPLIT = (
    Attribute("validation", "float", 0.2, "Share of the rows held back to validate on.", 0.0, 0.9),
    Attribute("test", "float", 0.2, "Share of the rows locked away for the final figure.", 0.0, 0.9),
    Attribute("split_seed", "int", 0, "Fixes which rows go where.", 0, 2**53),
    Attribute("standardise", "bool", True, "Bring inputs to mean 0 and deviation 1, measured on the training rows."),
    Attribute(
        "standardise_target",
        "bool",
        False,
        "Do the same to the numbers to predict, measured on their training rows; classes stay as they are.",
    ),
)

CSV_OPTIONS = (
    PathAttribute("path", "text", "", "The file; a relative path is sought beside the project file.",
                  pattern="*.csv *.tsv *.txt *.data"),
    Attribute("target", "text", "", "Name of the column to predict; empty takes the last one."),
    names_option("more_targets", "Further columns to predict at once: each is a class or a number by itself."),
    Attribute("task", "choice", "auto", "Predict a class or a number.",
              choices=("auto", "classification", "regression")),
    Attribute("separator", "choice", "auto", "What stands between cells.",
              choices=("auto", "comma", "semicolon", "tab", "bar")),
    Attribute("decimal", "choice", "auto", "The decimal mark.", choices=("auto", "point", "comma")),
    Attribute("header", "choice", "auto", "Whether the first row holds the names.", choices=("auto", "yes", "no")),
    Attribute("nan", "choice", "refuse", "What a cell that says NaN means.", choices=("refuse", "missing")),
    Attribute("max_categories", "int", 20, "Text columns with more distinct values are ignored.", 2, 1000),
    Attribute("max_megabytes", "int", 512, "Larger files are refused before they are read.", 1, 65_536, unit="MB"),
    names_option("categories", "Columns to treat as categories whatever they look like."),
    names_option("ignore", "Columns to leave out."),
)  # fmt: skip

LAYOUT = Attribute("layout", "choice", "flat", "A row is one long row of pixels, or an image (height, width) as "
                   "convolutions take it.", choices=("flat", "image"))  # fmt: skip
IMAGE_LAYOUT = replace(LAYOUT, default="image")

IDX_OPTIONS = (
    PathAttribute("images", "text", "", "The file of images, plain or .gz; a relative path is sought beside the "
                  "project file.", pattern="*ubyte* *.idx* *.gz"),
    PathAttribute("labels", "text", "", "The file of labels; empty takes the one named alike beside the images.",
                  pattern="*ubyte* *.idx* *.gz"),
    IMAGE_LAYOUT,
    Attribute("limit", "int", 0, "At most so many images, from the beginning; 0 takes all.", 0, 10_000_000),
    Attribute("max_megabytes", "int", 512, "Larger files are refused, also once they are unpacked.", 1, 65_536,
              unit="MB"),
)  # fmt: skip

TEXT_OPTIONS = (
    PathAttribute("path", "text", "", "A text file, sought beside the project file; empty takes ten plays of "
                  "Shakespeare.", pattern="*.txt *.md *.text"),
    Attribute("level", "choice", "character", "What a token is.", choices=("character", "word")),
    Attribute("length", "int", 64, "Tokens in a row.", 1, 8192),
    Attribute("stride", "int", 0, "How far the next row begins behind a row; 0: a whole length, so none overlap.",
              0, 2**24),
    Attribute("lower", "bool", False, "Turn capitals into small letters first."),
    Attribute("limit", "int", 0, "Most tokens in the vocabulary, one for all the others included; 0 sets no limit.",
              0, 65_536),
    Attribute("encoding", "choice", "auto", "How the file's bytes stand for characters.",
              choices=("auto", "utf-8", "latin-1", "utf-16")),
    Attribute("max_megabytes", "int", 64, "Larger files are refused before they are read.", 1, 4096, unit="MB"),
)  # fmt: skip

_MADE = Attribute("samples", "int", 2000, "How many rows are made.", 10, 100_000)
_MADE_SEED = Attribute("seed", "int", 0, "Fixes the rows that are made.", 0, 2**53)
STRING_OPTIONS = (
    Attribute("length", "int", 6, "Most digits in a string.", 1, 64),
    Attribute("symbols", "int", 10, "How many different digits (then letters) there are.", 2, 36),
    Attribute("variable", "bool", False, "Draw shorter strings too, and fill them up."),
    _MADE,
    _MADE_SEED,
)
ADDING_OPTIONS = (Attribute("length", "int", 20, "Numbers in a row.", 2, 1000), _MADE, _MADE_SEED)

CURVE_OPTIONS = (
    ListAttribute("points", "text", READY["Sine"], "The points that the curve goes through.", parse=checked_points,
                  words=WORDS),
    Attribute("samples", "int", 200, "How many points of the curve there are to learn from.", 10, 10_000),
    replace(TARGET_NOISE, default=0.0),
    SEED,
)  # fmt: skip

TABLE_OPTIONS = (
    names_option("columns", "Names of the columns."),
    rows_option("rows", "The rows, one value for each column."),
    names_option("targets", "Names of the target columns; empty takes the last one."),
    Attribute("task", "choice", "auto", "Predict a class or numbers; auto: a class if the target holds text.",
              choices=("auto", "classification", "regression")),
)  # fmt: skip


def also_option(names: tuple[str, ...]) -> Attribute:
    """Which of the features `names` is predicted beside the target."""
    return Attribute("also", "choice", "none", "A measurement to predict beside the target, instead of reading it.",
                     choices=("none", *names))  # fmt: skip


_CELLS = ("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points",
          "symmetry", "fractal dimension")  # fmt: skip
ALSO = {
    "iris": also_option(tuple(f"{part} {size} (cm)" for part in ("sepal", "petal") for size in ("length", "width"))),
    "wine": also_option((
        "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
        "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline",
    )),
    "breast_cancer": also_option((
        *(f"mean {name}" for name in _CELLS), *(f"{name} error" for name in _CELLS),
        *(f"worst {name}" for name in _CELLS),
    )),
    "diabetes": also_option(("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")),
}  # fmt: skip
