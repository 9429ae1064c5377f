"""The list of operations: a model over the program's rows, and how a row is drawn. Thousands of rows cost nothing."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app import theme
from app.canvas.guard import guarded
from app.panels.wording import short_formula, title

ROW, LEAST_LAYER, LEAST_FORMULA = 26, 44, 34
INSTRUCTION, IS_CURSOR = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class OperationsModel(QAbstractListModel):
    """Rows of the program; `cursor` is the row that ran last (None between steps)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple = ()
        self.cursor: int | None = None

    def set_rows(self, rows: tuple) -> None:
        """Another program."""
        self.beginResetModel()
        self.rows, self.cursor = rows, None
        self.endResetModel()

    def set_cursor(self, cursor: int | None) -> None:
        """Light another row."""
        old, self.cursor = self.cursor, cursor
        for row in (old, cursor):
            if row is not None and row < len(self.rows):
                self.dataChanged.emit(self.index(row), self.index(row), [IS_CURSOR])

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == INSTRUCTION:
            return row
        if role == IS_CURSOR:
            return index.row() == self.cursor
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{row.index + 1} {title(row)} {row.layer} {short_formula(row)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            shapes = " · ".join("×".join(map(str, shape)) or "scalar" for shape in row.output_shapes)
            made = f"{', '.join(name for name in row.outputs if name)}  {shapes}".strip()
            lines = (f"{title(row)} in {row.layer or 'all parameters'}", short_formula(row), made)
            return "\n".join((*lines, "Double click: run to here"))
        return None


class RowPainter(QStyledItemDelegate):
    """Number, name, layer, formula. The cursor's row is lit in the direction's colour; the inspected one is raised."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(120, ROW)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row, tokens, area = index.data(INSTRUCTION), theme.current(), option.rect
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = bool(index.data(IS_CURSOR))
        self._paint_ground(painter, area, tokens, option.state, tokens.direction(row.phase) if lit else None)
        own, plain = theme.ui_font(12, 600 if lit else 400), theme.ui_font(11.5)
        wanted = (
            QFontMetrics(own).horizontalAdvance(title(row)) + 2,
            QFontMetrics(plain).horizontalAdvance(row.layer) + 2,
        )
        number, name, layer, short = columns(area, *wanted)
        painter.setFont(theme.mono_font(11))
        quiet = QColor(tokens.text if lit else tokens.dim)  # dim is not readable enough on lit ground
        painter.setPen(quiet)
        self._text(painter, number, str(row.index + 1), Qt.AlignmentFlag.AlignRight)
        painter.setPen(QColor(tokens.text))
        if short.width() >= LEAST_FORMULA:
            self._text(painter, short, short_formula(row), Qt.AlignmentFlag.AlignRight)
        painter.setFont(own)
        self._text(painter, name, title(row))
        painter.setFont(plain)
        painter.setPen(quiet)
        self._text(painter, layer, row.layer)

    def _paint_ground(self, painter: QPainter, area: QRect, tokens: theme.Tokens, state, color: str | None) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if color is not None:
            painter.setBrush(theme.color(color, 0.18))
            painter.drawRoundedRect(area.adjusted(0, 1, -1, -1), 4, 4)
            painter.fillRect(QRect(area.left(), area.top() + 1, 3, area.height() - 2), QColor(color))
        elif selected or hovered:
            painter.setBrush(theme.color(tokens.raised, 1.0 if selected else 0.55))
            painter.drawRoundedRect(area.adjusted(0, 1, -1, -1), 4, 4)

    def _text(
        self, painter: QPainter, area: QRect, text: str, side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    ) -> None:
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, shown)


def columns(area: QRect, name: int = 0, layer: int = 0) -> tuple[QRect, QRect, QRect, QRect]:
    """Places of number, name, layer and formula in a row; a `name` or `layer` so wide takes its room from what follows.

    First the formula gives way, then the layer.
    """
    left, width = area.left() + 6, area.width() - 14
    room = width - 30 - 18
    name = max(int(width * 0.33), min(name, room - LEAST_LAYER))
    layer = min(max(int(width * 0.2), layer), room - name)
    formula = room - name - layer
    edges = (left, left + 36, left + 36 + name + 6, left + width - formula)
    sizes = (28, name, layer, formula)
    return tuple(QRect(x, area.top(), size, area.height()) for x, size in zip(edges, sizes, strict=True))


class OperationsView(QListView):
    """`inspected(int)` on a click or with the arrow keys; `run_to(int)` on a double click or Return."""

    inspected = Signal(object)
    run_to = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.operations = OperationsModel(self)
        self.setModel(self.operations)
        self.setItemDelegate(RowPainter(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(2 * ROW)
        self.setAccessibleName("operations of one training step")

    def sizeHint(self) -> QSize:
        return QSize(200, 3 * ROW)

    def show_cursor(self, cursor: int | None) -> None:
        """Light row `cursor` and bring it into view."""
        if cursor == self.operations.cursor:
            return
        self.operations.set_cursor(cursor)
        self._reveal()

    def show_inspected(self, row: int) -> None:
        """Raise the row whose explanation is shown."""
        if row != self.currentIndex().row():
            self.setCurrentIndex(self.operations.index(row))

    def _reveal(self) -> None:
        """Bring the cursor into view with a row before it and two after it, as far as there is room."""
        cursor = self.operations.cursor
        if cursor is not None:
            for row in (min(cursor + 2, len(self.operations.rows) - 1), max(cursor - 1, 0), cursor):
                self.scrollTo(self.operations.index(row), QAbstractItemView.ScrollHint.EnsureVisible)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reveal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.inspected.emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.run_to.emit(index.row())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Run to the row that was clicked, or that has the focus."""
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if index.isValid():
            self.menu_of(index.row()).popup(event.globalPos())

    def menu_of(self, row: int) -> QMenu:
        """What can be done with an operation."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Run to here\tReturn").triggered.connect(lambda: self.run_to.emit(row))
        menu.addAction("Explain it").triggered.connect(lambda: self.inspected.emit(row))
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.run_to.emit(self.currentIndex().row())
            return
        if event.key() == Qt.Key.Key_Space:
            event.ignore()  # run and pause belong to the window
            return
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        if self.currentIndex().isValid() and self.currentIndex().row() != before:
            self.inspected.emit(self.currentIndex().row())
