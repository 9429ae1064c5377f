"""Which rows a picture of the loss is computed on, and how the network is run on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.losses import against, loss_nodes
from engine.targets import target_array

if TYPE_CHECKING:
    from engine.data import Part
    from engine.lower import Lowered
    from engine.session import Session

RunAs = Literal["use", "training"]
MODE_LAYERS = {"Dropout", "BatchNorm", "GaussianNoise", "AdversarialInput", "Augment"}  # they act otherwise in training
CHUNK_NUMBERS = 1 << 17  # numbers that the layers give for the rows taken at once: they stay in the cache


@dataclass(frozen=True)
class RowsOf:
    """x (N, *row), its target (None: no loss reads one), the part they come from, and how many rows that has.

    `run_as` "use": as in prediction, dropout off, stored statistics; "training": all rows as one batch of `step`,
    before which nothing was carried on.
    """

    x: NDArray
    target: NDArray | None
    part: str
    available: int
    run_as: RunAs = "use"
    step: int = 0

    def __len__(self) -> int:
        return len(self.x)

    @property
    def text(self) -> str:
        """In words: on which rows, and in which mode."""
        rows = f"{len(self)} {self.part} rows" if len(self) == self.available else (
            f"{len(self)} of {self.available} {self.part} rows")  # fmt: skip
        return rows + (", as in training" if self.run_as == "training" else "")


def rows_of(session: Session, part: str = "train", most: int = 0, run_as: RunAs = "use") -> RowsOf:
    """Rows of "train" or "validation": all, or `most` evenly spread ones; copies, so that training may go on.

    Raises SessionError where the part has none.
    """
    if part not in ("train", "validation"):
        raise SessionError(f"There is no surface over {part!r}; take train or validation.")
    rows: Part = getattr(session.dataset, part)
    if not len(rows):
        raise SessionError(f"The data has no {part} rows; set a {part} fraction in the data's settings.")
    if run_as == "training":
        most = min(most or session.batch_size, session.batch_size)
    chosen = spread(len(rows), most)
    target = target_array(session.network, session.shapes, rows.y)
    return RowsOf(np.ascontiguousarray(rows.x[chosen]), None if target is None else target[chosen], part, len(rows),
                  run_as, session.steps)  # fmt: skip


def spread(rows: int, most: int) -> NDArray[np.int64]:
    """At most `most` (0: all) of `rows` places, evenly spread."""
    if not 0 < most < rows:
        return np.arange(rows)
    return np.arange(most) * rows // most


def acts_otherwise(session: Session) -> list[str]:
    """Layers that act otherwise in training than in use, so that the mode matters."""
    nodes = session.network.nodes.values()
    return [node.id for node in nodes if node.kind in MODE_LAYERS or node.attrs.get("noise")
            or node.attrs.get("dropout")]  # fmt: skip


def at_once(session: Session, rows: RowsOf) -> int:
    """How many rows one program takes: all of a batch in training, else an even share that stays in the cache."""
    if rows.run_as == "training":
        return len(rows)
    numbers = sum(int(np.prod(shape)) for shape in session.shapes.values())
    most = max(1, CHUNK_NUMBERS // max(1, numbers))
    return -(-len(rows) // -(-len(rows) // most))


def shares(session: Session, lowered: Lowered, target: NDArray | None, whole: RowsOf, count: int) -> dict[str, float]:
    """By loss layer, what the loss of `count` rows counts in that of all."""
    from engine.metrics import share_of

    found = {}
    for node in loss_nodes(session.network):
        if node.id in lowered.losses:
            part = target if against(node) == "target" else None
            found[node.id] = share_of(node, count / len(whole), part, whole.target)
    return found
