"""Problems in words: what is wrong, and what to do about it."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.plots.text import Text

MOST = 5  # notes are widgets; a long list of them would make every edit slow


class ProblemNote(QWidget):
    """One problem: a coloured edge, the message, then the way out in dim."""

    def __init__(self) -> None:
        super().__init__()
        self.problem = None
        self._message, self._cure = Text("", 12, wrap=True), Text("", 12, role="dim", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 10, 8)
        column.setSpacing(2)
        column.addWidget(self._message)
        column.addWidget(self._cure)

    def show_problem(self, problem) -> None:
        """Say this one."""
        if problem != self.problem:
            self.problem = problem
            named = problem.layer and problem.port
            words = f"{problem.layer}.{problem.port}: {problem.message}" if named else _sentence(problem.message)
            self._message.set_text(words)
            self._cure.set_text(problem.suggestion)
            self._cure.setVisible(bool(problem.suggestion))
            self.update()

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
        self._notes: list[ProblemNote] = []  # as many as there ever were: making one costs more than an edit may take
        self._more = Text("", 12, role="dim")
        self._column.addWidget(self._more)
        self.hide()

    def set_problems(self, problems) -> None:
        """Show these."""
        problems = tuple(problems)
        if problems == self.problems:
            return
        self.problems, shown = problems, problems[:MOST]
        while len(self._notes) < len(shown):
            self._notes.append(ProblemNote())
            self._column.insertWidget(len(self._notes) - 1, self._notes[-1])
        for note, problem in itertools.zip_longest(self._notes, shown):
            if problem is not None:
                note.show_problem(problem)
            note.setVisible(problem is not None)
        if len(problems) > MOST:
            self._more.set_text(f"and {len(problems) - MOST:,} more; F8 lists them")
        self._more.setVisible(len(problems) > MOST)
        self.setVisible(bool(problems))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
