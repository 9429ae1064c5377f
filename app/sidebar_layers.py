"""The palette: every layer of the registry by category, with a search line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.canvas.drop import mime_of
from app.icons import swatch
from engine.layers import CATEGORIES, REGISTRY

KIND = Qt.ItemDataRole.UserRole
ROW = 27
CHIP = QSize(150, 38)


class LayersPanel(QWidget):
    """`chosen(kind)` on a double click or Enter."""

    chosen = Signal(str)

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText(f"Search {len(REGISTRY)} layers")
        self.search.setAccessibleName("Search layers")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedHeight(30)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._take_first)
        self.tree = LayersTree()
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(0)  # the ground of a marked row would begin left of its rounded box
        self.tree.setRootIsDecorated(False)
        self.tree.setAccessibleName("Layers")
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.tree.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tree.itemActivated.connect(self._take)
        self.tree.itemClicked.connect(self._fold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        self._fill()

    def _fill(self) -> None:
        self.tree.clear()
        for category in CATEGORIES:
            layers = [layer for layer in REGISTRY.values() if layer.category == category]
            if layers:
                self._add_category(category, layers)
        self.apply_theme()

    def _add_category(self, category: str, layers: list) -> None:
        top = QTreeWidgetItem(self.tree, [f"▾ {category.capitalize()}"])
        top.setFont(0, theme.ui_font(theme.SIZE_SMALL + 0.5, 600))
        top.setData(0, KIND, None)
        top.setFlags(Qt.ItemFlag.ItemIsEnabled)  # neither chosen nor dragged
        top.setSizeHint(0, QSize(0, ROW))
        for layer in layers:
            row = QTreeWidgetItem(top, [layer.title])
            row.setData(0, KIND, layer.kind)
            row.setToolTip(0, f"{layer.summary}\nDrag it onto the canvas; a double click or Enter adds it.")
            row.setSizeHint(0, QSize(0, ROW))
        top.setExpanded(True)

    def apply_theme(self) -> None:
        """Hues and the dimmed categories."""
        tokens = theme.current()
        for i in range(self.tree.topLevelItemCount()):
            top = self.tree.topLevelItem(i)
            top.setForeground(0, theme.color(tokens.dim))
            for j in range(top.childCount()):
                row = top.child(j)
                row.setIcon(0, swatch(tokens.of_category(REGISTRY[row.data(0, KIND)].category)))

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for i in range(self.tree.topLevelItemCount()):
            top = self.tree.topLevelItem(i)
            rows = _ranked(top, text.strip().lower())
            for row in rows:
                layer = REGISTRY[row.data(0, KIND)]
                told = f"{layer.title} {layer.kind} {layer.category} {layer.summary}".lower()
                row.setHidden(not all(word in told for word in words))
            top.setHidden(all(row.isHidden() for row in rows))
        self.tree.setCurrentItem(self._best() if words else None)

    def _rows(self) -> list[QTreeWidgetItem]:
        """The rows that the search leaves."""
        tops = [self.tree.topLevelItem(i) for i in range(self.tree.topLevelItemCount())]
        rows = [top.child(j) for top in tops for j in range(top.childCount())]
        return [row for row in rows if not row.isHidden()]

    def _best(self) -> QTreeWidgetItem | None:
        """What Enter adds: what is called exactly so, else what begins so, else the first one found."""
        typed = self.search.text().strip().lower()
        return min(self._rows(), key=lambda row: _rank(row, typed)[:-1], default=None)

    def shown(self) -> list[str]:
        """Kinds that the search leaves."""
        return [row.data(0, KIND) for row in self._rows()]

    def _take_first(self) -> None:
        best = self._best()
        if best is not None:
            self.chosen.emit(best.data(0, KIND))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """In the search: Enter stays there, to add more layers; Escape clears it and goes on to leave it."""
        if self.search.hasFocus() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return
        if self.search.hasFocus() and event.key() == Qt.Key.Key_Escape:
            self.search.clear()
        super().keyPressEvent(event)

    def _take(self, row: QTreeWidgetItem) -> None:
        if row.data(0, KIND):
            self.chosen.emit(row.data(0, KIND))

    def _fold(self, row: QTreeWidgetItem) -> None:
        if row.data(0, KIND) is None:
            row.setExpanded(not row.isExpanded())
            row.setText(0, ("▾" if row.isExpanded() else "▸") + row.text(0)[1:])


def _ranked(top: QTreeWidgetItem, typed: str) -> list[QTreeWidgetItem]:
    """The layers of a category, put in order: the better its name fits, the higher; else as the registry has them."""
    rows = [top.child(j) for j in range(top.childCount())]
    wanted = sorted(rows, key=lambda row: _rank(row, typed))
    if wanted != rows:
        hidden = {id(row): row.isHidden() for row in rows}
        top.takeChildren()
        top.addChildren(wanted)
        for row in wanted:
            row.setHidden(hidden[id(row)])
    return wanted


def _rank(row: QTreeWidgetItem, typed: str) -> tuple[bool, bool, bool, int]:
    """Smaller is better: called exactly so, begins so, holds it; then the registry's order."""
    name = row.text(0).lower()
    place = list(REGISTRY).index(row.data(0, KIND))
    return name != typed, not name.startswith(typed), typed not in name, place


class LayersTree(QTreeWidget):
    """Rows that can be dragged onto the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)

    def startDrag(self, actions) -> None:
        """Drag the row, pictured as the head of its card."""
        row = self.currentItem()
        kind = row.data(0, KIND) if row is not None else None
        if kind:
            drag = QDrag(self)
            drag.setMimeData(mime_of(kind))
            picture = _chip(kind, self.devicePixelRatioF())
            drag.setPixmap(picture)
            drag.setHotSpot(QPoint(CHIP.width() // 2, CHIP.height() // 2))
            drag.exec(Qt.DropAction.CopyAction)
            QApplication.sendEvent(self.viewport(), QEvent(QEvent.Type.Leave))  # a drag swallows it: a row stays lit


def _chip(kind: str, ratio: float) -> QPixmap:
    """What hangs at the pointer: category bar and name."""
    tokens, layer = theme.current(), REGISTRY[kind]
    pixmap = QPixmap(CHIP * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color(tokens.forward), 1))
    painter.setBrush(theme.color(tokens.panel))
    painter.drawRoundedRect(QRectF(0.5, 0.5, CHIP.width() - 1, CHIP.height() - 1), 7, 7)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(tokens.of_category(layer.category)))
    painter.drawRoundedRect(QRectF(1, 9, 4.5, CHIP.height() - 18), 2.2, 2.2)
    painter.setPen(theme.color(tokens.text))
    painter.setFont(theme.ui_font(theme.SIZE_HEAD, 600))
    painter.drawText(QRectF(16, 0, CHIP.width() - 22, CHIP.height()), Qt.AlignmentFlag.AlignVCenter, layer.title)
    painter.end()
    return pixmap
