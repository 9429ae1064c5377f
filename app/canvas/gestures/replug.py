"""Take one end of a wire off its port: into another one, or dropped on the ground, which disconnects it."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app import editing
from app.canvas.gestures.wire import DrawWire, FromInput, FromOutput, named
from app.canvas.items import WireItem
from app.editing_wiring import Offer
from engine.network import Wire

FIRM = 14.0  # pixels; a pull on the wire itself that is shorter was a click


class TakenOff(DrawWire):
    """What both ends have in common: the wire fades while one of its ends is in the hand."""

    wire: Wire

    def take_off(self, wire: Wire) -> None:
        """Draw as if `wire` were not there."""
        self.wire = wire
        self.network = self.network.copy()
        self.network.apply(editing.rewiring(wire, None))

    def clicked(self) -> None:
        """The wire."""
        item = self._item()
        if item is not None:
            self.scene.select_only({item})

    def _begin(self) -> None:
        super()._begin()
        item = self._item()
        if item is not None:
            item.fade(True)

    def _end(self) -> None:
        item = self._item()
        if item is not None:
            item.fade(False)
        super()._end()

    def _item(self) -> WireItem | None:
        return self.scene.wire((self.wire.source, self.wire.target, self.wire.port))

    def finish(self, offer: Offer | None) -> None:
        """Another port, the same again (nothing), refused (nothing), or none: disconnected."""
        if offer is None:
            self.editor.apply(editing.rewiring(self.wire, None), named("Disconnect", self.wire))
        elif offer.open:
            self.editor.apply(editing.rewiring(self.wire, offer.wire), named("Rewire", offer.wire))


class ReplugTarget(TakenOff, FromOutput):
    """The end of the wire is in the hand."""

    def __init__(self, view, event, wire: Wire) -> None:
        super().__init__(view, event, wire.source)
        self.take_off(wire)


class ReplugSource(TakenOff, FromInput):
    """The beginning of the wire is in the hand."""

    def __init__(self, view, event, wire: Wire) -> None:
        super().__init__(view, event, wire.target, wire.port)
        self.take_off(wire)


def pulled(view, event, wire: Wire, end: str) -> TakenOff:
    """The "source" or "target" end of `wire`, pulled off by the wire itself: a hand that slips does nothing yet."""
    gesture = (ReplugSource if end == "source" else ReplugTarget)(view, event, wire)
    gesture.slack = max(FIRM, float(QApplication.startDragDistance()))
    return gesture
