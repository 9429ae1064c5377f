"""The document: a Network with its undo history, and the only door through which anything in it is changed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.network import Network, Node, Wire

if TYPE_CHECKING:
    from engine.check import Report
    from engine.checkpoint import Checkpoint
    from engine.edits import Edit
    from engine.problems import Problem
    from engine.timeline import Timeline


@dataclass(frozen=True)
class Change:
    """What differs between two states of the network, by ids. `replaced`: another document altogether.

    `judged`: nothing differs, but more is known of the network's problems.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    wired: tuple[Wire, ...] = ()
    unwired: tuple[Wire, ...] = ()
    training: bool = False
    data: bool = False
    title: bool = False
    replaced: bool = False

    judged: bool = False

    @property
    def structural(self) -> bool:
        """Whether the computation itself is another one, so that shapes and the session must be made anew."""
        parts = (self.added, self.removed, self.altered, self.wired, self.unwired)
        return self.replaced or self.data or any(parts)


def difference(old: Network, new: Network) -> Change:
    """The change that leads from `old` to `new`; nodes and wires are immutable, so identity and equality suffice."""
    both = [id for id, node in new.nodes.items() if id in old.nodes and node is not old.nodes[id]]
    wired, unwired = ((), ()) if old.wires is new.wires else (_only(new.wires, old.wires), _only(old.wires, new.wires))
    return Change(
        added=tuple(id for id in new.nodes if id not in old.nodes),
        removed=tuple(id for id in old.nodes if id not in new.nodes),
        moved=tuple(id for id in both if new.nodes[id].position != old.nodes[id].position),
        altered=tuple(id for id in both if _computes_otherwise(old.nodes[id], new.nodes[id])),
        wired=wired,
        unwired=unwired,
        training=new.training != old.training,
        data=new.data != old.data,
        title=(new.title, new.description) != (old.title, old.description),
    )


def _only(wires: tuple[Wire, ...], others: tuple[Wire, ...]) -> tuple[Wire, ...]:
    """Those of `wires` that are not among `others`. Most are the same objects, which is found out much sooner."""
    same = set(map(id, others))
    apart = [wire for wire in wires if id(wire) not in same]
    known = set(others) if apart else ()
    return tuple(wire for wire in apart if wire not in known)


def _computes_otherwise(old: Node, new: Node) -> bool:
    return (old.kind, old.attrs) != (new.kind, new.attrs)


class EditCommand(QUndoCommand):
    """The one adapter between edits and Qt's undo stack. Commands with the same `merge` key in a row become one."""

    def __init__(self, document: Document, edit: Edit, inverse: Edit, text: str, merge: str | None) -> None:
        super().__init__(text)
        self._document, self.edit, self.inverse, self.merge = document, edit, inverse, merge
        self._done = True

    def redo(self) -> None:
        """Apply again; the first time it has been applied already."""
        if self._done:
            self._done = False
            return
        self.inverse = self._document._carry_out(self.edit)

    def undo(self) -> None:
        """Apply the inverse."""
        self.edit = self._document._carry_out(self.inverse)

    def id(self) -> int:
        """Qt asks for a merge only between equal ids; −1 never merges."""
        return hash(self.merge) % (2**31 - 1) if self.merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Swallow `other`, which follows in the same gesture: its edit, our inverse."""
        if not isinstance(other, EditCommand) or other.merge != self.merge:
            return False
        self.edit = other.edit
        self.setObsolete(self.edit == self.inverse)  # a gesture that has come back to where it began is no change
        return True


class Document(QObject):
    """Owns the network. `changed(Change)` follows every edit, undo, redo and replacement.

    `clean_changed(bool)`: whether all is saved.
    """

    changed = Signal(object)
    clean_changed = Signal(bool)

    def __init__(self, network: Network | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.network = network or Network()
        self.path: str | None = None
        self.generation = 0
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self.clean_changed)
        self._report: Report | None = None
        self._misfits: tuple[Problem, ...] = ()

    def apply(self, edit: Edit, text: str = "Edit", merge: str | None = None) -> None:
        """Carry out `edit` as one entry of the undo history. Raises what the edit raises, and then nothing has changed.

        Edits with the same `merge` key in a row are one entry, as while a slider moves.
        """
        inverse = self._carry_out(edit)
        self.undo_stack.push(EditCommand(self, edit, inverse, text, merge))

    def replace(self, network: Network, path: str | None = None) -> None:
        """Show another network: the undo history begins anew."""
        self.network, self.path = network, path
        self.undo_stack.clear()
        self._announce(Change(replaced=True, training=True, title=True))

    def open(self, path: str) -> None:
        """Open a project file. Raises ChainruleError, and then the old document stays."""
        from engine.files import load

        self.replace(load(path), path)

    def save(
        self, path: str | None = None, checkpoint: Checkpoint | None = None, timeline: Timeline | None = None
    ) -> None:
        """Write the project file (None: where it came from) with what has been learned. Raises ChainruleError."""
        target = path or self.path
        if target is None:
            raise ValueError("a document that was never saved needs a path")
        written = self.network.copy()
        written.checkpoint, written.timeline = checkpoint, timeline
        written.save(target)
        self.path = target
        self.network.checkpoint, self.network.timeline = checkpoint, timeline
        self.undo_stack.setClean()

    @property
    def name(self) -> str:
        """What it is called: its title, else like its file."""
        own = self.network.title
        return own if self.path is None or own != Network.title else os.path.splitext(os.path.basename(self.path))[0]

    @property
    def report(self) -> Report:
        """Problems and shapes of the network as it stands; those with its data once they are known."""
        if self._report is None:
            from engine.check import inspect

            found = inspect(self.network)
            self._report = replace(found, problems=[*found.problems, *self._misfits]) if self._misfits else found
        return self._report

    def judge(self, misfits: tuple[Problem, ...]) -> None:
        """Why the network as it stands does not fit its data, as far as the check alone does not say so."""
        known = self.report.problems
        new = tuple(problem for problem in misfits if problem not in known)
        if new:
            self._misfits, self._report = (*self._misfits, *new), None
            self._announce(Change(judged=True))

    @property
    def clean(self) -> bool:
        """Whether all is saved."""
        return self.undo_stack.isClean()

    def _carry_out(self, edit: Edit) -> Edit:
        before = self.network.copy()
        inverse = self.network.apply(edit)
        self._announce(difference(before, self.network))
        return inverse

    def _announce(self, change: Change) -> None:
        if change.structural:
            self.generation += 1
            self._report, self._misfits = None, ()
        self.changed.emit(change)
