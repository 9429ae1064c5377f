"""The few icons of the top bar, drawn as paths: crisp at every scale, in the theme's colours, with nothing to load."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIDE = 16.0
SCALES = (1.0, 1.25, 1.5, 2.0, 3.0)


def icon(name: str, token: str, faint: str | None = None) -> QIcon:
    """Icon `name` in colour `token`; `faint` while disabled."""
    made = QIcon()
    for scale in SCALES:
        made.addPixmap(_pixmap(name, token, scale))
        if faint:
            made.addPixmap(_pixmap(name, faint, scale), QIcon.Mode.Disabled)
    return made


def _pixmap(name: str, token: str, scale: float) -> QPixmap:
    pixmap = QPixmap(round(SIDE * scale), round(SIDE * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(token), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(QColor(token))
    DRAWN[name](painter)
    painter.end()
    return pixmap


def _triangle(painter: QPainter, left: float, right: float) -> None:
    points = [QPointF(left, 3.5), QPointF(right, 8), QPointF(left, 12.5)]
    painter.drawPolygon(QPolygonF(points))


def _bar(painter: QPainter, x: float) -> None:
    painter.drawLine(QPointF(x, 3.5), QPointF(x, 12.5))


def _play(painter: QPainter) -> None:
    _triangle(painter, 4.0, 13.0)


def _pause(painter: QPainter) -> None:
    for x in (4.0, 9.5):
        painter.drawRoundedRect(QRectF(x, 3.5, 2.5, 9), 1, 1)


def _step(painter: QPainter) -> None:
    _triangle(painter, 3.5, 10.0)
    _bar(painter, 12.8)


def _step_back(painter: QPainter) -> None:
    _triangle(painter, 12.5, 6.0)
    _bar(painter, 3.2)


def _step_layer(painter: QPainter) -> None:
    _triangle(painter, 1.8, 7.0)
    _triangle(painter, 7.8, 13.0)
    _bar(painter, 14.6)


def _mirrored(draw: Callable[[QPainter], None]) -> Callable[[QPainter], None]:
    """The same, pointing the other way."""

    def mirrored(painter: QPainter) -> None:
        painter.translate(SIDE, 0)
        painter.scale(-1, 1)
        draw(painter)

    return mirrored


def _continue(painter: QPainter) -> None:
    _bar(painter, 2.2)
    _triangle(painter, 5.2, 11.2)
    _bar(painter, 14.0)


def _to_mark(painter: QPainter) -> None:
    """An arrow into a ring: to a place."""
    painter.drawLine(QPointF(1.5, 8), QPointF(6.5, 8))
    painter.drawPolyline(QPolygonF([QPointF(4.5, 5.5), QPointF(7, 8), QPointF(4.5, 10.5)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(11.2, 8), 3.0, 3.0)


def _to_loss(painter: QPainter) -> None:
    _triangle(painter, 1.8, 7.4)
    painter.drawEllipse(QPointF(11.8, 8), 2.2, 2.2)


def _step_start(painter: QPainter) -> None:
    _bar(painter, 2.2)
    painter.drawLine(QPointF(6, 8), QPointF(14, 8))
    painter.drawPolyline(QPolygonF([QPointF(9, 4.5), QPointF(5.5, 8), QPointF(9, 11.5)]))


def _more(painter: QPainter) -> None:
    for x in (3.5, 8.0, 12.5):
        painter.drawEllipse(QPointF(x, 8), 0.7, 0.7)


def _reset(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    arc = QPainterPath()
    box = QRectF(2.8, 2.8, 10.4, 10.4)
    arc.arcMoveTo(box, 140)
    arc.arcTo(box, 140, 285)
    painter.drawPath(arc)
    painter.drawPolyline(QPolygonF([QPointF(2.6, 2.4), QPointF(3.6, 5.6), QPointF(6.8, 5.0)]))


def _theme(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(8, 8), 5.2, 5.2)
    half = QPainterPath(QPointF(8, 2.8))
    half.arcTo(QRectF(2.8, 2.8, 10.4, 10.4), 90, 180)
    painter.fillPath(half, painter.pen().color())


def _close(painter: QPainter) -> None:
    painter.drawLine(QPointF(4, 4), QPointF(12, 12))
    painter.drawLine(QPointF(12, 4), QPointF(4, 12))


def _open(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    points = [(2, 12.5), (2, 3.5), (6, 3.5), (7.5, 5.5), (13.5, 5.5), (13.5, 12.5), (2, 12.5)]
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _arrow(painter: QPainter) -> None:
    painter.drawLine(QPointF(3, 8), QPointF(13, 8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([QPointF(8.5, 3.5), QPointF(13, 8), QPointF(8.5, 12.5)]))


def _up(painter: QPainter) -> None:
    painter.translate(0, SIDE)
    painter.rotate(-90)
    _arrow(painter)


def _new_folder(painter: QPainter) -> None:
    _open(painter)
    painter.drawLine(QPointF(7.8, 6.8), QPointF(7.8, 11.2))
    painter.drawLine(QPointF(5.6, 9), QPointF(10, 9))


def _list(painter: QPainter) -> None:
    for x in (2.8, 9.8):
        for y in (2.8, 9.8):
            painter.drawRect(QRectF(x, y, 3.4, 3.4))


def _menu(painter: QPainter) -> None:
    for y in (4.0, 8.0, 12.0):
        painter.drawLine(QPointF(2.5, y), QPointF(13.5, y))


def _search(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(7, 7), 4.2, 4.2)
    painter.drawLine(QPointF(10.3, 10.3), QPointF(13.2, 13.2))


DRAWN: dict[str, Callable[[QPainter], None]] = {
    "play": _play, "pause": _pause, "step": _step, "step_back": _step_back, "step_layer": _step_layer,
    "reset": _reset, "theme": _theme, "close": _close, "open": _open,
    "menu": _menu, "search": _search, "play_back": _mirrored(_play), "layer_back": _mirrored(_step_layer),
    "to_loss": _to_loss, "continue": _continue, "run_here": _to_mark, "run_here_back": _mirrored(_to_mark),
    "forth": _arrow, "back": _mirrored(_arrow), "up": _up, "new_folder": _new_folder, "list": _list,
    "step_start": _step_start, "more": _more,
}  # fmt: skip


def swatch(token: str) -> QIcon:
    """A small rounded square in the hue of a category."""
    made = QIcon()
    for scale in SCALES:
        pixmap = QPixmap(round(SIDE * scale), round(SIDE * scale))
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(token))
        painter.drawRoundedRect(QRectF(3.5, 3.5, 9, 9), 2.5, 2.5)
        painter.end()
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # Qt would tint it in a selected row
            made.addPixmap(pixmap, mode)
    return made
