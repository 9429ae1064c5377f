"""The welcome page: begin anew, go on with a recent file, or open one of the ready-made networks."""

from __future__ import annotations

import itertools
import os
from importlib.util import find_spec

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import files_recent, theme
from app.welcome_button import SIDE, CommandButton, SideButton
from app.welcome_card import WIDTH, LessonCard
from engine.errors import ChainruleError

GAP = 16
CSV_MODULE = "app.data_csv"


class WelcomePage(QWidget):
    """`chosen(path)`: open this file; `csv_wanted`: use data of the user's own; `left`: back to what is open.

    The cards come with `fill`.
    """

    chosen = Signal(str)
    csv_wanted = Signal()
    left = Signal()

    def __init__(self, actions: dict[str, QAction], parent=None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.cards: list[LessonCard] = []
        self.grid = QGridLayout()
        self.recent = QVBoxLayout()
        self.csv = SideButton("Use my own data (CSV) …")
        row = QHBoxLayout(self)
        row.setContentsMargins(40, 36, 24, 0)
        row.setSpacing(40)
        row.addLayout(self._side(actions))
        row.addWidget(self._gallery(), 1)

    # --- parts ---------------------------------------------------------------------------------------------------

    def _side(self, actions: dict[str, QAction]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.GAP)
        column.addWidget(_label("Open up a neural network", theme.SIZE_TITLE, 600))
        about = _label("Draw one, train it, and walk through its computation, forwards and backwards.", dim=True)
        about.setWordWrap(True)
        about.setFixedWidth(SIDE)
        column.addWidget(about)
        column.addSpacing(12)
        self.back = SideButton()
        self.back.setToolTip("Back to the network that is open  (Esc)")
        self.back.clicked.connect(self.left)
        self.back.hide()
        column.addWidget(self.back)
        self.commands = [CommandButton("New network", actions["new"]), CommandButton("Open …", actions["open"])]
        for button in self.commands:
            column.addWidget(button)
        self.csv.clicked.connect(self.csv_wanted)
        self.csv.setVisible(find_spec(CSV_MODULE) is not None)
        column.addWidget(self.csv)
        column.addSpacing(20)
        column.addWidget(_label("Recent", theme.SIZE_HEAD, 600))
        self.recent.setSpacing(2)
        column.addLayout(self.recent)
        column.addStretch(1)
        return column

    def _gallery(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 16, 36)
        column.setSpacing(theme.GAP_WIDE)
        column.addWidget(_label("Ready-made networks", theme.SIZE_TITLE, 600))
        self.grid.setSpacing(GAP)
        column.addLayout(self.grid)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(page)
        return self.area

    # --- filling -------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Read the ready-made networks; one that cannot be read is left out. Imports the engine's checks."""
        from app.sidebar_lessons import first_sentence
        from app.welcome_picture import picture_of
        from engine.files import lessons, load

        for card in self.cards:
            card.deleteLater()
        self.cards = []
        for name, title, path in lessons():
            try:
                network = load(path)
                card = LessonCard(path, title or name, first_sentence(network.description), picture_of(network))
            except ChainruleError:
                continue
            card.clicked.connect(lambda _=False, path=path: self.chosen.emit(path))
            self.cards.append(card)
        self.cards.sort(key=lambda card: card.picture.units)  # from small to large
        self._place_cards()
        self._order_tabs()

    def show_page(self, opened: str = "") -> None:
        """The recent files as they are now, and the way back to the network `opened` ("": there is none)."""
        self.back.setVisible(bool(opened))
        shown = self.back.fontMetrics().elidedText(f"Back to {opened}", Qt.TextElideMode.ElideRight, SIDE - 28)
        self.back.setText(shown.replace("&", "&&"))
        while self.recent.count():
            old = self.recent.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        paths = files_recent.recent()
        for path in paths:
            self.recent.addWidget(self._recent_button(path))
        if not paths:
            self.recent.addWidget(_label("Files you open or save stand here.", dim=True))
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Tab goes from top to bottom, whatever was made last: the buttons, recent files, then the cards by size."""
        recent = [self.recent.itemAt(i).widget() for i in range(self.recent.count())]
        stops = [self, self.back, *self.commands, self.csv, *recent, *self.cards]
        for before, stop in itertools.pairwise(stops):
            QWidget.setTabOrder(before, stop)

    def _recent_button(self, path: str) -> QPushButton:
        name = os.path.basename(path).removesuffix(".chainrule")
        button = SideButton(pad=5, more="background: transparent;")
        button.setText(
            button.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, SIDE - 28).replace("&", "&&")
        )
        button.setToolTip(path if os.path.isfile(path) else f"{path}\nThis file is no longer there.")
        button.setEnabled(os.path.isfile(path))
        button.clicked.connect(lambda: self.chosen.emit(path))
        return button

    def keyPressEvent(self, event) -> None:
        """Escape goes back to what is open."""
        if event.key() == Qt.Key.Key_Escape and not self.back.isHidden():
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event) -> None:
        """As many cards in a row as there is room for."""
        super().resizeEvent(event)
        self._place_cards()

    def _place_cards(self) -> None:
        room = self.width() - SIDE - 40 - 24 - 40 - 16
        columns = max(1, min(5, (room + GAP) // (WIDTH + GAP)))
        for i in range(self.grid.columnCount()):
            self.grid.setColumnStretch(i, 0)
        for i, card in enumerate(self.cards):
            self.grid.addWidget(card, i // columns, i % columns)
            self.grid.setColumnStretch(i % columns, 1)

    def apply_theme(self) -> None:
        """Cards paint themselves anew."""
        for card in self.cards:
            card.update()


def _label(text: str, size: float = theme.SIZE_BODY, weight: int = 400, dim: bool = False) -> QLabel:
    label = QLabel(text)
    label.setFont(theme.ui_font(size, weight))
    if dim:
        label.setProperty("role", "dim")
    return label
