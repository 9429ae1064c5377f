"""Where the parameters that learn lie in the arena: one stretch for each, joined where neighbours are alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from engine.lower import Lowered
from engine.program import Program, aligned


@dataclass(frozen=True)
class Stretch:
    """Places lo … hi − 1 from the first parameter on. `factor` multiplies the learning rate, `second`: it belongs to
    the second optimiser."""

    lo: int
    hi: int
    layer: str
    factor: float
    second: bool = False

    @property
    def size(self) -> int:
        """How many numbers, those between two tensors (which are 0) included."""
        return self.hi - self.lo


def learning(program: Program, lowered: Lowered, start: int, second: Iterable[str] = ()) -> list[Stretch]:
    """A stretch for every parameter that is neither frozen nor a state, from lowest place to highest.

    `second`: layers of the second optimiser; `start`: where the first parameter lies.
    """
    layers, found = set(second), []
    for name, (_, value) in lowered.parameters.items():
        factor = lowered.groups[name]
        if factor:
            lo = program.offsets[id(value)] - start
            layer = name.rsplit(".", 1)[0]
            found.append(Stretch(lo, lo + aligned(value.size), layer, factor, layer in layers))
    return found


def joined(parts: Iterable[Stretch], alike: Callable[[Stretch], Any] = lambda part: None) -> list[Stretch]:
    """Neighbours as one stretch, as long as `alike` gives the same for both."""
    whole: list[Stretch] = []
    for part in parts:
        if whole and whole[-1].hi == part.lo and alike(whole[-1]) == alike(part):
            whole[-1] = replace(whole[-1], hi=part.hi)
        else:
            whole.append(part)
    return whole
