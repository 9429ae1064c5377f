"""The examples of a data set, the worst first: as tiles with pictures or as lines, chosen by mouse or keys."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.numbers import format_number
from app.plots import colours
from app.plots.example_rows import grey, is_right, pictures, told, verdict, written

if TYPE_CHECKING:
    from app.watches.examples import Examples

TILE, CAPTION, LINE, GAP = 56.0, 31.0, 21.0, 8.0
LOSS, VERDICT = 58.0, 0.42  # width of the column of losses, and the share of the rest that the answer takes
NARROW = 320  # below it, the answer takes all of the rest
KEYS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class ExampleList(QWidget):
    """Pages through what it is given; `chosen(int)`: the place of the example in it."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: Examples | None = None
        self.place, self.top = -1, 0  # the chosen example, and the first row that is seen
        self._pictures: np.ndarray | None = None
        self._range, self._turned, self._across = (0.0, 1.0), 0, 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("examples, the worst first")

    def set_examples(self, found: Examples) -> None:
        """Show these; what is chosen is the same row of the data, if it is among them."""
        row = None if self.found is None or self.place < 0 else self.found.rows[self.place]
        self.place = next((int(i) for i in np.flatnonzero(found.rows == row)), -1)
        self.found, self._pictures = found, pictures(found)
        self._across = self.across
        if self._pictures is not None and len(self._pictures):
            known = found.x[np.isfinite(found.x)]
            self._range = (float(known.min(initial=0.0)), float(known.max(initial=0.0)))
        self._keep_inside()
        self.update()

    def begin(self) -> None:
        """At the top, with nothing chosen."""
        self.place, self.top = -1, 0
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(260, 160)

    # --- where everything lies ------------------------------------------------------------------------------------

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of one example."""
        if self._pictures is None:
            return float(self.width()), LINE
        height, width = self._pictures.shape[1:]
        return max(TILE, TILE * width / height) + GAP, TILE + CAPTION

    @property
    def across(self) -> int:
        """Examples in a row."""
        return max(1, int((self.width() + GAP) / self.cell[0])) if self._pictures is not None else 1

    @property
    def down(self) -> int:
        """Whole rows that are seen at once."""
        return max(1, int(self.height() / self.cell[1]))

    @property
    def lines(self) -> int:
        """Rows in all."""
        return -(-len(self.found.rows) // self.across) if self.found is not None else 0

    def place_at(self, at: QPointF) -> int:
        """Which example lies there; -1 for none."""
        width, height = self.cell
        column, row = int(at.x() // width), int(at.y() // height) + self.top
        place = row * self.across + column
        inside = self.found is not None and 0 <= column < self.across and place < len(self.found.rows)
        return place if inside else -1

    def _keep_inside(self) -> None:
        self.top = max(0, min(self.top, self.lines - self.down))

    # --- hands ----------------------------------------------------------------------------------------------------

    def choose(self, place: int) -> None:
        """Choose an example and bring it into view."""
        if self.found is None or not len(self.found.rows):
            return
        self.place = max(0, min(place, len(self.found.rows) - 1))
        row = self.place // self.across
        self.top = min(max(self.top, row - self.down + 1), row)
        self._keep_inside()
        self.chosen.emit(self.place)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.choose(place)
        else:
            super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turned += event.angleDelta().y()
        rows, self._turned = int(self._turned / 120), math.fmod(self._turned, 120)
        before, self.top = self.top, self.top - rows * (3 if self._pictures is None else 1)
        self._keep_inside()
        if self.top != before:
            self.update()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, page = Qt.Key(event.key()), self.across * self.down
        last = 0 if self.found is None else len(self.found.rows) - 1
        to = {Qt.Key.Key_PageUp: self.place - page, Qt.Key.Key_PageDown: self.place + page,
              Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}  # fmt: skip
        if key in KEYS:
            across, down = KEYS[key]
            self.choose(self.place + across + down * self.across if self.place >= 0 else 0)
        elif key in to:
            self.choose(to[key])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.top = self.top * self._across // self.across  # what stood at the top stays there
        self._across = self.across
        self._keep_inside()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            place = self.place_at(QPointF(event.pos()))
            text = "" if place < 0 or self.found is None else f"{told(self.found, place)}\n{self._line(place)}"
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _line(self, place: int) -> str:
        return written(self.found, place) if self._pictures is None and self.found is not None else ""

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.found is None:
            return
        painter, (width, height) = QPainter(self), self.cell
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first, count = self.top * self.across, self.across * (math.ceil(self.height() / height))
        for place in range(first, min(first + count, len(self.found.rows))):
            row, column = divmod(place - first, self.across)
            where = QRectF(column * width, row * height, width, height)
            (self._paint_line if self._pictures is None else self._paint_tile)(painter, where, place)
        self._paint_bar(painter)

    def _paint_chosen(self, painter: QPainter, where: QRectF) -> None:
        tokens = theme.current()
        painter.setPen(QPen(QColor(tokens.forward if self.hasFocus() else tokens.dim), 1))
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(where, 4, 4)

    def _paint_tile(self, painter: QPainter, where: QRectF, place: int) -> None:
        assert self._pictures is not None
        height, width = self._pictures.shape[1:]
        if place == self.place:
            self._paint_chosen(painter, where.adjusted(0.5, 0.5, -GAP + 3.5, -2.5))
        picture = QRectF(where.left() + 2, where.top() + 2, (TILE - 2) * width / height, TILE - 2)
        image = colours.to_image(grey(self._pictures[place], *self._range))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(picture, image)
        words = QRectF(where.left() + 2, picture.bottom(), where.width() - GAP, 15)
        painter.setFont(theme.ui_font(10.5))
        self._paint_verdict(painter, words, place)
        painter.setFont(theme.mono_font(9.5))
        painter.setPen(QColor(theme.current().dim))
        painter.drawText(words.translated(0, 13), Qt.AlignmentFlag.AlignVCenter,
                         format_number(self.found.losses[place], 3))  # fmt: skip

    def _paint_line(self, painter: QPainter, where: QRectF, place: int) -> None:
        assert self.found is not None
        if place == self.place:
            self._paint_chosen(painter, where.adjusted(0.5, 0.5, -5.5, -0.5))
        painter.setFont(theme.mono_font(10.5))
        painter.setPen(QColor(theme.current().dim))
        middle = Qt.AlignmentFlag.AlignVCenter
        loss = QRectF(where.left() + 4, where.top(), LOSS - 10, where.height())
        painter.drawText(loss, middle | Qt.AlignmentFlag.AlignRight, format_number(self.found.losses[place], 3))
        painter.setFont(theme.ui_font(11.5))
        room = (where.width() - LOSS - 16) * (
            1.0 if where.width() < NARROW and verdict(self.found, place)[0] else VERDICT
        )
        self._paint_verdict(painter, QRectF(LOSS + 6, where.top(), room, where.height()), place)
        if room > LOSS and where.width() < NARROW:
            return
        painter.setFont(theme.mono_font(10.5))
        painter.setPen(QColor(theme.current().text))
        rest = QRectF(LOSS + room + 14, where.top(), where.width() - LOSS - room - 22, where.height())
        shown = QFontMetricsF(painter.font()).elidedText(self._line(place), Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, middle, shown)

    def _paint_verdict(self, painter: QPainter, where: QRectF, place: int) -> None:
        """ "7 → 1": the truth, and what was said, in the colour of a problem where that is another class."""
        assert self.found is not None
        tokens, metrics, middle = theme.current(), QFontMetricsF(painter.font()), Qt.AlignmentFlag.AlignVCenter
        true, said = verdict(self.found, place)
        if not true:
            return
        arrow = metrics.horizontalAdvance(" → ")
        half = (where.width() - arrow) / 2
        left = max(half, where.width() - arrow - metrics.horizontalAdvance(said))
        true = metrics.elidedText(true, Qt.TextElideMode.ElideRight, left)
        painter.setPen(QColor(tokens.text))
        painter.drawText(where, middle, true)
        start = metrics.horizontalAdvance(true)
        painter.setPen(QColor(tokens.dim))
        painter.drawText(where.adjusted(start, 0, 0, 0), middle, " → ")
        rest = where.adjusted(start + arrow, 0, 0, 0)
        wrong = self.found.kind == "classes" and not is_right(self.found, place)
        painter.setPen(QColor(tokens.bad if wrong else tokens.text))
        painter.drawText(rest, middle, metrics.elidedText(said, Qt.TextElideMode.ElideRight, rest.width()))

    def _paint_bar(self, painter: QPainter) -> None:
        """Where one is in all of them."""
        if self.lines > self.down:
            length = max(16.0, self.height() * self.down / self.lines)
            top = (self.height() - length) * self.top / (self.lines - self.down)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.current().hairline))
            painter.drawRoundedRect(QRectF(self.width() - 4, top, 3, length), 1.5, 1.5)
