"""Wiring by keyboard: a list of the ports that the selected layer's output could go into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from app import editing_wiring, theme
from app.editing_wiring import Offer
from engine.network import Wire

if TYPE_CHECKING:
    from app.canvas.panel import CanvasPanel

OFFER = Qt.ItemDataRole.UserRole
MOST_ROWS, ROW = 9, 26


class ConnectList(QFrame):
    """Type to search, ↑ ↓ to choose, Enter to connect, Escape to leave it."""

    def __init__(self, canvas: CanvasPanel) -> None:
        super().__init__(canvas)
        self.setObjectName("popup")
        self._canvas = canvas
        self.head, self.search, self.list = QLabel(), QLineEdit(), QListWidget()
        self.head.setProperty("role", "dim")
        self.search.setPlaceholderText("Search layers")
        self.search.setAccessibleName("Search layers to connect to")
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._take)
        self.search.installEventFilter(self)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Ports that can take the wire")
        self.list.itemClicked.connect(lambda _: self._take())
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(theme.GAP)
        for widget in (self.head, self.search, self.list):
            column.addWidget(widget)
        self.hide()

    def begin(self, source: str, where: QPoint) -> bool:
        """Offer what `source` can be wired to, near `where`; returns whether there is anything."""
        document = self._canvas.document
        offers = editing_wiring.offers_from(document.network, source, document.report.shapes)
        offers = {key: offer for key, offer in offers.items() if offer.open}
        if not offers:
            return False
        self.head.setText(f"Connect {source} to")
        self.search.clear()
        self.list.clear()
        for offer in sorted(offers.values(), key=lambda offer: offer.verdict != "fits"):
            self._add(offer)
        self._filter("")
        self.setFixedSize(260, 92 + ROW * min(MOST_ROWS, self.list.count()))
        room = self._canvas.rect().adjusted(8, 8, -8, -8)
        x, y = min(where.x(), room.right() - self.width()), min(where.y(), room.bottom() - self.height())
        self.move(max(room.left(), x), max(room.top(), y))
        self.show()
        self.raise_()
        self.search.setFocus()
        return True

    def _add(self, offer: Offer) -> None:
        document = self._canvas.document
        ports = document.network.nodes[offer.wire.target].ports
        name = offer.wire.target if len(ports) == 1 else f"{offer.wire.target}.{offer.wire.port}"
        row = QListWidgetItem(name if offer.verdict == "fits" else f"{name}  (shapes differ)", self.list)
        row.setToolTip(editing_wiring.reason(document.network, offer, document.report.shapes))
        row.setData(OFFER, offer.wire)

    def _filter(self, text: str) -> None:
        rows = [self.list.item(i) for i in range(self.list.count())]
        for row in rows:
            row.setHidden(text.lower() not in row.text().lower())
        self.list.setCurrentItem(next((row for row in rows if not row.isHidden()), None))

    def _take(self) -> None:
        row = self.list.currentItem()
        wire: Wire | None = row.data(OFFER) if row is not None and not row.isHidden() else None
        if wire is not None:
            self.leave()
            self._canvas.editor.connect_to(wire)

    def leave(self) -> None:
        """Away with it."""
        if not self.isHidden():
            self._canvas.view.setFocus()  # first, or Qt hands the focus on to whoever is next
            self.hide()

    def eventFilter(self, watched, event) -> bool:
        """Keys of the search line that belong to the list."""
        if event.type() == event.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.leave()
            return True
        if event.type() == event.Type.KeyPress and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._go(1 if event.key() == Qt.Key.Key_Down else -1)
            return True
        if event.type() == event.Type.FocusOut and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.hide()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event) -> None:
        """Enter where nothing was found leaves the list open."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def _go(self, by: int) -> None:
        shown = [self.list.item(i) for i in range(self.list.count()) if not self.list.item(i).isHidden()]
        if shown:
            here = shown.index(self.list.currentItem()) if self.list.currentItem() in shown else -by
            self.list.setCurrentItem(shown[max(0, min(len(shown) - 1, here + by))])
