"""The runs of the open document: which branch goes on, what of it is kept, and its curves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.worker_budget import Budget
from app.worker_curves import Curves
from app.worker_keep import renamed
from engine.surface.layout import block_of
from engine.surface.path import NamedPath
from engine.timeline import Branch, Mark, Timeline, same_run

if TYPE_CHECKING:
    import numpy as np

    from app.snapshot import History
    from app.worker_keep import Handed
    from engine.network import Network
    from engine.session import Session

DRAWN = 60  # places of another branch's way on the loss surface
KEEPING = 0.01  # share of the time that checkpoints may take while training runs
OPTIMISERS = {"sgd": "SGD", "rmsprop": "RMSProp", "adam": "Adam", "adamw": "AdamW", "adagrad": "Adagrad"}


@dataclass(frozen=True, eq=False)
class BranchView:
    """What the window is told of a branch; see `engine.timeline.Branch`. `rate`: the learning rate at its end."""

    id: int
    name: str
    colour: int
    parent: int | None
    left_at: int
    start: int
    end: int
    offset: int
    marks: int
    rate: float
    network: Network
    history: History


@dataclass(frozen=True, eq=False)
class TimelineView:
    """All branches; `nbytes` of their checkpoints in memory, of at most `budget`."""

    current: int
    branches: tuple[BranchView, ...]
    nbytes: int
    budget: int

    @property
    def branch(self) -> BranchView:
        """The one that runs."""
        return next(branch for branch in self.branches if branch.id == self.current)


class Runs:
    """`step`: where the session stood when it was looked at last."""

    def __init__(self) -> None:
        self.timeline, self.step = Timeline(), 0
        self._curves: dict[int, Curves] = {}
        self._budget, self._late = Budget(KEEPING), ""
        self._others: tuple[tuple, tuple[NamedPath, ...]] = ((), ())
        self._left: tuple[int, int, int, int] | None = None  # the branch and step left last, and those gone to

    @property
    def curves(self) -> Curves:
        """Those of the branch that runs."""
        return self._curves[self.timeline.current]

    # --- which branch goes on -------------------------------------------------------------------------------------

    def open(self, session: Session, kept: Timeline | None) -> None:
        """Another document; `kept`: what its file holds."""
        self._curves.clear()
        self._late = ""
        self.timeline = Timeline() if kept is None else kept.copy()
        if kept is None or not same_run(session.network, self.timeline.branch.network):
            self._start(self.timeline.begin(session))  # edited since it was trained last
        for branch in self.timeline.branches.values():
            if branch.id not in self._curves:
                self._curves[branch.id] = Curves.from_arrays(branch.end, branch.loss, branch.judged)
        self.step = session.steps

    def change(self, session: Session, handed: Handed) -> bool:
        """Another network of the same document: the branch goes on if it computes the same (layers may be called
        otherwise), else one leaves it. Returns whether the curves of the parameters go on."""
        branch, old = self.timeline.branch, self.timeline.branch.network
        names = renamed(old, session.network)
        if handed.whole and same_run(_called(old, names), session.network):
            self.timeline.renamed_layers(session.network, names)
            return True
        if branch.start == branch.end:  # nothing has been trained in it
            self._start(self.timeline.restart(session))
            return False
        self._start(self.timeline.fork(session, self.step, f"{_told(old, session.network)} from {self.step}"))
        return handed.whole

    def enter(self, session: Session, branch: int, step: int) -> int:
        """Go to a step of a branch, whose network `session` runs; returns how many steps are left to replay."""
        if branch != self.timeline.current:
            self._left = (self.timeline.current, self.step, branch, step)
            self.timeline.current = branch
        self._late = ""
        left = self.timeline.go_to(session, step, limit=0)
        self.step = session.steps
        return left

    def way_back(self, network: Network) -> tuple[int, int] | None:
        """Branch and step from which one came to where one stands, if `network` is the one there: an undone change of
        branches leads back."""
        if self._left is None:
            return None
        branch, step, here, at = self._left
        known = self.timeline.branches.get(branch)
        stands = (self.timeline.current, self.step) == (here, at)
        return (branch, step) if stands and known is not None and same_run(known.network, network) else None

    def changed(self, session: Session, what: str) -> bool:
        """Something is otherwise from here on: in the past of a branch another one begins. Returns whether it does."""
        if session.cursor:
            self._late = what  # in the middle of a step there is nothing to go on from
            return False
        if session.steps < self.timeline.branch.end:
            self._start(self.timeline.fork(session, session.steps, f"{what} from {session.steps}"))
            return True
        self.timeline.branch.note(session, pin=True)
        return False

    def fork(self, session: Session, what: str) -> None:
        """Another branch begins here, unless nothing has been trained in this one: then it begins again."""
        branch = self.timeline.branch
        if branch.start == branch.end:
            self._start(self.timeline.restart(session))
            return
        self._start(self.timeline.fork(session, session.steps, f"{what} from {session.steps}"))

    def begin_anew(self, session: Session) -> Branch:
        """After a reset: the branch is begun again if it would be the same once more, else there is another one.
        Returns what was there, for `bring_back`."""
        before = self.copy_of_branch()
        if self.timeline.begins_like(session):
            self._start(self.timeline.restart(session))
        else:
            self._start(self.timeline.begin(session))
        return before

    def copy_of_branch(self) -> Branch:
        """The branch that runs, as it is now, for `bring_back`."""
        return replace(self.timeline.branch, marks=dict(self.timeline.branch.marks))

    def path(self, session: Session) -> list[tuple[int, np.ndarray]]:
        """The way that the branch that runs has gone, up to where `session` stands: (step, parameter block)."""
        return [(at, block_of(session, mark.checkpoint)) for at, mark in self.timeline.branch.marks.items()
                if at <= session.steps]  # fmt: skip

    def others(self, session: Session) -> tuple[NamedPath, ...]:
        """The ways of the other branches through the same parameters; the same object until one has changed."""
        branches = [b for b in self.timeline.branches.values() if b.id != self.timeline.current]
        key = (session, *((b.id, b.name, b.end, len(b.marks)) for b in branches))
        if key != self._others[0]:
            shapes = {name: array.shape for name, array in session.parameters.items()}
            paths = [NamedPath(b.name, b.colour, tuple((at, block_of(session, mark.checkpoint))
                                                       for at, mark in thinned(b.marks)))
                     for b in branches if b.end > b.start and _fits(b, shapes)]  # fmt: skip
            self._others = (key, tuple(paths))
        return self._others[1]

    def bring_back(self, branch: Branch, curves: Curves) -> None:
        """Go on with a branch that was reset, moved or left."""
        now = self.timeline.branch
        if now.id != branch.id and now.start == now.end:
            self.timeline.branches.pop(now.id)
            self._curves.pop(now.id, None)
        self.timeline.branches[branch.id] = branch
        self.timeline.current = branch.id
        self._curves[branch.id] = curves

    def _start(self, branch: Branch) -> None:
        self._curves[branch.id] = Curves(branch.start)
        self._curves = {id: curves for id, curves in self._curves.items() if id in self.timeline.branches}
        self.step = branch.start

    # --- what is kept of it ---------------------------------------------------------------------------------------

    def follow(self, session: Session, everything: bool = False) -> bool:
        """Keep a checkpoint, if one is due. Returns whether another branch has begun, because of a change before."""
        self.step = session.steps
        if session.cursor:
            return False
        late, self._late = self._late, ""
        if late and self.changed(session, late):
            return True
        branch = self.timeline.branch
        branch.end = max(branch.end, session.steps)
        if everything or self._budget.due():
            with self._budget.measured():
                self.timeline.follow(session)
        return False

    def to_keep(self) -> Timeline | None:
        """For a file, with all curves; None where nothing has been trained."""
        if all(branch.start == branch.end for branch in self.timeline.branches.values()):
            return None
        kept = self.timeline.copy()
        for branch in kept.branches.values():
            if branch.id in self._curves:
                branch.loss, branch.judged = self._curves[branch.id].arrays()
        return kept

    def edit(self, id: int, name: str | None) -> None:
        """Rename a branch, or delete it. Raises SessionError."""
        if id not in self.timeline.branches:
            return
        if name is not None:
            self.timeline.rename(id, name)
            return
        self.timeline.delete(id)
        self._curves.pop(id, None)

    def view(self) -> TimelineView:
        """For the window."""
        branches = tuple(
            BranchView(
                b.id, b.name, b.colour, b.parent, b.left_at, b.start, b.end, b.offset, len(b.marks),
                b.marks[max(b.marks)].rate, b.network, self._curves[b.id].history(),
            ) for b in self.timeline.branches.values()
        )  # fmt: skip
        return TimelineView(self.timeline.current, branches, self.timeline.nbytes, self.timeline.budget)


def thinned(marks: dict[int, Mark]) -> list[tuple[int, Mark]]:
    """At most `DRAWN` of them, the last one always."""
    found = list(marks.items())
    return [*found[: -1 : max(1, len(found) // DRAWN)], found[-1]]


def _fits(branch: Branch, shapes: dict[str, tuple[int, ...]]) -> bool:
    known = branch.marks[branch.start].checkpoint.parameters
    return {name: array.shape for name, array in known.items()} == shapes


def _called(network: Network, names: dict[str, str]) -> Network:
    """`network` with layers renamed."""
    if not names:
        return network
    found = network.copy()
    found.nodes = {names.get(id, id): replace(node, id=names.get(id, id)) for id, node in network.nodes.items()}
    found.wires = tuple(replace(wire, source=names.get(wire.source, wire.source),
                                target=names.get(wire.target, wire.target)) for wire in network.wires)  # fmt: skip
    return found


def _told(old: Network, new: Network) -> str:
    """What a branch is called after that which was changed."""
    kinds = {id: (node.kind, node.attrs) for id, node in old.nodes.items()}
    if kinds != {id: (node.kind, node.attrs) for id, node in new.nodes.items()} or set(old.wires) != set(new.wires):
        return "edited"
    if old.data != new.data:
        return "other data"
    if old.training.optimizer != new.training.optimizer:
        return OPTIMISERS.get(new.training.optimizer, new.training.optimizer)
    for name in ("batch_size", "seed", "schedule", "clipping", "l1", "l2"):
        value = getattr(new.training, name)
        if value != getattr(old.training, name):
            return f"{name.replace('_', ' ')} {value}"
    return "other settings"
