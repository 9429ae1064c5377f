"""The document: names, attributes, edits and their inverses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine import edits
from engine.data import DataSpec
from engine.errors import AttributeValueError, ChainruleError, ConnectError, EditError
from engine.layers.layer import Attrs
from engine.network import Network, Node, Training, Wire
from tests.engine import nets

KINDS = sorted(engine.layers.REGISTRY)
IDS = ["input1", "dense1", "dense2", "add1", "tanh1", "new layer", "", " x", "a/b", "é"]


def node(kind: str, id: str, **attrs: Any) -> Node:
    """A node with completed attributes."""
    return Node(id, kind, engine.layers.REGISTRY[kind].complete(attrs))


def snapshot(network: Network) -> tuple[Any, ...]:
    """Everything that an edit may touch, in order."""
    return (network.title, network.description, network.data, network.training, list(network.nodes.items()),
            set(network.wires))  # fmt: skip


WIRES = st.builds(Wire, st.sampled_from(IDS), st.sampled_from(IDS), st.sampled_from(["x", "x1", "x2", "x3", ""]))
ATTRIBUTES = st.dictionaries(st.sampled_from(["units", "inputs", "activation", "shape", "slope", "wrong"]),
                             st.sampled_from([1, 2, 3, 0, "tanh", (2, 3), 0.5, None]), max_size=2)  # fmt: skip
SINGLE = st.one_of(
    st.builds(edits.AddLayer, st.builds(node, st.sampled_from(KINDS), st.sampled_from(IDS)),
              st.lists(WIRES, max_size=2).map(tuple), st.none() | st.integers(0, 9)),
    st.builds(edits.RemoveLayer, st.sampled_from(IDS)),
    st.builds(edits.Connect, WIRES),
    st.builds(edits.Disconnect, WIRES),
    st.builds(edits.SetAttributes, st.sampled_from(IDS), ATTRIBUTES),
    st.builds(edits.MoveLayers, st.lists(st.tuples(st.sampled_from(IDS), st.tuples(st.floats(-9, 9), st.floats(-9, 9))),
                                         max_size=3, unique_by=lambda move: move[0]).map(tuple)),
    st.builds(edits.RenameLayer, st.sampled_from(IDS), st.sampled_from(IDS)),
    st.builds(edits.SetTraining, st.builds(Training, batch_size=st.integers(-1, 3), seed=st.integers(0, 3))),
    st.builds(edits.SetData, st.sampled_from([None, DataSpec.of("xor"), DataSpec.of("iris")])),
    st.builds(edits.SetTitle, st.text(max_size=5), st.text(max_size=5)),
)  # fmt: skip
EDITS = st.one_of(SINGLE, st.builds(edits.Together, st.lists(SINGLE, max_size=4).map(tuple)))


@settings(max_examples=300)
@given(st.lists(EDITS, max_size=12))
def test_inverses_undo_and_refusals_change_nothing(sequence: list[edits.Edit]):
    network = nets.residual()
    before, inverses, states = snapshot(network), [], []
    for edit in sequence:
        state = snapshot(network)
        try:
            inverse = network.apply(edit)
        except ChainruleError:
            assert snapshot(network) == state
        else:
            inverses.append(inverse)
            states.append(state)
    done = snapshot(network)
    again = [(network.apply(inverse), snapshot(network)) for inverse in reversed(inverses)]
    assert [state for _, state in again] == states[::-1]
    assert snapshot(network) == before
    for inverse, _ in reversed(again):
        network.apply(inverse)
    assert snapshot(network) == done


@given(st.lists(EDITS, max_size=8))
def test_whatever_is_edited_can_be_checked_saved_and_reloaded(sequence: list[edits.Edit]):
    from engine.files import from_json, to_json

    network = nets.residual()
    for edit in sequence:
        try:
            network.apply(edit)
        except ChainruleError:
            continue
    assert isinstance(network.check(), list)
    assert from_json(to_json(network)).same_document(network)


def test_ids_are_made_from_kinds():
    network = Network()
    assert [network.add("Dense"), network.add("Dense"), network.add("PReLU"), network.add("CrossEntropy")] == [
        "dense1", "dense2", "prelu1", "cross_entropy1"
    ]  # fmt: skip
    assert network.add("Dense", id="mine") == "mine"
    network.remove("dense1")
    assert network.add("Dense") == "dense1"


def test_connect_takes_the_first_free_port():
    network = Network()
    x, y, joined = network.add("Input"), network.add("Tanh"), network.add("Add", inputs=3)
    assert [network.connect(source, joined).port for source in (x, y, x)] == ["x1", "x2", "x3"]
    with pytest.raises(ConnectError, match="taken"):
        network.connect(y, joined)
    network.disconnect(joined, "x2")
    assert network.connect(y, joined).port == "x2"


def test_fewer_ports_lose_their_wires_and_get_them_back():
    network = nets.residual()
    before = snapshot(network)
    inverse = network.apply(edits.SetAttributes("add1", {"inputs": 2}))
    assert set(network.inputs_of("add1")) == {"x1", "x2"}
    network.apply(inverse)
    assert snapshot(network) == before


def test_a_removed_layer_comes_back_in_its_place_with_its_wires():
    network = nets.residual()
    before = snapshot(network)
    inverse = network.apply(edits.RemoveLayer("add1"))
    assert not any("add1" in (wire.source, wire.target) for wire in network.wires)
    network.apply(inverse)
    assert snapshot(network) == before


def test_wires_follow_a_new_name():
    network = nets.residual()
    network.apply(edits.RenameLayer("add1", "sum of all"))
    assert network.check() == []
    assert network.inputs_of("sum of all")["x1"] == "dense1"
    assert list(network.nodes)[3] == "sum of all"


def test_generations_count_edits_only():
    network = nets.mlp((3, 4, 3))
    generation = network.generation
    with pytest.raises(EditError):
        network.remove("nobody")
    assert network.generation == generation
    network.set("dense1", units=5)
    assert network.generation == generation + 1


def test_copies_are_independent():
    network = nets.mlp((3, 4, 3))
    copy = network.copy()
    assert copy.same_document(network)
    copy.set("dense1", units=9)
    assert not copy.same_document(network)
    assert network.nodes["dense1"].attrs["units"] == 4


ATTRIBUTE_ERRORS: list[tuple[str, Attrs, str]] = [
    ("Dense", {"units": 0}, "units is 0.*from 1"),
    ("Dense", {"units": 2.5}, "units"),
    ("Dense", {"units": True}, "units"),
    ("Dense", {"units": "3"}, "units"),
    ("Dense", {"units": float("nan")}, "units"),
    ("Dense", {"units": float("inf")}, "units"),
    ("Dense", {"units": 10**30}, "units"),
    ("Dense", {"activation": "swish"}, "activation is 'swish'.*tanh"),
    ("Dense", {"activation": ["tanh"]}, "activation"),
    ("Dense", {"activation": None}, "activation"),
    ("Dense", {"bias": 1}, "bias.*true or false"),
    ("Dense", {"slope": float("nan")}, "slope"),
    ("Dense", {"slope": 2}, "slope.*from 0 to 1"),
    ("Dense", {"neurons": 3}, "no attribute 'neurons'.*units"),
    ("Input", {"shape": (0,)}, "shape"),
    ("Input", {"shape": (2**24, 2**24)}, "shape"),
    ("Input", {"shape": "8x8"}, "shape"),
    ("Input", {"shape": [1] * 7}, "shape"),
    ("Input", {"shape": [[1]]}, "shape"),
    ("Input", {"shape": {}}, "shape"),
    ("Add", {"inputs": 1}, "inputs.*from 2"),
]


@pytest.mark.parametrize(("kind", "attrs", "message"), ATTRIBUTE_ERRORS)
def test_bad_attributes_name_value_and_range(kind: str, attrs: Attrs, message: str):
    network = Network()
    with pytest.raises(AttributeValueError, match=message):
        network.add(kind, **attrs)
    assert network.nodes == {}


def test_unknown_kinds_get_a_hint():
    with pytest.raises(EditError, match=r"did you mean.*Dense"):
        Network().add("dense")


@pytest.mark.parametrize("id", ["a/b", " x", "x" * 65, "a.b", "new\nline"])
def test_names_are_plain(id: str):
    with pytest.raises(EditError, match="cannot name a layer"):
        Network().add("Dense", id=id)


def test_missing_layers_are_named_with_those_there_are():
    network = nets.mlp((3, 4, 3))
    calls = [
        lambda: network.remove("x"),
        lambda: network.set("x", units=3),
        lambda: network.node("x"),
        lambda: network.connect("x", "dense1"),
        lambda: network.connect("dense1", "x"),
    ]
    for call in calls:
        with pytest.raises(EditError, match=r"no layer 'x'.*dense1, dense2"):
            call()
    with pytest.raises(EditError, match=r"No wire goes into dense1\.y"):
        network.disconnect("dense1", "y")
