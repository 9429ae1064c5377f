"""The layer panel."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

import engine
from app.document import Document
from app.numbers import format_count
from app.panels.layer import LayerPanel
from engine.edits import Disconnect, SetAttributes
from engine.layers import REGISTRY
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
    widget.set_engine_ready()
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
    heard = []
    panel.training_wanted.connect(lambda: heard.append(True))
    panel.to_training.click()
    assert heard == [True]


def test_a_layer_shows_kind_settings_shapes_and_parameters(panel):
    panel.select_layer("dense1")
    panel.grab()
    assert (panel.name.text(), panel.kind.text()) == ("dense1", "Dense · linear layer")
    assert panel.edited.shown() == ["units", "activation", "slope", "bias", "init", "rate", "tied", "noise"]
    assert panel.edited.value_of("activation") == "leaky_relu"
    assert panel.edited.fields["slope"].line.text() == "0.1"
    assert panel.shapes.form.text_of("In") == "B×2"
    assert panel.shapes.form.text_of("Out") == "B×3"
    assert panel.learned.form.text_of("W").split() == ["2×3", "6"]
    assert panel.learned.form.text_of("Together") == "9"
    assert panel.formula.text.startswith("z = x W + b")


def test_settings_that_do_not_matter_are_left_out(panel, document):
    panel.select_layer("dense1")
    document.apply(SetAttributes("dense1", {"activation": "tanh", "units": 5}))
    assert "slope" not in panel.edited.shown()
    assert panel.edited.fields["units"].line.text() == "5"
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


def type_over(qtbot, line, text):
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)


def test_typing_a_number_is_one_undo_entry(panel, document, qtbot):
    panel.select_layer("dense1")
    units = panel.edited.fields["units"]
    type_over(qtbot, units.line, "12")
    qtbot.waitUntil(lambda: document.network.nodes["dense1"].attrs["units"] == 12)
    qtbot.keyClicks(units.line, "8")
    qtbot.keyClick(units.line, Qt.Key.Key_Return)
    assert document.network.nodes["dense1"].attrs["units"] == 128
    qtbot.keyClick(units.line, Qt.Key.Key_Up)
    assert panel.shapes.form.text_of("Out") == "B×129"
    assert document.undo_stack.undoText() == "Units of dense1"
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert units.line.text() == "3"
    assert document.undo_stack.count() <= 2


def test_bad_input_is_marked_with_its_reason_and_taken_back(panel, document, qtbot):
    panel.select_layer("dense1")
    units = panel.edited.fields["units"]
    for text, reason in (("0", "from 1 to"), ("many", "whole number"), ("1e999", "whole number"), ("", "whole number")):
        units.line.setFocus()
        units.line.selectAll()
        qtbot.keyClicks(units.line, text) if text else qtbot.keyClick(units.line, Qt.Key.Key_Delete)
        assert units.line.property("wrong")
        assert reason in panel.edited._rows["units"][-1].text()
        panel.edited.flush()
        assert units.line.text() == "3"
        assert not units.line.property("wrong")
        assert not panel.edited._rows["units"][-1].isVisibleTo(panel)
    assert document.undo_stack.count() == 0


def test_the_wheel_changes_nothing_without_the_keyboard(panel, document, qtbot):
    panel.select_layer("dense1")
    for field in panel.edited.fields.values():
        target = getattr(field, "line", None) or field.box
        for delta in (120, -120):
            turned = QWheelEvent(QPointF(3, 3), QPointF(3, 3), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
                                 Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
            QApplication.sendEvent(target, turned)
    assert document.undo_stack.count() == 0


def test_choice_tick_and_shape(panel, document, qtbot):
    panel.select_layer("dense1")
    choice = panel.edited.fields["activation"].box
    choice.setCurrentIndex(choice.findData("tanh"))
    choice.activated.emit(choice.currentIndex())
    assert document.network.nodes["dense1"].attrs["activation"] == "tanh"
    assert "slope" not in panel.edited.shown()
    qtbot.mouseClick(panel.edited.fields["bias"].box, Qt.MouseButton.LeftButton)
    assert document.network.nodes["dense1"].attrs["bias"] is False
    panel.select_layer("input1")
    type_over(qtbot, panel.edited.fields["shape"].line, "8x8")
    panel.edited.flush()
    assert document.network.nodes["input1"].attrs["shape"] == (8, 8)
    assert panel.edited.fields["shape"].line.text() == "8×8"


def test_what_is_half_typed_goes_to_the_layer_it_was_typed_for(panel, document, qtbot):
    panel.select_layer("dense1")
    type_over(qtbot, panel.edited.fields["units"].line, "7")
    panel.select_layer("cross_entropy1")
    assert document.network.nodes["dense1"].attrs["units"] == 7


def test_rename_and_its_refusal(panel, document, qtbot):
    panel.select_layer("dense1")
    panel.renamed.connect(lambda _, new: panel.select_layer(new))
    type_over(qtbot, panel.name.line, "hidden")
    qtbot.keyClick(panel.name.line, Qt.Key.Key_Return)
    assert "hidden" in document.network.nodes
    assert panel.name.text() == "hidden"
    for bad in ("input1", "a/b"):
        panel.name.line.setText(bad)
        panel.name.line.setModified(True)
        panel.name.line.editingFinished.emit()
        assert bad in panel.name.reason.text() or panel.name.text() == "hidden"
    panel.name.flush()
    qtbot.keyClick(panel.name.line, Qt.Key.Key_Escape)
    assert panel.name.text() == "hidden"
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert "dense1" in document.network.nodes


def test_wires_that_go_with_a_port_come_back(panel, document):
    document.network.add("Add", id="sum", inputs=4)
    document.network.connect("input1", "sum", "x4")
    document.network.connect("input1", "sum", "x3")
    panel.select_layer("sum")
    before = document.network.copy()
    panel.edited.fields["inputs"].step(up=False)
    panel.edited.fields["inputs"].step(up=False)
    assert document.network.inputs_of("sum") == {}
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.network.same_document(before)


def test_cost(panel, document):
    panel.select_layer("dense1")
    rows = {row[0]: row[1] for row in panel.cost.form.rows}
    assert rows["Values"] == "24 B/row"  # three sums, three activations, four bytes each
    assert rows["Parameters"] == "72 B"  # nine numbers and their gradients
    panel.select_layer("input1")
    assert panel.cost.form.rows == ()
    for kind in REGISTRY:
        document.network.add(kind, id=f"lone {kind}")
        panel.select_layer(f"lone {kind}")  # nothing is known of its input: nothing is claimed
        assert panel.cost.form.rows == ()


def test_curve_is_drawn_for_activations_alone(panel, document, qtbot):
    panel.select_layer("input1")
    assert panel.curve.curve is None
    panel.select_layer("dense1")
    panel.grab()
    assert panel.curve.curve.y[0] == pytest.approx(-0.4)
    panel.edited.changed.emit("slope", 0.5, "")
    assert panel.curve.curve.y[0] == pytest.approx(-2.0)
    qtbot.mouseMove(panel.curve, panel.curve.rect().center())
    panel.curve.grab()
    assert panel.curve.legend()[1].startswith("∂a/∂x")
    panel.edited.changed.emit("activation", "linear", "")
    assert panel.curve.curve is None


def test_problems_of_the_whole_network_name_their_layers(panel, document):
    panel.select_layer(None)
    document.apply(Disconnect(Wire("input1", "dense1", "x")))
    words = [note._message.text() for note in panel.problems._notes if not note.isHidden()]
    assert "dense1: the data does not reach this layer." in words
    panel.select_layer("dense1")
    words = [note._message.text() for note in panel.problems._notes if not note.isHidden()]
    assert "The data does not reach this layer." in words


def test_a_convolution_tells_what_it_sees_and_what_it_spares(panel, qapp):
    net = engine.Network()
    ids = [net.add("Input", shape=(1, 100, 100)), net.add("Conv2D", filters=10, kernel=(5,)), net.add("MaxPool2D"),
           net.add("Flatten"), net.add("Dense", units=3), net.add("CrossEntropy")]  # fmt: skip
    for source, target in itertools.pairwise(ids):
        net.connect(source, target)
    panel.set_document(Document(net))
    panel.select_layer("conv2d1")
    assert panel.shapes.form.text_of("Receptive field") == "5×5"
    assert panel.learned.form.text_of("Together") == "260"
    assert panel.learned.form.text_of("Dense instead") == format_count(100_000 * 10_001)
    panel.select_layer("max_pool2d1")
    assert panel.shapes.form.text_of("Receptive field") == "6×6"
    panel.select_layer("dense1")
    assert "Receptive field" not in [row[0] for row in panel.shapes.form.rows]
    assert "Dense instead" not in [row[0] for row in panel.learned.form.rows]
