"""Where each tensor lies in a parameter block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnknownNameError
from engine.layers import Parameter

if TYPE_CHECKING:
    from engine.checkpoint import Checkpoint
    from engine.session import Session


@dataclass(frozen=True)
class Place:
    """A tensor's elements lo … lo + size − 1 of the block; `learns`: the optimiser moves it."""

    lo: int
    parameter: Parameter
    learns: bool

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.parameter.shape))

    def of(self, block: NDArray) -> NDArray:
        """The tensor inside `block`: a view."""
        view: NDArray = block[self.lo : self.lo + self.size].reshape(self.parameter.shape)
        return view


def block_of(session: Session, checkpoint: Checkpoint) -> NDArray:
    """The parameter block (P,) that `session` has at `checkpoint`."""
    layout, block = Layout(session), session.parameter_block()
    for name, place in layout.items():
        place.of(block)[...] = checkpoint.parameters[name]
    return block


class Layout(Mapping[str, Place]):
    """The places of all tensors of a session by name; `size` numbers in all, those between two tensors included."""

    def __init__(self, session: Session) -> None:
        training = session._training
        first, last = training.parameter_block
        self.size = last - first
        groups = training.lowered.groups
        self._places = {
            name: Place(training.program.offsets[id(value)] - first, parameter, bool(groups[name]))
            for name, (parameter, value) in training.parameters().items()
        }

    def __getitem__(self, name: str) -> Place:
        if name not in self._places:
            raise UnknownNameError(f"There is no parameter {name!r}; there are: {', '.join(self._places)}.")
        return self._places[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def block(self, tensors: Mapping[str, NDArray], dtype: str) -> NDArray:
        """A block of these tensors; 0 where there is none."""
        found = np.zeros(self.size, dtype)
        for name, tensor in tensors.items():
            self[name].of(found)[...] = tensor
        return found

    def tensors(self, block: NDArray) -> dict[str, NDArray]:
        """Copies of what learns in `block`, by name."""
        return {name: place.of(block).copy() for name, place in self.items() if place.learns}

    def learning(self) -> NDArray[np.bool_]:
        """Which elements of a block the optimiser moves, (P,)."""
        found = np.zeros(self.size, bool)
        for place in self.values():
            found[place.lo : place.lo + place.size] = place.learns
        return found
