"""Problems in words: what is wrong, and what to do about it."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.numbers import format_count
from app.plots.text import Text
from app.words import worded

MOST = 5  # notes are widgets; a long list of them would make every edit slow


class ProblemNote(QWidget):
    """One problem: a coloured edge, the message, then the way out in dim."""

    def __init__(self) -> None:
        super().__init__()
        self.problem, self._named = None, False
        self._message, self._cure = Text("", 12, wrap=True), Text("", 12, role="dim", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 10, 8)
        column.setSpacing(2)
        column.addWidget(self._message)
        column.addWidget(self._cure)

    def show_problem(self, problem, named: bool = False) -> None:
        """Say this one; `named`: say which layer it belongs to."""
        if (problem, named) != (self.problem, self._named):
            self.problem, self._named = problem, named
            self._message.set_text(worded(_words(problem, named)))
            self._cure.set_text(worded(problem.suggestion))
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
    """All problems of a layer or of the network; hidden while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problems: tuple = ()
        self._named = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._notes: list[ProblemNote] = []  # as many as there ever were: making one costs more than an edit may take
        self._more = Text("", 12, role="dim")
        self._column.addWidget(self._more)
        self.hide()

    def set_problems(self, problems, named: bool = False) -> None:
        """Show these; `named`: they belong to different layers, and say to which."""
        problems = tuple(problems)
        if (problems, named) == (self.problems, self._named):
            return
        self.problems, self._named, shown = problems, named, problems[:MOST]
        while len(self._notes) < len(shown):
            self._notes.append(ProblemNote())
            self._column.insertWidget(len(self._notes) - 1, self._notes[-1])
        for note, problem in itertools.zip_longest(self._notes, shown):
            if problem is not None:
                note.show_problem(problem, named)
            note.setVisible(problem is not None)
        if len(problems) > MOST:
            self._more.set_text(f"and {format_count(len(problems) - MOST)} more; F8 lists them")
        self._more.setVisible(len(problems) > MOST)
        self.setVisible(bool(problems))


def _words(problem, named: bool) -> str:
    if problem.layer and problem.port:
        return f"{problem.layer}.{problem.port}: {problem.message}"
    return f"{problem.layer}: {problem.message}" if named and problem.layer else _sentence(problem.message)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
