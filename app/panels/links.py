"""Which elements of an operation's operands meet one element of its result. No Qt here."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

Element = tuple[int, ...]
Mark = tuple[int | slice | None, ...]


@dataclass(frozen=True)
class Link:
    """`axes`: for each axis of an operand, the axis of the result it runs along; None where summed or repeated."""

    axes: tuple[int | None, ...]

    def mark(self, element: Element) -> Mark:
        """What of the operand meets `element` of the result: an index per axis, None for "all of it"."""
        return tuple(None if axis is None else element[axis] for axis in self.axes)

    def back(self, clicked: Element, element: Element) -> Element:
        """The result's element for a click on the operand: `element` with the shared axes moved along."""
        moved = list(element)
        for axis, place in zip(self.axes, clicked, strict=True):
            if axis is not None:
                moved[axis] = place
        return tuple(moved)


@dataclass(frozen=True)
class Window:
    """What of an image one element is made of: `seen`, an index or a stretch for each axis; `result`: its shape."""

    seen: tuple[int | slice, ...]
    shape: tuple[int, ...]
    result: tuple[int, ...]

    def mark(self, element: Element) -> Mark:
        """The window, for the element that it was asked for."""
        return self.seen

    def back(self, clicked: Element, element: Element) -> Element:
        """The result's element that lies where the operand was clicked."""
        moved = [i * there // here for i, here, there in zip(clicked, self.shape, self.result, strict=True)]
        return (clicked[0], element[1] if isinstance(self.seen[1], slice) else clicked[1], *moved[2:])


def link(shape: tuple[int, ...], result: tuple[int, ...]) -> Link | None:
    """Link of an operand of `shape` that is laid out like the result or broadcast to it; None if it is not."""
    if len(shape) == len(result):
        axes = tuple(i if size == want else None for i, (size, want) in enumerate(zip(shape, result, strict=True)))
        return Link(axes) if shape == result or any(axis is not None for axis in axes) else None
    more = abs(len(shape) - len(result))
    if len(shape) > len(result):
        if shape[more:] == result:
            return Link((None,) * more + tuple(range(len(result))))
        return Link((*range(len(result)), *(None,) * more)) if shape[: len(result)] == result else None
    if result[more:] == shape:
        return Link(tuple(range(more, len(result))))
    return Link(tuple(range(len(shape)))) if result[: len(shape)] == shape else None


def product_link(position: int, turned: bool) -> Link:
    """Link of operand `position` (0: left, 1: right, 2: bias) of a matrix product, `turned` where it is transposed."""
    if position > 1:
        return Link((1,))
    axes: tuple[int | None, ...] = (0, None) if position == 0 else (None, 1)
    return Link(axes[::-1] if turned else axes)


def links_of(explanation) -> tuple[Link | Window | None, Link | None]:
    """Links of the explanation's incoming and local arrays to its result."""
    result = () if explanation.outgoing is None else explanation.outgoing.shape
    seen = explanation.window
    if seen is not None:
        rank = len(result)
        kernel = Link((1, *(None,) * (rank - 1))) if np.ndim(explanation.local) == rank else None
        return Window(seen, explanation.incoming.shape, result), kernel
    found = []
    for array, name in ((explanation.incoming, explanation.names[0]), (explanation.local, explanation.names[1])):
        product = _product(explanation, name) if explanation.instruction.op in ("matmul", "linear") else None
        found.append(product or (None if array is None else link(array.shape, result)))
    return found[0], found[1]


def _product(explanation, name: str) -> Link | None:
    names = [operand for operand, _ in explanation.operands]
    terms = re.split(" [·+] ", explanation.shapes.partition("= ")[2])
    if name not in names or len(terms) != len(names) or len(explanation.outgoing.shape) != 2:
        return None
    position = names.index(name)
    return product_link(position, terms[position].endswith("ᵀ"))
