"""From what the user means to one edit, without a window."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import editing, editing_clipboard, editing_wiring
from app.card_size import HEIGHT, WIDTH
from engine.check import inspect, why_not
from engine.edits import AddLayer, MoveLayers
from engine.errors import ChainruleError, EditError
from engine.network import Network, Wire


@pytest.fixture
def network() -> Network:
    """points → hidden → loss, and a branch points → side that ends nowhere."""
    made = Network()
    made.add("Input", shape=(2,), id="points", position=(0.0, 0.0))
    made.add("Dense", units=8, id="hidden", position=(244.0, 0.0))
    made.add("CrossEntropy", id="loss", position=(498.0, 0.0))
    made.add("Dense", units=3, id="side", position=(244.0, 200.0))
    for source, target in (("points", "hidden"), ("hidden", "loss"), ("points", "side")):
        made.connect(source, target)
    return made


def offers(network: Network, source: str) -> dict:
    return editing_wiring.offers_from(network, source, inspect(network).shapes)


def test_deletion_of_layers_and_wires_is_undone_exactly(network):
    before = network.copy()
    edit = editing.deletion(network, ["hidden", "side"], [Wire("points", "hidden", "x"), Wire("points", "side", "x")])
    back = network.apply(edit)
    assert list(network.nodes) == ["points", "loss"]
    assert network.wires == ()
    network.apply(back)
    assert network.same_document(before)
    assert list(network.nodes) == list(before.nodes)
    assert editing.deletion(network, []) is None


def test_addition_beside_a_layer(network):
    edit, id = editing.addition(network, "Tanh", "side", (0.0, 0.0))
    network.apply(edit)
    assert network.inputs_of(id) == {"x": "side"}
    assert network.nodes[id].position == (498.0, 200.0)
    edit, id = editing.addition(network, "Input", "side", (0.0, 0.0))
    assert edit == AddLayer(network.new_node("Input", id, (498.0, 400.0), {}))


def test_loose_end_is_what_one_builds_on(network):
    assert editing.loose_end(network) == "side"
    network.connect("side", network.add("Tanh", id="last"))
    assert editing.loose_end(network) == "last"
    assert editing.loose_end(Network()) is None


def test_insertion_makes_room_to_the_right_alone(network):
    edit, id = editing.insertion(network, "Tanh", Wire("hidden", "loss", "x"), (400.0, 10.0))
    network.apply(edit)
    assert network.inputs_of("loss") == {"x": id}
    assert network.inputs_of(id) == {"x": "hidden"}
    assert network.nodes[id].position == (498.0, 0.0)
    assert network.nodes["loss"].position == (752.0, 0.0)
    assert network.nodes["side"].position == (244.0, 200.0)


def test_insertion_into_a_wire_that_runs_backwards_moves_nothing(network):
    network.apply(MoveLayers((("loss", (-300.0, 0.0)),)))
    edit, id = editing.insertion(network, "Tanh", Wire("hidden", "loss", "x"), (50.0, 300.0))
    network.apply(edit)
    assert network.nodes[id].position == (50.0, 300.0)
    assert network.nodes["loss"].position == (-300.0, 0.0)


def test_alignment_and_distribution(network):
    ids = ["points", "side", "loss"]
    network.apply(editing.alignment(network, ids, "top"))
    assert {network.nodes[id].position[1] for id in ids} == {0.0}
    assert editing.alignment(network, ids, "top") is None
    assert editing.alignment(network, ["points"], "left") is None
    assert editing.distribution(network, ids[:2], 0) is None
    network.apply(MoveLayers((("side", (10.0, 0.0)),)))
    network.apply(editing.distribution(network, ids, 0))
    assert network.nodes["side"].position[0] == 249.0


def test_offers_agree_with_the_rules_of_the_engine(network):
    network.add("Concat", id="join")
    network.connect("side", "join", "x2")
    for source in network.nodes:
        for offer in offers(network, source).values():
            assert offer.open == (why_not(network, offer.wire) is None), offer
            assert bool(editing_wiring.reason(network, offer, inspect(network).shapes)) == (offer.verdict != "fits")
    for target, port in (("loss", "x"), ("join", "x1")):
        for offer in editing_wiring.offers_into(network, target, port, {}).values():
            assert offer.open == (why_not(network, offer.wire) is None), offer


def test_shapes_that_differ_are_offered_with_a_warning(network):
    network.add("Add", id="sum")
    network.connect("hidden", "sum", "x1")
    offer = offers(network, "side")["sum", "x2"]
    assert offer.verdict == "mend"
    assert "8" in editing_wiring.reason(network, offer, inspect(network).shapes)
    assert offers(network, "hidden")["sum", "x2"].verdict == "fits"


def test_body_takes_the_first_free_port(network):
    network.add("Add", id="sum")
    network.connect("hidden", "sum", "x1")
    assert editing_wiring.body_offer(offers(network, "side"), network, "sum").wire.port == "x2"
    assert not editing_wiring.body_offer(offers(network, "side"), network, "points").open
    assert not editing_wiring.body_offer(offers(network, "side"), network, "loss").open


def test_pasted_layers_lie_aside_under_free_names(network):
    edit, names = editing_clipboard.pasting(network, editing_clipboard.copied(network, ["points", "hidden"]))
    network.apply(edit)
    assert names == ("points1", "hidden1")
    assert network.inputs_of("hidden1") == {"x": "points1"}
    assert network.nodes["points1"].position == (editing_clipboard.STEP, editing_clipboard.STEP)


@given(text=st.one_of(st.text(max_size=200), st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(
        st.sampled_from(["format", "version", "layers", "wires", "id", "kind", "attrs", "position"]), inner)),
    max_leaves=12).map(json.dumps)))  # fmt: skip
def test_any_text_is_layers_or_refused_in_words(text):
    network = Network()
    try:
        edit, names = editing_clipboard.pasting(network, text)
    except EditError:
        return
    network.apply(edit)
    assert set(names) == set(network.nodes)


DEEDS = ("add", "insert", "delete", "paste", "wire", "align", "distribute", "nudge")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 99), st.integers(0, 99)), max_size=25))
def test_undoing_any_deeds_gives_the_first_network(deeds):
    network = Network()
    network.add("Input", shape=(2,), id="points")
    first, inverses = network.copy(), []
    for deed, one, other in deeds:
        try:
            edit = _edit(network, deed, one, other)
            inverses += [network.apply(edit)] if edit is not None else []
        except ChainruleError:
            continue
    for inverse in reversed(inverses):
        network.apply(inverse)
    assert network.same_document(first)
    assert list(network.nodes) == list(first.nodes)


def _edit(network: Network, deed: str, one: int, other: int):
    ids, wires = list(network.nodes), network.wires
    chosen = [id for i, id in enumerate(ids) if (one + i) % 3]
    kind = ("Dense", "Tanh", "Add", "Concat", "CrossEntropy", "Input")[one % 6]
    if deed == "add":
        return editing.addition(network, kind, ids[other % len(ids)] if ids else None, (one * 9.0, other * 9.0))[0]
    if deed == "insert":
        fits = wires and editing.insertable(kind)
        return editing.insertion(network, kind, wires[other % len(wires)], (one * 9.0, 0.0))[0] if fits else None
    if deed == "wire" and ids:
        found = [offer.wire for offer in offers(network, ids[one % len(ids)]).values() if offer.open]
        return editing.rewiring(wires[0] if wires and other % 2 else None, found[other % len(found)]) if found else None
    if deed == "paste" and chosen and len(ids) < 20:
        return editing_clipboard.pasting(network, editing_clipboard.copied(network, chosen))[0]
    plain = {
        "delete": lambda: editing.deletion(network, chosen[: other % 3], wires[: one % 2]),
        "align": lambda: editing.alignment(network, chosen, "left" if other % 2 else "top"),
        "distribute": lambda: editing.distribution(network, chosen, other % 2),
        "nudge": lambda: editing.nudging(network, chosen, (8.0, -8.0)),
    }
    return plain[deed]() if deed in plain else None


def test_free_spot_never_covers_a_card(network):
    spots = [network.nodes[id].position for id in network.nodes]
    x, y = editing.free_spot(network, (250.0, 10.0))
    assert all(abs(x - a) >= WIDTH or abs(y - b) >= HEIGHT for a, b in spots)
