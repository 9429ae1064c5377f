"""Where the views stand: docks that can be dragged beside, above and into one another, and their windows of their own.

Qt's docks do the arranging; this gives them the look of the program and tells which of them are seen.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget

from app import theme
from app.plots.card import Card
from app.plots.card_window import CardWindow

LEAST, MARGIN, GRIP = 104, 12, 12  # width of a card, room beside it, height of what it is dragged by
ABOVE = Qt.DockWidgetArea.TopDockWidgetArea


class Grip(QWidget):
    """A dock is dragged by this; a double click takes it to a window of its own."""

    opened = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(GRIP)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag this view to another place; a double click gives it a window of its own")
        self._over = False

    def sizeHint(self) -> QSize:
        return QSize(40, GRIP)

    def minimumSizeHint(self) -> QSize:
        return QSize(20, GRIP)

    def enterEvent(self, event: QEvent) -> None:
        self._over = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = False
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.opened.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.dim if self._over else tokens.hairline))
        for i in range(-2, 3):
            painter.drawEllipse(QPointF(self.width() / 2 + 6 * i, self.height() / 2 - 1), 1.2, 1.2)


class ViewDock(QDockWidget):
    """One view. `seen`: it stands there and is not behind another tab, or it has a window of its own."""

    changed = Signal()

    def __init__(self, id: str, title: str, card: Card) -> None:
        super().__init__(title)
        self.setObjectName(id)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.card, self.window_of_its_own = card, None
        features = QDockWidget.DockWidgetFeature
        self.setFeatures(features.DockWidgetMovable | features.DockWidgetClosable)
        grip = Grip(self)
        grip.opened.connect(self.open_window)
        self.setTitleBarWidget(grip)
        body = QWidget()
        body.setProperty("role", "panel")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.room = QVBoxLayout(body)
        self.room.setContentsMargins(MARGIN, 0, MARGIN, MARGIN)
        self.room.addWidget(card)
        card.setMinimumWidth(LEAST)
        self.setWidget(body)
        self._in_front = False
        self.visibilityChanged.connect(self._note)

    @property
    def seen(self) -> bool:
        """Whether anyone can look at it."""
        return self.window_of_its_own is not None or (self._in_front and not self.isHidden())

    def _note(self, visible: bool) -> None:
        self._in_front = visible
        self.changed.emit()

    def open_window(self, full: bool = False) -> CardWindow:
        """The card in a window of its own, on the `full` screen if wished; closed, it comes back."""
        if self.window_of_its_own is None:
            own = CardWindow(self.window(), self.card)
            own.closed.connect(self._bring_back)
            self.window_of_its_own, self._was_shown = own, not self.isHidden()
            self.hide()
            own.resize(own.sizeHint())
        own = self.window_of_its_own
        own.showFullScreen() if full else own.showNormal()
        own.raise_()
        own.activateWindow()
        self.changed.emit()
        return own

    def _bring_back(self) -> None:
        own, self.window_of_its_own = self.window_of_its_own, None
        self.room.addWidget(self.card)
        self.card.show()
        self.setVisible(self._was_shown)
        if own is not None:
            own.deleteLater()
        self.changed.emit()


class Area(QMainWindow):
    """All docks by the ids of their views. `changed`: others are seen."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("views")
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, self.tabs_above())
        self.docks: dict[str, ViewDock] = {}
        self._soon = QTimer(self, interval=0, singleShot=True)  # a tab's turn makes two signals
        self._soon.timeout.connect(self._tell)

    @staticmethod
    def tabs_above():
        """Where tabs stand."""
        from PySide6.QtWidgets import QTabWidget

        return QTabWidget.TabPosition.North

    def minimumSizeHint(self) -> QSize:
        """It may be narrower than all that stands in it."""
        return QSize(0, 0)

    @property
    def seen(self) -> frozenset[str]:
        """The views that anyone can look at."""
        return frozenset(id for id, dock in self.docks.items() if dock.seen)

    @property
    def open(self) -> list[str]:
        """The views that are open, behind other tabs too."""
        return [id for id, dock in self.docks.items() if not dock.isHidden() or dock.window_of_its_own is not None]

    def add(self, id: str, title: str, card: Card, near: str = "") -> None:
        """A new dock: the last in the row, or a tab of the view `near` if that stands there."""
        dock = ViewDock(id, title, card)
        dock.changed.connect(self._soon.start)
        self.docks[id] = dock
        self.addDockWidget(ABOVE, dock, Qt.Orientation.Horizontal)
        other = self.docks.get(near)
        if other is not None and not other.isHidden():
            self.tabifyDockWidget(other, dock)

    def reveal(self, id: str) -> None:
        """Show a dock, before the other tabs."""
        dock = self.docks[id]
        if dock.window_of_its_own is not None:
            dock.open_window()
            return
        dock.show()
        dock.raise_()

    def put_away(self, id: str) -> None:
        """Close a view."""
        dock = self.docks[id]
        if dock.window_of_its_own is not None:
            dock.window_of_its_own.close()
        dock.hide()

    def spread(self, shares: dict[str, int]) -> None:
        """Widths of docks in proportion."""
        docks, whole = [self.docks[id] for id in shares], max(1, sum(shares.values()))
        self.resizeDocks(docks, [round(self.width() * share / whole) for share in shares.values()],
                         Qt.Orientation.Horizontal)  # fmt: skip

    def widen(self, id: str, width: int) -> None:
        """Give a dock, which is in front of its tabs, at least this width, at the cost of the others."""
        dock = self.docks[id]
        if dock.width() < width:
            self.resizeDocks([dock], [width], Qt.Orientation.Horizontal)

    def arrangement(self) -> QByteArray:
        """To be kept for `restore`."""
        return self.saveState()

    def restore(self, state: QByteArray) -> bool:
        """Bring the docks, which must exist, back to where they were."""
        return self.restoreState(state)

    def _tell(self) -> None:
        for dock in self.docks.values():
            dock.card.set_headed(dock.window_of_its_own is not None or not self.tabifiedDockWidgets(dock))
        self.changed.emit()
