"""What the views of a loss surface have in common: the current point that can be moved, tips, keys, the focus ring."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.landscape import Landscape
from app.plots.surface.heights import Scale, scale_of

GRASP = 11.0  # px around the current point that take hold of it
THIN = 2.0  # px between points of the path as it is drawn
NUDGE = 1 / 50  # share of the plane that Shift with an arrow key moves the point
PATH, OUTLINE = "#ffffff", "#0f1216"  # on viridis in both themes
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


class LandscapeView(QWidget):
    """`place_chosen(a, b)`: the current point was let go there."""

    place_chosen = Signal(float, float)
    how = "Drag the point, or Shift+arrows and Enter: go there · Esc: not"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.landscape: Landscape | None = None
        self.scale = Scale(0.0, 0.0)
        self.ghost: tuple[float, float] | None = None
        self.log: bool | None = None
        self.inset, self.taken = 0.0, ()
        self._moving = False
        self._last = QPointF()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleDescription(self.how)

    def set_landscape(self, landscape: Landscape | None) -> None:
        """Show it; None for nothing."""
        if landscape is not self.landscape:
            before, scale, self.landscape = self.landscape, self.scale, landscape
            if landscape is not None:
                self.scale = scale_of(self.to_scale(landscape), self.log)
            if scale != self.scale or not same_ground(before, landscape):
                self.forget()
            self.update()

    def reserve(self, inset: float, taken: tuple[QRectF, ...]) -> None:
        """Keep off what stands upon the view: `inset` px at the left, and for words the rectangles `taken`."""
        if (inset, taken) != (self.inset, self.taken):
            self.inset, self.taken = inset, taken
            self.forget()
            self.update()

    def set_log(self, log: bool | None) -> None:
        """Logarithmic heights or not; None: where the losses span over two decades."""
        if log != self.log:
            self.log = log
            self._rescale()

    def apply_theme(self) -> None:
        """Draw anew in the current theme's colours."""
        self.forget()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(210, 160)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    # ---- what each view does in its own way

    def forget(self) -> None:
        """Throw away what was drawn."""

    def place_at(self, at: QPointF) -> tuple[float, float] | None:
        """The place of the plane under a point of the widget."""
        raise NotImplementedError

    def point_of(self, place: tuple[float, float]) -> QPointF | None:
        """Where a place of the plane is drawn."""
        raise NotImplementedError

    def paint(self, painter: QPainter, landscape: Landscape) -> None:
        """Draw everything but the current point and the focus ring."""
        raise NotImplementedError

    def to_scale(self, landscape: Landscape) -> np.ndarray:
        """The losses that the scale has to hold."""
        return landscape.filled

    def drag(self, by: QPointF) -> None:
        """The pointer, not holding the point, was dragged."""

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.landscape is not None and not self.landscape.is_empty and min(self.width(), self.height()) >= 20:
            self.paint(painter, self.landscape)
            self._paint_points(painter, self.landscape)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.current().forward), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()  # what it was lent to may live longer

    def _paint_points(self, painter: QPainter, landscape: Landscape) -> None:
        here = self.point_of(landscape.here)
        if here is not None:
            painter.setPen(QPen(QColor(OUTLINE), 1.5))
            painter.setBrush(QColor(theme.current().backward if self.ghost is None else PATH))
            painter.drawEllipse(here, 4.5, 4.5)
        ghost = None if self.ghost is None else self.point_of(self.ghost)
        if ghost is not None:
            for width, color in ((4.0, OUTLINE), (2.0, theme.current().backward)):
                painter.setPen(QPen(QColor(color), width))
                painter.setBrush(theme.color(theme.current().backward, 0.35))
                painter.drawEllipse(ghost, 6, 6)

    def notes(self) -> tuple[str, ...]:
        """What has to be said of the picture beside its numbers."""
        holes = self.landscape is not None and self.landscape.has_holes
        return (*self.scale.notes, *(("gaps: not finite",) if holes else ()))

    # ---- the pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.landscape is None:
            super().mousePressEvent(event)
            return
        self._last = event.position()
        here = self.point_of(self.landscape.here)
        self._moving = here is not None and (here - self._last).manhattanLength() <= GRASP
        QToolTip.hideText()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._hover(event)
        elif self._moving:
            place = self.place_at(event.position())
            if place is not None:
                self.set_ghost(place)
        elif self.landscape is not None:
            self.drag(event.position() - self._last)
            self._last = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        moving, self._moving = self._moving, False
        if moving and event.button() == Qt.MouseButton.LeftButton:
            self._go()

    def _hover(self, event: QMouseEvent) -> None:
        here = self.point_of(self.landscape.here) if self.landscape is not None else None
        near = here is not None and (here - event.position()).manhattanLength() <= GRASP
        self.setCursor(Qt.CursorShape.PointingHandCursor if near else Qt.CursorShape.ArrowCursor)
        text = self.describe(event.position())
        if text:
            QToolTip.showText(event.globalPosition().toPoint() + QPoint(12, 8), text, self)
        else:
            QToolTip.hideText()

    def describe(self, at: QPointF) -> str:
        """The place under the pointer and the loss there; empty beside the picture."""
        place = self.place_at(at) if self.landscape is not None else None
        if self.landscape is None or place is None:
            return ""
        loss = float(self.landscape.loss_at(np.array([place]))[0])
        said = "not finite or not yet computed" if np.isnan(loss) else theme.format_number(loss)
        pairs = zip(self.landscape.names, place, strict=True)
        lines = [f"{name}  {theme.format_number(value)}" for name, value in pairs]
        return "\n".join([*(lines[:1] if self.landscape.is_line else lines), f"loss  {said}"])

    # ---- the keys

    def event(self, event: QEvent) -> bool:
        """Arrow keys turn or move here, though they are shortcuts of the window: only while this has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and self.takes(event):
            event.accept()
            return True
        return super().event(event)

    def takes(self, event: QKeyEvent) -> bool:
        """Whether this key means something here."""
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        return (event.key() in _ARROWS and shifted) or (self.ghost is not None and event.key() in keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.landscape is None or not LandscapeView.takes(self, event):
            super().keyPressEvent(event)
        elif event.key() in _ARROWS:
            self._nudge(self.landscape, *_ARROWS[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self._moving = False
            self.set_ghost(None)
        else:
            self._go()

    def _nudge(self, landscape: Landscape, right: int, up: int) -> None:
        place = landscape.here if self.ghost is None else self.ghost
        ends = ((landscape.along[0], landscape.along[-1]), (landscape.across[0], landscape.across[-1]))
        moved = (at + by * NUDGE * (high - low) for at, by, (low, high) in zip(place, (right, up), ends, strict=True))
        a, b = (min(high, max(low, at)) for at, (low, high) in zip(moved, ends, strict=True))
        self.set_ghost((float(a), float(b)))

    def set_ghost(self, place: tuple[float, float] | None) -> None:
        """Where the current point would go."""
        self.ghost = place
        self.update()

    def _go(self) -> None:
        ghost, self.ghost = self.ghost, None
        self.update()
        if ghost is not None:
            self.place_chosen.emit(*ghost)

    def _rescale(self) -> None:
        if self.landscape is not None:
            self.scale = scale_of(self.to_scale(self.landscape), self.log)
        self.forget()
        self.update()


def same_ground(one: Landscape | None, other: Landscape | None) -> bool:
    """Whether only what lies upon the surface differs, so that its picture is still right."""
    if one is None or other is None:
        return False
    whole = bool(one.computed.all() and other.computed.all())
    return whole and one.values is other.values and one.names == other.names and (
        np.array_equal(one.along, other.along) and np.array_equal(one.across, other.across))  # fmt: skip


def paint_line(painter: QPainter, points: list[QPointF], width: float = 2.0, faint: bool = False) -> None:
    """A stretch of the path: white with a dark rim, or faint where something is in front of it."""
    for color, wide in ((OUTLINE, width + 1.6), (PATH, width)):
        pen = QPen(theme.color(color, 0.28 if faint else 0.55 if color == OUTLINE else 1.0), wide)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if not faint or color == PATH:
            painter.setPen(pen)
            painter.drawPolyline(points)


def thinned(points: np.ndarray, least: float) -> np.ndarray:
    """Fewer points of a line (K, 2), about `least` px apart along it, both ends among them."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    kept = np.concatenate([[True], np.diff(np.floor(along / least)) > 0])
    kept[-1] = True
    return points[kept]
