"""Cards as pixmaps: drawn once, then only laid down while the view moves. While it zooms, what there is is scaled."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QPixmapCache, QTransform

from app import theme
from app.canvas import geometry as g
from app.canvas.card import Card, paint_card, paint_far

FAR = 0.35  # seen smaller than this, a card is plain rectangles
KILOBYTES = 48 * 1024  # for all cards; what has not been seen for long goes first
STRETCH = 2.0  # how much larger a pixmap may be drawn in the middle of a zoom
MOST_RESTING, MOST_MOVING_MS = 48, 4.0  # how many pixmaps are drawn for one frame, or for how long


class Budget:
    """So much may be drawn for one frame; `short` tells that other pixmaps are still to come."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A new frame."""
        self.left, self.short, self._since = MOST_RESTING, False, 0.0

    def spend(self, resting: bool) -> bool:
        """Whether one more may be drawn: at rest so many, while the view moves for a part of a frame's time."""
        now = time.perf_counter()
        self._since = self._since or now
        self.left -= 1
        allowed = self.left >= 0 if resting else now - self._since < MOST_MOVING_MS / 1e3
        self.short |= not allowed and resting
        return allowed


class Face:
    """The picture of one card."""

    budget = Budget()

    def __init__(self) -> None:
        self._key = QPixmapCache.Key()
        self._of: tuple = ()
        self._scale = 0.0
        QPixmapCache.setCacheLimit(KILOBYTES)

    def paint(self, painter: QPainter, card: Card, selected: bool, detail: float, resting: bool) -> None:
        """Draw `card` at the origin, seen at scale `detail`; sharp where the view is `resting`."""
        tokens = theme.current()
        if detail < FAR:
            paint_far(painter, card, tokens, selected, detail)
            return
        ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
        pixmap = self._pixmap(card, selected, detail, ratio, resting)
        if pixmap is None:
            paint_far(painter, card, tokens, selected)
            return
        if self._scale == detail * ratio:
            _lay_down(painter, pixmap, ratio)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # its rim is empty, and smooth edges cost double
        painter.drawPixmap(g.BOUNDS, pixmap, QRectF(pixmap.rect()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _pixmap(self, card: Card, selected: bool, detail: float, ratio: float, resting: bool) -> QPixmap | None:
        scale = detail * ratio
        of, known = (card, selected, theme.current().name), QPixmap()
        found = self._of == of and QPixmapCache.find(self._key, known)
        if found and (scale == self._scale or (not resting and scale < STRETCH * self._scale)):
            return known
        if not Face.budget.spend(resting):
            return known if found else None
        pixmap = self._drawn(card, selected, detail, ratio)
        self._of, self._scale = of, scale
        QPixmapCache.remove(self._key)
        self._key = QPixmapCache.insert(pixmap)
        return pixmap

    @staticmethod
    def _drawn(card: Card, selected: bool, detail: float, ratio: float) -> QPixmap:
        scale = detail * ratio
        wide, tall = max(1, round(g.BOUNDS.width() * scale)), max(1, round(g.BOUNDS.height() * scale))
        pixmap = QPixmap(wide, tall)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        try:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
            painter.scale(wide / g.BOUNDS.width(), tall / g.BOUNDS.height())
            painter.translate(-g.BOUNDS.topLeft())
            paint_card(painter, card, theme.current(), selected, detail)
        finally:
            painter.end()  # or Qt crashes over a pixmap that is still being painted
        return pixmap


def _lay_down(painter: QPainter, pixmap: QPixmap, ratio: float) -> None:
    """Pixel on pixel, as sharp as it was drawn: at the whole pixel nearest to where it belongs."""
    view = painter.worldTransform()
    corner = view.map(g.BOUNDS.topLeft()) * ratio
    painter.setWorldTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
    painter.drawPixmap(round(corner.x()), round(corner.y()), pixmap)
    painter.setWorldTransform(view)
