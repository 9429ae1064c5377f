"""What a layer declares. A layer is a named, parameterised subgraph of ops, never a kernel of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from engine.attributes import Attribute, complete
from engine.errors import EditError, ShapeError

if TYPE_CHECKING:
    from fractions import Fraction

    from engine.graph import Value

Shape = tuple[int, ...]
Attrs = dict[str, Any]
CATEGORIES = ("data", "linear", "convolution", "activation", "combine", "shape", "normalisation", "regularisation",
              "sequence", "attention", "loss")  # fmt: skip
ENTRIES = ("Input", "Tokens")  # kinds at which the data enters
RATE = Attribute("rate", "float", 1.0, "Times the learning rate for this layer's parameters; 0 freezes them.", 0.0, 1e6)
WEIGHT = Attribute("weight", "float", 1.0, "Times this loss in the sum that is trained; 0: only shown.", -1e6, 1e6)
SOURCES = ("target", "input", "wire", "number")
NUMBERS = (
    Attribute("against", "choice", "target", "What it is compared with: the data's target, what enters the network, "
              "what a wire brings to the port target, or one number.", choices=SOURCES),
    Attribute("first_column", "int", 0, "First column of the data's target that counts here.", 0, 2**24,
              when=("against", ("target",))),
    Attribute("columns", "int", 0, "So many columns of the data's target count here; 0: all that follow.", 0, 2**24,
              when=("against", ("target",))),
    Attribute("number", "float", 0.0, "What every output is compared with.", -1e30, 1e30,
              when=("against", ("number",))),
)  # fmt: skip
LABELS = (
    Attribute("against", "choice", "target", "What it is compared with: the data's labels, the tokens that enter the "
              "network, or tokens that a wire brings to the port target.", choices=SOURCES[:3]),
    Attribute("first_column", "int", 0, "Column of the data's target that holds the labels, where it has several.", 0,
              2**24, when=("against", ("target",))),
)  # fmt: skip
TIED = Attribute("tied", "text", "", "Name of a layer whose weights W this one shares (of equal or of turned shape).",
                 0, 64)  # fmt: skip
NOISE = Attribute("noise", "float", 0.0, "Standard deviation of normal random numbers added to the weights W, new ones "
                  "in every training step.", 0.0, 1e6)  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """A tensor that is saved with the network. `init` names an initialiser; only `regularised` ones (weights) carry L1
    and L2 penalties. One that is not `trained` is a state that the step itself keeps, such as a running mean."""

    name: str
    shape: Shape
    init: str
    fan_in: int = 1
    fan_out: int = 1
    regularised: bool = False
    trained: bool = True


def no_parameters(attrs: Attrs, *shapes: Shape) -> tuple[Parameter, ...]:
    """Of layers that learn nothing."""
    return ()


@dataclass(frozen=True, eq=False)
class Layer:
    """A kind of layer. Shapes here are those of one row: the batch dimension comes in front when it runs.

    `shape(attrs, *inputs)` gives the output's shape or raises ShapeError naming the port; `build(b, attrs, *inputs)`
    makes the ops (losses that compare get the target as last input); `parameters(attrs, *inputs)` lists the tensors.
    `window(attrs, *inputs)`: along each dimension of an image how many inputs an output sees, and how far it moves on.
    `depends`: two ports, of which the first must be fed by what feeds the second.
    `target`: what a loss compares its first port with; None: it needs no target (or the layer is no loss).
    `takes` is what the ports want: numbers ("float"), tokens ("int") or "any"; `gives` likewise, or "same" as came in.
    """

    kind: str
    category: str
    summary: str
    shape: Callable[..., Shape]
    build: Callable[..., Value]
    inputs: tuple[str, ...] | Callable[[Attrs], tuple[str, ...]] = ("x",)
    attributes: tuple[Attribute, ...] = ()
    parameters: Callable[..., tuple[Parameter, ...]] = no_parameters
    target: Literal["labels", "values"] | None = None
    window: Callable[..., tuple[tuple[int, Fraction], ...]] | None = None
    depends: tuple[str, str] | None = None
    takes: Literal["float", "int", "any"] = "float"
    gives: Literal["float", "int", "same"] = "float"
    formula: str = ""
    source: str = ""
    title: str = ""
    stem: str = field(default="")

    def __post_init__(self) -> None:
        words = "".join(f"_{c.lower()}" if c.isupper() and not _runs_on(self.kind, i) else c.lower()
                        for i, c in enumerate(self.kind)).strip("_")  # fmt: skip
        object.__setattr__(self, "stem", self.stem or words)
        object.__setattr__(self, "title", self.title or words.replace("_", " ").capitalize())
        if self.parameters is not no_parameters:
            object.__setattr__(self, "attributes", (*self.attributes, RATE, TIED, NOISE))
        if self.is_loss:
            compared = {"labels": LABELS, "values": NUMBERS, None: ()}[self.target]
            object.__setattr__(self, "attributes", (*self.attributes, *compared, WEIGHT))

    @property
    def is_loss(self) -> bool:
        """Whether this layer ends the network with a scalar loss."""
        return self.category == "loss"

    @property
    def is_input(self) -> bool:
        """Whether the data enters here."""
        return self.kind in ENTRIES

    @property
    def gives_dtype(self) -> Literal["float", "int"]:
        """What an entry gives: numbers or tokens."""
        return "int" if self.gives == "int" else "float"

    def ports(self, attrs: Attrs) -> tuple[str, ...]:
        """Names of the input ports for these attributes."""
        own = self.inputs(attrs) if callable(self.inputs) else self.inputs
        return (*own, "target") if self.target and attrs.get("against") == "wire" else own

    def takes_at(self, port: str) -> Literal["float", "int", "any"]:
        """What one port wants: labels are tokens."""
        return "int" if port == "target" and self.target == "labels" else self.takes

    def complete(self, attrs: Attrs) -> Attrs:
        """All attributes with values or defaults. Raises AttributeValueError."""
        return complete(self.attributes, attrs, self.kind)


def _runs_on(kind: str, i: int) -> bool:
    """Whether the capital at `i` continues an abbreviation, as the second letter of "ReLU" does not start a word."""
    return i > 0 and (kind[i - 1].isupper() or i + 1 == len(kind) or kind[i + 1 : i + 2].isupper())


REGISTRY: dict[str, Layer] = {}


def register(layer: Layer) -> Layer:
    """Enter `layer` into the registry."""
    if layer.kind in REGISTRY:
        raise ValueError(f"layer {layer.kind} is declared twice")
    REGISTRY[layer.kind] = layer
    return layer


def find(kind: str) -> Layer:
    """The layer called `kind`. Raises EditError that names near ones."""
    if kind in REGISTRY:
        return REGISTRY[kind]
    import difflib

    near = difflib.get_close_matches(str(kind), REGISTRY, 3, 0.4) or sorted(REGISTRY)
    raise EditError(f"There is no layer of kind {kind!r}; did you mean {', '.join(near)}?")


def same_shape(attrs: Attrs, *shapes: Shape) -> Shape:
    """Shape rule of layers that work element by element on one input."""
    return shapes[0]


def require_rank(shape: Shape, rank: int, port: str, what: str, cure: str) -> None:
    """Raises ShapeError unless a row has `rank` dimensions."""
    if len(shape) != rank:
        raise ShapeError(f"{what} takes rows of rank {rank}, but gets {show(shape)}.", port, rank, shape, cure)


def divisors(n: int, most: int) -> str:
    """The smallest `most` numbers that divide n, for people to choose from."""
    low = [k for k in range(1, math.isqrt(n) + 1) if n % k == 0]
    found = dict.fromkeys([*low, *(n // k for k in reversed(low))])
    return ", ".join(map(str, list(found)[:most]))


def show(shape: Shape) -> str:
    """A shape as people read it: "8×8"; a single number is "1", a scalar "scalar"."""
    return "×".join(map(str, shape)) if shape else "scalar"
