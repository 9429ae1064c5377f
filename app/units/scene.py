"""The scene of units: one item that draws everything, fed by the document and by snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from app import theme
from app.canvas.guard import guarded
from app.units import paint_units as units
from app.units.layout import Places, place
from app.units.links import Lines, lines_of, nearest
from app.units.numbers import Numbers, State
from app.units.paint_links import Focus, WeightLabels, paint_bias, paint_lines
from app.units.plan import Bundle, Column, Plan, called_by, unfold
from app.units.words import link_tip, unit_tip

if TYPE_CHECKING:
    from app.document import Document
    from app.snapshot import Snapshot

REACH = 5.0  # how close to a line the pointer must come, in pixels
Spot = tuple[str, int]


class UnitsScene(QGraphicsScene):
    """Shows the units of `document`. `plan`, `places` and `numbers` are what is drawn, as data."""

    def __init__(self, document: Document, parent=None) -> None:
        super().__init__(parent)
        self.document = document
        self.pages: dict[str, int] = {}
        self.example = 0
        self.plan, self.places, self.lines = Plan(), Places({}, {}, {}, QRectF()), list[Lines]()
        self.numbers, self.snapshot = Numbers(), None
        self.labels: WeightLabels | None = None
        self.selected: str | None = None
        self.resting = True
        self.hot: Spot | None = None
        self.tiles = False
        self._key: tuple | None = None
        self._program: tuple = ()
        self._pictures: dict[str, tuple[np.ndarray, str, QImage]] = {}
        self.item = UnitsItem(self)
        self.addItem(self.item)

    def network_rect(self) -> QRectF:
        """What there is to see, with some room around it; empty where there is nothing."""
        return self.places.whole.adjusted(-12, -8, 12, 8) if self.places.units else QRectF()

    def show_snapshot(self, snapshot: Snapshot | None) -> bool:
        """Draw the document with these numbers; returns whether the drawing itself is another one."""
        fits = snapshot is not None and snapshot.generation == self.document.generation and not snapshot.busy
        self.snapshot = snapshot if fits else None
        changed = self._unfold()
        self.numbers = Numbers(self.snapshot, self.example)
        self.item.update()
        return changed

    def show_example(self, example: int) -> None:
        """The numbers of another example of the batch."""
        self.example = example
        self.numbers = Numbers(self.snapshot, example)
        self.item.update()

    def _unfold(self) -> bool:
        program = self.snapshot.instructions if self.snapshot is not None else ()
        tiles = bool(self.snapshot is not None and self.snapshot.boundary is not None)
        key = (self.document.generation, tiles, tuple(self.pages.items()))
        if key == self._key and program is self._program:
            return False
        before = self.plan
        names = {name for row in program for name in (*row.inputs, *row.outputs) if name}
        shapes = self.document.report.shapes if self.document.network.nodes else {}
        data = self.snapshot.dataset if self.snapshot is not None else None
        called = {} if data is None else called_by(self.document.network, data.feature_names, data.class_names)
        self.plan = unfold(self.document.network, shapes, names, self.pages, called)
        self._key, self._program = key, program
        if self.plan == before and tiles == self.tiles:
            return False
        self.tiles = tiles
        self.places = place(self.plan, tiles)
        self.lines = lines_of(self.plan, self.places)
        self.labels = WeightLabels(self.plan, self.places, self.lines) if self.plan.numbers else None
        self.item.measure()
        return True

    def turn(self, layer: str) -> None:
        """The next units of a layer that has more than can be shown."""
        self.pages = {**self.pages, layer: self.pages.get(layer, 0) + 1}
        self.show_snapshot(self.snapshot)

    # --- what lies where -----------------------------------------------------------------------------------------

    def unit_at(self, where: QPointF) -> Spot | None:
        """The unit under `where`."""
        return next((spot for spot, rect in self.places.units.items() if rect.contains(where)), None)

    def more_at(self, where: QPointF) -> str | None:
        """The layer whose mark for further units lies under `where`."""
        return next((layer for layer, rect in self.places.more.items() if rect.contains(where)), None)

    def head_at(self, where: QPointF) -> str | None:
        """The layer whose name lies under `where`."""
        return next((layer for layer, rect in self.places.heads.items() if rect.contains(where)), None)

    def link_at(self, where: QPointF, scale: float) -> tuple[Bundle, int, int] | None:
        """The line under `where`, seen at `scale`."""
        return nearest(self.lines, where.x(), where.y(), REACH / scale)

    def tip_at(self, where: QPointF, scale: float) -> str:
        """What is told about the unit or line under `where`."""
        unit = self.unit_at(where)
        if unit is not None:
            return unit_tip(self.plan.by_layer[unit[0]], unit[1], self.numbers)
        layer = self.more_at(where)
        if layer is not None:
            return f"{layer} has {self.plan.by_layer[layer].size} units; click for the next ones."
        link = self.link_at(where, scale)
        return "" if link is None else link_tip(*link, self.numbers)

    # --- pictures ------------------------------------------------------------------------------------------------

    def picture_of(self, column: Column) -> QImage | None:
        """Maps of all units of a layer, one below the other."""
        maps = ramps() if column.is_input else self.snapshot.maps.get(column.layer) if self.snapshot else None
        if maps is None or not self.tiles:
            return None
        name, known = theme.current().name, self._pictures.get(column.layer)
        if known is None or known[0] is not maps or known[1] != name:
            self._pictures[column.layer] = known = (maps, name, units.mosaic(maps))
        return known[2]


class UnitsItem(QGraphicsItem):
    """Paints the plan of its scene."""

    def __init__(self, scene: UnitsScene) -> None:
        super().__init__()
        self._scene = scene

    def measure(self) -> None:
        """The plan is another one."""
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        """Everything, with the bias units."""
        return self._scene.places.whole.adjusted(-80, -20, 80, 60)

    @guarded
    def paint(self, painter: QPainter, option, widget=None) -> None:
        """Lines, then units, then the figures on the lines."""
        scene, tokens = self._scene, theme.current()
        focus: Focus = scene.hot
        for lines in scene.lines:
            phase: State = scene.numbers.state(lines.bundle.weight + ".grad") if lines.bundle.weight else "known"
            paint_lines(painter, lines, scene.numbers, tokens, focus, phase)
        for column in scene.plan.columns:
            self._paint_column(painter, column, tokens)
        if scene.labels is not None:
            scene.labels.paint(painter, scene.numbers, tokens)

    def _paint_column(self, painter: QPainter, column: Column, tokens: theme.Tokens) -> None:
        scene, layer = self._scene, column.layer
        units.paint_head(painter, scene.places.heads[layer], column, tokens, layer == scene.selected)
        picture, limit = scene.picture_of(column), self._limit(column)
        count = 1 if picture is None else max(1, round(picture.height() / picture.width()))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for unit in range(column.first, column.first + column.shown):
            rect, strong = scene.places.units[layer, unit], (layer, unit) == scene.hot
            if column.is_input and column.names and not scene.plan.numbers:
                units.paint_name(painter, rect, column, unit, tokens)
            if scene.plan.numbers:
                if column.bias:
                    paint_bias(painter, scene.places, layer, unit, column.bias, scene.numbers, tokens)
                units.paint_card(painter, rect, column, unit, scene.numbers, tokens, strong, scene.plan.tall)
            elif picture is not None and unit < count:
                part = units.part_of(picture, unit, count)
                units.paint_tile(painter, rect, column, picture, part, scene.numbers, tokens, strong)
            else:
                units.paint_dot(painter, rect, column, unit, limit, scene.numbers, tokens, strong)
            if column.is_loss and not scene.plan.numbers:
                units.paint_loss(painter, rect, column, scene.numbers, tokens)
        if layer in scene.places.more:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            units.paint_more(painter, scene.places.more[layer], column, tokens)

    def _limit(self, column: Column) -> float:
        row = self._scene.numbers.example_of(column.rows[-1].value) if column.rows else None
        return 1.0 if row is None else float(np.abs(row[np.isfinite(row)]).max(initial=0.0)) or 1.0


_ramps: list[np.ndarray] = []


def ramps() -> np.ndarray:
    """Maps of the two inputs themselves: the one grows to the right, the other upwards."""
    if not _ramps:
        along = np.linspace(-1.0, 1.0, 30, dtype=np.float32)
        _ramps.append(np.stack(np.meshgrid(along, along), axis=2))
    return _ramps[0]
