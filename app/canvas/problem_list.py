"""All problems of the network: a button that counts them, and a list that leads to the layer."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.icons import swatch
from app.words import worded

LAYER = Qt.ItemDataRole.UserRole
WIDTH, MOST, MOST_ROWS = 340, 260, 60


class ProblemsButton(QToolButton):
    """ "2 problems"; hidden while there are none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("problems")
        self.setFont(theme.ui_font(theme.SIZE_BODY))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip("What keeps the network from running  (F8)")
        self.setCheckable(True)
        self.hide()

    def show_problems(self, problems: list) -> None:
        """Count them, in the colour of the worst."""
        count = len(problems)
        self.setVisible(bool(count))
        if not count:
            return
        self.setText(f"{count} problem{'s' if count != 1 else ''}")
        self.setAccessibleName(self.text())
        self.setIcon(mark(any(problem.severity == "error" for problem in problems)))
        self.adjustSize()


class ProblemsList(QFrame):
    """`chosen(layer)` where a problem names one; Enter and a click choose, Escape closes."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("popup")
        self.rows = QListWidget()
        self.rows.setWordWrap(True)
        self.rows.setAccessibleName("Problems")
        self.rows.setSpacing(1)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.itemActivated.connect(self._choose)
        self.rows.itemClicked.connect(self._choose)
        leave = QShortcut(QKeySequence("Esc"), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self.closed)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self.rows)
        self.hide()

    def show_problems(self, problems: list) -> None:
        """One row a problem: what is wrong, and below it what to do."""
        self.rows.clear()
        tall = 16
        for problem in problems[:MOST_ROWS]:
            row, words = QListWidgetItem(self.rows), self._words(problem)
            row.setIcon(mark(problem.severity == "error"))
            row.setData(LAYER, problem.layer)
            row.setData(Qt.ItemDataRole.AccessibleTextRole, str(problem))
            row.setSizeHint(QSize(WIDTH - 40, words.heightForWidth(WIDTH - 64) + 10))
            self.rows.setItemWidget(row, words)
            tall += row.sizeHint().height() + 2
        if len(problems) > MOST_ROWS:
            QListWidgetItem(f"and {len(problems) - MOST_ROWS} more", self.rows).setFlags(Qt.ItemFlag.NoItemFlags)
        self.setFixedSize(WIDTH, min(MOST, tall))

    def _words(self, problem) -> QLabel:
        tokens = theme.current()
        where = f"{problem.layer}.{problem.port}: " if problem.port else f"{problem.layer}: " if problem.layer else ""
        label = QLabel(f"{_safe(worded(where + problem.message))}<br>"
                       f"<span style='color:{tokens.dim}'>{_safe(worded(problem.suggestion))}</span>")  # fmt: skip
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setContentsMargins(4, 3, 4, 3)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return label

    def _choose(self, row: QListWidgetItem) -> None:
        if row.data(LAYER):
            self.chosen.emit(row.data(LAYER))


def mark(error: bool) -> QIcon:
    """The swatch of an error or of a doubt."""
    tokens = theme.current()
    return swatch(tokens.bad if error else tokens.category["activation"])


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
