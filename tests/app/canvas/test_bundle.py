"""Plain wires are painted by one item, those that stand out by themselves; nobody sees the difference."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.canvas import CanvasPanel
from app.canvas import geometry as g
from app.canvas.bundle import wire_token
from app.document import Document
from engine.network import Network


@pytest.fixture
def panel(dark, qtbot) -> CanvasPanel:
    net = Network("two")
    net.add("Input", id="points", shape=(2,), position=(0, 0))
    net.add("Dense", id="hidden", units=8, position=(320, 160))
    net.connect("points", "hidden")
    canvas = CanvasPanel(Document(net))
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    canvas.view._jump(1.0, QPointF(250, 150))
    canvas.view._come_to_rest()
    return canvas


def near_the_middle(panel: CanvasPanel) -> set[str]:
    """Colours on the column of pixels through the middle of the wire."""
    wire = panel.scene.wires["points", "hidden", "x"]
    where, image = panel.view.mapFromScene(wire.path.pointAtPercent(0.5)), panel.view.grab().toImage()
    return {image.pixelColor(where.x(), where.y() + k).name() for k in range(-8, 9)}


@pytest.mark.parametrize(("start", "end"), [((0, 0), (90, 40)), ((0, 0), (9000, 4000)), ((5000, 0), (-3000, 700))])
def test_pieces_make_up_the_curve(start, end):
    start, end = QPointF(*start), QPointF(*end)
    whole, pieces = g.wire_path(start, end), g.wire_pieces(start, end)
    assert (pieces[0].elementAt(0).x, pieces[0].elementAt(0).y) == start.toTuple()
    np.testing.assert_allclose(pieces[-1].currentPosition().toTuple(), end.toTuple())
    np.testing.assert_allclose(sum(piece.length() for piece in pieces), whole.length(), rtol=1e-3)
    if not g.leads_back(start, end):
        np.testing.assert_allclose(whole.pointAtPercent(0.5).toTuple(), ((start + end) / 2).toTuple(), atol=1.0)
    for one, next in itertools.pairwise(pieces):
        np.testing.assert_allclose(one.currentPosition().toTuple(), (next.elementAt(0).x, next.elementAt(0).y))


def test_a_wire_paints_itself_while_it_stands_out(panel):
    wire, bare = panel.scene.wires["points", "hidden", "x"], QGraphicsItem.GraphicsItemFlag.ItemHasNoContents
    plain = wire_token(theme.current())
    assert wire.plain
    assert wire.flags() & bare
    assert plain in near_the_middle(panel)
    for on, off in ((lambda: wire.light("backward"), lambda: wire.light(None)),
                    (lambda: wire.mark_hot(True), lambda: wire.mark_hot(False)),
                    (lambda: wire.setSelected(True), lambda: wire.setSelected(False))):  # fmt: skip
        on()
        assert not wire.plain
        assert not wire.flags() & bare
        assert plain not in near_the_middle(panel)
        off()
        assert wire.plain
        assert plain in near_the_middle(panel)


def test_a_wire_that_goes_is_painted_no_more(panel):
    wire = panel.scene.wires["points", "hidden", "x"]
    assert panel.scene.items(wire.path.pointAtPercent(0.5)) == [wire]
    panel.document.network.disconnect("hidden", "x")
    panel.scene._rebuild()
    assert not panel.scene.wires
    assert panel.scene._population.bundle not in panel.scene.items(panel.scene.network_rect())
