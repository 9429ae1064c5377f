"""How large states and their gradients are at each step of a sequence: whether they fade or explode on the way back.

(Pascanu et al. 2013, "On the difficulty of training recurrent neural networks".)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from engine.session import Session

RECURRENT = ("RNN", "LSTM", "GRU")
MOST_ELEMENTS = 2_000_000  # of larger values the first rows are taken
STEP = re.compile(r"^(.+)\[(\d+)\]$")


@dataclass(frozen=True, eq=False)
class Steps:
    """Norms over the rows and units of a batch, (T,): of the state of each step, and of ∂L by what goes into it."""

    states: NDArray[np.float64]
    gradients: NDArray[np.float64]


def through_time(session: Session) -> dict[str, Steps]:
    """Layer id → its steps, for layers that read a sequence step by step (of two directions, the one forward), and for
    learning layers of a loop. The gradients are those of the batch that was computed last."""
    found = {}
    for id, node in session.network.nodes.items():
        if node.kind in RECURRENT:
            pair = session.values.get(f"{id}.h"), session.values.get(f"{id}.xp.grad")
            if pair[0] is not None and pair[1] is not None:
                found[id] = Steps(_norms(pair[0]), _norms(pair[1]))
    return found | _loops(session)


def _norms(value: NDArray) -> NDArray[np.float64]:
    """Of (B, T, n): (T,)."""
    rows = value[: max(1, MOST_ELEMENTS * len(value) // max(value.size, 1))].astype(np.float64)
    return np.asarray(np.sqrt((rows**2).sum((0, 2))))


def _loops(session: Session) -> dict[str, Steps]:
    """Layers that are built once for each step: their results and gradients, z of dense layers or else their last."""
    names: dict[str, dict[int, str]] = {}
    for name in session.values:
        match = STEP.match(name)
        if match and session.values.get(f"{name}.grad") is not None:
            names.setdefault(match[1], {})[int(match[2])] = name
    found: dict[str, Steps] = {}
    for stem, steps in names.items():
        id = stem.rpartition(".")[0]
        if id not in session.network.loops or len(steps) < 2:
            continue
        values = [[np.asarray(session.values[f"{name}{end}"]) for _, name in sorted(steps.items())]
                  for end in ("", ".grad")]  # fmt: skip
        states, gradients = (np.array([np.linalg.norm(one.astype(np.float64)) for one in part]) for part in values)
        found[id] = Steps(states, gradients)
    return found
