"""Gradient flow: one bar a layer on a logarithmic scale, so that a vanishing or exploding gradient is seen at once."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QToolTip, QWidget

from app import theme
from app.plots.card import Card
from app.plots.share import Table
from app.plots.switch import Switch
from app.plots.through_time import TimeBars

FLOOR, CEILING = -8.0, 1.0  # decades shown, stretched where the values lie outside
TALL, ROOMY, COMPACT = 30, 46, 11  # heights of a row: name above its bar, or beside it
EMPTY = "The size of every layer's gradient is drawn here after the first backward pass. Press Space, or step with →."


class FlowBars(QWidget):
    """Norms by layer id, first layer on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.norms: dict[str, float] = {}
        self.selected: str | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("gradient norm of every layer")

    def set_norms(self, norms: dict[str, float]) -> None:
        """Show these norms."""
        if norms != self.norms:
            self.norms = dict(norms)
            self.update()

    def set_selected(self, layer: str | None) -> None:
        """Mark a layer's bar."""
        self.selected = layer
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, 150)

    def span(self) -> tuple[float, float]:
        """Lowest and highest decade of the scale."""
        decades = [math.log10(norm) for norm in self.norms.values() if math.isfinite(norm) and norm > 0]
        low = min([FLOOR, *(math.floor(value) for value in decades)])
        high = max([CEILING, *(math.ceil(value) for value in decades)])
        return max(low, -16.0), min(high, 16.0)

    def share(self, norm: float) -> float:
        """Length of a bar, 0..1; full for what is not finite."""
        if not math.isfinite(norm):
            return 1.0
        if norm <= 0:
            return 0.0
        low, high = self.span()
        return min(1.0, max(0.01, (math.log10(norm) - low) / (high - low)))

    def row_height(self) -> float:
        """Room for one layer."""
        return min(float(ROOMY), self.height() / max(1, len(self.norms)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        high = self.row_height()
        paint = self._paint_tall if high >= TALL else self._paint_compact if high >= COMPACT else self._paint_bare
        for i, (layer, norm) in enumerate(self.norms.items()):
            paint(painter, QRectF(0, i * high, self.width(), high), layer, norm)

    def _paint_tall(self, painter: QPainter, row: QRectF, layer: str, norm: float) -> None:
        self._paint_words(painter, QRectF(row.left(), row.top(), row.width(), 17), layer, norm)
        self._paint_bar(painter, QRectF(row.left(), row.top() + 19, row.width(), 7), norm)

    def _paint_compact(self, painter: QPainter, row: QRectF, layer: str, norm: float) -> None:
        name, value = min(84.0, row.width() * 0.34), 46.0
        self._paint_words(painter, row, layer, norm, name)
        self._paint_bar(painter, QRectF(name + 6, row.center().y() - 3, row.width() - name - value - 12, 6), norm)

    def _paint_bare(self, painter: QPainter, row: QRectF, layer: str, norm: float) -> None:
        gap = 1.0 if row.height() >= 3 else 0.0
        self._paint_bar(painter, row.adjusted(0, gap / 2, 0, -gap / 2), norm)

    def _paint_words(self, painter: QPainter, row: QRectF, layer: str, norm: float, room: float | None = None) -> None:
        tokens = theme.current()
        painter.save()
        size = min(11.5, row.height() * 0.82)
        painter.setFont(theme.ui_font(size, 600 if layer == self.selected else 400))
        painter.setPen(QColor(tokens.text if layer == self.selected else tokens.dim))
        room = row.width() - 60 if room is None else room
        name = painter.fontMetrics().elidedText(layer, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(theme.mono_font(min(10.5, size)))
        painter.setPen(QColor(tokens.text if math.isfinite(norm) else tokens.bad))
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short_norm(norm))
        painter.restore()

    def _paint_bar(self, painter: QPainter, track: QRectF, norm: float) -> None:
        tokens, radius = theme.current(), min(3.5, track.height() / 2)
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(track, radius, radius)
        if norm != 0:
            bar = QRectF(
                track.left(), track.top(), max(track.height(), track.width() * self.share(norm)), track.height()
            )
            painter.setBrush(QColor(tokens.backward if math.isfinite(norm) else tokens.bad))
            painter.drawRoundedRect(bar, radius, radius)

    def layer_at(self, y: float) -> str | None:
        """The layer whose row lies at height `y`."""
        place = int(y / self.row_height())
        return list(self.norms)[place] if 0 <= place < len(self.norms) else None

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            layer = self.layer_at(event.pos().y())
            text = "" if layer is None else f"{layer}: gradient norm {theme.format_number(self.norms[layer])}"
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)


class FlowCard(Card):
    """Gradient flow with its heading: layer by layer, or, where layers go through a sequence, step by step."""

    about = (
        "How large the gradient of each layer's parameters is, on a log scale: what reaches the first layers has "
        "passed through all others. Bars that shrink towards the data tell of vanishing gradients, bars that grow of "
        "exploding ones. In time shows the same for every step of a sequence."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        self.bars, self.time, self.pages = FlowBars(), TimeBars(), QStackedWidget()
        self.pages.addWidget(self.bars)
        self.pages.addWidget(self.time)
        super().__init__("Gradient flow", self.pages, EMPTY, parent)
        self.switch = Switch(("Gradient flow", "In time"))
        self.switch.chosen.connect(lambda _: self._turn())
        self.switch.hide()
        self.head.insertWidget(0, self.switch)

    def table(self) -> Table:
        """Norms by layer, and by step where layers go through a sequence."""
        rows = [(layer, "", norm) for layer, norm in self.bars.norms.items()]
        for layer, (gradients, _) in self.time.steps.items():
            rows += [(layer, step + 1, norm) for step, norm in enumerate(gradients)]
        return Table(("layer", "step of the sequence", "gradient norm"), rows)

    def name(self) -> str:
        return "Gradient flow"

    def set_selected(self, layer: str | None) -> None:
        """Mark a layer."""
        self.bars.set_selected(layer)
        self.time.set_selected(layer)

    def _turn(self) -> None:
        """Show the page that is chosen, as far as there is one."""
        in_time = self.switch.index == 1 and bool(self.time.steps)
        self.pages.setCurrentWidget(self.time if in_time else self.bars)
        low, high = (self.time if in_time else self.bars).span()
        self.remark.set_text("log scale")
        self.remark.setToolTip(f"from 1e{low:.0f} to 1e{high:.0f}".replace("-", theme.MINUS))

    def show_snapshot(self, snapshot) -> None:
        """Draw the norms."""
        if not snapshot.gradient_norms:
            self.show_empty(EMPTY)
            return
        self.bars.set_norms(snapshot.gradient_norms)
        self.time.set_steps(snapshot.extra.get("through_time", {}))
        self.switch.setVisible(bool(self.time.steps))
        self.show_title(not self.time.steps)
        self._turn()
        self.show_content()


def short_norm(norm: float) -> str:
    """A norm in few signs: "3e−4", "0", "NaN"."""
    if not math.isfinite(norm) or norm == 0:
        return theme.format_number(norm)
    mantissa, _, power = f"{norm:.1e}".partition("e")
    return f"{mantissa}e{int(power)}".replace("-", theme.MINUS)
