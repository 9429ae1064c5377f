"""Linear regions against brute force: activation patterns and slopes on a fine grid, and the bounds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import engine
from engine.errors import SessionError
from engine.linear_regions import (
    Affine,
    breakpoints,
    count,
    lower_bound,
    most_of_one_layer,
    parameters_of,
    regions,
    stack_of,
    upper_bound,
)

SQUARE = (-2.0, 2.0, -2.0, 2.0)


def stack(*sizes, seed=0, slope=0.0):
    rng = np.random.default_rng(seed)
    layers = [Affine(rng.normal(size=(a, b)), rng.normal(size=b), slope) for a, b in pairwise(sizes)]
    return [*layers[:-1], Affine(layers[-1].W, layers[-1].b, 1.0)]


def answer(layers, x):
    for layer in layers:
        z = x @ layer.W + layer.b
        x = np.maximum(z, 0) + layer.slope * np.minimum(z, 0)
    return x


@pytest.mark.parametrize("slope", [0.0, 0.1, -1.0])
@pytest.mark.parametrize("sizes", [(1, 5, 1), (1, 4, 4, 1), (1, 3, 3, 3, 2)])
def test_bends_on_a_line_are_where_the_slope_changes(sizes, slope):
    for seed in range(6):
        layers = stack(*sizes, seed=seed, slope=slope)
        bends, x, y = breakpoints(layers, -3.0, 3.0)
        np.testing.assert_allclose(y, answer(layers, x[:, None]), atol=1e-9)
        fine = np.linspace(-3, 3, 60_001)
        steps = np.diff(answer(layers, fine[:, None]), axis=0) / np.diff(fine)[:, None]
        scale = np.abs(steps).max()
        places = fine[1:-1][np.abs(np.diff(steps, axis=0)).max(1) > 1e-6 * scale]
        for bend in bends:
            assert np.abs(places - bend).min() < 3e-4
        for place in places:
            assert np.abs(bends - place).min() < 3e-4
        assert len(bends) + 1 <= upper_bound(1, sizes[1:-1])


@pytest.mark.parametrize("slope", [0.0, 0.2, -1.0])
@pytest.mark.parametrize("sizes", [(2, 5, 1), (2, 4, 4, 2), (2, 3, 3, 3, 1)])
def test_polygons_tile_the_square_and_hold_the_network_s_functions(sizes, slope):
    rng = np.random.default_rng(1)
    for seed in range(4):
        layers = stack(*sizes, seed=seed, slope=slope)
        found = regions(layers, SQUARE)
        area = 0.0
        for region in found:
            x, y = region.corners.T
            area += abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
            inside = rng.dirichlet(np.ones(len(x)), 5) @ region.corners
            np.testing.assert_allclose(inside @ region.A + region.c, answer(layers, inside), atol=1e-9)
        assert area == pytest.approx(16.0, rel=1e-6)
        assert count(found) <= min(len(found), upper_bound(2, sizes[1:-1]))


def test_as_many_as_a_fine_grid_finds():
    layers = stack(2, 6, 4, 1, seed=3)
    side = np.linspace(-2, 2, 801)
    points = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    x, patterns = points, []
    for layer in layers[:-1]:
        z = x @ layer.W + layer.b
        patterns.append(z > 0)
        x = np.maximum(z, 0)
    seen = len(np.unique(np.concatenate(patterns, 1), axis=0))
    assert 0.9 * len(regions(layers, SQUARE)) <= seen <= len(regions(layers, SQUARE))


def test_folding_reaches_exponentially_many():
    """|2x − 1| folded again and again: 2^depth pieces (Montúfar et al. 2014, section 2.4)."""
    fold = Affine(np.array([[2.0]]), np.array([-1.0]), -1.0)
    out = Affine(np.array([[1.0]]), np.array([0.0]), 1.0)
    for depth in range(1, 8):
        assert len(breakpoints([*([fold] * depth), out], 0.0, 1.0)[0]) + 1 == 2**depth


def test_bounds():
    assert [most_of_one_layer(2, n) for n in range(5)] == [1, 2, 4, 7, 11]
    assert most_of_one_layer(1, 8) == 9
    assert upper_bound(1, [8]) == 9
    assert upper_bound(2, [4, 4]) == 11 * 11
    assert lower_bound(1, [4, 4]) == 4 * 5
    assert lower_bound(2, [4, 4]) == 4 * 11
    assert lower_bound(2, [1, 4]) == 1
    assert all(lower_bound(2, [n] * d) <= upper_bound(2, [n] * d) for n in range(2, 9) for d in range(1, 5))
    assert parameters_of(2, [4, 4], 1) == 12 + 20 + 5


def test_too_many_regions_are_refused():
    with pytest.raises(SessionError, match="more than 50"):
        regions(stack(2, 20, 1), SQUARE, most=50)


def network(*kinds):
    net = engine.Network()
    last = net.add("Input", shape=(2,), id="x")
    for i, (kind, attrs) in enumerate(kinds):
        layer = net.add(kind, id=f"l{i}", **attrs)
        net.connect(last, layer)
        last = layer
    return net, last


def values(net):
    rng = np.random.default_rng(0)
    return {f"{id}.{name}": rng.normal(size=size) for id in net.nodes for name, size in (("W", (2, 2)), ("b", (2,)))}


def test_stacks_are_read_off_the_network():
    bent = {"units": 2, "activation": "relu"}
    net, last = network(
        ("Dense", {"units": 2}), ("LeakyReLU", {"slope": 0.2}), ("Dense", bent), ("Dense", {"units": 2})
    )
    assert [layer.slope for layer in stack_of(net, last, values(net))] == [0.2, 0.0, 1.0]


@pytest.mark.parametrize(("kinds", "words"), [
    ([("Dense", {"units": 2, "activation": "tanh"})], "not made of straight pieces"),
    ([("Dense", {"units": 2}), ("Dropout", {})], "is a Dropout"),
    ([("Dense", {"units": 2, "activation": "relu"}), ("ReLU", {})], "does not stand behind"),
    ([], "no Dense layer"),
])  # fmt: skip
def test_other_networks_say_why_not(kinds, words):
    net, last = network(*kinds)
    with pytest.raises(SessionError, match=words):
        stack_of(net, last, values(net))
