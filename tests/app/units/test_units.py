"""The drawing of units in the real window: numbers that can be checked by hand, at every stop."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtTest import QTest

from app.theme import mono_font
from app.units.numbers import Numbers, written
from app.units.paint_units import figure_font
from engine.edits import RemoveLayer


@pytest.fixture
def chain(live, dark):
    live.window.canvas.show_mode("layers")
    live.open("four_neuron_chain")
    yield live
    live.window.document.undo_stack.setClean()
    live.window.canvas.show_mode("layers")


def shown(live):
    """The scene, once the values it asked for have come."""
    scene = live.window.canvas.units.scene
    wanted = scene.plan.names
    live.until(lambda s: wanted <= set(s.values) | {n for n in wanted if "target" in n and n not in s.values})
    return scene


def stop_after(live, output: str):
    """Run until the operation that makes `output` has run."""
    rows = live.window.snapshot.instructions
    index = next(row.index for row in rows if output in row.outputs)
    live.window.worker.run_to(index)
    live.until(lambda s: s.focus == index)
    return shown(live).numbers


def test_chain_opens_as_units_with_every_number(chain):
    assert chain.window.canvas.mode == "units"
    scene = shown(chain)
    assert scene.plan.numbers
    for column in scene.plan.columns:
        for row in column.figures:
            assert math.isfinite(scene.numbers.of_row(column, row.value, 0)), (column.layer, row)
    weights = [bundle.weight for bundle in scene.plan.bundles if bundle.weight]
    assert weights == ["a2.W", "a3.W", "a4.W"]
    assert len(scene.labels.spots) == 3


def test_chain_rule_by_hand(chain):
    def sigmoid(z):
        return 1 / (1 + math.exp(-z))

    n = stop_after(chain, "a2.b.grad")  # the whole way back
    w = {k: n.of_weight(f"a{k}.W", 0, 0) for k in (2, 3, 4)}
    b = {k: n.of_bias(f"a{k}.b", 0) for k in (2, 3, 4)}
    a = {1: n.of_unit("a1.x", 0)}
    for k in (2, 3, 4):
        a[k] = sigmoid(w[k] * a[k - 1] + b[k])
        assert n.of_unit(f"a{k}.a", 0) == pytest.approx(a[k], rel=1e-5)
    back = a[4] - n.of_unit("loss.target", 0)  # ∂C/∂a₄ = a₄ − y
    for k in (4, 3, 2):
        assert n.of_unit(f"a{k}.a.grad", 0) == pytest.approx(back, rel=1e-4)
        slope = back * a[k] * (1 - a[k])
        assert n.of_unit(f"a{k}.z.grad", 0) == pytest.approx(slope, rel=1e-4)
        assert n.of_bias(f"a{k}.b.grad", 0) == pytest.approx(slope, rel=1e-4)
        assert n.of_weight(f"a{k}.W.grad", 0, 0) == pytest.approx(slope * a[k - 1], rel=1e-4)
        back = slope * w[k]


def test_what_is_made_now_is_lit_and_what_comes_later_is_faint(chain):
    n = stop_after(chain, "a3.a")
    assert n.state("a3.a") == "forward"
    assert n.state("a2.a") == n.state("a3.W") == "known"
    assert {n.state(name) for name in ("a4.z", "loss.loss", "a4.W.grad", "a2.b.grad")} == {"ahead"}
    n = stop_after(chain, "a4.z.grad")
    assert n.state("a4.z.grad") == "backward"
    assert n.state("a4.a.grad") == "known"
    assert n.state("a3.z.grad") == "ahead"


def test_tips_tell_the_numbers(chain):
    stop_after(chain, "a2.b.grad")
    scene = shown(chain)
    column = scene.plan.by_layer["a3"]
    tip = scene.tip_at(scene.places.units["a3", 0].center(), 1.0)
    assert tip.startswith("a3\n")
    for row in column.figures:
        assert f"{row.symbol} = {written(scene.numbers.of_row(column, row.value, 0))}" in tip
    x0, y0, x1, y1 = next(one.ends[0] for one in scene.lines if one.bundle.weight == "a3.W")
    tip = scene.tip_at(QPointF((x0 + x1) / 2, (y0 + y1) / 2), 1.0)
    assert f"W[0, 0] = {written(scene.numbers.of_weight('a3.W', 0, 0))}" in tip
    assert "∂L/∂W[0, 0]" in tip
    assert scene.tip_at(QPointF(-9e3, 9e3), 1.0) == ""


def test_click_selects_and_double_click_leads_to_the_layer(chain):
    canvas = chain.window.canvas
    shown(chain)
    view = canvas.units.view
    at = view.mapFromScene(canvas.units.scene.places.units["a4", 0].center())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert canvas.scene.selected == canvas.units.scene.selected == "a4"
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert canvas.mode == "layers"
    assert canvas.scene.selected == "a4"


def test_drag_pans_and_does_not_select(chain):
    canvas = chain.window.canvas
    shown(chain)
    view = canvas.units.view
    canvas.select_layer(None)
    before = view.mapToScene(QPoint(0, 0))
    middle = view.viewport().rect().center()
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 6):
        QTest.mouseMove(view.viewport(), middle + QPoint(10 * step, 0))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=middle + QPoint(50, 0))
    assert view.mapToScene(QPoint(0, 0)).x() < before.x()
    assert canvas.scene.selected is None


def test_key_switches_and_cards_cannot_be_deleted_unseen(chain):
    window, canvas = chain.window, chain.window.canvas
    assert not window.actions_by_name["delete"].isEnabled()
    chain.act("units")
    assert canvas.mode == "layers"
    assert window.actions_by_name["delete"].isEnabled()
    assert not canvas.strip.buttons["arrange"].isHidden()
    chain.act("units")
    assert canvas.mode == "units"
    assert canvas.camera is canvas.units.view
    layers = canvas.view.scale_now
    before = canvas.camera.scale_now
    chain.act("zoom_in")
    assert canvas.camera.scale_now == pytest.approx(before * 1.25)
    assert canvas.view.scale_now == layers


def test_doors_between_the_drawings(chain):
    canvas = chain.window.canvas
    QTest.keyClick(canvas.units.view, Qt.Key.Key_Escape)
    assert canvas.mode == "layers"
    assert canvas.view.isVisible()
    card = canvas.scene.card("a3").sceneBoundingRect()
    below_the_name = canvas.view.mapFromScene(QPointF(card.center().x(), card.top() + 60))
    QTest.mouseDClick(canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=below_the_name)
    assert canvas.mode == "units"
    assert not canvas.view.isVisible()
    assert canvas.units.scene.selected == "a3"
    chain.act("units")
    for middle, mode in ((card.topLeft() - QPointF(0, 400), "layers"), (card.center(), "units")):
        canvas.view.resetTransform()
        for _ in range(12):
            canvas.view.centerOn(middle)  # a pointer over the view would draw the zoom to itself
            canvas.view.zoom(1.5)
        assert canvas.mode == mode
        assert canvas.view.scale_now == pytest.approx(4.0)
    for _ in range(30):
        if canvas.mode == "units":
            chain.act("zoom_out")
    assert canvas.mode == "layers"
    chain.act("units")


def test_labels_on_lines_have_room_for_small_gradients(chain):
    shown(chain)
    labels = chain.window.canvas.units.scene.labels
    for _, _, _, rect in labels.spots:
        assert labels._metrics.horizontalAdvance(f"∂w {written(-9.876e-12)}") <= rect.width()


def test_units_are_called_what_the_data_calls_them(live, dark):
    live.window.canvas.show_mode("layers")
    live.open("iris")
    live.window.canvas.show_mode("units")
    scene = shown(live)
    dataset, columns = live.window.snapshot.dataset, scene.plan.by_layer
    inputs = next(column for column in scene.plan.columns if column.is_input)
    assert inputs.names == dataset.feature_names
    assert columns["output"].names == dataset.class_names
    assert dataset.feature_names[2] in scene.tip_at(scene.places.units[inputs.layer, 2].center(), 1.0)
    assert columns["hidden 1"].names == ()
    live.window.canvas.show_mode("layers")


def test_new_layer_shows_the_layers(chain):
    chain.window.control.add_layer("ReLU")
    assert chain.window.canvas.mode == "layers"
    chain.act("undo")


def test_file_remembers_how_it_was_looked_at(chain, tmp_path):
    from engine.files import load

    window = chain.window
    path = str(tmp_path / "chain.chainrule")
    window.document.save(path)
    assert load(path).view == "units"
    window.canvas.show_mode("layers")
    assert window.document.clean
    window.document.save(path)
    assert load(path).view == "layers"


def test_spirals_show_a_map_in_every_unit(live, dark):
    live.window.canvas.show_mode("layers")
    live.open("spirals")
    live.act("units")
    live.until(lambda s: "hidden 2" in s.maps)
    scene = live.window.canvas.units.scene
    assert scene.tiles
    assert not scene.plan.numbers
    for column in scene.plan.columns:
        picture = scene.picture_of(column)
        if not column.is_loss:
            assert picture.height() == column.size * picture.width(), column.layer
    maps = live.window.snapshot.maps["hidden 2"]
    assert maps.shape == (30, 30, 8)
    assert np.ptp(maps) > 0.1
    live.act("units")
    live.window.worker.step()
    live.until(lambda s: not s.maps)


def test_example_is_chosen_and_wraps_round(live, dark):
    live.window.canvas.show_mode("layers")
    live.open("perceptron")
    scene, strip = shown(live), live.window.canvas.units.strip
    assert strip.count == scene.numbers.rows == 8
    seen = []
    for _ in range(8):
        seen.append(tuple(scene.numbers.of_unit("inputs.x", i) for i in range(3)))
        strip.on.click()
    assert len(set(seen)) == 8
    assert strip.index == 0
    strip.back.click()
    assert strip.text.text() == "example 8 of 8"


def test_network_that_cannot_run_is_drawn_without_numbers(live, dark):
    live.window.canvas.show_mode("layers")
    live.open("perceptron")
    live.window.canvas.show_mode("units")
    live.window.document.apply(RemoveLayer("loss"), "Delete loss")
    scene = live.window.canvas.units.scene
    assert [column.layer for column in scene.plan.columns] == ["inputs", "weighted sum", "activation"]
    assert scene.plan.names == set() or scene.numbers.values == {}
    live.window.grab()
    live.act("undo")
    live.until(lambda s: s.state in ("ready", "paused", "running"))
    assert "loss" in scene.plan.by_layer


def test_numbers_of_nothing():
    numbers = Numbers()
    assert numbers.rows == 1
    assert numbers.of_unit("dense1.z", 0) is None
    assert numbers.of_weight("dense1.W", 0, 0) is None
    assert written(None) == "–"


def test_figures_grow_seen_from_afar_as_far_as_they_have_room(app):
    image = QImage(10, 10, QImage.Format.Format_ARGB32)
    sizes = []
    for scale, text in ((1.0, "z 0.5"), (0.7, "z 0.5"), (0.4, "z 0.5"), (0.4, "∂z −0.0004074"), (0.4, "z" * 40)):
        painter = QPainter(image)
        painter.scale(scale, scale)
        font = figure_font(painter, 12, text, 95)
        sizes.append(round(font.pointSizeF() / mono_font(12).pointSizeF() * 12, 2))
        assert font == mono_font(12) or QFontMetricsF(font).horizontalAdvance(text) <= 95
        painter.end()
    assert sizes == [12, 15, 15, 12, 12]
