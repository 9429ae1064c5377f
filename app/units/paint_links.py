"""How lines are painted: blue below zero, orange above, wide where the weight is large."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.theme import Tokens, color, mix, mono_font
from app.units.layout import BIAS, Places
from app.units.links import LEVELS, Lines, levels, strengths
from app.units.numbers import Numbers, State, written
from app.units.paint_units import figure_font
from app.units.plan import Plan

THIN, WIDE = 0.7, 4.6
SIZE = 11  # of a weight in figures
SHARES = (0.5, 0.36, 0.64, 0.24, 0.76, 0.16, 0.84)  # of the way, where a weight's number may stand
Focus = tuple[str, int] | None


def paint_lines(painter: QPainter, lines: Lines, numbers: Numbers, tokens: Tokens, focus: Focus, phase: State) -> None:
    """One bundle; with a unit in `focus`, its own lines stand out. `phase`: the bundle's operation is at work.

    Faint lines come first and all are opaque, mixed with the ground: blending hundreds of lines takes 15 times as long.
    """
    strength = strengths(lines, numbers)
    near = _near(lines, focus)
    for (is_near, level, sign), members in _groups(lines, strength, near).items():
        token = mix(tokens.dim, tokens.canvas, 0.35) if not sign else tokens.positive if sign > 0 else tokens.negative
        if not level and strength is not None:
            token = tokens.bad
        width = THIN + (WIDE - THIN) * (level - 1) / (LEVELS - 1) if level else THIN
        share = 0.28 + 0.62 * level / LEVELS if strength is not None else 0.55
        share *= 1.0 if focus is None or is_near else 0.22
        painter.setPen(QPen(color(mix(tokens.canvas, token, share)), width, c=Qt.PenCapStyle.FlatCap))
        painter.drawLines([lines.drawn[i] for i in members])
    if phase in ("forward", "backward"):
        painter.setPen(QPen(color(mix(tokens.canvas, tokens.direction(phase), 0.7)), THIN))
        painter.drawLines(lines.drawn)


def _groups(lines: Lines, strength: np.ndarray | None, near: np.ndarray) -> dict[tuple[bool, int, int], list[int]]:
    """Lines that are painted with one pen: (in focus, level, sign) → their numbers; what stands out comes last."""
    count = len(lines.ends)
    signs = np.zeros(count, int) if strength is None else np.sign(np.nan_to_num(strength)).astype(int)
    sizes = np.ones(count, int) if strength is None else levels(strength)
    groups: dict[tuple[bool, int, int], list[int]] = {}
    for i, key in enumerate(zip(near.tolist(), sizes.tolist(), signs.tolist(), strict=True)):
        groups.setdefault(key, []).append(i)
    return dict(sorted(groups.items()))


def _near(lines: Lines, focus: Focus) -> np.ndarray:
    """Which lines end at the unit in focus."""
    if focus is None:
        return np.zeros(len(lines.ends), bool)
    layer, unit = focus
    ends = (lines.bundle.source == layer, lines.bundle.target == layer)
    return (lines.units == unit) @ np.array(ends)


class WeightLabels:
    """Weights and their gradients in figures on their lines, each where no other one stands."""

    def __init__(self, plan: Plan, places: Places, all_lines: list[Lines]) -> None:
        self._font = mono_font(SIZE)
        self._metrics = QFontMetricsF(self._font)
        self._taken: list[QRectF] = [rect.adjusted(-4, -4, 4, 4) for rect in places.units.values()]
        self.spots: list[tuple[str, int, int, QRectF]] = []
        width = self._metrics.horizontalAdvance("∂w −0.000e−00") + 8
        for lines in all_lines:
            if lines.bundle.weight:
                if lines.bundle.steps > 1:
                    continue  # the same number on many lines
                for (source, target), ends in zip(lines.units.tolist(), lines.ends, strict=True):
                    self.spots.append((lines.bundle.weight, source, target, self._find(ends, width)))

    def _find(self, ends: np.ndarray, width: float) -> QRectF:
        rects = [self._at(ends, share, width) for share in SHARES]
        free = next((rect for rect in rects if not any(rect.intersects(other) for other in self._taken)), rects[0])
        self._taken.append(free)
        return free

    @staticmethod
    def _at(ends: np.ndarray, share: float, width: float) -> QRectF:
        x, y = ends[:2] + share * (ends[2:] - ends[:2])
        return QRectF(x - width / 2, y - 17, width, 34)

    def paint(self, painter: QPainter, numbers: Numbers, tokens: Tokens) -> None:
        """Each pair on its line."""
        for name, source, target, rect in self.spots:
            texts = (("w", name, "forward"), ("∂w", f"{name}.grad", "backward"))
            for i, (symbol, value, side) in enumerate(texts):
                number = written(numbers.of_weight(value, source, target))
                half = QRectF(rect.left(), rect.top() + 17 * i, rect.width(), 17)
                text = f"{symbol} {number}"
                font = figure_font(painter, SIZE, text, rect.width() - 8)
                paint_number(painter, half, text, numbers.state(value), side, tokens, font)


def paint_number(painter: QPainter, rect: QRectF, text: str, state: State, side: str, tokens: Tokens, font) -> None:
    """A figure on the ground: lit while it is being made, faint while it is still to be made in this step."""
    painter.setFont(font)
    width = QFontMetricsF(font).horizontalAdvance(text) + 8
    back = QRectF(rect.center().x() - width / 2, rect.top() + 1, width, rect.height() - 2)
    lit = state in ("forward", "backward", "update")
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(mix(tokens.canvas, tokens.direction(state), 0.32)) if lit else color(tokens.canvas, 0.86))
    painter.drawRoundedRect(back, 4, 4)
    token = tokens.text if side == "forward" else tokens.backward_text
    painter.setPen(color(tokens.text if lit else mix(token, tokens.canvas, 0.5) if state == "ahead" else token))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def paint_bias(painter: QPainter, places: Places, layer: str, unit: int, name: str, numbers: Numbers,
               tokens: Tokens) -> None:  # fmt: skip
    """The unit that is always 1, its line, and the bias on it."""
    centre, rect = places.bias(layer, unit), places.units[layer, unit]
    painter.setPen(QPen(color(mix(tokens.dim, tokens.canvas, 0.35)), 1.2))
    painter.drawLine(QPointF(centre.x() + BIAS, centre.y()), QPointF(rect.left() + 12, rect.bottom()))
    painter.setBrush(color(tokens.raised))
    painter.drawEllipse(centre, BIAS, BIAS)
    painter.setFont(mono_font(11))
    painter.setPen(color(tokens.dim))
    painter.drawText(
        QRectF(centre.x() - BIAS, centre.y() - BIAS, 2 * BIAS, 2 * BIAS), Qt.AlignmentFlag.AlignCenter, "1"
    )
