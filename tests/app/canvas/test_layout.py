"""The layered layout: nothing overlaps, wires run from left to right."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.canvas.geometry import HEIGHT, WIDTH
from app.canvas.layout import layered, needs_layout
from app.card_size import COLUMN_GAP
from engine.edits import MoveLayers
from engine.files import load
from engine.network import Network, Wire

LESSONS = Path(__file__).resolve().parents[3] / "assets" / "lessons"


def chain_of(wires: list[tuple[int, int]], count: int) -> Network:
    network = Network()
    for i in range(count):
        network.add("Add", inputs=16, id=f"n{i}")
    for source, target in wires:
        taken = len(network.inputs_of(f"n{target}"))
        if source < target and taken < 16:
            network.wires += (Wire(f"n{source}", f"n{target}", f"x{taken + 1}"),)
    return network


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25), st.integers(1, 10))
def test_cards_do_not_overlap_and_flow_to_the_right(pairs, count):
    network = chain_of([(a, b) for a, b in pairs if a < count and b < count], count)
    places = layered(network)
    assert set(places) == set(network.nodes)
    for wire in network.wires:  # to the right, or down to another band
        (x, y), (to, down) = places[wire.source], places[wire.target]
        assert x + WIDTH < to or y + HEIGHT < down
    spots = list(places.values())
    for i, (x, y) in enumerate(spots):
        assert all(abs(x - ox) >= WIDTH or abs(y - oy) >= HEIGHT for ox, oy in spots[i + 1 :])


def test_placed_networks_are_left_alone():
    network = chain_of([(0, 1), (1, 2)], 3)
    assert needs_layout(network)  # as Network.add left them
    MoveLayers(tuple(layered(network).items())).apply(network)
    assert not needs_layout(network)
    MoveLayers((("n0", network.nodes["n1"].position),)).apply(network)
    assert needs_layout(network)


def test_a_cycle_gets_places_as_well():
    network = chain_of([(0, 1), (1, 2)], 3)
    network.wires += (Wire("n2", "n0", "x1"),)
    assert len(set(layered(network).values())) == 3


def test_a_long_chain_stands_in_bands_that_can_be_read():
    network = chain_of([(i, i + 1) for i in range(8)], 9)
    places = layered(network)
    assert len({y for _, y in places.values()}) == 2
    assert max(x for x, _ in places.values()) + WIDTH < 5 * (WIDTH + COLUMN_GAP)
    short = layered(chain_of([(i, i + 1) for i in range(5)], 6))
    assert len({y for _, y in short.values()}) == 1


def test_a_cycle_is_cut_before_its_delay():
    places = layered(load(LESSONS / "elman_rnn.chainrule"))
    assert places["state before"][0] < places["from state"][0] < places["sum"][0] < places["state"][0]
