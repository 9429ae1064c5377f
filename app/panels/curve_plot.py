"""A small drawing of an activation (forward's blue) and of its derivative (backward's orange)."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.panels.activation_curve import Curve

HEIGHT, TOP, SIDE, FOOT = 148, 22, 30, 18


class CurvePlot(QWidget):
    """Hidden while there is no curve; the pointer reads off both numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curve: Curve | None = None
        self._at: int | None = None
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("activation and its derivative")
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(260, HEIGHT)

    def set_curve(self, curve: Curve | None) -> None:
        """Show `curve`; None hides the plot."""
        self.curve, self._at = curve, None
        self.setVisible(curve is not None)
        self.update()

    def legend(self) -> tuple[str, str]:
        """Both captions, with the numbers at the pointer."""
        curve, i = self.curve, self._at
        if i is None or curve is None:
            return "a(x)" + (f"  {curve.note}" if curve and curve.note else ""), "∂a/∂x"
        number = theme.format_number
        return f"a({number(curve.x[i], 3)}) = {number(curve.y[i])}", f"∂a/∂x = {number(curve.slope[i])}"

    def _area(self) -> QRectF:
        return QRectF(SIDE, TOP, self.width() - SIDE - 4, self.height() - TOP - FOOT)

    def _range(self) -> tuple[float, float]:
        low = min(float(self.curve.y.min()), float(self.curve.slope.min()), 0.0)
        high = max(float(self.curve.y.max()), float(self.curve.slope.max()), 0.0)
        room = 0.06 * ((high - low) or 1.0)
        return low - room, high + room

    def _place(self, x: float, y: float) -> QPointF:
        area, (low, high), x0, x1 = self._area(), self._range(), self.curve.x[0], self.curve.x[-1]
        across = area.left() + (x - x0) / (x1 - x0) * area.width()
        return QPointF(across, area.bottom() - (y - low) / (high - low) * area.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.curve is None:
            return
        painter, tokens = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter, tokens)
        for values, token in ((self.curve.slope, tokens.backward), (self.curve.y, tokens.forward)):
            painter.setPen(QPen(QColor(token), 1.8))
            painter.drawPath(self._path(values))
            if self._at is not None:
                painter.setBrush(QColor(token))
                painter.drawEllipse(self._place(self.curve.x[self._at], values[self._at]), 2.4, 2.4)
                painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_legend(painter, tokens)

    def _paint_axes(self, painter: QPainter, tokens) -> None:
        area, (low, high) = self._area(), self._range()
        painter.setFont(theme.mono_font(theme.SIZE_SMALL))
        for y in _levels(low, high):
            place = self._place(0, y).y()
            painter.setPen(QPen(QColor(tokens.dim if y == 0 else tokens.hairline), 1))
            painter.drawLine(QPointF(area.left(), place), QPointF(area.right(), place))
            painter.setPen(QColor(tokens.dim))
            box = QRectF(0, place - 8, SIDE - 6, 16)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), _tick(y))
        for x in (-4, -2, 0, 2, 4):
            place = self._place(x, 0).x()
            painter.setPen(QPen(QColor(tokens.dim if x == 0 else tokens.hairline), 1))
            painter.drawLine(QPointF(place, area.top()), QPointF(place, area.bottom()))
            painter.setPen(QColor(tokens.dim))
            box = QRectF(place - 20, area.bottom() + 2, 40, FOOT - 2)
            if x == 4:
                box.moveRight(area.right() + 4)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), _tick(x))

    def _path(self, values) -> QPainterPath:
        """One line; a jump is left open."""
        path = QPainterPath()
        span = self._range()[1] - self._range()[0]
        for i, (x, y) in enumerate(zip(self.curve.x, values, strict=True)):
            point = self._place(float(x), float(y))
            jump = i > 0 and abs(float(y) - float(values[i - 1])) > 0.4 * span
            path.moveTo(point) if i == 0 or jump else path.lineTo(point)
        return path

    def _paint_legend(self, painter: QPainter, tokens) -> None:
        left = SIDE
        painter.setFont(theme.mono_font(theme.SIZE_SMALL))
        for text, token in zip(self.legend(), (tokens.forward_text, tokens.backward_text), strict=True):
            painter.setPen(QColor(token))
            painter.drawText(QPointF(left, 12), text)
            left += painter.fontMetrics().horizontalAdvance(text) + 16

    def mouseMoveEvent(self, event) -> None:
        if self.curve is not None:
            area = self._area()
            share = (event.position().x() - area.left()) / max(1.0, area.width())
            self._at = round(min(1.0, max(0.0, share)) * (len(self.curve.x) - 1))
            self.update()

    def leaveEvent(self, event) -> None:
        self._at = None
        self.update()


def _levels(low: float, high: float) -> list[float]:
    """Up to five round numbers from `low` to `high`, zero among them."""
    step = next(s for s in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 1e9) if (high - low) / s <= 4.6)
    first = int(low / step) - 1
    return [k * step for k in range(first, first + 8) if low <= k * step <= high]


def _tick(value: float) -> str:
    return f"{value:g}".replace("-", theme.MINUS)
