"""A card of the welcome page: picture, title, one line; pressed by mouse, Enter or Space."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QAbstractButton

from app import theme
from app.welcome_button import Pressed
from app.welcome_picture import Picture, draw

WIDTH, PICTURE, HEIGHT = 216, 112, 198
PAD = 12
WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class LessonCard(Pressed, QAbstractButton):
    """Opens `path` where its owner wants it to."""

    def __init__(self, path: str, title: str, about: str, picture: Picture, parent=None) -> None:
        super().__init__(parent)
        self.path, self.title, self.about, self.picture = path, title, about, picture
        self.setAccessibleName(f"Open {title}")
        self.setAccessibleDescription(about)
        self.setToolTip(about)
        self.setMinimumSize(WIDTH, HEIGHT)
        self.setMaximumHeight(HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """All cards are of one size."""
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, event) -> None:
        """A raised ground, the picture on the canvas's colour, then the texts; the keys' border is blue and thick."""
        tokens, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = 2.0 if self.hasFocus() else 1.0
        whole = self.rect().toRectF().adjusted(edge / 2, edge / 2, -edge / 2, -edge / 2)
        hover = theme.mix(tokens.hairline, tokens.dim, 0.45)
        border = tokens.forward if self.hasFocus() else hover if self.underMouse() else tokens.hairline
        shape = QPainterPath()
        shape.addRoundedRect(whole, theme.RADIUS_CARD, theme.RADIUS_CARD)
        painter.fillPath(shape, theme.color(tokens.panel))
        picture = QRectF(0, 0, self.width(), PICTURE)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(picture, theme.color(tokens.canvas if tokens.is_dark else tokens.raised))
        draw(painter, picture.adjusted(8, 8, -8, -8), self.picture)
        painter.restore()
        self._write(painter)
        painter.setPen(QPen(theme.color(border), edge))
        painter.drawPath(shape)

    def _write(self, painter: QPainter) -> None:
        tokens = theme.current()
        painter.setPen(theme.color(tokens.text))
        painter.setFont(theme.ui_font(theme.SIZE_HEAD, 600))
        painter.drawText(QRectF(PAD, PICTURE + 9, self.width() - 2 * PAD, 20), self.title)
        painter.setPen(theme.color(tokens.dim))
        painter.setFont(theme.ui_font(theme.SIZE_SMALL + 0.5))
        room = QRectF(PAD, PICTURE + 31, self.width() - 2 * PAD, HEIGHT - PICTURE - 36)
        painter.drawText(room, WRAPPED, cut(self.about, painter, room))


def cut(text: str, painter: QPainter, room: QRectF) -> str:
    """`text`, or as many of its words as fit into `room`, and an ellipsis."""
    words, metrics = text.split(), painter.fontMetrics()
    for count in range(len(words), 0, -1):
        shown = " ".join(words[:count]) + ("" if count == len(words) else " …")
        if metrics.boundingRect(room.toRect(), WRAPPED, shown).height() <= room.height():
            return shown
    return ""
