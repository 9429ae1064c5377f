"""Many matrices side by side as one image: signed colours around 0, or those of magnitudes, with names and axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.plots import colours
from app.tiles import Layout, Tile, blocked, filling, lay_out, limit_of

_KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_TURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
NAMED_CELL, WIDEST = 11.0, 56.0  # pixels of a cell beside which a name has room, and of such a name
HOW = "Click: this one alone, and back · Shift+← →: choose one · Enter: alone"
NAME_SIZE, AXIS_SIZE = 10.0, 10.5


class Mosaic(QWidget):
    """`tiles` in lines; all on one scale, or each on its own. `alone`: the tile that is shown in full.

    `laid_out()`: another number of tiles has room.
    """

    laid_out = Signal()

    def __init__(self, parent: QWidget | None = None, name: str = "mosaic") -> None:
        super().__init__(parent)
        self.tiles: list[Tile] = []
        self.each, self.across, self.chosen = False, 0, 0
        self.alone: int | None = None
        self._layout: Layout | None = None
        self._labelled = False
        self._key: object = None
        self._image: QImage | None = None
        self._cells: list[np.ndarray] = []
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)
        self.setAccessibleDescription(HOW)

    def set_tiles(self, tiles: list[Tile], across: int = 0) -> None:
        """Show these, `across` of them in a line (0: as many as fit)."""
        self.across = across
        if [tile.name for tile in tiles] != [tile.name for tile in self.tiles]:
            self.alone, self.chosen = None, 0
        self.tiles = list(tiles)
        self._render()

    def set_each(self, each: bool) -> None:
        """Whether every tile has a scale of its own."""
        self.each = each
        self._render()

    @property
    def shown(self) -> list[Tile]:
        """The tiles that are wanted, whether they have room or not."""
        return self.tiles if self.alone is None else [self.tiles[self.alone]]

    @property
    def count(self) -> int:
        """How many have room."""
        return 0 if self._layout is None else len(self._layout.places)

    @property
    def limit(self) -> float:
        """Largest magnitude of all tiles in signed colours; 0 where there is none."""
        return max((tile.limit for tile in self.shown if not tile.magnitude), default=0.0)

    def sizeHint(self) -> QSize:
        return QSize(180, 150)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    def apply_theme(self) -> None:
        """Draw anew in the current theme's colours."""
        self._render()

    def resizeEvent(self, event) -> None:
        self._render()

    def _render(self) -> None:
        self._image = None
        if self.tiles:
            before = self.count
            self._lay_out()
            self._image = self._draw()
            if self.count != before:
                self.laid_out.emit()
        else:
            self._layout = self._key = None
        self.update()

    def _lay_out(self) -> None:
        ratio, tiles = self.devicePixelRatioF(), self.shown
        size = round(self.width() * ratio), round(self.height() * ratio)
        key = (
            size,
            ratio,
            self.alone is None,
            tuple(tile.cells.shape[:2] for tile in tiles),
            self._axes(),
            self.across,
            tiles[0].stretch,
        )
        if key == self._key and self._layout is not None:
            return
        shapes, self._key = [tile.cells.shape[:2] for tile in tiles], key
        names = len(tiles) > 1
        if not names and tiles[0].stretch:
            self._layout = filling(shapes[0], *size, ratio)
        else:
            self._layout = lay_out(shapes, *size, ratio, names, (0, 0), self.across)
        self._labelled = False
        if self._axes():
            margin = tuple(round(room * ratio) for room in self._margin())
            roomy = lay_out(shapes, *size, ratio, names, margin, self.across)
            self._labelled = roomy.scale / ratio >= NAMED_CELL and len(roomy.places) == len(tiles)
            self._layout = roomy if self._labelled else self._layout

    def _margin(self) -> tuple[float, float]:
        """Room for the words beside a tile (left, top)."""
        metrics = QFontMetricsF(theme.mono_font(AXIS_SIZE))
        words = {name for tile in self.shown for name in tile.row_names}
        return min(WIDEST, max(map(metrics.horizontalAdvance, words), default=0.0)) + 6, 18.0

    def _axes(self) -> bool:
        return bool(self.shown) and any(tile.row_names or tile.column_names for tile in self.shown)

    def _draw(self) -> QImage:
        layout, tokens = self._layout, theme.current()
        assert layout is not None
        steps = (layout.step, layout.step)
        self._cells = [blocked(tile.cells, steps) for tile in self.shown[: len(layout.places)]]
        common = max((limit_of(cells) for cells, tile in zip(self._cells, self.shown, strict=False)
                      if not tile.magnitude), default=0.0)  # fmt: skip
        pixels = [self._coloured(cells, tile, common, tokens)
                  for cells, tile in zip(self._cells, self.shown, strict=False)]  # fmt: skip
        table = np.concatenate([*pixels, np.zeros((1, 4), np.uint8)])
        return colours.to_image(table[layout.index])

    def _coloured(self, cells: np.ndarray, tile: Tile, common: float, tokens) -> np.ndarray:
        if tile.magnitude:
            return colours.ramp(cells, 0.0, limit_of(cells), tokens).reshape(-1, 4)
        limit = limit_of(cells) if self.each else common
        if cells.ndim > 2:
            return _mixed(cells, limit, tokens)
        return colours.signed(cells, limit, tokens).reshape(-1, 4)

    # --- drawing --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None or self._layout is None:
            return
        painter, ratio = QPainter(self), self.devicePixelRatioF()
        painter.drawImage(QRectF(0, 0, self._image.width() / ratio, self._image.height() / ratio), self._image)
        if self._layout.named:
            self._paint_names(painter, ratio)
        if self._labelled:
            self._paint_axes(painter, ratio)
        if self.hasFocus() and self.shown:
            self._paint_focus(painter, ratio)

    def _rect(self, i: int, ratio: float) -> QRectF:
        assert self._layout is not None
        return QRectF(*(number / ratio for number in self._layout.places[i]))

    def _paint_names(self, painter: QPainter, ratio: float) -> None:
        painter.setFont(theme.ui_font(NAME_SIZE))
        painter.setPen(QColor(theme.current().dim))
        metrics = QFontMetricsF(painter.font())
        for i in range(self.count):
            rect = self._rect(i, ratio)
            words = self.shown[i].name
            if metrics.horizontalAdvance(words) > rect.width():
                words = words.rpartition(" ")[2]  # "unit 12" as "12"
            if metrics.horizontalAdvance(words) <= rect.width() + 4:
                painter.drawText(QRectF(rect.left(), rect.bottom(), rect.width() + 4, 14), 0, words)

    def _paint_axes(self, painter: QPainter, ratio: float) -> None:
        painter.setFont(theme.mono_font(AXIS_SIZE))
        painter.setPen(QColor(theme.current().dim))
        metrics, left = QFontMetricsF(painter.font()), self._margin()[0] - 4
        middle, right = Qt.AlignmentFlag.AlignCenter, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i in range(self.count):
            rect, tile = self._rect(i, ratio), self.shown[i]
            high, wide = rect.height() / tile.cells.shape[0], rect.width() / tile.cells.shape[1]
            for k, name in enumerate(tile.row_names):
                words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, left)
                painter.drawText(QRectF(rect.left() - left - 4, rect.top() + k * high, left, high), right, words)
            for k, name in enumerate(tile.column_names):
                words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, wide + 2)
                painter.drawText(QRectF(rect.left() + k * wide - 4, rect.top() - 16, wide + 8, 14), middle, words)

    def _paint_focus(self, painter: QPainter, ratio: float) -> None:
        place = 0 if self.alone is not None else min(self.chosen, self.count - 1)
        if 0 <= place < self.count:
            painter.setPen(QPen(QColor(theme.current().forward), 1.5))
            painter.drawRect(self._rect(place, ratio).adjusted(-1.5, -1.5, 1.5, 1.5))

    # --- what the pointer and the keys do -------------------------------------------------------------------------

    def describe(self, x: float, y: float) -> str:
        """What lies at (x, y); empty between the tiles."""
        ratio, layout = self.devicePixelRatioF(), self._layout
        i = None if layout is None else layout.at(x * ratio, y * ratio)
        if layout is None or i is None or i >= len(self._cells):
            return ""
        cells, tile = self._cells[i], self.shown[i]
        row, column = divmod(int(layout.index[int(y * ratio), int(x * ratio)] - layout.starts[i]), cells.shape[1])
        told = cells[row, column]
        number = ", ".join(theme.format_number(float(one)) for one in np.atleast_1d(told))
        if layout.step > 1:
            tile = replace(tile, step=(tile.step[0] * layout.step, tile.step[1] * layout.step))
        return tile.describe(row, column, number)

    def event(self, event: QEvent) -> bool:
        return True if event.type() == QEvent.Type.ToolTip else super().event(event)  # the tip follows the pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        told = self.describe(event.position().x(), event.position().y())
        if told:
            QToolTip.showText(event.globalPosition().toPoint() + QPoint(12, 8), told, self)
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        ratio = self.devicePixelRatioF()
        i = (
            None
            if self._layout is None
            else self._layout.at(event.position().x() * ratio, event.position().y() * ratio)
        )
        if event.button() == Qt.MouseButton.LeftButton and i is not None:
            self.chosen = i if self.alone is None else self.chosen
            self.turn()

    def turn(self) -> None:
        """The chosen tile alone, or all again."""
        self.alone = self.chosen if self.alone is None and len(self.tiles) > 1 else None
        self._render()
        self.laid_out.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, shift = Qt.Key(event.key()), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if shift and key in _KEYS and self.tiles:  # the bare arrows step the program
            self.chosen = (self.chosen + _KEYS[key]) % len(self.tiles)
            self.alone = None if self.alone is None else self.chosen
            self._render()
        elif self.tiles and (key in _TURN or (key == Qt.Key.Key_Escape and self.alone is not None)):
            self.turn()
        else:
            super().keyPressEvent(event)


def _mixed(cells: np.ndarray, limit: float, tokens) -> np.ndarray:
    """Red, green and blue (h, w, 3) between −limit (none) and +limit (full); what is not finite is marked."""
    with np.errstate(invalid="ignore", over="ignore"):
        place = np.clip(np.nan_to_num(cells / (limit or 1.0)), -1, 1)
    pixels = np.full((*cells.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = (place * 127.5 + 127.5).round()
    pixels[~np.isfinite(cells).all(-1)] = colours.rgba(tokens.bad)
    return pixels.reshape(-1, 4)
