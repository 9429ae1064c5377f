"""Which gesture a press begins."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent

from app.canvas.gestures.band import ADDING, RubberBand
from app.canvas.gestures.base import Gesture
from app.canvas.gestures.cards import ClickWire, MoveCards
from app.canvas.gestures.pan import Pan
from app.canvas.gestures.replug import ReplugSource, ReplugTarget, pulled
from app.canvas.gestures.wire import FromInput, FromOutput
from app.canvas.items import NodeItem, WireItem
from app.canvas.ports import Port, port_at
from engine.network import Wire


def begin(view, event: QMouseEvent, space: bool) -> Gesture | None:
    """The gesture for this press: ports first, then cards, then wires, then the ground."""
    if event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton) or space:
        return Pan(view, event)
    if event.button() != Qt.MouseButton.LeftButton:
        return None
    where = view.mapToScene(event.position().toPoint())
    port = port_at(view.canvas, where, view.scale_now)
    if port is not None:
        return _wire_gesture(view, event, port)
    hit = next(iter(view.canvas.items(where)), None)
    if isinstance(hit, NodeItem):
        return MoveCards(view, event, hit)
    if isinstance(hit, WireItem):
        end = None if event.modifiers() & ADDING else hit.end_at(where)
        return pulled(view, event, Wire(*hit.key), end) if end else ClickWire(view, event, hit)
    return RubberBand(view, event)


def _wire_gesture(view, event: QMouseEvent, port: Port) -> Gesture:
    network = view.editor.document.network
    if port.is_output:
        chosen = view.canvas.chosen_wires()
        held = len(chosen) == 1 and chosen[0].key[0] == port.id  # a selected wire is taken by its end
        return ReplugSource(view, event, Wire(*chosen[0].key)) if held else FromOutput(view, event, port.id)
    if port.name in network.inputs_of(port.id):
        return ReplugTarget(view, event, network.wire_into(port.id, port.name))
    return FromInput(view, event, port.id, port.name)
