"""The scene: keeps items in step with the document and the snapshots. Changes go out through the document alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QTimer, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from app import theme
from app.canvas import geometry as g
from app.canvas.cards import basis, by_layer, card_of, live_card
from app.canvas.items import NodeItem, WireItem, WireKey
from app.canvas.layout import layered, needs_layout
from app.canvas.lights import lit_wires
from app.canvas.ports import Port
from app.document import Change, Document
from engine.edits import MoveLayers

if TYPE_CHECKING:
    from app.snapshot import Snapshot


class CanvasScene(QGraphicsScene):
    """Cards by layer id and wires by (source, target, port). `picked(id or None)` follows the selection."""

    picked = Signal(object)
    rearranged = Signal()

    def __init__(self, document: Document, parent=None) -> None:
        super().__init__(parent)
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[WireKey, WireItem] = {}
        self._wires_at: dict[str, set[WireKey]] = {}
        self._document = document
        self._snapshot: Snapshot | None = None
        self._picked: str | None = None
        self._hot: tuple[Port | None, WireItem | None] = (None, None)
        document.changed.connect(self._follow)
        self.selectionChanged.connect(self._tell_selection)
        theme.signals().changed.connect(self._repaint)
        self._follow(Change(replaced=True))

    def select(self, id: str | None) -> None:
        """Select the card of layer `id` alone (None or unknown: nothing)."""
        self.clearSelection()
        if id in self.nodes:
            self.nodes[id].setSelected(True)

    @property
    def selected(self) -> str | None:
        """The layer whose card was picked, if just one is."""
        return self._picked

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Live pictures, figures and the current operation; only what differs is repainted."""
        if snapshot.generation != self._document.generation:
            return
        self._snapshot = snapshot
        for id, item in self.nodes.items():
            item.show_card(live_card(self._document, id, item.card, snapshot))
        lit = lit_wires(self._document.network, snapshot.current)
        for key, wire in self.wires.items():
            wire.light(*lit.get(key, (None, "")))

    def node_moved(self, id: str) -> None:
        """Called by a card that moved: its wires follow."""
        for key in self._wires_at.get(id, ()):
            self._route(key, self.wires[key])

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
        self.select_only({self.nodes[id] for id in ids if id in self.nodes})

    def show_verdicts(self, verdicts: dict[str, dict[str, str]] | None) -> None:
        """Layer → port → what a wire being drawn could do there (None: none is drawn)."""
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
        if not self.nodes:
            return QRectF()
        rect = QRectF()
        for item in self.nodes.values():
            rect = rect.united(item.sceneBoundingRect())
        return rect.adjusted(-4, -4, 4, 4)

    def _follow(self, change: Change) -> None:
        if change.replaced:
            self._rebuild()
            return
        for id in change.removed:
            self.removeItem(self.nodes.pop(id))
        for id in change.added:
            self._add_node(id)
        for wire in change.unwired:
            self._drop_wire((wire.source, wire.target, wire.port))
        for wire in change.wired:
            self._add_wire((wire.source, wire.target, wire.port))
        for id in change.moved:
            self.nodes[id].setPos(QPointF(*self._document.network.nodes[id].position))
        if change.structural:
            self._refresh()

    def _rebuild(self) -> None:
        self.clearSelection()
        for item in (*self.nodes.values(), *self.wires.values()):
            self.removeItem(item)
        self.nodes, self.wires, self._wires_at, self._snapshot = {}, {}, {}, None
        network = self._document.network
        if needs_layout(network):
            MoveLayers(tuple(layered(network).items())).apply(network)  # part of opening: nothing to undo
        for id in network.nodes:
            self._add_node(id)
        for wire in network.wires:
            self._add_wire((wire.source, wire.target, wire.port))
        self._refresh()
        self.rearranged.emit()

    def _add_node(self, id: str) -> None:
        item = NodeItem(id)
        item.setPos(QPointF(*self._document.network.nodes[id].position))
        self.nodes[id] = item
        self.addItem(item)

    def _add_wire(self, key: WireKey) -> None:
        if key[0] in self.nodes and key[1] in self.nodes:
            self.wires[key] = WireItem(key)
            self.addItem(self.wires[key])
            for end in key[:2]:
                self._wires_at.setdefault(end, set()).add(key)
            self._route(key, self.wires[key])

    def _drop_wire(self, key: WireKey) -> None:
        self.removeItem(self.wires.pop(key))
        for end in key[:2]:
            self._wires_at[end].discard(key)

    def _route(self, key: WireKey, wire: WireItem) -> None:
        source, target, port = key
        ports = self._document.network.nodes[target].ports if target in self._document.network.nodes else ()
        index = ports.index(port) if port in ports else 0
        end = self.nodes[target].pos() + g.input_port(index, max(1, len(ports)))
        wire.route(self.nodes[source].pos() + g.output_port(), end)

    def _refresh(self) -> None:
        """Everything the check knows: shapes, parameter counts, problems."""
        if not self.nodes:
            return  # before the first network: the check would import networkx
        from engine.check import describe_shape

        shapes, problems = self._document.report.shapes, by_layer(self._document.report.problems)
        for id, item in self.nodes.items():
            own = problems.get(id, ())
            known = basis(self._document, id, own)
            if known != item.basis:
                item.basis = known
                ports = item.card.ports
                item.show_card(card_of(self._document, id, own))
                if item.card.ports != ports:
                    self.node_moved(id)
        for key, wire in self.wires.items():
            wire.set_label(describe_shape(shapes.get(key[0])))
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    def _tell_selection(self) -> None:
        chosen = [item.id for item in self.selectedItems() if isinstance(item, NodeItem)]
        picked = chosen[0] if len(chosen) == 1 else None
        if picked != self._picked:
            self._picked = picked
            self.picked.emit(picked)

    def _repaint(self) -> None:
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)  # pictures are made of the theme's colours
        QTimer.singleShot(0, self.update)
