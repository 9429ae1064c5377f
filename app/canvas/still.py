"""A picture of very many things: drawn once, then only laid down while the view keeps its scale and they stay."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

ASIDE = 0.5  # so much of what is exposed is drawn beyond each of its edges, for a pan to come upon


class Still:
    """The picture lies on whole pixels, so it looks like what it stands for."""

    def __init__(self) -> None:
        self._key: Hashable = None
        self._picture: QPixmap | None = None
        self._place, self._covered = QPoint(), QRectF()

    def paint(self, painter: QPainter, of: Hashable, area: QRectF, bounds: QRectF,
              draw: Callable[[QPainter, QRectF], None]) -> bool:  # fmt: skip
        """Lay down what `draw(painter, area)` draws; `of` tells what that is, `bounds` how far it reaches.

        Returns False where drawing it is due: at a scale that has just been reached, and may be left again.
        """
        view, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
        key = (of, view.m11(), view.m22(), view.dx() % 1, view.dy() % 1, ratio)
        if key != self._key or view.m12() or view.m21():
            self._key, self._picture = key, None
            return False
        wanted = area.intersected(bounds)
        if self._picture is None or not self._covered.contains(wanted):
            aside = (ASIDE * area.width(), ASIDE * area.height())
            self._draw(view, ratio, area.adjusted(-aside[0], -aside[1], *aside).intersected(bounds), draw)
        painter.save()
        painter.setWorldTransform(QTransform.fromTranslate(view.dx(), view.dy()))
        painter.drawPixmap(self._place, self._picture)
        painter.restore()
        return True

    def _draw(self, view: QTransform, ratio: float, area: QRectF, draw: Callable[[QPainter, QRectF], None]) -> None:
        scale = QTransform.fromScale(view.m11(), view.m22())
        rect = scale.mapRect(area).toAlignedRect().adjusted(-1, -1, 1, 1)
        picture = QPixmap(math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setWorldTransform(scale * QTransform.fromTranslate(-rect.left(), -rect.top()))
        draw(painter, area)
        painter.end()
        self._picture, self._place, self._covered = picture, rect.topLeft(), area
