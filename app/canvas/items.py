"""The items of the scene: a card for each layer, a curve for each wire. They know ids and what to paint."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.canvas import geometry as g
from app.canvas.card import Card, enlarged
from app.canvas.face import FAR, Face
from app.canvas.guard import guarded
from app.canvas.pill import PILL_HEIGHT, paint_pill, pill_label, pill_scale, pill_width
from app.canvas.ports import paint_marks
from app.theme import color, mono_font

WireKey = tuple[str, str, str]
GRIP, GRIP_SHARE = 90.0, 0.35  # so close to its end, a wire is pulled off there
FAINT = 0.15  # a wire that is being taken off
FADED = 0.4  # cards that cannot take the wire being drawn


class NodeItem(QGraphicsItem):
    """The card of layer `id`. The scene is told when it is dragged."""

    def __init__(self, id: str) -> None:
        super().__init__()
        self.id = id
        self.card = Card()
        self.basis: tuple = ()
        self.verdicts: dict[str, str] | None = None
        self.hot: str | None = None
        self._face = Face()
        self.setFlags(
            QGraphicsItem.GraphicsItemFlag.ItemIsSelectable | QGraphicsItem.GraphicsItemFlag.ItemSendsGeometryChanges
        )
        self.setZValue(1)

    def show_card(self, card: Card) -> None:
        """Paint `card` from now on; repaints only if anything differs."""
        if card != self.card:
            self.card = card
            self.setToolTip(_wrapped(card.problems))
            self.update()

    def show_verdicts(self, verdicts: dict[str, str] | None) -> None:
        """While a wire is drawn: port → "fits", "mend", "refused" or "none"; None: no wire is drawn."""
        if verdicts != self.verdicts:
            self.verdicts = verdicts
            takes = verdicts is None or bool({"fits", "mend"} & set(verdicts.values()))
            self.setOpacity(1.0 if takes else FADED)
            self.update()

    def mark_hot(self, port: str | None) -> None:
        """The port under the pointer."""
        if port != self.hot:
            self.hot = port
            self.update()

    @property
    def needed(self) -> bool:
        """Whether it shows more than what the document says."""
        return self.isSelected() or self.hot is not None or self.card.phase is not None

    def boundingRect(self) -> QRectF:
        """Card, halo and ports."""
        return g.BOUNDS

    def shape(self) -> QPainterPath:
        """Where a click counts: the card."""
        path = QPainterPath()
        path.addRect(g.CARD)
        return path

    @guarded
    def paint(self, painter: QPainter, option, widget=None) -> None:
        """Draw the card at the level of detail of the current zoom, and what a wire being drawn makes of its ports."""
        detail = option.levelOfDetailFromTransform(painter.worldTransform())
        self._face.paint(painter, self.card, self.isSelected(), detail, getattr(self.scene(), "resting", True))
        if self.verdicts or self.hot is not None:
            paint_marks(painter, self.card, theme.current(), self.verdicts or {}, self.hot)

    def itemChange(self, change, value):
        """Wires follow a moving card."""
        if change == QGraphicsItem.GraphicsItemChange.ItemPositionHasChanged and self.scene() is not None:
            self.scene().node_moved(self.id)
        return super().itemChange(change, value)


class WireItem(QGraphicsItem):
    """The wire `key` = (source, target, port), with its shape in a pill. `lit`: phase of the value moving along it.

    While it is `plain`, the bundle paints it, which is told of every change by `announce(area)`.
    """

    def __init__(self, key: WireKey, announce: Callable[[QRectF], None] = lambda area: None) -> None:
        super().__init__()
        self.key = key
        self.label = self.shown = ""  # the shape, and as much of it as has room
        self.lit: str | None = None
        self.note = ""
        self.hot = self.faded = False
        self.plain = True
        self._announce = announce
        self.setFlags(
            QGraphicsItem.GraphicsItemFlag.ItemIsSelectable | QGraphicsItem.GraphicsItemFlag.ItemHasNoContents
        )
        self.path = QPainterPath()
        self.pieces: list[tuple[QRectF, QPainterPath]] = []  # of the curve, each with where it lies
        self.ends = (QPointF(), QPointF())
        self.bounds, self.middle, self._curve = QRectF(), QPointF(), QRectF()
        self.room = 0.0  # how wide the pill may be

    def route(self, start: QPointF, end: QPointF) -> None:
        """Run from `start` to `end`."""
        if self.path.isEmpty() or self.ends != (start, end):
            self._announce(self.bounds)
            self.prepareGeometryChange()
            self.ends, self.path = (start, end), g.wire_path(start, end)
            self.pieces = [(piece.boundingRect().adjusted(-2, -2, 2, 2), piece) for piece in g.wire_pieces(start, end)]
            self.middle, self._curve = g.label_place(start, end), self.path.boundingRect()
            self.room = g.pill_room(start, end, self.middle, PILL_HEIGHT)
            self._measure()

    def set_label(self, label: str) -> None:
        """Shape on the wire."""
        if label != self.label:
            self._announce(self.bounds)
            self.prepareGeometryChange()
            self.label = label
            self._measure()

    def light(self, phase: str | None, note: str = "") -> None:
        """Draw thick in the direction's colour, with `note` beneath (None: an ordinary wire)."""
        if (phase, note) != (self.lit, self.note):
            self.prepareGeometryChange()
            self.lit, self.note = phase, note
            self.setZValue(0.5 if phase else 0)
            self._measure()
            self._stand_out()

    def mark_hot(self, hot: bool) -> None:
        """The pointer is on the wire, with or without a layer to put into it."""
        if hot != self.hot:
            self.hot = hot
            self._stand_out()

    def fade(self, faded: bool) -> None:
        """One of its ends is in the hand."""
        self.faded = faded
        self.setOpacity(FAINT if faded else 1.0)
        self._stand_out()

    def itemChange(self, change, value):
        """A selected wire stands out."""
        if change == QGraphicsItem.GraphicsItemChange.ItemSelectedHasChanged:
            self._stand_out()
        return super().itemChange(change, value)

    def end_at(self, where: QPointF) -> str | None:
        """Which end a pull at `where` takes off: "source", "target", or None in the middle."""
        start, end = self.ends
        reach = min(GRIP, GRIP_SHARE * self.path.length())
        gaps = {name: QLineF(spot, where).length() for name, spot in (("source", start), ("target", end))}
        near = min(gaps, key=gaps.__getitem__)
        return near if gaps[near] <= reach else None

    @property
    def needed(self) -> bool:
        """Whether it shows more than what the document says."""
        return self.isSelected() or self.hot or self.faded or self.lit is not None

    def _stand_out(self) -> None:
        """Paint itself while it is more than a plain wire."""
        self.plain = not self.needed
        self.update()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, self.plain)
        self._announce(self.bounds)

    @property
    def curve(self) -> QRectF:
        """Around the curve alone."""
        return self._curve

    def _measure(self) -> None:
        self.shown = pill_label(self.label, self.room)
        width = pill_width(self.shown)
        pill = QRectF(self.middle.x() - width / 2, self.middle.y() - PILL_HEIGHT / 2, width, PILL_HEIGHT)
        self.bounds = self._curve.united(pill.adjusted(-24, 0, 24, 40)).adjusted(-6, -6, 6, 6)
        self._announce(self.bounds)

    def boundingRect(self) -> QRectF:
        """Curve, pill and note."""
        return self.bounds

    def shape(self) -> QPainterPath:
        """Where the pointer meets the wire: 8 px around the curve."""
        stroker = QPainterPathStroker()
        stroker.setWidth(8)
        return stroker.createStroke(self.path)

    @guarded
    def paint(self, painter: QPainter, option, widget=None) -> None:
        """A wire that stands out: a wide shine, the curve, then the pill on top."""
        tokens = theme.current()
        detail = option.levelOfDetailFromTransform(painter.worldTransform())
        line = tokens.direction(self.lit) if self.lit else tokens.forward
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color(tokens.text if self.isSelected() else line, 0.25), 8.0))
        painter.drawPath(self.path)
        painter.setPen(QPen(color(line), 3.4 if self.lit else 2.6))
        painter.drawPath(self.path)
        if detail >= FAR:
            painter.translate(self.middle)
            self._paint_label(painter, tokens, enlarged(detail))

    def _paint_label(self, painter: QPainter, tokens: theme.Tokens, larger: float) -> None:
        scale = pill_scale(self.shown, self.room, larger)
        if scale:
            painter.save()
            painter.scale(scale, scale)
            paint_pill(painter, self.shown, self.lit)
            painter.restore()
        painter.scale(larger, larger)
        if self.note and self.lit:
            painter.setFont(mono_font(13))
            painter.setPen(color(tokens.direction_text(self.lit)))
            below = QRectF(-60, PILL_HEIGHT / 2 + 10, 120, 20)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.note)


def _wrapped(problems: tuple[str, ...]) -> str:
    """A tip that breaks its lines, as Qt does with rich text alone."""
    return "".join(f"<p style='white-space: normal; margin: 2px 0'>{escape(problem)}</p>" for problem in problems)
