"""The examples that the network gets most wrong, and those behind a cell of the confusion matrix."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from app.plots.card import Card
from app.plots.example_list import ExampleList
from app.plots.example_rows import name, told, verdict, written
from app.plots.share import Table
from app.plots.text import Text
from app.plots.views.kind import ViewKind
from app.watches.base import Trouble
from app.watches.examples import MOST, Cell, Examples

EMPTY = "The rows that the network gets most wrong are shown here, the worst first, once it runs on its data."
NONE = "No row of class {true} is taken for {said} now. “All rows” shows the others."
HINT = "Click an example to read its number in the data; the wheel and the arrow keys page."


class ExamplesCard(Card):
    """Rows by their loss, the highest first."""

    about = (
        "Validation rows (training rows where there are none), those with the highest loss first: under or before each "
        "the true class → the class that the network says, red where they differ, and the loss of the row. Click a row "
        "to read its number in the data (counted from 1, as they stand in its file) and the probabilities. Click a "
        "cell of the confusion matrix to see the rows behind it."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__("Examples", content, EMPTY, parent)
        self.found: Examples | None = None
        self.cell: Cell | None = None
        self.list, self.words = ExampleList(), Text(HINT, 11, role="dim", wrap=True)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.list, 1)
        column.addWidget(self.words)
        self.all = QToolButton()
        self.all.setText("All rows")
        self.all.setProperty("role", "small")
        self.all.setToolTip("Back from this cell of the confusion matrix to the worst of all rows (Escape)")
        self.all.clicked.connect(lambda: self.take_wish(None))
        self.all.hide()
        self.head.addWidget(self.all)
        self.list.chosen.connect(self._tell)

    def take_wish(self, wish: Cell | None) -> None:
        """Show the rows of one cell of the confusion matrix; None: all."""
        self.cell = wish
        self.list.begin()
        self.all.setVisible(wish is not None)
        self.words.set_text(HINT)
        self.asked.emit(wish)

    def set_document(self, document) -> None:
        """Another document has other classes."""
        if self.cell is not None:
            self.take_wish(None)

    def show_snapshot(self, snapshot) -> None:
        """Show what the watch found."""
        found = snapshot.views.get("examples")
        if not isinstance(found, Examples):
            self.found = None
            self.show_empty(found.message if isinstance(found, Trouble) else EMPTY)
            return
        if found is self.found:
            return
        self.found = found
        if not len(found.rows):
            cell = found.cell or Cell(0, 0)
            self.show_empty(NONE.format(true=name(found, cell.true), said=name(found, cell.said)))
        else:
            self.list.set_examples(found)
            self.show_content()
            self._tell(self.list.place)
        self._say_which(found)

    def _say_which(self, found: Examples) -> None:
        if found.cell is None:
            text = f"{found.part}, the worst {min(MOST, found.found)} of {found.judged} rows"
        else:
            true, said = name(found, found.cell.true), name(found, found.cell.said)
            verb = "rightly" if true == said else f"taken for {said}"
            text = f"{true} {verb}: {found.found} of {found.judged} rows"
        self.remark.set_text(text)
        self.remark.setToolTip(text)

    def _tell(self, place: int) -> None:
        if self.found is not None:
            self.words.set_text(told(self.found, place) if place >= 0 else HINT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.cell is not None:
            self.take_wish(None)
        else:
            super().keyPressEvent(event)

    def table(self) -> Table | None:
        """One line an example."""
        found = self.found
        if found is None or not len(found.rows):
            return None
        sure = found.p_true.shape == found.losses.shape
        rows = ((found.rows[i] + 1, found.losses[i], *verdict(found, i),
                 *((found.p_true[i], found.p_said[i]) if sure else ("", "")), written(found, i))
                for i in range(len(found.rows)))  # fmt: skip
        return Table(("row", "loss", "true", "said", "p true", "p said", "input"), rows)


VIEW = ViewKind("Examples", ExamplesCard, "Answers", 20, near="judgement")
