"""Layers with their colours and numbers, as many as there is room for; one of them can be picked out."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.plots.colours import depth_colour

TALLEST, LEAST, COLUMN, GAP, DASH = 17.0, 11.0, 112.0, 10.0, 10.0
LINES_BELOW = 3
HOW = "Up and Down pick out a layer, Escape lets it go"


class LayerLegend(QWidget):
    """`picked(layer or None)`: a layer is pointed at, or chosen with the arrow keys. `beside`: it stands beside the
    plot, in one column; else below it, in as many as fit."""

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, str] = {}
        self.bad: set[str] = set()
        self.chosen: str | None = None
        self.beside = True
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("layers")
        self.setAccessibleDescription(HOW)

    def set_rows(self, rows: dict[str, str], bad: set[str]) -> None:
        """What is said of each layer, first layer first; `bad`: it is not finite."""
        if (rows, bad) != (self.rows, self.bad):
            self.rows, self.bad = rows, bad
            self.setAccessibleDescription(", ".join(f"{layer} {told}" for layer, told in rows.items()) or HOW)
            self.update()

    def set_chosen(self, layer: str | None) -> None:
        """Set off one of them."""
        if layer != self.chosen:
            self.chosen = layer
            self.update()

    def place(self, width: int) -> None:
        """Find a place for it in a card of this width."""
        self.beside = width >= 300
        policy = QSizePolicy.Policy
        if self.beside:
            self.setFixedWidth(min(180, max(104, round(width * 0.28))))
            self.setMinimumHeight(0)
            self.setMaximumHeight(1 << 14)
            self.setSizePolicy(policy.Fixed, policy.Expanding)
        else:
            self.setMinimumWidth(0)
            self.setMaximumWidth(1 << 14)
            lines = min(LINES_BELOW, -(-max(1, len(self.rows)) // max(1, int(width // COLUMN))))
            self.setFixedHeight(round(lines * 14))
            self.setSizePolicy(policy.Expanding, policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def _columns(self) -> int:
        return 1 if self.beside else max(1, int(self.width() // COLUMN))

    def visible_rows(self) -> list[str]:
        """The layers that have room, spread evenly; the first, the last and the chosen one among them."""
        names, most = list(self.rows), max(1, int(self.height() // LEAST) * self._columns())
        if len(names) <= most:
            return names
        if most == 1:
            return [self.chosen if self.chosen in self.rows else names[0]]
        places = [round(i * (len(names) - 1) / (most - 1)) for i in range(most)]
        if self.chosen in self.rows:
            wanted = names.index(self.chosen)
            inner = range(1, most - 1) if most > 2 and wanted not in (0, len(names) - 1) else range(most)
            places[min(inner, key=lambda i: abs(places[i] - wanted))] = wanted
        return [names[place] for place in sorted(set(places))]

    def cells(self) -> list[tuple[str, QRectF]]:
        """Where each of these stands."""
        names, columns = self.visible_rows(), self._columns()
        lines = -(-len(names) // columns)
        high = min(TALLEST, self.height() / max(1, lines))
        wide = (self.width() - GAP * (columns - 1)) / columns
        return [(name, QRectF((i // lines) * (wide + GAP), (i % lines) * high, wide, high))
                for i, name in enumerate(names)]  # fmt: skip

    def layer_at(self, x: float, y: float) -> str | None:
        """The layer that stands at a place."""
        return next((name for name, cell in self.cells() if cell.contains(x, y)), None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens, order = QPainter(self), theme.current(), {name: i for i, name in enumerate(self.rows)}
        for name, cell in self.cells():
            chosen = name == self.chosen
            size = min(11.5, cell.height() * 0.82)
            middle = cell.center().y()
            thick = 3 if chosen else 2
            color = QColor(depth_colour(tokens, order[name], len(order)))
            painter.fillRect(QRectF(cell.left(), middle - thick / 2, DASH, thick), color)
            painter.setFont(theme.mono_font(min(10.5, size)))
            told = self.rows[name]
            room = painter.fontMetrics().horizontalAdvance(told) + 6 if told else 0
            painter.setPen(QColor(tokens.bad if name in self.bad else tokens.text if chosen else tokens.dim))
            painter.drawText(cell, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, told)
            painter.setFont(theme.ui_font(size, 600 if chosen else 400))
            painter.setPen(QColor(tokens.text if chosen else tokens.dim))
            words = cell.adjusted(DASH + 5, 0, -room, 0)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(words.width()))
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        if self.hasFocus():
            painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(tokens.forward))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            layer = self.layer_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), "" if layer is None else f"{layer}  {self.rows[layer]}", self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.picked.emit(self.layer_at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self.picked.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        names, step = list(self.rows), {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self.chosen is not None:
            self.picked.emit(None)
        elif step is not None and names:
            at = names.index(self.chosen) + step if self.chosen in self.rows else (0 if step > 0 else -1)
            self.picked.emit(names[at % len(names)])
        else:
            super().keyPressEvent(event)
