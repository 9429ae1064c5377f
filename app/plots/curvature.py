"""Eigenvalues of the Hessian over the steps, the line above which steps grow, and what each layer adds to the trace."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtWidgets import QWidget

from app import theme
from app.plots.card import Card
from app.plots.colours import line_colour
from app.plots.lines import Color, Line, Lines
from app.plots.share import Table
from app.plots.switch import Switch

EMPTY = (
    "The largest eigenvalues of the Hessian are drawn here while this view is seen: how sharply the loss bends. "
    "Press Space to run."
)
LIMITS = {"sgd": "2 / rate", "momentum": "(2 + 2μ) / rate", "nesterov": "(2 + 2μ) / (1 + 2μ) / rate"}
MOST_LAYERS = 8
LEAST = 1e-4  # of the largest eigenvalue: a negative one nearer to 0 would only stretch the axis


class CurvatureCard(Card):
    """Shows `Readings` of the watch."""

    about = (
        "The largest eigenvalues λ of the Hessian, which tell how sharply the loss bends, measured on training rows "
        "beside the training. The dashed line is the sharpness above which a step of gradient descent, of this rate, "
        "grows along that direction: whole-batch training often climbs up to it and stays there (the edge of "
        "stability). −λ min is drawn where the loss also bends downwards. Layers: what each adds to the trace."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        self.lines = Lines()
        super().__init__("Curvature over time", self.lines, EMPTY, parent)
        self.switch = Switch(("Eigenvalues", "Layers"), size=12)
        self.head.insertWidget(2, self.switch)
        self.switch.hide()
        self.switch.chosen.connect(lambda _: self._draw())
        self._found = None
        self.lines.apply_theme()

    def show_snapshot(self, snapshot) -> None:
        found = snapshot.views.get("curvature")
        if found is not self._found:
            self._found = found
            self._draw()
        elif found is None:
            self._draw()

    def _draw(self) -> None:
        found = self._found
        if found is None or not found.points:
            self.switch.hide()
            self.show_empty(EMPTY)
            return
        self.switch.show()
        steps = np.array([reading.step for reading in found.points], float)
        if self.switch.index == 0:
            self.lines.set_lines(self._eigenvalues(steps), log=True)
        else:
            self.lines.set_lines(self._layers(steps), log=False)
        self.remark.set_text(self._cost())
        self.remark.setToolTip(
            f"A measurement takes {found.products} products with the Hessian; on {found.points[-1].curvature.rows}"
        )
        self.show_content()

    def _cost(self) -> str:
        """What one measurement takes of a core."""
        seconds = self._found.seconds
        return f"{1e3 * seconds:.0f} ms each" if seconds < 1 else f"{seconds:.1f} s each"

    def _eigenvalues(self, steps: np.ndarray) -> list[Line]:
        points, lines = self._found.points, []
        most = max(len(reading.curvature.largest) for reading in points)
        for k in range(min(3, most)):
            values = np.array([_nth(reading.curvature.largest, k) for reading in points])
            if k == 0 or np.any(values > 0):
                lines.append(Line(f"λ{'₁₂₃'[k]}", steps, values, _shade(k)))
        lowest = np.array([_nth(reading.curvature.smallest, 0) for reading in points])
        if np.any(lowest < 0):
            least = LEAST * max((_nth(reading.curvature.largest, 0) for reading in points), default=0.0)
            shown, last = np.where(-lowest > least, -lowest, np.nan), float(lowest[-1])
            name, note = ("−λ min", -last) if last < 0 else ("λ min", last)
            lines.append(Line(name, steps, shown, _backward, note=theme.format_number(note, 3)))
        limits = np.array([reading.limit for reading in points])
        if np.isfinite(limits).any():
            lines.append(Line(LIMITS.get(self._found.optimizer, "limit"), steps, limits, _ink, dashed=True))
        return lines

    def _layers(self, steps: np.ndarray) -> list[Line]:
        """Shares of the trace; what is below zero there bends downwards."""
        points = self._found.points
        names = list(points[-1].curvature.traces)
        shares = np.array([[_share(reading.curvature, name) for name in names] for reading in points])
        order = np.argsort(-np.abs(shares[-1]), kind="stable")[:MOST_LAYERS] if len(names) else []
        return [Line(names[k], steps, shares[:, k], _hue(place), note=theme.format_percent(float(shares[-1, k])))
                for place, k in enumerate(order)]  # fmt: skip

    def table(self) -> Table | None:
        """One line a measurement."""
        if self._found is None or not self._found.points:
            return None
        layers = list(self._found.points[-1].curvature.traces)
        header = ("step", "loss", "lambda 1", "lambda 2", "lambda 3", "lambda min", "trace", "trace error", "limit",
                  *(f"trace of {name}" for name in layers))  # fmt: skip
        rows = []
        for reading in self._found.points:
            c = reading.curvature
            rows.append((reading.step, c.loss, *(_nth(c.largest, k) for k in range(3)), _nth(c.smallest, 0), c.trace,
                         c.error, reading.limit, *(c.traces.get(name, math.nan) for name in layers)))  # fmt: skip
        return Table(header, rows)


def _nth(values: tuple[float, ...], k: int) -> float:
    return values[k] if k < len(values) else math.nan


def _share(curvature, name: str) -> float:
    whole = sum(map(abs, curvature.traces.values()))
    return curvature.traces.get(name, math.nan) / whole if whole else math.nan


def _shade(k: int) -> Color:
    """Ever paler blue."""
    return lambda tokens: theme.mix(tokens.forward, tokens.panel, (0.0, 0.35, 0.6)[k])


def _hue(k: int) -> Color:
    return lambda tokens: line_colour(tokens, k)


def _backward(tokens: theme.Tokens) -> str:
    return tokens.backward


def _ink(tokens: theme.Tokens) -> str:
    return tokens.text
