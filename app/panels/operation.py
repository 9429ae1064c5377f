"""Operation: where we are, its formula, the same with shapes and with the numbers of one element, three linked heat
maps, and the list of operations with the cursor."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.formula import FormulaView
from app.panels import wording
from app.panels.factors import Factors
from app.panels.numbers_card import NumbersCard
from app.panels.operations import OperationsView
from app.panels.tall_area import TallArea
from app.plots.text import Elided, Hairline, Text, restyle
from app.words import worded

EMPTY = {
    "loading": "The operations of one training step are listed here once the network is ready.",
    "compiling": "The operations of one training step are listed here once the network is ready.",
    "running": "Training runs through all of these again and again. Pause with Space to walk through them one by one.",
    "failed": "The network cannot run yet: the Layer tab says why.",
}
FRAME, LIST = 70, 84  # what margins, gaps and the heading take, and three operations
HOW = "Step with →, or click an operation below, to see its formula with the numbers that stand in it now."


class OperationPanel(QWidget):
    """`inspect_requested(int)`: explain this operation; `run_to(int)`; `element_chosen(tuple)`: of its result."""

    inspect_requested = Signal(object)
    run_to = Signal(int)
    element_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.where, self.name, self.place = Text("", 11, 600), Text("", 15, 600), Text("", 11.5, role="dim")
        self.formula, self.shapes = FormulaView(), Text("", 11, role="dim", mono=True)
        self.numbers, self.factors = NumbersCard(), Factors()
        self.message = Text("", 12, role="dim", wrap=True)
        self.heading, self.counts = Text("Operations", 13, 600), Elided("", 11, role="dim")
        self.list = OperationsView()
        self.explanation = None
        self._program: object = None
        self.shapes.setMinimumWidth(1)  # a long line widens no panel
        self._lay_out()
        self.list.inspected.connect(self.inspect_requested)
        self.list.run_to.connect(self.run_to)
        self.factors.element_chosen.connect(self.element_chosen)
        self._show_explanation(None, ())

    def _lay_out(self) -> None:
        self.details = QWidget()
        column = QVBoxLayout(self.details)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        names = QVBoxLayout()
        names.setSpacing(2)
        for widget in (self.where, self.name, self.place):
            names.addWidget(widget)
        column.addLayout(names)
        for widget in (self.formula, self.shapes, self.numbers):
            column.addWidget(widget)
        column.addWidget(self.factors, 1)
        head = QHBoxLayout()
        self.counts.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.heading)
        head.addWidget(self.counts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 8)
        layout.setSpacing(8)
        self.scroll = TallArea(self.details)
        layout.addWidget(self.scroll)
        layout.addWidget(self.message)
        layout.addWidget(Hairline())
        layout.addLayout(head)
        layout.addWidget(self.list, 1)

    @property
    def phase(self) -> str | None:
        """Direction of the operation shown; None if none is."""
        return self.explanation.instruction.phase if self.explanation is not None else None

    def show_snapshot(self, snapshot) -> None:
        """Draw what the worker published; the same explanation again costs nothing."""
        if snapshot.instructions is not self._program:
            self._program = snapshot.instructions
            self.list.operations.set_rows(snapshot.instructions)
            self.counts.set_text(wording.counts(snapshot.instructions))
        current = snapshot.current
        self.list.show_cursor(current.index if current is not None and snapshot.state != "running" else None)
        if snapshot.explanation is not self.explanation or snapshot.explanation is None:
            self._show_explanation(snapshot.explanation, snapshot.instructions, snapshot.cursor)
            self._mark_ahead(snapshot)
        if self.explanation is None:
            failed = snapshot.state == "failed" and snapshot.message
            self.message.set_text(worded(snapshot.message) if failed else EMPTY.get(snapshot.state, HOW))

    def _mark_ahead(self, snapshot) -> None:
        """What this step has not computed yet is shown faintly, as what it is: the numbers of the run before."""
        shown = self.explanation
        if shown is None:
            return
        operands, row = dict(shown.operands), shown.instruction
        local = any(name in snapshot.ahead for name in operands)
        names = tuple("" if name == "local derivative" else name for name in shown.names)
        extra = frozenset({""}) if local else frozenset()
        self.factors.show_ahead(snapshot.ahead | extra, names)
        self.numbers.show_ahead(0 < snapshot.cursor <= row.index and row.phase != "update")

    def _show_explanation(self, explanation, rows: tuple, cursor: int = 0) -> None:
        self.explanation = explanation
        self.scroll.setVisible(explanation is not None)
        self.message.setVisible(explanation is None)
        if explanation is None:
            return
        row = explanation.instruction
        ahead = " · not yet run in this step" if 0 < cursor <= row.index else ""
        self.where.set_text(f"{row.phase} · {row.index + 1} of {len(rows)}{ahead}")
        self.where.setToolTip("The numbers are those of the step before." if ahead else "")
        self.list.show_inspected(row.index)
        self.where.set_role("forward_text" if row.phase == "forward" else "backward_text")
        self.name.set_text(explanation.title)
        self.place.set_text(wording.place(row, rows))
        self.formula.set_formula(wording.formula(row))
        self.shapes.set_text(wording.in_lines(explanation.shapes))
        self.numbers.show_numbers(explanation.element, explanation.numbers, row.phase)
        self.factors.show_explanation(explanation)
        self._give_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The maps give way first."""
        super().resizeEvent(event)
        self._give_room()

    def _give_room(self) -> None:
        """The maps are as high as the panel can spare: what stands under them is not cut off."""
        others = self.scroll.sizeHint().height() - self.factors.map_height
        self.factors.set_map_height(self.height() - FRAME - LIST - others)
        self.details.updateGeometry()
        self.scroll.updateGeometry()

    def apply_theme(self) -> None:
        """Take on the current theme."""
        restyle(self)
