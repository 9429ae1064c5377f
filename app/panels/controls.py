"""A list to choose from and a tick, painted so that both are seen in either theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QComboBox

from app import theme


def _pen(token: str, width: float = 1.6) -> QPen:
    return QPen(QColor(token), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


class Choice(QComboBox):
    """With a small arrow; the wheel passes by, so that scrolling the page changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(_pen(theme.current().dim))
        x, y = self.width() - 13, self.height() / 2
        painter.drawPolyline(QPolygonF([QPointF(x - 3.5, y - 1.5), QPointF(x, y + 2), QPointF(x + 3.5, y - 1.5)]))


class Tick(QCheckBox):
    """A box with a tick in it, or not; text beside it."""

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(16 + (words + 8 if words else 4), 22)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, place) -> bool:
        return self.rect().contains(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0.75, self.height() / 2 - 7.25, 14.5, 14.5)
        lit = self.hasFocus() or self.underMouse()
        painter.setPen(_pen(tokens.forward if self.hasFocus() else tokens.dim if lit else tokens.hairline, 1.2))
        painter.setBrush(QColor(tokens.forward if self.isChecked() else tokens.raised))
        painter.drawRoundedRect(box, 4, 4)
        if self.isChecked():
            painter.setPen(_pen(tokens.on_accent, 1.9))
            top = box.top()
            painter.drawPolyline(QPolygonF([QPointF(4.4, top + 7.4), QPointF(7, top + 10), QPointF(11.8, top + 4.6)]))
        if self.text():
            painter.setPen(QColor(tokens.text if self.isEnabled() else tokens.dim))
            painter.setFont(self.font())
            rest = QRectF(23, 0, self.width() - 23, self.height())
            painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter), self.text())
