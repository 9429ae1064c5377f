"""The layer panel."""

from __future__ import annotations

import pytest

import engine
from app.document import Document
from app.panels.layer import LayerPanel
from engine.edits import Disconnect, SetAttributes
from engine.network import Wire


@pytest.fixture
def document(qapp):
    net = engine.Network(title="Two spirals", description="Arms around each other.")
    a = net.add("Input", shape=(2,))
    b = net.add("Dense", units=3, activation="leaky_relu", slope=0.1)
    c = net.add("CrossEntropy")
    net.connect(a, b)
    net.connect(b, c)
    return Document(net)


@pytest.fixture
def panel(qtbot, document):
    widget = LayerPanel()
    qtbot.addWidget(widget)
    widget.resize(330, 700)
    widget.set_document(document)
    widget.show()
    return widget


def test_nothing_selected_shows_the_network(panel):
    panel.grab()
    assert panel.name.text() == "Two spirals"
    assert panel.kind.text() == "3 layers · 9 parameters"
    assert "Arms around each other." in panel.summary.text()
    assert panel.settings.form.text_of("Batch size") == "all rows"


def test_a_layer_shows_kind_settings_shapes_and_parameters(panel):
    panel.select_layer("dense1")
    panel.grab()
    assert (panel.name.text(), panel.kind.text()) == ("dense1", "Dense · linear")
    assert panel.settings.form.text_of("Activation") == "leaky relu"
    assert panel.settings.form.text_of("Slope") == "0.1"
    assert panel.shapes.form.text_of("In") == "B×2"
    assert panel.shapes.form.text_of("Out") == "B×3"
    assert panel.learned.form.text_of("W").split() == ["2×3", "6"]
    assert panel.learned.form.text_of("Together") == "9"
    assert panel.formula.text.startswith("z = x W + b")


def test_settings_that_do_not_matter_are_left_out(panel, document):
    panel.select_layer("dense1")
    document.apply(SetAttributes("dense1", {"activation": "tanh", "units": 5}))
    names = [row[0] for row in panel.settings.form.rows]
    assert "Slope" not in names
    assert panel.settings.form.text_of("Units") == "5"
    assert panel.learned.form.text_of("Together") == "15"


def test_layers_that_learn_nothing_have_no_such_section(panel):
    panel.select_layer("cross_entropy1")
    assert not panel.learned.isVisibleTo(panel)
    assert panel.shapes.form.text_of("Out") == "scalar"


def test_problems_stand_on_top_with_their_way_out(panel, document):
    panel.select_layer("dense1")
    assert not panel.problems.isVisibleTo(panel)
    document.apply(Disconnect(Wire("input1", "dense1", "x")))
    panel.grab()
    assert panel.problems.isVisibleTo(panel)
    assert {problem.code for problem in panel.problems.problems} >= {"unconnected"}
    assert panel.shapes.form.text_of("In") == "not connected"
    document.undo_stack.undo()
    assert not panel.problems.isVisibleTo(panel)


def test_a_layer_that_is_gone_gives_way_to_the_network(panel):
    panel.select_layer("removed long ago")
    assert panel.name.text() == "Two spirals"


def test_no_document_says_how_to_open_one(panel):
    panel.set_document(None)
    panel.grab()
    assert "Ctrl+O" in panel.summary.text()
