"""A heat map of any tensor: hover shows an element, a click (or Shift with the arrow keys) chooses one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.plots import colours
from app.plots.picture import MAX_ROWS, Element, Picture, picture

_KEYS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
HOW = "Click: explain it · Shift+arrows: move · Esc: back to the canvas"
FAINT, AHEAD = 0.35, "from the last run, not yet computed in this step"
LARGEST_CELL = 80.0  # a 1×2 tensor should not fill the panel with two slabs


class HeatMap(QWidget):
    """Signed colours, symmetric around zero, one image however large the tensor is.

    `element_chosen(tuple)` names the element clicked. What is not finite is drawn in the colour of problems.
    """

    element_chosen = Signal(tuple)

    def __init__(self, parent: QWidget | None = None, name: str = "") -> None:
        super().__init__(parent)
        self.name, self.chosen, self.limit = name, None, 0.0
        self.picture: Picture | None = None
        self._source: np.ndarray | None = None
        self._fixed_limit: float | None = None
        self._image: QImage | None = None
        self._mark: tuple[int | slice | None, ...] | None = None
        self.faint = False
        self.preferred = QSize(160, 140)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name or "heat map")
        self.setAccessibleDescription(HOW)

    def set_array(
        self, array: np.ndarray | None, limit: float | None = None, most: int = MAX_ROWS, show: int = 0
    ) -> None:
        """Show `array` (any rank; None for nothing); colours span ±`limit`, by default its largest magnitude.

        At most `most` rows are drawn, among them row `show`.
        """
        self._source, self._fixed_limit = array, limit
        self.picture = None if array is None else picture(array, most, show)
        self._render()

    def set_mark(self, mark: tuple[int | slice | None, ...] | None) -> None:
        """Frame an element, a row, a window: an index or a stretch per axis, None for "all along this axis"."""
        if mark == self._mark:
            return
        self._mark = mark
        self.chosen = mark if mark is not None and all(isinstance(i, int) for i in mark) else None
        self.update()

    def set_faint(self, faint: bool) -> None:
        """Draw faintly: these are the numbers of the run before, not yet computed in this step."""
        if faint != self.faint:
            self.faint = faint
            self.update()

    def apply_theme(self) -> None:
        """Draw anew in the current theme's colours."""
        self._render()

    def sizeHint(self) -> QSize:
        return self.preferred

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    def _render(self) -> None:
        self._image = None
        if self.picture is not None:
            self.limit = self.picture.limit if self._fixed_limit is None else self._fixed_limit
            pixels = colours.signed(self.picture.cells, self.limit, theme.current())
            if self.picture.gaps is not None:
                pixels[self.picture.gaps] = 0
            self._image = colours.to_image(pixels)
        self.update()

    def area(self) -> QRectF:
        """Where the cells lie: the whole widget for matrices, square pixels for images."""
        if self.picture is None:
            return QRectF()
        height, width = self.picture.cells.shape
        wide, high = min(self.width(), width * LARGEST_CELL), min(self.height(), height * LARGEST_CELL)
        if self.picture.tile is not None:
            side = min(wide / width, high / height)
            wide, high = width * side, height * side
        return QRectF(0, 0, round(wide), round(high))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None or self.picture is None:
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        small = self._image.width() > self.width() * ratio or self._image.height() > self.height() * ratio
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, small)
        painter.setOpacity(FAINT if self.faint else 1.0)
        painter.drawImage(self.area(), self._image, QRectF(self._image.rect()))
        painter.setOpacity(1.0)
        frame = self._frame()
        if frame is not None:
            self._paint_frame(painter, frame)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.current().forward), 1))
            painter.drawRect(self.area().adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_frame(self, painter: QPainter, frame: QRectF) -> None:
        tokens = theme.current()
        for color, grow in ((tokens.canvas, 1.0), (tokens.text, 0.0)):
            painter.setPen(QPen(QColor(color), 1.5))
            painter.drawRect(frame.adjusted(-grow, -grow, grow, grow))

    def _frame(self) -> QRectF | None:
        """Rectangle around what is marked, never smaller than can be seen."""
        if self._mark is None or self.picture is None or len(self._mark) != len(self.picture.shape):
            return None
        shape = self.picture.shape
        ends = [_ends(i, n) for i, n in zip(self._mark, shape, strict=True)]
        first, last = (self.picture.cell_of(tuple(end[side] for end in ends)) for side in (0, 1))
        if first is None:
            return None
        area, (height, width) = self.area(), self.picture.cells.shape
        last = last or (height - 1, width - 1)
        cell = QPointF(area.width() / width, area.height() / height)
        frame = QRectF(QPointF(first[1] * cell.x(), first[0] * cell.y()),
                       QPointF((last[1] + 1) * cell.x(), (last[0] + 1) * cell.y()))  # fmt: skip
        more_x, more_y = max(0.0, 6 - frame.width()) / 2, max(0.0, 6 - frame.height()) / 2
        return frame.adjusted(-more_x, -more_y, more_x, more_y) & area.adjusted(0, 0, -0.5, -0.5)

    def element_at(self, position: QPoint) -> Element | None:
        """Index of the element drawn at `position` (widget coordinates)."""
        area = self.area()
        if self.picture is None or not area.contains(QPointF(position)):
            return None
        height, width = self.picture.cells.shape
        return self.picture.element_at(int(position.y() / area.height() * height),
                                       int(position.x() / area.width() * width))  # fmt: skip

    def describe(self, element: Element) -> str:
        """What the tip says of an element: "a [17, 3]  −0.0312"."""
        place = f"[{', '.join(map(str, element))}]"
        if self._source is None:
            return place
        told = f"{self.name} {place}   {theme.format_number(float(self._source[element]))}".strip()
        return f"{told}\n{AHEAD}" if self.faint else told

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            return True  # the tip follows the pointer instead
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        element = self.element_at(event.position().toPoint())
        if element is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(
                event.globalPosition().toPoint() + QPoint(12, 8), f"{self.describe(element)}\n{HOW}", self
            )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        element = self.element_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and element is not None:
            self._choose(element)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier  # the bare arrows step the program
        move = _KEYS.get(Qt.Key(event.key())) if shift else None
        if move is None or self.picture is None:
            return super().keyPressEvent(event)
        row, column = self.picture.cell_of(self.chosen) or (0, 0)
        step = 2 if self.picture.element_at(row + move[0], column + move[1]) is None else 1  # over a gap
        element = self.picture.element_at(row + step * move[0], column + step * move[1])
        if element is not None:
            self._choose(element)
        return None

    def _choose(self, element: Element) -> None:
        self.set_mark(element)
        self.element_chosen.emit(element)


def _ends(index: int | slice | None, size: int) -> tuple[int, int]:
    """The first and the last place along an axis."""
    if isinstance(index, slice):
        return index.start, index.stop - 1
    return (0, size - 1) if index is None else (index, index)
