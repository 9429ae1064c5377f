"""A small picture of a data set: its points in the plane, or some of its rows as images or as text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots import colours
from app.plots.example_rows import grey, signs

MOST_POINTS, ACROSS, DOWN = 1500, 8, 4
TEXTS, LINE, INSET = 8, 17.0, 6.0  # rows shown as text, their height, and the room around them


class DataPreview(QWidget):
    """Drawn once for each data set, size and theme; hidden where there is nothing to draw."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dataset = None
        self._picture: QPixmap | None = None
        self._paint: Callable[[QPainter], None] | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("preview of the data")
        self.setToolTip("Filled points train, hollow ones validate; test rows stay locked.")
        self.hide()

    def set_dataset(self, dataset) -> None:
        """Show `dataset`."""
        self.dataset, self._picture = dataset, None
        self._paint = self._painter_for(dataset)
        self.setVisible(self._paint is not None)
        self.updateGeometry()
        self.update()

    def _painter_for(self, dataset) -> Callable[[QPainter], None] | None:
        if dataset is None:
            return None
        if dataset.image_shape is not None:
            return self._paint_images
        if dataset.vocabulary is not None:
            return self._paint_texts
        return self._paint_points if dataset.shape == (2,) and dataset.task != "sequence" else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self._paint == self._paint_texts:
            return round(2 * INSET + LINE * min(TEXTS, len(self.dataset.train)))
        return min(260, width * DOWN // ACROSS if self._paint == self._paint_images else width)

    def sizeHint(self) -> QSize:
        return QSize(180, self.heightForWidth(180))

    def apply_theme(self) -> None:
        """Draw anew in the theme's colours."""
        self._picture = None
        self.update()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._picture = None

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._paint is None:
            return
        if self._picture is None:
            ratio = self.devicePixelRatioF()
            self._picture = QPixmap(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint(painter)
            painter.end()
        QPainter(self).drawPixmap(0, 0, self._picture)

    def _paint_points(self, painter: QPainter) -> None:
        tokens, side = theme.current(), float(min(self.width(), self.height()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.canvas))
        painter.drawRoundedRect(QRectF(0, 0, side, side), 6, 6)
        x = np.concatenate([self.dataset.train.x[:MOST_POINTS], self.dataset.validation.x[:MOST_POINTS]])
        y = np.concatenate([self.dataset.train.y[:MOST_POINTS], self.dataset.validation.y[:MOST_POINTS]])
        reach = float(np.abs(x).max()) * 1.06 or 1.0
        places = (x / reach * [1, -1] + 1) * side / 2
        filled = min(MOST_POINTS, len(self.dataset.train))
        radius = 2.2 if len(x) <= 600 else 1.5
        for i, (place, name) in enumerate(zip(places, self._hues(y, tokens), strict=True)):
            painter.setPen(Qt.PenStyle.NoPen if i < filled else QPen(QColor(name), 1))
            painter.setBrush(QColor(name) if i < filled else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(*place), radius, radius)

    def _paint_texts(self, painter: QPainter) -> None:
        tokens = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.canvas))
        painter.drawRoundedRect(QRectF(0, 0, self.width(), self.height()), 6, 6)
        painter.setFont(theme.mono_font(10.5))
        painter.setPen(QColor(tokens.text))
        metrics, room = QFontMetricsF(painter.font()), self.width() - 2 * INSET
        for k, text in enumerate(texts(self.dataset, TEXTS)):
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(INSET, INSET + k * LINE, room, LINE), Qt.AlignmentFlag.AlignVCenter, shown)

    def _hues(self, y: np.ndarray, tokens) -> list[str]:
        if self.dataset.classes:
            return [colours.class_colour(tokens, int(label)) for label in y]
        first = y.reshape(len(y), -1)[:, :1]
        pixels = colours.ramp(first, float(first.min()), float(first.max()), tokens)[:, 0]
        return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b, _ in pixels]

    def _paint_images(self, painter: QPainter) -> None:
        rows = self.dataset.train.x[: ACROSS * DOWN].reshape(-1, *self.dataset.image_shape)
        cell = self.width() / ACROSS
        low, high = float(rows.min()), float(rows.max())
        for i, pixels in enumerate(rows):
            image = colours.to_image(grey(pixels, low, high))
            down, across = divmod(i, ACROSS)
            painter.drawImage(QRectF(across * cell + 1, down * cell + 1, cell - 2, cell - 2), image)


def texts(dataset, most: int) -> list[str]:
    """The first training rows, a line of text each; with "→" and the target, unless that is the row shifted by 1."""
    part, words = dataset.train, dataset.vocabulary
    shifted = part.y.shape == part.x.shape and np.array_equal(part.x[:most, 1:], part.y[:most, :-1])
    lines = []
    for x, y in zip(part.x[:most], part.y[:most], strict=True):
        line = words.decode(x)
        if dataset.task == "sequence" and not shifted:
            line += f" → {words.decode(y)}"
        elif dataset.task == "classification":
            line += f" → {dataset.class_names[int(y)]}"
        lines.append(signs(line))
    return lines
