"""All cards and wires of a large network in one item: rectangles and lines, culled with NumPy.

Real items lie over it for what is near or selected (`scene.py`); those are left out here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.canvas import geometry as g
from app.canvas.card import far_token, problem_token
from app.canvas.exposed import parts
from app.canvas.guard import guarded
from app.canvas.still import Still
from app.theme import color, mix

if TYPE_CHECKING:
    from app.canvas.items import WireKey
    from engine.network import Network

BAR, RIM, MANY = 12.0, 7.0, 800
THINNEST = 0.25  # pixels; bars that are less are not seen
PLAIN, WARNING, ERROR = 0, 1, 2


class Crowd(QGraphicsItem):
    """`places` (n, 2): corners of the cards in the order of `ids`; `ends` are those of the wires of `keys`."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setZValue(-1)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._rects, self._lines = PrimitiveArray(QRectF, 4), PrimitiveArray(QLineF, 4)
        self._bounds, self._tight = QRectF(), True
        self._still, self._revision = Still(), 0  # grows with all that is painted
        self.ids: list[str] = []
        self.keys: list[WireKey] = []

    # --- what there is -------------------------------------------------------------------------------------------

    def rebuild(self, network: Network, awake: Iterable[str], woken: Iterable[WireKey]) -> None:
        """Everything anew; `awake` cards and `woken` wires have items of their own."""
        self.prepareGeometryChange()
        self.ids = list(network.nodes)
        self.index = {id: i for i, id in enumerate(self.ids)}
        self.places = np.array([node.position for node in network.nodes.values()], float).reshape(-1, 2)
        self._categories = sorted({node.layer.category for node in network.nodes.values()})
        rank = {name: i for i, name in enumerate(self._categories)}
        self._category = np.array([rank[node.layer.category] for node in network.nodes.values()], int)
        self.state = np.zeros(len(self.ids), np.uint8)
        self.keys = [(wire.source, wire.target, wire.port) for wire in network.wires]
        self._wire_index = {key: i for i, key in enumerate(self.keys)}
        self._source = np.array([self.index[key[0]] for key in self.keys], int)
        self._target = np.array([self.index[key[1]] for key in self.keys], int)
        self._height = np.array([_port_height(network, key) for key in self.keys], float)
        self._ends, self._reach = np.empty((len(self.keys), 4)), np.empty((4, len(self.keys)))
        self._stale: list[int] = []  # cards that have moved, and their wires not yet
        self._run(np.arange(len(self.keys)))
        self.asleep = np.ones(len(self.ids), bool)
        self.dozing = np.ones(len(self.keys), bool)
        self.mark(awake, woken)
        self._measure()
        self.update()

    def mark(self, awake: Iterable[str], woken: Iterable[WireKey], asleep: bool = False) -> None:
        """These have (or, `asleep`, have not) items of their own from now on; those see to the repainting."""
        self._revision += 1
        for id in awake:
            if id in self.index:
                self.asleep[self.index[id]] = asleep
        for key in woken:
            if key in self._wire_index:
                self.dozing[self._wire_index[key]] = asleep

    def move(self, id: str, x: float, y: float) -> None:
        """A card is somewhere else, and its wires follow."""
        i = self.index.get(id)
        if i is not None and (self.places[i, 0] != x or self.places[i, 1] != y):
            self.places[i] = x, y
            self._stale.append(i)
            self._revision += 1
            self._tight = False
            here = QRectF(x, y, g.WIDTH, g.HEIGHT)
            if not self._bounds.contains(here):
                self.prepareGeometryChange()
                self._bounds = self._bounds.united(here)
            self.update()

    def show_problems(self, problems: dict[str, bool]) -> None:
        """Layers with a problem; True: only a warning."""
        self._revision += 1
        self.state[:] = PLAIN
        for id, warning in problems.items():
            if id in self.index:
                self.state[self.index[id]] = WARNING if warning else ERROR
        self.update()

    @property
    def ends(self) -> np.ndarray:
        """(m, 4): where the wires run."""
        if self._stale:
            which = np.flatnonzero(np.isin(self._source, self._stale) | np.isin(self._target, self._stale))
            self._stale = []
            self._run(which)
        return self._ends

    def _run(self, which: np.ndarray) -> None:
        """Where the wires of these numbers run, and from where to where they reach."""
        start, end = self.places[self._source[which]], self.places[self._target[which]]
        x0, y0, x1, y1 = start[:, 0] + g.WIDTH, start[:, 1] + g.HEIGHT / 2, end[:, 0], end[:, 1] + self._height[which]
        self._ends[which] = np.column_stack([x0, y0, x1, y1])
        self._reach[:, which] = np.minimum(x0, x1), np.maximum(x0, x1), np.minimum(y0, y1), np.maximum(y0, y1)

    def bounds(self) -> QRectF:
        """Around all cards, however far they once lay."""
        if not self._tight:
            self._measure()
        return self.boundingRect()

    def _measure(self) -> None:
        self.prepareGeometryChange()
        self._tight = True
        if not len(self.places):
            self._bounds = QRectF()
            return
        low, high = self.places.min(0), self.places.max(0) + np.array([g.WIDTH, g.HEIGHT])
        self._bounds = QRectF(QPointF(*low), QPointF(*high))

    def boundingRect(self) -> QRectF:
        """All cards, with the halo around them."""
        return self._bounds.adjusted(-g.MARGIN, -g.MARGIN, g.MARGIN, g.MARGIN)

    # --- what lies where -----------------------------------------------------------------------------------------

    def cards_in(self, area: QRectF) -> list[str]:
        """Layers whose cards touch `area`."""
        return [self.ids[i] for i in np.flatnonzero(self._cards(area))]

    def wires_in(self, area: QRectF) -> list[WireKey]:
        """Wires whose bounds touch `area`."""
        return [self.keys[i] for i in np.flatnonzero(self._wires(area))]

    def has_wire(self, key: WireKey) -> bool:
        """Whether there is such a wire."""
        return key in self._wire_index

    def wires_of(self, id: str) -> list[WireKey]:
        """Wires that begin or end at a layer."""
        i = self.index[id]
        return [self.keys[k] for k in np.flatnonzero((self._source == i) | (self._target == i))]

    def _cards(self, area: QRectF) -> np.ndarray:
        x, y = self.places[:, 0], self.places[:, 1]
        across = (x < area.right()) & (x > area.left() - g.WIDTH)
        return across & (y < area.bottom()) & (y > area.top() - g.HEIGHT)

    def _wires(self, area: QRectF) -> np.ndarray:
        if self._stale:
            self.ends  # noqa: B018 - brings `_reach` up to date
        left, right, top, bottom = self._reach
        return (left < area.right()) & (right > area.left()) & (top <= area.bottom()) & (bottom >= area.top())

    # --- painting ------------------------------------------------------------------------------------------------

    @guarded
    def paint(self, painter: QPainter, option, widget=None) -> None:
        """What is exposed and has no item of its own; of very many a picture."""
        areas = [part.adjusted(-RIM, -RIM, RIM, RIM) for part in parts(self.scene(), option.exposedRect)]
        if not areas:
            return
        if np.count_nonzero(self._cards(option.exposedRect)) > MANY:
            of = (self._revision, theme.current().name)
            if self._still.paint(painter, of, option.exposedRect, self.boundingRect(), self._paint_area):
                return
        self.paint_parts(painter, areas, self.dozing, self.asleep)

    def _paint_area(self, painter: QPainter, area: QRectF) -> None:
        self.paint_parts(painter, [area.adjusted(-RIM, -RIM, RIM, RIM)], self.dozing, self.asleep)

    def paint_parts(self, painter: QPainter, areas: list[QRectF], wires: np.ndarray, cards: np.ndarray) -> None:
        """Wires, then cards, those of the masks that touch any of `areas`."""
        tokens = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        shown = self.ends[np.logical_or.reduce([self._wires(area) for area in areas]) & wires]
        if len(shown):
            painter.setPen(QPen(color(mix(tokens.forward, tokens.canvas, 0.6)), 0))  # opaque lines cost an eighth
            self._lines.resize(len(shown))
            self._lines.ndarray()[:] = shown
            painter.drawLines(*self._lines.drawargs())
        near = np.logical_or.reduce([self._cards(area) for area in areas])
        self.paint_cards(painter, np.flatnonzero(near & cards))

    def paint_all(self, painter: QPainter) -> None:
        """Every card, as on a map of the whole."""
        self.paint_cards(painter, np.arange(len(self.ids)))

    def paint_cards(self, painter: QPainter, which: np.ndarray) -> None:
        """The cards of these numbers: a rim where there is a problem, a body, a bar in the category's hue."""
        tokens = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        for state in (WARNING, ERROR):
            self._fill(painter, which[self.state[which] == state], problem_token(tokens, state == WARNING), -RIM)
        self._fill(painter, which, far_token(tokens), 0.0)
        if BAR * painter.worldTransform().m11() < THINNEST:
            return
        for rank, category in enumerate(self._categories):
            self._fill(painter, which[self._category[which] == rank], tokens.of_category(category), 0.0, BAR)

    def _fill(self, painter: QPainter, which: np.ndarray, token: str, inset: float, wide: float = g.WIDTH) -> None:
        if not len(which):
            return
        self._rects.resize(len(which))
        rects = self._rects.ndarray()
        rects[:, :2] = self.places[which] + inset
        rects[:, 2], rects[:, 3] = wide - 2 * inset, g.HEIGHT - 2 * inset
        painter.setBrush(color(token))
        painter.drawRects(*self._rects.drawargs())


def _port_height(network: Network, key: WireKey) -> float:
    ports = network.nodes[key[1]].ports
    return g.input_height(ports.index(key[2]) if key[2] in ports else 0, max(1, len(ports)))
