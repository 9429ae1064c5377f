"""Tokens into numbers, and parts of sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attributes import Attribute, PathAttribute
from engine.errors import ShapeError
from engine.layers.basic import INITIALIZERS
from engine.layers.layer import Attrs, Layer, Parameter, Shape, register, show
from engine.layers.recurrent import require_sequence
from engine.steps import step_of

if TYPE_CHECKING:
    from engine.graph import Value
    from engine.lower import Builder

VOCABULARY = Attribute("vocabulary", "int", 64, "Number of different tokens: they run from 0 to one below.", 1, 2**24)


def _require_tokens(x: Shape, what: str) -> None:
    if len(x) != 1:
        raise ShapeError(f"{what} takes rows of tokens, but gets {show(x)}.", "x", 1, x, "Wire from a Tokens layer.")


def _embedding_shape(attrs: Attrs, x: Shape) -> Shape:
    _require_tokens(x, "Embedding")
    return (*x, attrs["size"])


def _embedding_parameters(attrs: Attrs, x: Shape) -> tuple[Parameter, ...]:
    shape = (attrs["vocabulary"], attrs["size"])
    return (Parameter("W", shape, attrs["init"], *shape, regularised=True),)


register(Layer(
    "Embedding", "sequence", "Looks up a learned list of numbers for every token.",
    shape=_embedding_shape, parameters=_embedding_parameters, takes="int",
    build=lambda b, attrs, x: b.name(b.graph.gather_rows(b.parameter("W"), x), "y"),
    attributes=(
        VOCABULARY,
        Attribute("size", "int", 16, "Numbers for each token.", 1, 2**24),
        Attribute("init", "choice", "normal", "Where the numbers start.", choices=INITIALIZERS),
        PathAttribute("vectors", "text", "", "A file of word vectors in GloVe's format to start from, sought beside "
                      "the project file; words it lacks start as init says.", pattern="*.txt"),
    ),
    formula=r"y_t = W_{x_t}", source="Bengio et al. 2003",
))  # fmt: skip


def _one_hot_shape(attrs: Attrs, x: Shape) -> Shape:
    _require_tokens(x, "OneHot")
    return (*x, attrs["vocabulary"])


register(Layer(
    "OneHot", "sequence", "Every token becomes a list of zeros with a single 1 at its place.",
    shape=_one_hot_shape, takes="int",
    build=lambda b, attrs, x: b.name(b.graph.one_hot(x, classes=attrs["vocabulary"]), "y"),
    attributes=(VOCABULARY,), formula=r"y_{tj} = [x_t = j]",
    source="ONNX operator OneHot",
))  # fmt: skip


def _tokens_as_they_are(attrs: Attrs, x: Shape) -> Shape:
    _require_tokens(x, "PaddingMask")
    return x


register(Layer(
    "PaddingMask", "sequence", "1 for every token that says something, 0 for those that only fill the row up.",
    shape=_tokens_as_they_are, takes="int",
    build=lambda b, attrs, x: b.name(b.graph.unequal(x, token=attrs["padding"]), "y"),
    attributes=(Attribute("padding", "int", 0, "The token that fills rows up, 0 by habit. If the data fills rows up "
                          "with another one, as Reversal does with its last, the problems name it.", 0, 2**24),),
    formula=r"y_t = [x_t \ne p]",
    source="Vaswani et al. 2017, 3.2.3",
))  # fmt: skip


def _sequence(attrs: Attrs, x: Shape) -> Shape:
    require_sequence(x, "This layer")
    return x


register(Layer(
    "Reverse", "sequence", "The sequence from its end to its beginning.",
    shape=_sequence, build=lambda b, attrs, x: b.name(b.graph.flip(x), "y"), formula=r"y_t = x_{T-1-t}",
    source="Schuster and Paliwal 1997",
))  # fmt: skip
register(Layer(
    "LastStep", "sequence", "The numbers of the last step.",
    shape=lambda attrs, x: _sequence(attrs, x)[1:],
    build=lambda b, attrs, x: b.name(step_of(b.graph, x, x.shape[1] - 1), "y"), formula=r"y = x_{T-1}",
    source="Goodfellow et al. 2016, 10.2: figure 10.5",
))  # fmt: skip


def _bounds(attrs: Attrs, steps: int) -> tuple[int, int]:
    """The steps that stay; counted from the end where they are negative, or `stop` is 0."""
    start, stop = attrs["start"], attrs["stop"]
    return start + steps * (start < 0), stop + steps * (stop <= 0)


def _slice_shape(attrs: Attrs, x: Shape) -> Shape:
    if len(x) != 1:
        require_sequence(x, "SliceSteps")
    start, stop = _bounds(attrs, x[0])
    if not 0 <= start < stop <= x[0]:
        raise ShapeError(f"Steps {attrs['start']} to {attrs['stop']} do not lie in a sequence of {x[0]}.", "x",
                         (start, stop), x, f"Choose a start below a stop of at most {x[0]}.")  # fmt: skip
    return (stop - start, *x[1:])


def _build_slice(b: Builder, attrs: Attrs, x: Value) -> Value:
    rows, steps = x.shape[:2]
    start, stop = _bounds(attrs, steps)
    if len(x.shape) == 2:
        return b.name(b.graph.slice(x, start=start, stop=stop), "y")
    n = x.shape[2]
    part = b.graph.slice(b.graph.reshape(x, shape=(rows, steps * n)), start=start * n, stop=stop * n)
    return b.name(b.graph.reshape(part, shape=(rows, stop - start, n)), "y")


register(Layer(
    "SliceSteps", "sequence", "A stretch of the sequence: of steps that are lists of numbers, or of a mask.",
    shape=_slice_shape, build=_build_slice, title="Slice of steps",
    attributes=(
        Attribute("start", "int", 0, "The first step that stays; negative: counted from the end.", -(2**24), 2**24),
        Attribute("stop", "int", 0, "The first step that goes again; 0: all to the end.", -(2**24), 2**24),
    ),
    formula=r"y_t = x_{s+t}",
    source="ONNX operator Slice",
))  # fmt: skip


def first_state(b: Builder, attrs: Attrs, rows: int) -> Value:
    """What comes before the first step, for each of so many rows: zeros, or learned numbers (B, n)."""
    if attrs["start"] == "learned":
        return b.name(b.graph.repeat(b.parameter("s"), start=0, sizes=(rows,)), "start")
    return b.graph.constant(0.0, (rows, attrs["size"]))


START = Attribute("start", "choice", "zero", "What comes before the first step: zeros, or learned numbers.",
                  choices=("zero", "learned"))  # fmt: skip


def _start_parameters(attrs: Attrs, x: Shape) -> tuple[Parameter, ...]:
    return (Parameter("s", x[-1:], "zero"),) if attrs["start"] == "learned" else ()


def _build_shift(b: Builder, attrs: Attrs, x: Value) -> Value:
    first = first_state(b, {**attrs, "size": x.shape[2]}, x.shape[0])
    return b.name(b.graph.delay(x, first), "y")


register(Layer(
    "Shift", "sequence", "The sequence one step later, so that each step sees the one before it.",
    shape=_sequence, build=_build_shift,
    parameters=_start_parameters, attributes=(START,),
    formula=r"y_t = x_{t-1},\quad y_0 = s",
    source="Williams and Zipser 1989: teacher forcing",
))  # fmt: skip


def _delay_shape(attrs: Attrs, x: Shape) -> Shape:
    require_sequence(x, "Delay outside a loop")
    if x[-1] != attrs["size"]:
        cure = f"Set its size to {x[-1]}."
        raise ShapeError(f"Delay keeps {attrs['size']} numbers, but gets {show(x)}.", "x", (attrs["size"],), x, cure)
    return x


register(Layer(
    "Delay", "sequence", "Gives what came in one step before. Wires may lead in a circle through it: that makes a "
    "recurrent network by hand, whose loop runs once for every step of the sequence that enters it.",
    shape=_delay_shape, build=_build_shift, parameters=_start_parameters,
    attributes=(Attribute("size", "int", 16, "Numbers in the state.", 1, 2**24), START),
    formula=r"y_t = x_{t-1},\quad y_0 = s", source="Elman 1990; unrolled over time: Werbos 1990",
))  # fmt: skip
