"""All plain wires in one item: painting each by itself would cost more than what is painted.

A wire's own item still takes the mouse, and paints itself while it is lit, selected or under the pointer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.canvas.card import enlarged
from app.canvas.exposed import parts, touches
from app.canvas.face import FAR
from app.canvas.guard import guarded
from app.canvas.pill import PILL_HEIGHT, paint_pill, pill_scale, pill_width
from app.theme import color, mix

if TYPE_CHECKING:
    from app.canvas.items import WireItem, WireKey

THICK, FAINT = 1.8, 0.15  # of a plain wire: its width, and how much of the ground it lets through


def wire_token(tokens: theme.Tokens) -> str:
    """Colour of a plain wire. Mixed beforehand: opaque curves are drawn three times as fast as translucent ones."""
    return mix(tokens.forward, tokens.canvas, FAINT)


class Bundle(QGraphicsItem):
    """Paints those of `wires` (the population's own table) that are plain."""

    def __init__(self, wires: Mapping[WireKey, WireItem]) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._wires, self._bounds = wires, QRectF()

    def cover(self, area: QRectF) -> None:
        """A wire runs within `area`: paint there."""
        if not self._bounds.contains(area):
            self.prepareGeometryChange()
            self._bounds = self._bounds.united(area).adjusted(-1000, -1000, 1000, 1000)  # not at every pixel of a drag
        self.update(area)

    def boundingRect(self) -> QRectF:
        """At least all wires."""
        return self._bounds

    def shape(self) -> QPainterPath:
        """Never under the pointer."""
        return QPainterPath()

    @guarded
    def paint(self, painter: QPainter, option, widget=None) -> None:
        """Curves, then their pills; from afar lines."""
        areas = parts(self.scene(), option.exposedRect)
        shown = [wire for wire in self._wires.values() if wire.plain and touches(areas, wire.bounds)]
        detail = option.levelOfDetailFromTransform(painter.worldTransform())
        if detail < FAR:
            self._paint_lines(painter, shown)
            return
        painter.setPen(QPen(color(wire_token(theme.current())), THICK))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for wire in shown:
            for bounds, piece in wire.pieces:
                if touches(areas, bounds):
                    painter.drawPath(piece)
        self._paint_pills(painter, [wire for wire in shown if wire.shown], detail)

    @staticmethod
    def _paint_lines(painter: QPainter, wires: Iterable[WireItem]) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(color(wire_token(theme.current())), 0))
        for wire in wires:
            painter.drawLine(*wire.ends)

    @staticmethod
    def _paint_pills(painter: QPainter, wires: Iterable[WireItem], detail: float) -> None:
        """Each label is drawn once and laid down, on whole pixels, wherever it stands and has room."""
        to_pixels, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
        larger, name = enlarged(detail), theme.current().name
        painter.setWorldTransform(QTransform())
        for wire in wires:
            scale = pill_scale(wire.shown, wire.room, larger)
            if not scale:
                continue
            middle, image = to_pixels.map(wire.middle), _pill(wire.shown, detail * scale, ratio, name)
            corner = QPoint(
                round(middle.x() - image.width() / ratio / 2), round(middle.y() - image.height() / ratio / 2)
            )
            painter.drawImage(corner, image)


@lru_cache(maxsize=256)
def _pill(label: str, scale: float, ratio: float, theme_name: str) -> QImage:
    """The pill of `label` in the middle of a picture, seen at `scale` on a screen of `ratio`."""
    wide, tall = pill_width(label) + 2, PILL_HEIGHT + 2
    image = QImage(round(wide * scale * ratio) + 1, round(tall * scale * ratio) + 1,
                   QImage.Format.Format_ARGB32_Premultiplied)  # fmt: skip
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.translate(image.width() / 2, image.height() / 2)
    painter.scale(scale * ratio, scale * ratio)
    paint_pill(painter, label, None)
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image
