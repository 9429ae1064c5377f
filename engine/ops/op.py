"""What an op declares: everything about it stands in its one file, and the registry is also the test table.

Kernels read their `args` in this order: offsets of the inputs (and `pad` zeros), of the outputs, of the float
attributes named in `scalars`, then (if the op has `scratch`) offset and length of each worker's private buffer, then
`sizes(call)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.errors import ShapeError

if TYPE_CHECKING:
    from engine.graph import Call

Shape = tuple[int, ...]


def element_count(call: Call) -> list[int]:
    """`sizes` of ops that run over all elements of their first output."""
    return [call.outputs[0].size]


@dataclass(frozen=True, eq=False)
class Op:
    """One operation.

    `shapes(*input shapes, **attrs)` gives the output's shape (a list of shapes where there are several outputs) or
    raises ShapeError. `vjp(g, call, *output gradients)` builds one gradient (or None) per input; without it the op is
    differentiated through `expand(g, *inputs, **attrs)`, the same result out of finer ops. An op without a kernel is an
    alias: its output is its input's memory. `mutates` names inputs the kernel overwrites (optimisers).
    `numbers` is the formula with numbers in it: a template of the inputs' names, or a function of (arrays, element,
    attrs); `local` the local derivative by which a backward op multiplies.
    `samples`: dicts with `inputs` (of engine.ops.samples) and `attrs`; tests/engine/ops draws arrays from them. The
    first may name a `large` sample of its own; otherwise one is made by enlarging all its sizes.
    """

    name: str
    category: str
    inputs: tuple[str, ...]
    shapes: Callable[..., Any]
    kernel: Callable[..., None] | None
    formula: str
    reference: Callable[..., Any] | None = None
    samples: Sequence[dict[str, Any]] = ()
    vjp: Callable[..., tuple[Any, ...]] | None = None
    expand: Callable[..., Any] | None = None
    outputs: tuple[str, ...] = ("y",)
    integer: frozenset[str] = frozenset()
    scalars: tuple[str, ...] = ()
    sizes: Callable[[Call], list[int]] = element_count
    scratch: Callable[[Call, str], int] | None = None
    pad: int = 0
    mutates: tuple[str, ...] = ()
    differentiable: bool = True
    derivative: str = ""
    numbers: str | Callable[..., str] = ""
    local: Callable[..., Any] | None = None
    flops: Callable[[Call], int] = lambda call: call.outputs[0].size
    title: str = ""
    summary: str = ""
    source: str = ""
    smooth: bool = True
    tolerance: float = field(default=2e-5)

    @property
    def label(self) -> str:
        """Name for people."""
        return self.title or self.name.replace("_", " ")


REGISTRY: dict[str, Op] = {}


def register(op: Op) -> Op:
    """Enter `op` into the registry."""
    if op.name in REGISTRY:
        raise ValueError(f"op {op.name} is declared twice")
    REGISTRY[op.name] = op
    return op


def special() -> Any:
    """scipy.special, loaded only when a reference asks for it."""
    import scipy.special

    return scipy.special


def require(holds: bool, message: str, port: str, want: object = None, got: object = None) -> None:
    """Raise ShapeError with `message` unless `holds`."""
    if not holds:
        raise ShapeError(message, port, want, got)


def rows_of_numbers(x: Shape, **attrs: Any) -> Shape:
    """Shape rule of ops that work along the last dimension: there must be one, and not an empty one."""
    require(bool(x) and x[-1] > 0, f"{x} has no numbers along a last dimension", "x", None, x)
    return x


def same(x: Shape, *others: Shape, **attrs: Any) -> Shape:
    """Shape rule: all inputs are equal, and so is the output."""
    for other in others:
        if other != x:
            raise ShapeError(f"shapes {x} and {other} must be equal", want=x, got=other)
    return x


def broadcast(x: Shape, y: Shape, **attrs: Any) -> Shape:
    """Shape rule of NumPy broadcasting."""
    rank = max(len(x), len(y))
    a, b = (1,) * (rank - len(x)) + x, (1,) * (rank - len(y)) + y
    for m, n in zip(a, b, strict=True):
        if m != n and 1 not in (m, n):
            raise ShapeError(f"shapes {x} and {y} cannot be broadcast together", want=x, got=y)
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))
