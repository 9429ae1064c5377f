"""The document: one door, one undo entry for an edit, changes told by ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document import Change, Document
from engine.edits import AddLayer, Connect, MoveLayers, RemoveLayer, SetAttributes, SetTraining
from engine.errors import ChainruleError, EditError
from engine.network import Network, Wire
from engine.problems import Problem
from engine.training import Training


def two_layers() -> Document:
    network = Network(title="two")
    a = network.add("Input", shape=(2,), id="in")
    network.connect(a, network.add("Dense", units=3, id="out"))
    return Document(network)


@pytest.fixture
def document(qapp) -> Document:
    return two_layers()


@pytest.fixture
def changes(document) -> list[Change]:
    heard: list[Change] = []
    document.changed.connect(heard.append)
    return heard


def test_edit_is_one_undo_entry(document, changes):
    node = document.network.new_node("ReLU", "act", (5.0, 6.0), {})
    document.apply(AddLayer(node), "Add act")
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Add act"
    assert changes == [Change(added=("act",))]
    document.undo_stack.undo()
    assert "act" not in document.network.nodes
    document.undo_stack.redo()
    assert document.network.nodes["act"].position == (5.0, 6.0)
    assert changes[1:] == [Change(removed=("act",)), Change(added=("act",))]


def test_removal_brings_wires_back(document, changes):
    before = document.network.copy()
    document.apply(RemoveLayer("in"))
    assert changes[-1].unwired == (Wire("in", "out", "x"),)
    document.undo_stack.undo()
    assert document.network.same_document(before)
    assert changes[-1].wired == (Wire("in", "out", "x"),)


def test_refused_edit_changes_nothing(document, changes):
    with pytest.raises(EditError):
        document.apply(Connect(Wire("in", "out", "x")))
    assert changes == []
    assert document.undo_stack.count() == 0
    assert document.clean


def test_move_is_not_structural(document, changes):
    generation = document.generation
    document.apply(MoveLayers((("in", (9.0, 9.0)),)))
    assert changes[-1].moved == ("in",)
    assert not changes[-1].structural
    assert document.generation == generation
    document.apply(SetAttributes("out", {"units": 7}))
    assert changes[-1].altered == ("out",)
    assert document.generation == generation + 1
    assert document.report.shapes["out"] == (7,)


def test_merged_edits_are_one_entry(document):
    for rate in (0.2, 0.3, 0.4):
        document.apply(SetTraining(Training(learning_rate=rate)), "Learning rate", merge="rate")
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.network.training.learning_rate == 0.1
    document.undo_stack.redo()
    assert document.network.training.learning_rate == 0.4


def test_other_edit_ends_a_merge(document):
    document.apply(SetTraining(Training(learning_rate=0.2)), merge="rate")
    document.apply(MoveLayers((("in", (1.0, 1.0)),)))
    document.apply(SetTraining(Training(learning_rate=0.3)), merge="rate")
    assert document.undo_stack.count() == 3


def test_save_and_open(document, tmp_path, changes):
    document.apply(MoveLayers((("in", (9.0, 9.0)),)))
    path = str(tmp_path / "two.chainrule")
    document.save(path)
    assert document.clean
    other = Document()
    other.open(path)
    assert other.network.same_document(document.network)
    assert other.path == path


def test_bad_file_leaves_the_old_document(document, tmp_path, changes):
    path = tmp_path / "bad.chainrule"
    path.write_bytes(b"{no")
    with pytest.raises(ChainruleError, match="damaged"):
        document.open(str(path))
    assert document.network.title == "two"
    assert changes == []


@given(st.lists(st.sampled_from(["add", "move", "set", "remove", "undo", "redo"]), max_size=12))
def test_undoing_everything_gives_the_first_state(qapp, deeds):
    document = two_layers()
    first = document.network.copy()
    for number, deed in enumerate(deeds, 1):
        if deed == "add":
            document.apply(AddLayer(document.network.new_node("Tanh", None, (float(number), 0.0), {})))
        elif deed == "move":
            document.apply(MoveLayers((("out", (0.0, float(number))),)))
        elif deed == "set":
            document.apply(SetAttributes("out", {"units": 1 + number}))
        elif deed == "remove" and "tanh1" in document.network.nodes:
            document.apply(RemoveLayer("tanh1"))
        elif deed in ("undo", "redo"):
            getattr(document.undo_stack, deed)()
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.network.same_document(first)


def test_what_is_known_of_misfits_grows():
    network = Network()
    network.add("Input", shape=(2,))
    document, heard = Document(network), []
    document.changed.connect(heard.append)
    one, two = (Problem("shape", text, "Mend it.", "input1") for text in ("one", "two"))
    known = len(document.report.problems)
    for _ in range(3):
        document.judge((one,))
        document.judge((one, two))
    assert document.report.problems[known:] == [one, two]
    assert len(heard) == 2
