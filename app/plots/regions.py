"""Linear regions drawn: the curve with its bends, the plane in pieces, and the bounds over the number of parameters."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots.colours import class_colour, line_colour

LEFT, FOOT, TOP, RIGHT = 46.0, 20.0, 6.0, 8.0
DEPTHS, MOST_PARAMETERS = (1, 2, 3, 4, 8), 3000
TONES = (0.22, 0.34, 0.46)  # of a region's hue over the ground
CROWD = 200  # regions: the edges of more are drawn fainter
MOST_POINTS, PAD = 600, 0.06  # rows drawn; room above and below a curve, as a share of its span


class RegionsPlot(QWidget):
    """One number in: the curve. Two: the plane."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.regions, self.dataset = None, None
        self._pieces: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("linear regions")

    def set_regions(self, regions, dataset) -> None:
        """Draw these, with the rows of `dataset`."""
        if regions is not self.regions or dataset is not self.dataset:
            self.regions, self.dataset, self._pieces = regions, dataset, None
            self.update()

    def apply_theme(self) -> None:
        """In the current theme's colours."""
        self._pieces = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 180)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.regions is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.regions.inputs == 1:
            self._paint_curve(painter)
        else:
            self._paint_plane(painter)

    # --- a plane --------------------------------------------------------------------------------------------------

    def area(self) -> QRectF:
        """The plane: the largest square, at the left."""
        side = min(self.width(), self.height())
        return QRectF(0, 0, side, side)

    def _paint_plane(self, painter: QPainter) -> None:
        area, ratio = self.area(), self.devicePixelRatioF()
        size = max(1, round(area.width() * ratio))
        if self._pieces is None or self._pieces.width() != size:
            self._pieces = QPixmap(size, size)
            self._pieces.setDevicePixelRatio(ratio)
            self._pieces.fill(QColor(theme.current().canvas))
            own = QPainter(self._pieces)
            own.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_pieces(own, area)
            own.end()
        painter.drawPixmap(area.topLeft(), self._pieces)

    def _paint_pieces(self, painter: QPainter, area: QRectF) -> None:
        tokens, (x0, x1, y0, y1) = theme.current(), self.regions.extent
        scale = np.array([area.width() / (x1 - x0), -area.height() / (y1 - y0)])
        shift = np.array([-x0 * scale[0], -y1 * scale[1]])
        edge = QColor(tokens.text)
        edge.setAlphaF(0.5 if len(self.regions.found) < CROWD else 0.25)
        line = QPen(edge, 0.7)
        line.setCosmetic(True)
        painter.setPen(line)
        for region in self.regions.found:
            hue = QColor(line_colour(tokens, region.pattern % 10))
            hue.setAlphaF(TONES[region.pattern // 10 % len(TONES)])
            painter.setBrush(hue)
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in (region.corners * scale + shift).tolist()]))
        if self.dataset is None:
            return
        x, y = self.dataset.train.x[:MOST_POINTS], self.dataset.train.y[:MOST_POINTS].reshape(-1)
        classes = self.dataset.task == "classification"
        painter.setPen(QPen(QColor(tokens.panel), 0.8))
        for (across, down), label in zip((x * scale + shift).tolist(), y, strict=False):
            painter.setBrush(QColor(class_colour(tokens, int(label)) if classes else tokens.text))
            painter.drawEllipse(QPointF(across, down), 2.4, 2.4)

    # --- a line ---------------------------------------------------------------------------------------------------

    def _paint_curve(self, painter: QPainter) -> None:
        regions, tokens = self.regions, theme.current()
        room = QRectF(LEFT, TOP, max(10.0, self.width() - LEFT - RIGHT), max(10.0, self.height() - TOP - FOOT))
        x0, x1 = regions.extent[:2]
        targets = self._targets()
        whole = np.concatenate([regions.y[np.isfinite(regions.y)], targets[1]])
        low, high = (float(whole.min()), float(whole.max())) if len(whole) else (0.0, 1.0)
        pad = PAD * ((high - low) or 1.0)
        low, high = low - pad, high + pad

        def place(x: np.ndarray, y: np.ndarray) -> list[QPointF]:
            across = room.left() + (x - x0) / (x1 - x0) * room.width()
            down = room.bottom() - (y - low) / (high - low) * room.height()
            return [QPointF(a, b) for a, b in zip(across.tolist(), down.tolist(), strict=True)]

        frame(painter, room, (low + pad, high - pad), (x0, x1))
        painter.setPen(Qt.PenStyle.NoPen)
        dim = QColor(tokens.dim)
        dim.setAlphaF(0.6)
        painter.setBrush(dim)
        for point in place(*targets):
            painter.drawEllipse(point, 1.8, 1.8)
        if not np.isfinite(regions.y).all():
            return
        painter.setPen(QPen(QColor(tokens.hairline), 1))
        bends = place(regions.bends, np.interp(regions.bends, regions.x, regions.y))
        for point in bends:
            painter.drawLine(QPointF(point.x(), room.top()), QPointF(point.x(), room.bottom()))
        painter.setPen(QPen(QColor(tokens.forward), 2))
        painter.drawPolyline(QPolygonF(place(regions.x, regions.y)))
        painter.setPen(QPen(QColor(tokens.panel), 1))
        painter.setBrush(QColor(tokens.backward))
        for point in bends:
            painter.drawEllipse(point, 3.4, 3.4)

    def _targets(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows as points, where the target is one number."""
        data = self.dataset
        if data is None or data.task != "regression" or data.train.y.reshape(len(data.train.y), -1).shape[1] != 1:
            return np.zeros(0), np.zeros(0)
        return data.train.x[:MOST_POINTS, 0].astype(float), data.train.y[:MOST_POINTS].reshape(-1).astype(float)


class BoundsPlot(QWidget):
    """How many regions some network of so many parameters has at least, by depth; ring: at most so many for this one;
    dot: how many it has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.regions = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("linear regions over the number of parameters")

    def set_regions(self, regions) -> None:
        """Of a network with these inputs and outputs."""
        if regions is not self.regions:
            self.regions = regions
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 180)

    def lines(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """By depth: log10 of parameters and of regions, for all widths up to `MOST_PARAMETERS`."""
        from engine.linear_regions import lower_bound, parameters_of

        inputs, outputs, found = self.regions.inputs, self.regions.outputs, {}
        for depth in DEPTHS:
            points, width = [], inputs
            while (size := parameters_of(inputs, [width] * depth, outputs)) <= MOST_PARAMETERS:
                points.append((math.log10(size), math.log10(lower_bound(inputs, [width] * depth))))
                width += 1
            if len(points) > 1:
                found[depth] = tuple(np.array(points).T)
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.regions is None:
            return
        painter, tokens, lines = QPainter(self), theme.current(), self.lines()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        own = (math.log10(self.regions.parameters), math.log10(max(1, self.regions.upper)),
               math.log10(max(1, self.regions.count)))  # fmt: skip
        x0 = min([own[0], *(line[0][0] for line in lines.values())])
        x1 = max([own[0], *(line[0][-1] for line in lines.values())])
        y1 = max([own[1], *(line[1][-1] for line in lines.values())]) or 1.0
        room = QRectF(
            LEFT, TOP + 14, max(10.0, self.width() - LEFT - RIGHT), max(10.0, self.height() - TOP - FOOT - 14)
        )

        def place(x: float, y: float) -> QPointF:
            return QPointF(
                room.left() + (x - x0) / ((x1 - x0) or 1) * room.width(), room.bottom() - y / y1 * room.height()
            )

        frame(painter, room, (0.0, y1), (x0, x1), logs=True)
        left = room.left()
        for depth, (x, y) in lines.items():
            color = QColor(line_colour(tokens, DEPTHS.index(depth)))
            painter.setPen(QPen(color, 1.8))
            painter.drawPolyline(QPolygonF([place(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))
            painter.setFont(theme.ui_font(10.5, 600))
            words = f"{depth} layer" if depth == 1 else f"{depth}"
            painter.drawText(QPointF(left, TOP + 8), words)
            left += painter.fontMetrics().horizontalAdvance(words) + 10
        painter.setPen(QPen(QColor(tokens.text), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(place(own[0], own[1]), 4.5, 4.5)
        painter.setBrush(QColor(tokens.text))
        painter.drawEllipse(place(own[0], own[2]), 4, 4)


def frame(painter: QPainter, room: QRectF, up: tuple[float, float], across: tuple[float, float],
          logs: bool = False) -> None:  # fmt: skip
    """Hairlines with numbers: three of them, or decades of logarithms; the ends of the other axis below."""
    tokens, right = theme.current(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.setFont(theme.mono_font(10.5))
    low, high = up
    marks = sorted({0, round(high / 2), math.floor(high)}) if logs else [low, (low + high) / 2, high]
    pad, span = (0.0, 1.0) if logs else (PAD / (1 + 2 * PAD), 1 / (1 + 2 * PAD))
    for value in marks:
        y = room.bottom() - (pad + span * (value - low) / ((high - low) or 1)) * room.height()
        painter.setPen(QPen(QColor(tokens.hairline), 1))
        painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
        painter.setPen(QColor(tokens.dim))
        painter.drawText(QRectF(0, y - 9, room.left() - 6, 18), right, _words(value, logs))
    foot = QRectF(room.left(), room.bottom() + 3, room.width(), 16)
    painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, _words(across[0], logs))
    painter.drawText(foot, Qt.AlignmentFlag.AlignRight, _words(across[1], logs))
    if logs and room.width() > 190:
        painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, "parameters")


def _words(value: float, logs: bool) -> str:
    if logs:
        return f"1e{value:g}" if value > 4 else theme.format_count(round(10**value))
    return f"{value:.2g}".replace("-", theme.MINUS)
