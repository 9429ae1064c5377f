"""What the network gets right: a confusion matrix of classes, or predicted against true numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.plots import colours

MARGIN = 16.0  # room for the words "true" and "predicted"
STRIP, MOST_NAMED, LEAST_NAME = 13.0, 10, 30.0  # room for names of classes, and a cell wide enough for a cut one
NAME_SIZE = 9.5
SMALLEST_WITH_COUNT = 17.0
MOVES = {
    Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
}  # fmt: skip


def confusion(predicted: np.ndarray, true: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes): row = true class, column = predicted class. Labels outside are left out."""
    predicted, true = np.asarray(predicted, int).reshape(-1), np.asarray(true, int).reshape(-1)
    inside = (predicted >= 0) & (predicted < classes) & (true >= 0) & (true < classes)
    return np.bincount(true[inside] * classes + predicted[inside], minlength=classes**2).reshape(classes, classes)


class ConfusionMap(QWidget):
    """Rows are the true classes, columns what the network said; right answers lie on the diagonal.

    `cell_chosen(true, said)`: a cell was clicked, or Enter pressed on the one that the arrow keys went to.
    """

    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts = np.zeros((0, 0), int)
        self.names: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("confusion matrix")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.mark: tuple[int, int] | None = None

    def set_counts(self, counts: np.ndarray, names: tuple[str, ...] = ()) -> None:
        """Show `counts` (classes, classes); `names` of the classes for the edges and the tip."""
        self.counts, self.names = np.asarray(counts), tuple(names)
        if self.mark is not None and max(self.mark) >= len(self.counts):
            self.mark = None
        self.update()

    @property
    def right(self) -> float:
        """Share on the diagonal; NaN without rows."""
        total = self.counts.sum()
        return float(np.trace(self.counts) / total) if total else float("nan")

    def sizeHint(self) -> QSize:
        return QSize(190, 180)

    def area(self) -> QRectF:
        """Where the cells lie."""
        edge = MARGIN + (STRIP if self.named else 0.0)
        side = max(10.0, min(self.width(), self.height()) - edge)
        return QRectF(edge, edge, side, side)

    @property
    def named(self) -> bool:
        """Whether the classes' names stand beside the cells: few ones, each with room for itself or much of it."""
        if not self.counts.size or len(self.counts) > MOST_NAMED or len(self.names) < len(self.counts):
            return False
        cell = (min(self.width(), self.height()) - MARGIN - STRIP) / len(self.counts)
        metrics = QFontMetricsF(theme.ui_font(NAME_SIZE))
        return cell >= LEAST_NAME or cell >= max(metrics.horizontalAdvance(name) + 2 for name in self.names)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.counts.size:
            return
        painter, area, classes = QPainter(self), self.area(), len(self.counts)
        shares = self.counts / np.maximum(1, self.counts.sum(1, keepdims=True))
        pixels = colours.ramp(shares, 0.0, 1.0, theme.current())
        pixels[self.counts == 0] = colours.rgba(theme.current().raised)
        cell = area.width() / classes
        painter.setFont(theme.mono_font(min(11.0, max(8.5, cell * 0.45))))
        for i in range(classes):
            for j in range(classes):
                where = QRectF(area.left() + j * cell, area.top() + i * cell, cell, cell)
                self._paint_cell(painter, where, pixels[i, j], int(self.counts[i, j]))
        if self.mark is not None and self.hasFocus():
            i, j = self.mark
            painter.setPen(QPen(QColor(theme.current().text), 1.5))
            painter.drawRect(QRectF(area.left() + j * cell, area.top() + i * cell, cell, cell).adjusted(1, 1, -1, -1))
        self._paint_words(painter, area)
        if self.named:
            self._paint_names(painter, area, cell)

    def _paint_names(self, painter: QPainter, area: QRectF, cell: float) -> None:
        """Predicted classes above their columns; true ones beside their rows, read from below."""
        painter.setFont(theme.ui_font(NAME_SIZE))
        painter.setPen(QColor(theme.current().text))
        metrics, middle = QFontMetricsF(painter.font()), Qt.AlignmentFlag.AlignCenter
        shown = [metrics.elidedText(name, Qt.TextElideMode.ElideRight, cell - 2) for name in self.names]
        for i, name in enumerate(shown[: len(self.counts)]):
            painter.drawText(QRectF(area.left() + i * cell, area.top() - STRIP, cell, STRIP - 1), middle, name)
            painter.save()
            painter.translate(area.left() - STRIP, area.top() + (i + 1) * cell)
            painter.rotate(-90)
            painter.drawText(QRectF(0, 0, cell, STRIP - 1), middle, name)
            painter.restore()

    def _paint_cell(self, painter: QPainter, where: QRectF, pixel: np.ndarray, count: int) -> None:
        gap = 0.5 if where.width() > 4 else 0.0
        painter.fillRect(where.adjusted(gap, gap, -gap, -gap), QColor(*map(int, pixel)))
        if count and where.width() >= SMALLEST_WITH_COUNT:
            bright = pixel[:3] @ np.array([0.299, 0.587, 0.114]) > 125
            painter.setPen(QColor("#0f1216" if bright else "#ffffff"))
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, str(count))

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QColor(theme.current().dim))
        painter.setFont(theme.ui_font(10.5))
        painter.drawText(QRectF(area.left(), 0, area.width(), MARGIN - 3), Qt.AlignmentFlag.AlignLeft, "predicted →")
        painter.drawText(QRectF(area.left(), 0, area.width(), MARGIN - 3), Qt.AlignmentFlag.AlignRight,
                         theme.format_percent(self.right))  # fmt: skip
        painter.save()
        painter.translate(0, area.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, area.height(), MARGIN - 3), Qt.AlignmentFlag.AlignRight, "← true")
        painter.restore()

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """The true and the predicted class of the cell at (x, y); None outside."""
        area, classes = self.area(), len(self.counts)
        if not classes or not area.contains(QPointF(x, y)):
            return None
        cell = area.width() / classes
        return min(classes - 1, int((y - area.top()) / cell)), min(classes - 1, int((x - area.left()) / cell))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().x(), event.position().y())
        if cell is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.mark = cell
        self.update()
        self.cell_chosen.emit(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, classes = Qt.Key(event.key()), len(self.counts)
        if key in MOVES and classes:
            i, j = (a + b for a, b in zip(self.mark, MOVES[key], strict=True)) if self.mark else (0, 0)
            self.mark = min(max(i, 0), classes - 1), min(max(j, 0), classes - 1)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.mark is not None:
            self.cell_chosen.emit(*self.mark)
        else:
            super().keyPressEvent(event)

    def describe(self, x: float, y: float) -> str:
        """What the cell at (x, y) counts; empty outside."""
        cell = self.cell_at(x, y)
        if cell is None:
            return ""
        i, j = cell
        true, said = self._name(i), self._name(j)
        return f"{theme.format_count(int(self.counts[i, j]))} of {true} " + ("right" if i == j else f"taken for {said}")

    def _name(self, label: int) -> str:
        return self.names[label] if label < len(self.names) else f"class {label}"

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.describe(event.pos().x(), event.pos().y()), self)
            return True
        return super().event(event)


class PredictionsMap(QWidget):
    """One point a row: across the true number, upwards the predicted one; a perfect network lies on the diagonal."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.true = self.predicted = np.zeros(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("predicted against true numbers")

    def set_points(self, true: np.ndarray, predicted: np.ndarray) -> None:
        """Both (n,); rows that are not finite are left out."""
        true, predicted = np.asarray(true, float).reshape(-1)[:2000], np.asarray(predicted, float).reshape(-1)[:2000]
        good = np.isfinite(true) & np.isfinite(predicted)
        self.true, self.predicted = true[good], predicted[good]
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(190, 180)

    def span(self) -> tuple[float, float]:
        """Range of the true numbers, a little wider: it does not jump while the predictions move."""
        if not self.true.size:
            return 0.0, 1.0
        low, high = float(self.true.min()), float(self.true.max())
        room = 0.12 * (high - low) or max(0.5, abs(high))
        return low - room, high + room

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height()) - MARGIN
        area = QRectF(MARGIN, 0, side, side)
        painter.fillRect(area, QColor(tokens.canvas))
        painter.setPen(QPen(QColor(tokens.dim), 1, Qt.PenStyle.DashLine))
        painter.drawLine(area.bottomLeft(), area.topRight())
        self._paint_points(painter, area)
        painter.setPen(QColor(tokens.dim))
        painter.setFont(theme.ui_font(10.5))
        painter.drawText(QRectF(area.left(), area.bottom() + 2, side, MARGIN), Qt.AlignmentFlag.AlignRight, "true →")
        painter.translate(0, area.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, side, MARGIN - 2), Qt.AlignmentFlag.AlignRight, "predicted →")

    def _paint_points(self, painter: QPainter, area: QRectF) -> None:
        low, high = self.span()
        color = QColor(theme.current().forward)
        color.setAlpha(150)
        painter.save()
        painter.setClipRect(area)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        across = area.left() + (self.true - low) / (high - low) * area.width()
        down = area.bottom() - (self.predicted - low) / (high - low) * area.height()
        for x, y in zip(across, np.clip(down, area.top(), area.bottom()), strict=True):
            painter.drawEllipse(QPointF(x, y), 2.2, 2.2)
        painter.restore()
