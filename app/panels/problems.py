"""Problems in words: what is wrong, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.plots.text import Text

MOST = 5  # notes are widgets; a long list of them would make every edit slow


class ProblemNote(QWidget):
    """One problem: a coloured edge, the message, then the way out in dim."""

    def __init__(self, problem) -> None:
        super().__init__()
        self.problem = problem
        named = problem.layer and problem.port
        words = f"{problem.layer}.{problem.port}: {problem.message}" if named else _sentence(problem.message)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 10, 8)
        column.setSpacing(2)
        column.addWidget(Text(words, 12, wrap=True))
        if problem.suggestion:
            column.addWidget(Text(problem.suggestion, 12, role="dim", wrap=True))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setBrush(QColor(tokens.bad if self.problem.severity == "error" else tokens.category["activation"]))
        painter.drawRoundedRect(QRectF(0, 6, 3, self.height() - 12), 1.5, 1.5)


class ProblemNotes(QWidget):
    """All problems of a layer; hidden while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problems: tuple = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.hide()

    def set_problems(self, problems) -> None:
        """Show these."""
        problems = tuple(problems)
        if problems == self.problems:
            return
        self.problems = problems
        while self._column.count():
            old = self._column.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        for problem in problems[:MOST]:
            self._column.addWidget(ProblemNote(problem))
        if len(problems) > MOST:
            self._column.addWidget(Text(f"and {len(problems) - MOST:,} more; F8 lists them", 12, role="dim"))
        self.setVisible(bool(problems))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
