"""The runs of a document as a tree: each branch keeps checkpoints from which all its steps are replayed, bit for bit.

A branch begins anew, or at a step of another one with another optimiser, rate or network. Steps are counted as the
session counts them; `offset` is added where a branch is drawn beside the one it left, because a changed network counts
from 0 again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SessionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.checkpoint import Checkpoint
    from engine.network import Network
    from engine.session import Session

BUDGET, MOST_MARKS, MOST_BRANCHES = 256 * 2**20, 240, 24
COLOURS = 8


@dataclass(frozen=True, eq=False)
class Mark:
    """A checkpoint and the learning rate from there on. A `pinned` one stays: something was changed there."""

    checkpoint: Checkpoint
    rate: float
    pinned: bool = False

    @property
    def nbytes(self) -> int:
        """Memory of its arrays."""
        kept = (self.checkpoint.parameters, self.checkpoint.states, *self.checkpoint.slots)
        return sum(array.nbytes for tensors in kept for array in tensors.values())


@dataclass(eq=False)
class Branch:
    """`network`: what runs here, with its training settings; `start` and `end`: its steps, as its session counts;
    `parent` and `left_at`: the branch that it left, and at which of that one's steps. `loss` (n, 2) and `judged` (m, 4)
    are its curves, as a file keeps them."""

    id: int
    name: str
    colour: int
    network: Network
    start: int = 0
    end: int = 0
    parent: int | None = None
    left_at: int = 0
    offset: int = 0
    marks: dict[int, Mark] = field(default_factory=dict)
    loss: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    judged: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)))
    every: int = 1  # steps between two marks, at least

    @property
    def nbytes(self) -> int:
        """Memory of its checkpoints."""
        return sum(mark.nbytes for mark in self.marks.values())

    def nearest(self, step: int) -> Mark | None:
        """The last mark at or before `step`."""
        known = [at for at in self.marks if at <= step]
        return self.marks[max(known)] if known else None

    def mark_for(self, step: int) -> Mark | None:
        """The mark to replay from: one before `step`, unless something was changed at that very step."""
        here = self.marks.get(step)
        return here if here is not None and here.pinned else self.nearest(step - 1) or here

    def note(self, session: Session, pin: bool = False) -> None:
        """Keep the state of `session`, which stands between two steps, if it is `every` steps after the last mark."""
        step = session.steps
        last = max((at for at in self.marks if at <= step), default=None)
        if pin or last is None or step >= last + self.every:
            pinned = pin or (step in self.marks and self.marks[step].pinned)
            self.marks[step] = Mark(session.checkpoint(), session.learning_rate, pinned)
            self.marks = dict(sorted(self.marks.items()))
        self.end = max(self.end, step)

    def thin(self, most: int) -> None:
        """At most `most` marks, evenly spread; the first one and pinned ones stay."""
        while len(self.marks) > max(2, most):
            loose = [at for at in list(self.marks)[1:] if not self.marks[at].pinned]
            if not loose:
                return
            for at in loose[::2]:
                del self.marks[at]
            gaps = np.diff(list(self.marks))
            self.every = max(2 * self.every, int(np.median(gaps)) if len(gaps) else 1)


class Timeline:
    """Branches by id; `current` is the one that runs. Not for several threads at once."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.branches: dict[int, Branch] = {}
        self.current, self.budget = 0, budget

    @property
    def branch(self) -> Branch:
        """The one that runs."""
        return self.branches[self.current]

    @property
    def nbytes(self) -> int:
        """Memory of all checkpoints."""
        return sum(branch.nbytes for branch in self.branches.values())

    def begin(self, session: Session, name: str = "") -> Branch:
        """A branch without parent, at the step where `session` stands."""
        return self._add(session, name or "Run 1", None, 0, 0)

    def fork(self, session: Session, left_at: int, name: str = "") -> Branch:
        """`session` goes on from step `left_at` of the current branch with something changed."""
        parent = self.branch
        offset = parent.offset + left_at - session.steps
        return self._add(session, name or f"{parent.name}, from {left_at}", parent.id, left_at, offset)

    def restart(self, session: Session) -> Branch:
        """The current branch begins again, with the network of `session` and where that stands."""
        branch = self.branch
        branch.network, branch.start, branch.end = _as_run(session), session.steps, session.steps
        branch.marks, branch.every = {}, 1
        branch.loss, branch.judged = branch.loss[:0], branch.judged[:0]
        branch.note(session, pin=True)
        return branch

    def begins_like(self, session: Session) -> bool:
        """Whether the current branch began as `session`, which has just been reset, stands there now."""
        branch = self.branch
        first = branch.marks.get(branch.start)
        if branch.parent is not None or branch.start or first is None or not same_run(branch.network, session.network):
            return False
        now = session.checkpoint()
        return first.checkpoint.seed == now.seed and all(
            np.array_equal(array, now.parameters[name]) for name, array in first.checkpoint.parameters.items()
        )

    def _add(self, session: Session, name: str, parent: int | None, left_at: int, offset: int) -> Branch:
        self._make_room()
        id = max(self.branches, default=0) + 1
        at = session.steps
        branch = Branch(id, self._free_name(name), self._free_colour(), _as_run(session), at, at, parent, left_at,
                        offset)  # fmt: skip
        branch.note(session, pin=True)
        self.branches[id] = branch
        self.current = id
        return branch

    def copy(self) -> Timeline:
        """An independent one; checkpoints are immutable and shared."""
        other = Timeline(self.budget)
        other.branches = {id: replace(branch, marks=dict(branch.marks)) for id, branch in self.branches.items()}
        other.current = self.current
        return other

    def follow(self, session: Session) -> None:
        """Keep what is due; `session` runs the current branch and stands between two steps."""
        self.branch.note(session)
        self._thin()

    def go_to(self, session: Session, step: int, limit: int | None = None) -> int:
        """Bring `session`, which runs the current branch's network, to `step`: at most `limit` steps are replayed, one
        at least where there was one, so that loss and gradients are those of the step before.

        Returns how many are left to replay. Raises SessionError where the branch does not reach.
        """
        mark = self.branch.mark_for(step)
        if mark is None or step > self.branch.end:
            raise SessionError(f"{self.branch.name} has steps {self.branch.start} to {self.branch.end}; "
                               f"there is no step {step}.")  # fmt: skip
        session.restore(mark.checkpoint)
        session.learning_rate = mark.rate
        left = step - session.steps
        now = left if limit is None else min(left, limit)
        if now:
            session.train(steps=now)
        return left - now

    def delete(self, id: int) -> None:
        """Forget a branch that does not run. Those that left it lose what was before. Raises SessionError."""
        if id == self.current:
            raise SessionError("The branch that runs cannot be deleted; go to another one first.")
        gone = self.branches.pop(id)
        for branch in self.branches.values():
            if branch.parent == id:
                branch.parent, branch.left_at = None, 0
        del gone

    def prune(self) -> None:
        """Halve the checkpoints of every branch; any step is still reached, by longer replays."""
        for branch in self.branches.values():
            branch.thin(max(2, len(branch.marks) // 2))

    def rename(self, id: int, name: str) -> None:
        """Call a branch otherwise. Raises SessionError for an empty name."""
        if not name.strip():
            raise SessionError("A branch needs a name.")
        self.branches[id].name = name.strip()[:60]

    def renamed_layers(self, network: Network, names: dict[str, str]) -> None:
        """Layers of the current branch are called otherwise: `names`, old id → new id, in `network`."""
        branch = self.branch
        branch.network = _plain(network)
        if any(old != new for old, new in names.items()):
            branch.marks = {at: replace(mark, checkpoint=under_names(mark.checkpoint, names))
                            for at, mark in branch.marks.items()}  # fmt: skip

    def _thin(self) -> None:
        branch = self.branch
        branch.thin(MOST_MARKS)
        while self.nbytes > self.budget and any(len(one.marks) > 2 for one in self.branches.values()):
            largest = max(self.branches.values(), key=lambda one: one.nbytes if len(one.marks) > 2 else 0)
            before = len(largest.marks)
            largest.thin(len(largest.marks) // 2)
            if len(largest.marks) == before:
                return

    def _make_room(self) -> None:
        """The oldest branches go where there are too many: those without a branch of their own first."""
        while len(self.branches) >= MOST_BRANCHES:
            parents = {branch.parent for branch in self.branches.values()}
            loose = [id for id in self.branches if id != self.current]
            self.delete(next((id for id in loose if id not in parents), loose[0]))

    def _free_colour(self) -> int:
        taken = [branch.colour for branch in self.branches.values()]
        return min(range(COLOURS), key=lambda colour: (taken.count(colour), colour))

    def _free_name(self, name: str) -> str:
        names, number = {branch.name for branch in self.branches.values()}, 1
        if name not in names:
            return name
        stem = name.removesuffix(" 1")
        while f"{stem} {number + 1}" in names:
            number += 1
        return f"{stem} {number + 1}"


def under_names(checkpoint: Checkpoint, names: dict[str, str]) -> Checkpoint:
    """The same numbers with layers renamed: `names`, old id → new id."""

    def called(tensors: dict[str, NDArray]) -> dict[str, NDArray]:
        parts = {name: name.rpartition(".") for name in tensors}
        return {f"{names.get(layer, layer)}.{tensor}": tensors[name] for name, (layer, _, tensor) in parts.items()}

    return replace(checkpoint, parameters=called(checkpoint.parameters), slots=tuple(map(called, checkpoint.slots)))


def same_run(one: Network, other: Network) -> bool:
    """Whether both compute and learn alike, but for the learning rate, which is kept with every mark."""

    def essence(network: Network) -> tuple:
        training = replace(network.training, learning_rate=0.0, epochs=1, threads=1, stop_patience=0)
        nodes = {id: (node.kind, node.attrs) for id, node in network.nodes.items()}
        return nodes, set(network.wires), network.data, training

    return essence(one) == essence(other)


def _as_run(session: Session) -> Network:
    network = _plain(session.network)
    rate = float(f"{session.learning_rate:.6g}")  # as it was given: the arena holds it in single precision
    network.training = replace(network.training, learning_rate=rate)
    return network


def _plain(network: Network) -> Network:
    found = network.copy()
    found.checkpoint = found.timeline = None
    return found
