"""The numbers of a session at one step: all that is needed to go on from there, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """`parameters` by "<layer>.<name>", `slots`: the optimiser's state tensors by slot and name, after `steps` steps."""

    steps: int
    parameters: dict[str, NDArray[np.floating]]
    slots: tuple[dict[str, NDArray[np.floating]], ...] = ()
    optimizer: str = ""
    seed: int = 0
    extra: dict[str, str] = field(default_factory=dict)
