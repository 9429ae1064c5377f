"""Large networks: items only for what is near, selected or lit, and nobody sees the difference."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage

from app import theme
from app.canvas import CanvasPanel
from app.canvas import geometry as g
from app.canvas.layout import depths, layered, needs_layout
from app.canvas.population import KEPT, LARGE
from app.canvas.still import Still
from app.document import Document
from engine.edits import AddLayer, MoveLayers, RemoveLayer, SetAttributes, Together
from engine.network import Network, Wire
from tests.app.canvas.hands import Hands
from tests.benchmarks.canvas import network_of

SIZE = 1_500


@pytest.fixture(scope="module")
def many() -> Network:
    return network_of(SIZE)


@pytest.fixture
def panel(many, dark, qtbot) -> CanvasPanel:
    canvas = CanvasPanel(Document(many.copy()))
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    return canvas


@pytest.fixture
def hands(panel) -> Hands:
    return Hands(panel)


def near(panel, id: str) -> None:
    """Look at a layer at 100 %."""
    panel.view._jump(1.0, panel.scene.card(id).sceneBoundingRect().center())
    panel.view._come_to_rest()


def test_few_items_wherever_one_looks(panel):
    panel.view.fit()
    panel.view._come_to_rest()
    assert len(panel.scene.nodes) < 10  # all is seen, nothing can be read
    for id in list(panel.document.network.nodes)[::100]:
        near(panel, id)
        seen = panel.view.mapToScene(panel.view.viewport().rect()).boundingRect()
        there = {id for id, node in panel.document.network.nodes.items()
                 if seen.intersects(QRectF(*node.position, g.WIDTH, g.HEIGHT))}  # fmt: skip
        assert there <= set(panel.scene.nodes)
        assert len(panel.scene.nodes) <= KEPT + 100


def test_crowd_knows_what_lies_where(panel, many):
    rng, crowd = np.random.default_rng(0), panel.scene.crowd
    whole = crowd.boundingRect()
    for _ in range(20):
        x, y = whole.left() + rng.random() * whole.width(), whole.top() + rng.random() * whole.height()
        area = QRectF(x, y, 900 * rng.random(), 700 * rng.random())
        expected = {id for id, node in many.nodes.items() if area.intersects(QRectF(*node.position, g.WIDTH, g.HEIGHT))}
        assert set(crowd.cards_in(area)) == expected


def test_cards_far_away_are_painted_with_their_problems(panel):
    panel.view.fit()
    panel.view._come_to_rest()
    bad = theme.color(theme.DARK.bad).name()

    def colours() -> set[str]:
        image = panel.view.grab().toImage()
        return {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}

    assert bad not in colours()
    dense = [id for id, node in panel.document.network.nodes.items() if node.kind == "Dense"]
    wires = [wire for wire in panel.document.network.wires if wire.target in dense[200:260]]
    for wire in wires:
        panel.document.network.disconnect(wire.target, wire.port)
    panel.document.apply(SetAttributes(dense[0], {"units": 9}))
    assert bad in colours()


def unlike(one: QImage, other: QImage) -> float:
    """Share of the pixels that differ."""
    pixels = [np.frombuffer(image.constBits(), np.uint32) for image in (one, other)]
    return float(np.mean(pixels[0] != pixels[1]))


def test_picture_of_the_crowd_looks_like_the_crowd(panel):
    """Laid down at the second frame of a scale, wherever the view pans to, and drawn anew after a change."""
    panel.view.fit()
    panel.view._come_to_rest()
    crowd, view = panel.scene.crowd, panel.view.viewport()
    crowd._still = Still()
    drawn = view.grab().toImage()
    assert crowd._still._picture is None
    assert unlike(view.grab().toImage(), drawn) < 0.001  # lines that an edge cuts may begin a pixel beside
    assert crowd._still._picture is not None
    for way in (QPointF(40, -30), QPointF(-900, 10), QPointF(500, 300)):
        panel.view.pan(way)
        laid = view.grab().toImage()
        crowd._still = Still()
        assert unlike(view.grab().toImage(), laid) < 0.001
    ids = list(panel.document.network.nodes)
    panel.view.fit()
    before = [view.grab().toImage() for _ in range(2)][-1]
    x, y = panel.document.network.nodes[ids[60]].position
    panel.document.apply(MoveLayers(((ids[60], (x + 40, y)),)))
    assert view.grab().toImage() != before


def test_drag_moves_a_card_with_all_its_wires(panel, hands):
    id = list(panel.document.network.nodes)[SIZE // 2]
    near(panel, id)
    before = panel.document.network.nodes[id].position
    start = hands.card(id)
    hands.drag(start, start + QPointF(60, 40).toPoint())
    x, y = panel.document.network.nodes[id].position
    assert (x, y) != before
    ends = dict(zip(panel.scene.crowd.keys, panel.scene.crowd.ends, strict=True))
    for key in panel.scene.crowd.wires_of(id):
        if key[0] == id:
            assert tuple(ends[key][:2]) == (x + g.WIDTH, y + g.HEIGHT / 2)
    hands.key(Qt.Key.Key_Escape)
    panel.document.undo_stack.undo()
    assert panel.document.network.nodes[id].position == before
    assert panel.scene.card(id).pos() == QPointF(*before)


def test_selection_outlives_looking_elsewhere(panel):
    ids = list(panel.document.network.nodes)
    panel.select_layer(ids[5])
    for id in ids[::90]:
        near(panel, id)
    assert panel.editor.ids == [ids[5]]
    assert panel.scene.selected == ids[5]


def test_everything_can_be_selected_and_deleted_and_comes_back(panel, many):
    panel.editor.select_everything()
    assert len(panel.editor.ids) == len(many.nodes)
    panel.editor.delete()
    assert not panel.document.network.nodes
    assert panel.scene.crowd is None  # an empty network is a small one
    panel.document.undo_stack.undo()
    assert panel.document.network.same_document(many)
    assert panel.scene.crowd is not None


def test_growing_past_the_limit_keeps_the_selection(dark, qtbot):
    net = Network()
    for i in range(LARGE):
        net.add("Dense", position=(250.0 * (i % 10), 200.0 * (i // 10)))
    canvas = CanvasPanel(Document(net))
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    assert canvas.scene.crowd is None
    canvas.select_layer("dense7")
    more = tuple(AddLayer(net.new_node("ReLU", f"more{i}", (250.0 * i, -300.0), {})) for i in range(3))
    canvas.document.apply(Together(more))
    assert canvas.scene.crowd is not None
    assert canvas.scene.selected == "dense7"
    canvas.document.undo_stack.undo()
    assert canvas.scene.crowd is None
    assert canvas.scene.selected == "dense7"
    assert len(canvas.scene.nodes) == LARGE


def test_removed_and_moved_layers_are_followed(panel):
    ids = list(panel.document.network.nodes)
    panel.document.apply(RemoveLayer(ids[50]))
    panel.document.apply(MoveLayers(((ids[60], (-5000.0, -4000.0)),)))
    crowd = panel.scene.crowd
    assert ids[50] not in crowd.index
    assert not any(ids[50] in key[:2] for key in crowd.keys)
    assert crowd.cards_in(QRectF(-5001, -4001, 10, 10)) == [ids[60]]
    assert crowd.boundingRect().contains(QPointF(-5000, -4000))


def test_layout_of_many_is_quick_and_right(many):
    assert not needs_layout(many)
    crowded = many.copy()
    ids = list(crowded.nodes)
    crowded.apply(MoveLayers(((ids[700], crowded.nodes[ids[9]].position),)))
    assert needs_layout(crowded)
    depth = depths(many)
    assert all(depth[wire.source] < depth[wire.target] for wire in many.wires)
    places = layered(many)
    assert len(set(places.values())) == len(many.nodes)


def test_depths_end_on_cycles():
    net = Network()
    for id in ("a", "b", "c", "d"):
        net.add("Dense", id=id)
    net.wires = (Wire("a", "b", "x"), Wire("b", "c", "x"), Wire("c", "b", "x"), Wire("c", "d", "x"))
    depth = depths(net)
    assert depth["a"] == 0
    assert depth["d"] > depth["c"]


def test_drag_of_everything_moves_cards_and_wires_alike(dark, qtbot):
    before = network_of(200)
    panel = CanvasPanel(Document(before.copy()))
    qtbot.addWidget(panel)
    panel.resize(900, 600)
    panel.show()
    panel.editor.select_everything()
    near(panel, "n100")
    ends, bounds, hands = panel.scene.crowd.ends.copy(), panel.scene.network_rect(), Hands(panel)
    start = hands.card("n100")
    hands.drag(start, start + QPointF(60, 40).toPoint())
    old, new = ([node.position for node in net.nodes.values()] for net in (before, panel.document.network))
    np.testing.assert_allclose(np.subtract(new, old), np.tile([60, 40], (200, 1)), atol=2)  # on a grid of 4
    way = np.subtract(new, old)[list(before.nodes).index("n100")]
    np.testing.assert_allclose(panel.scene.crowd.ends, ends + np.tile(way, 2), atol=4)
    assert panel.scene.network_rect().topLeft() != bounds.topLeft()
    for key, wire in panel.scene.wires.items():
        end = panel.scene.crowd.ends[panel.scene.crowd.keys.index(key)][2:]
        np.testing.assert_allclose(wire.path.currentPosition().toTuple(), end)
    assert panel.document.undo_stack.count() == 1
