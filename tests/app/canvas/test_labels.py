"""Labels of wires keep clear of the cards; wires that lead back run beside them, and are in view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF

from app.canvas import geometry as g
from app.canvas.pill import PILL_HEIGHT, pill_label, pill_width
from app.canvas.scene import CanvasScene
from app.document import Document
from engine.network import Network


@pytest.mark.parametrize("gap", [8, 30, 50, 70, 90, 140])
def test_a_label_never_meets_the_cards_of_its_wire(app, gap):
    start, end = QPointF(g.WIDTH, g.HEIGHT / 2), QPointF(g.WIDTH + gap, g.HEIGHT / 2)
    place = g.label_place(start, end)
    text = pill_label("B×16×12×12", g.pill_room(start, end, place, PILL_HEIGHT))
    wide = pill_width(text)
    pill = QRectF(place.x() - wide / 2, place.y() - PILL_HEIGHT / 2, wide, PILL_HEIGHT)
    assert not (text and (pill.intersects(g.CARD) or pill.intersects(g.CARD.translated(end.x(), 0))))
    assert text == {70: "16×12×12", 90: "B×16×12×12", 140: "B×16×12×12"}.get(gap, "")


def looped() -> Network:
    """A loop of two layers side by side."""
    net = Network()
    net.add("Add", inputs=2, id="sum", position=(0.0, 0.0))
    net.add("Delay", id="before", position=(300.0, 0.0))
    net.connect("sum", "before")
    net.connect("before", "sum", "x2")
    return net


def test_a_wire_that_leads_back_runs_below_the_cards_and_is_in_view(app):
    document = Document()
    document.replace(looped())
    scene = CanvasScene(document)
    back = scene.wires["before", "sum", "x2"]
    cards = [g.CARD.translated(item.pos()).adjusted(1, 1, -1, -1) for item in scene.nodes.values()]
    spots = [back.path.pointAtPercent(k / 200) for k in range(201)]
    assert not any(card.contains(spot) for card in cards for spot in spots)
    assert scene.network_rect().contains(back.curve)
    pill = QRectF(back.middle.x() - pill_width(back.shown) / 2, back.middle.y() - PILL_HEIGHT / 2,
                  pill_width(back.shown), PILL_HEIGHT)  # fmt: skip
    assert not any(pill.intersects(card) for card in cards)
