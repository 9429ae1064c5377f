"""Ways along the wires, against networkx."""

from __future__ import annotations

import random

import networkx as nx
import pytest

from engine.check import digraph, inspect
from engine.network import Network, Wire
from engine.ways import backwards, onwards, order, reached


def random_network(seed: int, cyclic: bool = False) -> Network:
    """Some layers with wires from earlier ones to later ones, or from any to any."""
    draw, network = random.Random(seed), Network()
    ids = [network.add("Add", id=f"n{i}", inputs=4) for i in range(draw.randint(1, 14))]
    draw.shuffle(ids)
    ports = [(i, f"x{k + 1}") for i in range(len(ids)) for k in range(4) if draw.random() < (0.08 if cyclic else 0.4)]
    wires = [(draw.randrange(len(ids) if cyclic else max(1, i)), i, port) for i, port in ports if cyclic or i]
    network.wires = tuple(Wire(ids[source], ids[target], port) for source, target, port in wires)
    return network


@pytest.mark.parametrize("seed", range(30))
def test_order_and_reach_are_those_of_networkx(seed):
    network = random_network(seed)
    graph, place = digraph(network), {id: i for i, id in enumerate(network.nodes)}
    assert order(network) == list(nx.lexicographical_topological_sort(graph, key=place.__getitem__))
    for id in network.nodes:
        assert reached([id], onwards(network)) == nx.descendants(graph, id) | {id}
        assert reached([id], backwards(network)) == nx.ancestors(graph, id) | {id}


def test_layers_on_a_cycle_have_no_order():
    kinds = set()
    for seed in range(40):
        network = random_network(seed, cyclic=True)
        sound = nx.is_directed_acyclic_graph(digraph(network))
        kinds.add(sound)
        assert (len(order(network)) == len(network.nodes)) == sound
        assert any(problem.code == "cycle" for problem in inspect(network).problems) != sound
    assert kinds == {True, False}
