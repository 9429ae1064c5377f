"""The three tabs together, on a session that really runs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import engine
from app import theme
from app.document import Document
from app.panels import LAYER, OPERATION, TENSOR, RightPanel
from app.snapshot import Snapshot
from engine.explain import explain
from tests.app.plots.samples import explanation, snapshot


@pytest.fixture
def panel(qtbot):
    widget = RightPanel()
    qtbot.addWidget(widget)
    widget.resize(340, 640)
    widget.show()
    return widget


def test_only_the_tab_in_front_wants_values(panel, qtbot):
    panel.select_layer("dense1")
    panel.show_snapshot(snapshot())
    assert panel.wanted == set()
    with qtbot.waitSignal(panel.wanted_changed) as caught:
        panel.show_tab(TENSOR)
    assert caught.args == [{"dense1.a"}] == [panel.wanted]
    with qtbot.waitSignal(panel.wanted_changed):
        panel.show_tab(LAYER)
    assert panel.wanted == set()


def test_signals_of_the_operation_tab_come_out(panel, qtbot):
    panel.show_snapshot(snapshot(explanation=explanation()))
    with qtbot.waitSignals([panel.inspect_requested, panel.run_to, panel.element_chosen]):
        panel.operation_panel.list.inspected.emit(2)
        panel.operation_panel.list.run_to.emit(5)
        panel.operation_panel.factors.element_chosen.emit((1, 1))


def test_the_tab_is_underlined_in_the_colour_of_the_direction(panel):
    panel.show_tab(OPERATION)
    panel.show_snapshot(snapshot(explanation=explanation()))
    image = panel.tabs.grab().toImage()
    line = {image.pixelColor(x, image.height() - 1).name() for x in range(image.width())}
    assert theme.current().backward in line
    panel.show_tab(LAYER)
    image = panel.tabs.grab().toImage()
    assert (
        image.pixelColor(panel.tabs.tabRect(LAYER).center().x(), image.height() - 1).name() == theme.current().forward
    )


def test_an_empty_snapshot_and_both_themes_are_survived(panel):
    panel.show_snapshot(Snapshot())
    for name in ("light", "dark"):
        theme.set_theme(name)
        panel.apply_theme()
        for tab in (LAYER, OPERATION, TENSOR):
            panel.show_tab(tab)
            assert not panel.grab().isNull()


def test_every_operation_of_a_real_session_is_explained(panel):
    net = engine.Network()
    ids = [net.add("Input", shape=(2,)), net.add("Dense", units=4, activation="tanh"),
           net.add("Softmax"), net.add("CrossEntropy")]  # fmt: skip
    for source, target in pairwise(ids):
        net.connect(source, target)
    x = np.random.default_rng(0).normal(size=(12, 2))
    session = engine.Session(net, (x, (x[:, 0] > 0).astype(int) + 2 * (x[:, 1] > 0)), batch_size=5, l2=0.01)
    panel.set_document(Document(net))
    panel.show_tab(OPERATION)
    session.train(steps=1)
    for row in session.instructions:
        session.step()
        told = explain(session, row.index)
        cursor = session.cursor or len(session.instructions)
        panel.show_snapshot(
            snapshot(instructions=session.instructions, cursor=cursor, focus=row.index, explanation=told)
        )
        panel.grab()
        assert panel.operation_panel.name.text() == told.title
        assert panel.operation_panel.list.operations.cursor == row.index
        assert panel.operation_panel.factors.maps[2].chosen == told.element
