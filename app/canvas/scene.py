"""The scene: keeps items in step with the document and the snapshots. Changes go out through the document alone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QTimer, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from app import theme
from app.canvas.cards import basis, by_layer, card_of, live_card
from app.canvas.items import NodeItem, WireItem, WireKey
from app.canvas.layout import layered, needs_layout
from app.canvas.lights import lit_wires
from app.canvas.population import Population
from app.canvas.ports import Port
from app.document import Change, Document
from engine.edits import MoveLayers

if TYPE_CHECKING:
    from app.canvas.crowd import Crowd
    from app.snapshot import Snapshot
    from engine.problems import Problem

AROUND = 1.0  # what lies at a point: within this distance


class CanvasScene(QGraphicsScene):
    """Cards by layer id and wires by (source, target, port). `picked(id or None)` follows the selection.

    `revision` grows with everything that a picture of the whole would show.
    """

    picked = Signal(object)
    rearranged = Signal()

    def __init__(self, document: Document, parent=None) -> None:
        super().__init__(parent)
        self.resting = True  # whether the view keeps its scale
        self.revision = 0
        self.exposed: list[QRectF] = []  # while the view paints: what of it
        self._document = document
        self._population = Population(self, document, self._dress, self._label)
        self._snapshot: Snapshot | None = None
        self._picked: str | None = None
        self._problems: dict[str | None, tuple[Problem, ...]] = {}
        self._verdicts: dict[str, dict[str, str]] | None = None
        self._lit: dict[WireKey, tuple[str, str]] = {}
        self._hot: tuple[Port | None, WireItem | None] = (None, None)
        document.changed.connect(self._follow)
        self.selectionChanged.connect(self._tell_selection)
        theme.signals().changed.connect(self._repaint)
        self._follow(Change(replaced=True))

    # --- what there is -------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> dict[str, NodeItem]:
        """The cards that have items; of a large network `card` makes others."""
        return self._population.nodes

    @property
    def wires(self) -> dict[WireKey, WireItem]:
        """The wires that have items."""
        return self._population.wires

    @property
    def crowd(self) -> Crowd | None:
        """The item that paints what has none of its own; there while the network is large."""
        return self._population.crowd

    def has(self, id: str | None) -> bool:
        """Whether there is a layer of this id."""
        return id in self._document.network.nodes

    def card(self, id: str) -> NodeItem:
        """The item of layer `id`."""
        return self._population.card(id)

    def wire(self, key: WireKey) -> WireItem | None:
        """The item of a wire."""
        return self._population.wire(key)

    def items(self, *where) -> list[QGraphicsItem]:
        """As Qt's; what lies at a point or in a rectangle has an item first."""
        if len(where) == 1 and isinstance(where[0], QPointF | QRectF):
            area = where[0]
            if isinstance(area, QPointF):
                area = QRectF(area.x() - AROUND, area.y() - AROUND, 2 * AROUND, 2 * AROUND)
            self._population.wake(area)
        return [
            item for item in super().items(*where) if item is not self.crowd and item is not self._population.bundle
        ]

    def touching(self, area: QRectF) -> list[NodeItem]:
        """Cards that `area` touches."""
        return self._population.touching(area)

    def look(self, area: QRectF, scale: float) -> bool:
        """What can be read in `area` at `scale` has items; returns whether some are still to come."""
        return self._population.look(area, scale, self.resting)

    def move_cards(self, places: Iterable[tuple[NodeItem, QPointF]]) -> None:
        """Put these cards there, as while they are dragged."""
        self._population.move(places)

    def hold(self) -> None:
        """The selected cards are about to be moved."""
        self._population.hold(card.id for card in self.chosen_cards())

    def select(self, id: str | None) -> None:
        """Select the card of layer `id` alone (None or unknown: nothing)."""
        self.clearSelection()
        if id is not None and self.has(id):
            self.card(id).setSelected(True)

    @property
    def selected(self) -> str | None:
        """The layer whose card was picked, if just one is."""
        return self._picked

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Live pictures, figures and the current operation; only what differs is repainted."""
        if snapshot.generation != self._document.generation:
            return
        self._snapshot = snapshot
        current = snapshot.current
        if current is not None and self.has(current.layer):
            self.card(current.layer)
        phases = [item.card.phase for item in self.nodes.values()]
        for id, item in self.nodes.items():
            item.show_card(live_card(self._document, id, item.card, snapshot))
        if [item.card.phase for item in self.nodes.values()] != phases:
            self.revision += 1
        self._light(lit_wires(self._document.network, current))

    def _light(self, lit: dict[WireKey, tuple[str, str]]) -> None:
        for key in self._lit.keys() | lit.keys():
            wire = self.wire(key)
            if wire is not None:
                wire.light(*lit.get(key, (None, "")))
        self._lit = lit

    def node_moved(self, id: str) -> None:
        """Called by a card that moved: its wires follow."""
        self.revision += 1
        self._population.moved(id)

    def moved(self) -> tuple[tuple[str, tuple[float, float]], ...]:
        """Cards that do not lie where the document has them, as while they are dragged: id and place."""
        nodes = self._document.network.nodes
        places = ((id, (item.pos().x(), item.pos().y())) for id, item in self.nodes.items() if id in nodes)
        return tuple((id, here) for id, here in places if here != nodes[id].position)

    def chosen_cards(self) -> list[NodeItem]:
        """The selected cards."""
        return [item for item in self.selectedItems() if isinstance(item, NodeItem)]

    def chosen_wires(self) -> list[WireItem]:
        """The selected wires."""
        return [item for item in self.selectedItems() if isinstance(item, WireItem)]

    def chosen(self) -> frozenset[str | WireKey]:
        """Ids of the selected layers and keys of the selected wires: items may be put away, these stay true."""
        return frozenset([*(card.id for card in self.chosen_cards()), *(wire.key for wire in self.chosen_wires())])

    def items_of(self, chosen: Iterable[str | WireKey]) -> set[QGraphicsItem]:
        """The items of what was `chosen`, as far as it is still there."""
        items = {self.card(one) if isinstance(one, str) else self.wire(one)
                 for one in chosen if not isinstance(one, str) or self.has(one)}  # fmt: skip
        return {item for item in items if item is not None}

    def select_only(self, items: Iterable[QGraphicsItem]) -> None:
        """Select these and no others, with one announcement."""
        wanted = set(items)
        if wanted == set(self.selectedItems()):
            return
        self.blockSignals(True)
        for item in self.selectedItems():
            if item not in wanted:
                item.setSelected(False)
        for item in wanted:
            item.setSelected(True)
        self.blockSignals(False)
        self.selectionChanged.emit()

    def select_all(self, ids: Iterable[str]) -> None:
        """Select the cards of these layers alone."""
        self.select_only({self.card(id) for id in ids if self.has(id)})

    def select_everything(self) -> None:
        """All cards and wires."""
        network = self._document.network
        wires = {self.wire((wire.source, wire.target, wire.port)) for wire in network.wires} - {None}
        self.select_only({self.card(id) for id in network.nodes} | wires)

    def show_verdicts(self, verdicts: dict[str, dict[str, str]] | None) -> None:
        """Layer → port → what a wire being drawn could do there (None: none is drawn)."""
        self._verdicts = verdicts
        for id, item in self.nodes.items():
            item.show_verdicts(None if verdicts is None else verdicts.get(id, {}))

    def mark_hot(self, port: Port | None, wire: WireItem | None = None) -> None:
        """The port or the wire under the pointer."""
        if (port, wire) == self._hot:
            return
        old_port, old_wire = self._hot
        self._hot = (port, wire)
        if old_port is not None and old_port.id in self.nodes:
            self.nodes[old_port.id].mark_hot(None)
        if port is not None and port.id in self.nodes:
            self.nodes[port.id].mark_hot(port.name)
        if old_wire is not None and old_wire.scene() is self:
            old_wire.mark_hot(False)
        if wire is not None:
            wire.mark_hot(True)

    def arrange(self) -> None:
        """Lay all layers out in columns, as one edit."""
        places = layered(self._document.network)
        if places:
            self._document.apply(MoveLayers(tuple(places.items())), "Arrange")
            self.rearranged.emit()

    def network_rect(self) -> QRectF:
        """What there is to see, with some room around it; empty where there is nothing."""
        return self._population.bounds().adjusted(-4, -4, 4, 4) if self._document.network.nodes else QRectF()

    def _follow(self, change: Change) -> None:
        self.revision += 1
        if change.replaced:
            self._rebuild()
            return
        chosen = [card.id for card in self.chosen_cards()]
        quiet = self.blockSignals(True)  # or each of many cards that go would announce the selection
        anew = self._population.follow(change)
        self.blockSignals(quiet)
        if anew:
            self.select_all(chosen)
        self.selectionChanged.emit()
        if change.structural or change.judged:
            self._refresh()

    def _rebuild(self) -> None:
        self.clearSelection()
        self._snapshot, self._lit = None, {}
        network = self._document.network
        if needs_layout(network):
            MoveLayers(tuple(layered(network).items())).apply(network)  # part of opening: nothing to undo
        self._population.rebuild()
        self._refresh()
        self.rearranged.emit()

    def _refresh(self) -> None:
        """Everything the check knows: shapes, parameter counts, problems."""
        if not self._document.network.nodes:
            return  # before the first network: the check would import networkx
        self._problems = by_layer(self._document.report.problems)
        if self.crowd is not None:
            marks = {id: _only_warnings(found) for id, found in self._problems.items() if id is not None}
            self.crowd.show_problems(marks)
        for item in list(self.nodes.values()):
            self._dress(item)
        for wire in self.wires.values():
            self._label(wire)
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    def _dress(self, item: NodeItem) -> None:
        """Show on a card what the document, the check and the snapshot say of its layer."""
        own = self._problems.get(item.id, ())
        known = basis(self._document, item.id, own)
        if known != item.basis:
            item.basis, ports = known, item.card.ports
            item.show_card(card_of(self._document, item.id, own))
            if item.card.ports != ports:
                self._population.moved(item.id)
        if self._snapshot is not None and self._snapshot.generation == self._document.generation:
            item.show_card(live_card(self._document, item.id, item.card, self._snapshot))
        if self._verdicts is not None:
            item.show_verdicts(self._verdicts.get(item.id, {}))

    def _label(self, wire: WireItem) -> None:
        wire.set_label(_described(self._document.report.shapes.get(wire.key[0])))

    def _tell_selection(self) -> None:
        chosen = [item.id for item in self.selectedItems() if isinstance(item, NodeItem)]
        picked = chosen[0] if len(chosen) == 1 else None
        if picked != self._picked:
            self._picked = picked
            self.picked.emit(picked)

    def _repaint(self) -> None:
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)  # pictures are made of the theme's colours
        QTimer.singleShot(0, self, self.update)


@lru_cache(maxsize=1024)
def _described(shape: tuple[int, ...] | None) -> str:
    from engine.check import describe_shape

    return describe_shape(shape)


def _only_warnings(problems: tuple[Problem, ...]) -> bool:
    return all(problem.severity == "warning" for problem in problems)
