"""Draw a wire: from an output to an input, backwards, or with an end taken off where it was."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from app import editing, editing_wiring
from app.canvas.draft import DraftWire
from app.canvas.gestures.base import Gesture
from app.canvas.items import NodeItem
from app.canvas.ports import OUTPUT, Port, place_of, port_at
from app.editing_wiring import Offer
from engine.network import Wire


class DrawWire(Gesture):
    """Ports that can take the wire light up, the others fade; the reason stands at the pointer."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view, event) -> None:
        super().__init__(view, event)
        self.network = self.editor.document.network
        self.shapes = self.editor.document.report.shapes
        self._draft: DraftWire | None = None

    def verdicts(self) -> dict[str, dict[str, str]]:
        """Layer → port → what a wire that ends there would be."""
        raise TypeError("a kind of wire gesture says where it can end")

    def offer_at(self, where: QPointF) -> Offer | None:
        """What a release at `where` (canvas) means; None: nothing is there."""
        raise TypeError("a kind of wire gesture says what it hits")

    def route(self, free: QPointF) -> tuple[QPointF, QPointF]:
        """Start and end of the wire, whose loose end lies at `free`."""
        raise TypeError("a kind of wire gesture knows its fixed end")

    def move(self, where: QPointF) -> None:
        """The loose end follows, and sits on the port it would go into."""
        if self._draft is None:
            self._begin()
        here = self.at(where)
        offer = self.offer_at(here)
        free = place_of(self.scene, self.loose_end(offer)) if offer is not None and offer.open else here
        self._draft.show_wire(*self.route(free), "free" if offer is None else offer.verdict)
        self.scene.mark_hot(None if offer is None or not offer.wire.port else self.loose_end(offer))
        self._tell(offer, where)

    def release(self, where: QPointF) -> None:
        """Into the port, or nothing; a refused one leaves its reason for a moment."""
        offer = self.offer_at(self.at(where)) if self.dragged else None
        if self.dragged:
            self._tell(offer, where)
        self._end()
        if self.dragged:
            self.finish(offer)
        else:
            self.clicked()
        if offer is not None and not offer.open:
            self.view.tip.linger()
        else:
            self.view.tip.hide()

    def clicked(self) -> None:
        """Without a drag: what the port belongs to is selected."""

    def finish(self, offer: Offer | None) -> None:
        """Change the document."""
        if offer is not None and offer.open:
            self.editor.apply(editing.rewiring(None, offer.wire), named("Connect", offer.wire))

    def cancel(self) -> None:
        """No wire."""
        self._end()
        self.view.tip.hide()

    def loose_end(self, offer: Offer) -> Port:
        """The port at the end being dragged."""
        return Port(offer.wire.target, offer.wire.port)

    def _begin(self) -> None:
        self._draft = DraftWire()
        self.scene.addItem(self._draft)
        self.scene.show_verdicts(self.verdicts())

    def _end(self) -> None:
        if self._draft is not None:
            self.scene.removeItem(self._draft)
            self._draft = None
        self.scene.show_verdicts(None)
        self.scene.mark_hot(None)

    def _tell(self, offer: Offer | None, where: QPointF) -> None:
        words = "" if offer is None else editing_wiring.reason(self.network, offer, self.shapes)
        self.view.tip.show_at(where.toPoint(), words, "bad" if offer is not None and not offer.open else "")


class FromOutput(DrawWire):
    """From layer `source` to an input; a release on the middle of a card takes its first free port."""

    def __init__(self, view, event, source: str) -> None:
        super().__init__(view, event)
        self.source = source
        self._offers: dict[tuple[str, str], Offer] = {}

    def clicked(self) -> None:
        """The card."""
        self.scene.select(self.source)

    def verdicts(self) -> dict[str, dict[str, str]]:
        """Every input port."""
        self._offers = editing_wiring.offers_from(self.network, self.source, self.shapes)
        marks: dict[str, dict[str, str]] = {id: {OUTPUT: "none"} for id in self.network.nodes}
        for (id, port), offer in self._offers.items():
            marks[id][port] = offer.verdict
        return marks

    def offer_at(self, where: QPointF) -> Offer | None:
        """The input port at `where`, or the card's first free one."""
        port = port_at(self.scene, where, self.view.scale_now)
        if port is not None and not port.is_output and (port.id, port.name) in self._offers:
            return self._offers[port.id, port.name]
        card = self._card_at(where)
        return editing_wiring.body_offer(self._offers, self.network, card) if card and card != self.source else None

    def _card_at(self, where: QPointF) -> str | None:
        return next((item.id for item in self.scene.items(where) if isinstance(item, NodeItem)), None)

    def route(self, free: QPointF) -> tuple[QPointF, QPointF]:
        """From the source's output."""
        return place_of(self.scene, Port(self.source, OUTPUT)), free


class FromInput(DrawWire):
    """Backwards: from the free input `port` of layer `target` to an output, or the middle of a card."""

    def __init__(self, view, event, target: str, port: str) -> None:
        super().__init__(view, event)
        self.target, self.port = target, port
        self._offers: dict[str, Offer] = {}

    def clicked(self) -> None:
        """The card."""
        self.scene.select(self.target)

    def verdicts(self) -> dict[str, dict[str, str]]:
        """Every output."""
        self._offers = editing_wiring.offers_into(self.network, self.target, self.port, self.shapes)
        nodes = self.network.nodes
        return {id: {**dict.fromkeys(nodes[id].ports, "none"), OUTPUT: offer.verdict}
                for id, offer in self._offers.items()}  # fmt: skip

    def offer_at(self, where: QPointF) -> Offer | None:
        """The output of the card at `where`."""
        port = port_at(self.scene, where, self.view.scale_now)
        if port is not None and port.is_output:
            return self._offers.get(port.id)
        card = next((item.id for item in self.scene.items(where) if isinstance(item, NodeItem)), None)
        return self._offers.get(card) if card and card != self.target else None

    def loose_end(self, offer: Offer) -> Port:
        """The output."""
        return Port(offer.wire.source, OUTPUT)

    def route(self, free: QPointF) -> tuple[QPointF, QPointF]:
        """Into the target's port."""
        return free, place_of(self.scene, Port(self.target, self.port))


def named(deed: str, wire: Wire) -> str:
    """What an edit of a wire is called in the history."""
    return f"{deed} {wire.source} → {wire.target}"
