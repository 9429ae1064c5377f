"""Which cards and wires have items. Of a small network all; of a large one what is near, selected or lit: the crowd
paints the others. Whoever needs an item asks for it by id, and does not see the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from app.canvas import geometry as g
from app.canvas.bundle import Bundle
from app.canvas.face import FAR
from app.canvas.items import NodeItem, WireItem, WireKey

if TYPE_CHECKING:
    from PySide6.QtWidgets import QGraphicsScene

    from app.canvas.crowd import Crowd
    from app.document import Change, Document

LARGE = 100  # with more layers than this, only some have items
MOST, AT_ONCE = 400, 16  # cards in view that get items, and how many between two frames while the view moves
KEPT = 150  # items that may lie about before those out of sight are dropped


class Population:
    """`nodes` and `wires` hold the items there are; `crowd` is there while the network is large."""

    def __init__(self, scene: QGraphicsScene, document: Document, dress: Callable[[NodeItem], None],
                 label: Callable[[WireItem], None]) -> None:  # fmt: skip
        self._scene, self._document, self._dress, self._label = scene, document, dress, label
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[WireKey, WireItem] = {}
        self.bundle = Bundle(self.wires)
        scene.addItem(self.bundle)
        self.crowd: Crowd | None = None
        self._resting: dict[str | WireKey, NodeItem | WireItem] = {}  # out of use, as they were; the latest last
        self._wires_at: dict[str, set[WireKey]] = {}
        self._seen, self._scale = QRectF(), 1.0
        self._loose: set[WireKey] | None = None  # while many cards move: wires to route when all have

    # --- asking --------------------------------------------------------------------------------------------------

    def card(self, id: str) -> NodeItem:
        """The item of layer `id`, which the document has."""
        if id not in self.nodes:
            self._add_node(id)
            self._dress(self.nodes[id])
            if self.crowd is not None:
                self.crowd.mark((id,), ())
        return self.nodes[id]

    def wire(self, key: WireKey) -> WireItem | None:
        """The item of a wire; None if the document has no such wire."""
        if key not in self.wires and self.crowd is not None and self.crowd.has_wire(key):
            self._wake_wires([key])
        return self.wires.get(key)

    def corner(self, id: str) -> QPointF:
        """Where the card of `id` lies, also while it is being dragged."""
        item = self.nodes.get(id)
        return item.pos() if item is not None else QPointF(*self._document.network.nodes[id].position)

    def bounds(self) -> QRectF:
        """Around all cards."""
        if self.crowd is not None:
            return self.crowd.bounds()
        rect = QRectF()
        for item in self.nodes.values():
            rect = rect.united(g.BOUNDS.translated(item.pos()))
        for wire in self.wires.values():
            if g.leads_back(*wire.ends):
                rect = rect.united(wire.curve)
        return rect

    def touching(self, area: QRectF) -> list[NodeItem]:
        """Cards that `area` touches."""
        if self.crowd is not None:
            return [self.card(id) for id in self.crowd.cards_in(area)]
        return [item for item in self.nodes.values() if area.intersects(g.CARD.translated(item.pos()))]

    # --- waking --------------------------------------------------------------------------------------------------

    def wake(self, area: QRectF) -> None:
        """Everything that touches `area` has an item."""
        if self.crowd is not None:
            if len(self.nodes) > KEPT or len(self.wires) > 2 * KEPT:
                self._doze()
            for id in self.crowd.cards_in(area.adjusted(-g.MARGIN, -g.MARGIN, g.MARGIN, g.MARGIN)):
                self.card(id)
            self._wake_wires(key for key in self.crowd.wires_in(area) if key not in self.wires)

    def hold(self, ids: Iterable[str]) -> None:
        """The wires of these cards have items: they are about to be moved."""
        if self.crowd is not None:
            for id in list(ids)[:MOST]:
                self._wake_wires(key for key in self.crowd.wires_of(id) if key not in self.wires)

    def look(self, area: QRectF, scale: float, resting: bool) -> bool:
        """The view shows `area`: what can be read there has items. Returns whether some are still to come."""
        self._seen, self._scale = area, scale
        if self.crowd is None:
            return False
        if len(self.nodes) > KEPT or scale < FAR:
            self._doze()
        if scale < FAR:
            return False
        near = self.crowd.cards_in(area)
        new = [id for id in near if id not in self.nodes] if len(near) <= MOST else []
        for id in new if resting else new[:AT_ONCE]:
            self.card(id)
        keys = self.crowd.wires_in(area)
        woken = [key for key in keys if key not in self.wires] if len(keys) <= 2 * MOST else []
        self._wake_wires(woken if resting else woken[: 2 * AT_ONCE])
        return not resting and (len(new) > AT_ONCE or len(woken) > 2 * AT_ONCE)

    def _wake_wires(self, keys: Iterable[WireKey]) -> None:
        woken = list(keys)
        for key in woken:
            self._add_wire(key)
            self._label(self.wires[key])
        if self.crowd is not None and woken:
            self.crowd.mark((), woken)

    def _doze(self) -> None:
        """Put away items that are out of sight, and of no use."""
        assert self.crowd is not None
        far = self._scale < FAR
        cards = [id for id, item in self.nodes.items()
                 if not item.needed and (far or not self._seen.intersects(item.sceneBoundingRect()))]  # fmt: skip
        wires = [key for key, item in self.wires.items()
                 if not item.needed and (far or not self._seen.intersects(item.boundingRect()))]  # fmt: skip
        for id in cards:
            self._resting[id] = self.nodes.pop(id)
            self._resting[id].show_verdicts(None)
            self._resting[id].setSelected(False)
            self._scene.removeItem(self._resting[id])
        for key in wires:
            self._resting[key] = self.wires[key]
            self._drop_wire(key)
        for old in list(self._resting)[: -2 * KEPT]:
            del self._resting[old]
        if cards or wires:
            self.crowd.mark(cards, wires, asleep=True)

    # --- following -----------------------------------------------------------------------------------------------

    def rebuild(self) -> None:
        """Items for the network as it is now."""
        for item in (*self.nodes.values(), *self.wires.values(), *([self.crowd] if self.crowd else [])):
            self._scene.removeItem(item)
        self.nodes.clear()
        self.wires.clear()
        self.bundle.update()
        self._resting.clear()
        self._wires_at, self.crowd = {}, None
        network = self._document.network
        if len(network.nodes) > LARGE:
            from app.canvas.crowd import Crowd  # it needs NumPy, which small networks do not wait for

            self.crowd = Crowd()
            self.crowd.rebuild(network, (), ())
            self._scene.addItem(self.crowd)
            return
        for id in network.nodes:
            self._add_node(id)
        for wire in network.wires:
            self._add_wire((wire.source, wire.target, wire.port))

    def follow(self, change: Change) -> bool:
        """Take over what has changed; returns whether all items were made anew."""
        network = self._document.network
        self._resting.clear()
        if (len(network.nodes) > LARGE) != (self.crowd is not None):
            self.rebuild()
            return True
        for id in change.removed:
            if id in self.nodes:
                self._scene.removeItem(self.nodes.pop(id))
        for wire in change.unwired:
            self._drop_wire((wire.source, wire.target, wire.port))
        if self.crowd is None:
            for id in change.added:
                self._add_node(id)
            for wire in change.wired:
                self._add_wire((wire.source, wire.target, wire.port))
        elif change.structural:
            self.crowd.rebuild(network, self.nodes, self.wires)
        self._place(change.moved)
        return False

    def _place(self, ids: Iterable[str]) -> None:
        nodes = self._document.network.nodes
        places = {id: QPointF(*nodes[id].position) for id in ids}
        self.move((self.nodes[id], place) for id, place in places.items() if id in self.nodes)
        for id, place in places.items():
            if self.crowd is not None and id not in self.nodes:
                self.crowd.move(id, place.x(), place.y())

    def move(self, places: Iterable[tuple[NodeItem, QPointF]]) -> None:
        """Put these cards there; every wire follows once, however many of its ends have moved."""
        self._loose = set()
        for item, place in places:
            item.setPos(place)
        loose, self._loose = self._loose, None
        for key in loose:
            self._route(key, self.wires[key])

    def moved(self, id: str) -> None:
        """A card lies somewhere else: its wires follow."""
        keys = self._wires_at.get(id, ())
        if self._loose is not None:
            self._loose.update(keys)
        else:
            for key in keys:
                self._route(key, self.wires[key])
        if self.crowd is not None and id in self.nodes:
            corner = self.nodes[id].pos()
            self.crowd.move(id, corner.x(), corner.y())

    def _add_node(self, id: str) -> None:
        item = self._resting.pop(id, None) or NodeItem(id)
        item.setPos(QPointF(*self._document.network.nodes[id].position))
        self.nodes[id] = item
        self._scene.addItem(item)

    def _add_wire(self, key: WireKey) -> None:
        self.wires[key] = self._resting.pop(key, None) or WireItem(key, self.bundle.cover)
        self._scene.addItem(self.wires[key])
        for end in key[:2]:
            self._wires_at.setdefault(end, set()).add(key)
        self._route(key, self.wires[key])

    def _drop_wire(self, key: WireKey) -> None:
        if key in self.wires:
            wire = self.wires.pop(key)
            self._scene.removeItem(wire)
            self.bundle.cover(wire.bounds)
            for end in key[:2]:
                self._wires_at[end].discard(key)

    def _route(self, key: WireKey, wire: WireItem) -> None:
        source, target, port = key
        nodes = self._document.network.nodes
        if source not in nodes or target not in nodes:
            return
        ports = nodes[target].ports
        index = ports.index(port) if port in ports else 0
        wire.route(self.corner(source) + g.output_port(), self.corner(target) + g.input_port(index, max(1, len(ports))))
