"""Loss and accuracy (or R²) over the steps, in one place, toggled in the heading."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import theme
from app.plots.axes import CurvePlot
from app.plots.card import Card
from app.plots.colours import line_colour
from app.plots.share import Table
from app.plots.switch import Switch
from app.plots.text import Elided, Text

DECADES_FOR_LOG = 2.0
MOST_SMOOTH = 500  # points: a smooth curve needs no more, and wide pens are slow
WIDEST = 40  # points to either side in a running mean
TITLES = {"accuracy": "Accuracy", "r2": "R²"}
LEGEND_REST = 58  # dashes and gaps of the legend
BREVITY = (
    (("train", "validation"), (4, 4)), (("train", "val."), (4, 4)), (("train", "val."), (3, 3)),
    (("train", "val."), (2, 2)), (("train", "val."), (0, 0)),
)  # fmt: skip  # names and digits of the legend, as many as have room
EMPTY = "The loss of every step is drawn here. Press Space to run."
EMPTY_METRIC = "Drawn as soon as the network has run: the share of right answers, or R² for numbers."


class Swatch(QWidget):
    """A dash of a curve's colour and style, for the legend."""

    def __init__(self, dashed: bool) -> None:
        super().__init__()
        self.dashed = dashed
        self.setFixedSize(QSize(16, 12))

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current()
        color, style = (tokens.text, Qt.PenStyle.DashLine) if self.dashed else (tokens.forward, Qt.PenStyle.SolidLine)
        painter = QPainter(self)
        painter.setPen(QPen(QColor(color), 2 if not self.dashed else 1.5, style))
        painter.drawLine(QRectF(self.rect()).center() - QPointF(8, 0),
                         QRectF(self.rect()).center() + QPointF(8, 0))  # fmt: skip


class Legend(QWidget):
    """Names of the two curves with their latest values, or those under the pointer."""

    def __init__(self) -> None:
        super().__init__()
        self.train, self.validation = Text("train", 10.5, role="forward_text"), Text("validation", 10.5)
        self.at = Elided("steps", 10.5, role="dim", mono=True)
        self.at.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        for widget in (Swatch(False), self.train, Swatch(True), self.validation):
            row.addWidget(widget)
        row.addWidget(self.at, 1)
        self._values: tuple[float | None, float | None] = (None, None)

    def show_values(self, train: float | None, validation: float | None, at: str = "steps") -> None:
        """`None` leaves the bare name."""
        self._values = (train, validation)
        self.at.set_text(at)
        self._write()

    def minimumSizeHint(self) -> QSize:
        """What has no room is said more briefly."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many words and digits as have room."""
        super().resizeEvent(event)
        self._write()

    def _write(self) -> None:
        metrics, room = self.train.fontMetrics(), self.width() - LEGEND_REST
        pairs = [tuple(map(_named, names, self._values, digits)) for names, digits in BREVITY]
        pair = next((pair for pair in pairs if sum(map(metrics.horizontalAdvance, pair)) <= room), pairs[-1])
        self.train.set_text(pair[0])
        self.validation.set_text(pair[1])


class CurvesCard(Card):
    """The loss of the training batches and of the validation set; the metric of both sets."""

    about = (
        "The loss of every step (faint: each batch; bold: their running mean) and of the validation rows (dashed). "
        "Where the dashed curve rises while the other falls, the network learns its rows by heart."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__("Loss", content, EMPTY, parent)
        self.plot, self.legend = CurvePlot(), Legend()
        self.switch = Switch(("Loss", "Accuracy"))
        self.show_title(False)
        self.head.insertWidget(0, self.switch)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.plot, 1)
        column.addWidget(self.legend)
        self.plot.add_curve("batches", faint=True)
        self.plot.add_curve("train")
        self.plot.add_curve("validation", dashed=True)
        self._history, self._metric_name, self._pointed = None, None, None
        self._offset, self._others, self._drawn = 0, [], 0
        self.switch.chosen.connect(lambda _: self._draw())
        self.plot.pointed.connect(self._point)
        self.plot.apply_theme()

    def show_snapshot(self, snapshot) -> None:
        """Draw the history; the same history again costs nothing."""
        if snapshot.metric_name != self._metric_name:
            self._metric_name = snapshot.metric_name
            self.switch.set_text(1, TITLES.get(self._metric_name, "Accuracy"))
        self._show_others(snapshot.timeline)
        if snapshot.history is not self._history:
            another_run = _last(snapshot.history) < _last(self._history)
            self._history = snapshot.history
            if another_run:
                self.plot.show_all(_last(self._history))  # what was zoomed into is not there
            self._draw()

    def _show_others(self, timeline) -> None:
        """Losses of the other branches of the timeline, each in its colour, and where this one's steps are drawn."""
        branches = () if timeline is None else timeline.branches
        offset = 0 if timeline is None else timeline.branch.offset
        others = [(b.colour, b.offset, b.history) for b in branches if b.id != timeline.current and len(b.history.loss)]
        if (offset, others) == (self._offset, self._others):
            return
        self._offset, self._others = offset, others
        self._draw()

    def _draw_others(self) -> None:
        """As many curves as there are other branches."""
        shown = self._others if self.switch.index == 0 else []
        for i in range(max(len(shown), self._drawn)):
            name = f"other {i}"
            if name not in self.plot.curves:
                self.plot.add_curve(name, color=lambda tokens, i=i: self._hue(tokens, i))
            x, y = np.zeros(0), np.zeros(0)
            if i < len(shown):
                _, offset, history = shown[i]
                x, y = np.asarray(history.steps, float) + offset, smoothed(np.asarray(history.loss, float))
                thin = max(1, len(y) // MOST_SMOOTH)
                x, y = x[::-thin][::-1], y[::-thin][::-1]
            self.plot.set_curve(name, x, y)
        self._drawn = len(shown)
        self.plot.apply_theme()

    def _hue(self, tokens: theme.Tokens, i: int) -> str:
        return line_colour(tokens, self._others[i][0] if i < len(self._others) else 0)

    def table(self) -> Table | None:
        """Every point of both curves."""
        h = self._history
        if h is None:
            return None
        rows = [("batch loss", step, value) for step, value in zip(h.steps, h.loss, strict=True)]
        for name, values in (("validation loss", h.eval_loss), ("validation metric", h.metric),
                             ("training metric", h.train_metric)):  # fmt: skip
            rows += [(name, step, value) for step, value in zip(h.eval_steps, values, strict=True)]
        return Table(("curve", "step", "value"), rows)

    def _series(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(x, y) of training and (x, y) of validation for what the switch shows."""
        h, off = self._history, self._offset
        if self.switch.index == 0:
            return h.steps + off, h.loss, h.eval_steps + off, h.eval_loss
        return h.eval_steps + off, h.train_metric, h.eval_steps + off, h.metric

    def _draw(self) -> None:
        series = () if self._history is None else tuple(np.asarray(part, float) for part in self._series())
        if not series or not (_is_line(series[1]) or _is_line(series[3])):
            self.show_empty(EMPTY if self.switch.index == 0 else EMPTY_METRIC)
            return
        everything = (series[1], series[3], *(np.asarray(h.loss, float) for _, _, h in self._others))
        log = self.switch.index == 0 and _spans_decades(*everything)
        if log != self.plot.log:
            self.plot.set_log(log)
        self.plot.set_curve("batches", series[0], series[1])
        smooth = smoothed(series[1])
        thin = max(1, len(smooth) // MOST_SMOOTH)
        self.plot.set_curve("train", series[0][::-thin][::-1], smooth[::-thin][::-1])
        self.plot.set_curve("validation", series[2], series[3])
        if self._others or self._drawn:
            self._draw_others()
        self.remark.set_text(self._remark(series[1], log))
        self._say(series)
        self.show_content()

    def _remark(self, train: np.ndarray, log: bool) -> str:
        bad = int(np.count_nonzero(~np.isfinite(train))) if self.switch.index == 0 else 0
        return f"{bad} not finite" if bad else "log scale" if log else ""

    def _point(self, step: float | None) -> None:
        self._pointed = step
        if self._history is not None and not self.is_empty:
            self._say(tuple(np.asarray(part, float) for part in self._series()))

    def _say(self, series: tuple[np.ndarray, ...]) -> None:
        at = self._pointed
        train, validation = (_value_at(series[i], series[i + 1], at) for i in (0, 2))
        self.legend.show_values(train, validation, "steps" if at is None else f"step {theme.format_count(round(at))}")


def smoothed(values: np.ndarray) -> np.ndarray:
    """Running mean (n,) over a fiftieth of the curve, narrower at its ends; what is not finite stays so."""
    reach = min(len(values) // 100, WIDEST)
    if reach == 0:
        return values
    finite = np.isfinite(values)
    clean = np.where(finite, values, 0.0)
    result = np.empty(len(values))
    sums = sliding_window_view(clean, 2 * reach + 1).sum(1)  # no running sum: one huge loss would drown the others
    counts = sliding_window_view(finite, 2 * reach + 1).sum(1)
    result[reach:-reach] = sums / np.maximum(1, counts)
    for i in range(reach):
        for at, part in ((i, slice(0, 2 * i + 1)), (-1 - i, slice(len(values) - 2 * i - 1, None))):
            result[at] = clean[part].sum() / max(1, finite[part].sum())
    return np.where(finite, result, np.nan)


def _named(name: str, value: float | None, digits: int) -> str:
    return name if value is None or not digits else f"{name} {theme.format_number(value, digits)}"


def _spans_decades(*series: np.ndarray) -> bool:
    values = np.concatenate(series)
    values = values[np.isfinite(values) & (values > 0)]
    return bool(values.size) and np.log10(values.max() / values.min()) > DECADES_FOR_LOG


def _is_line(values: np.ndarray) -> bool:
    """Whether there is anything to draw: one point alone gives no line, and axes without any scale."""
    return int(np.count_nonzero(np.isfinite(values))) > 1


def _last(history) -> float:
    ends = () if history is None else [part[-1] for part in (history.steps, history.eval_steps) if len(part)]
    return float(max(ends, default=0.0))


def _value_at(x: np.ndarray, y: np.ndarray, at: float | None) -> float | None:
    """The latest value, or the one nearest to step `at`; None where there is none."""
    if not len(y) or len(x) != len(y):
        return None
    value = y[-1] if at is None else y[int(np.abs(x - at).argmin())]
    return None if np.isnan(value) and at is None else float(value)
