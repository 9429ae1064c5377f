"""Directions against NumPy: filter normalisation, weights, gradient and momentum, principal components, checkpoints."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.errors import SessionError, UnknownNameError
from engine.surface import directions
from engine.surface.honesty import explained_share, path_on_plane
from engine.surface.layout import Layout
from engine.surface.losses import PlaneLosses
from engine.surface.path import Path
from engine.surface.rows import rows_of
from tests.engine import nets


def session(**settings):
    """A small classifier in float64."""
    return engine.Session(nets.mlp((3, 5, 3)), nets.data("CrossEntropy", rows=40),
                          **{"dtype": "float64", "seed": 3, **settings})  # fmt: skip


def images():
    """A convolution, a normalisation, a matrix."""
    network = nets.chain(("Input", {"shape": (2, 6, 6)}), ("Conv2D", {"filters": 3, "kernel": 3}), ("BatchNorm", {}),
                         ("Flatten", {}), ("Dense", {"units": 3}), ("CrossEntropy", {}))  # fmt: skip
    rng = np.random.default_rng(0)
    return engine.Session(network, (rng.normal(size=(12, 2, 6, 6)), np.arange(12) % 3), dtype="float64")


def test_a_block_and_its_tensors():
    s = session()
    layout, block = Layout(s), s.parameter_block()
    for name, array in s.parameters.items():
        assert np.array_equal(layout[name].of(block), array)
    assert np.array_equal(layout.block(layout.tensors(block), "float64")[layout.learning()], block[layout.learning()])
    with pytest.raises(UnknownNameError, match=r"dense1\.W"):
        layout["nothing"]


def test_filters_are_as_long_as_the_networks_own():
    s = images()
    layout, block = Layout(s), s.parameter_block()
    plane = directions.random_plane(s, block)
    for direction in (plane.first, plane.second):
        kernels, own = layout["conv2d1.W"].of(direction), s.parameters["conv2d1.W"]
        np.testing.assert_allclose(np.linalg.norm(kernels.reshape(3, -1), axis=1),
                                   np.linalg.norm(own.reshape(3, -1), axis=1), rtol=1e-6)  # fmt: skip
        columns, own = layout["dense1.W"].of(direction), s.parameters["dense1.W"]
        np.testing.assert_allclose(np.linalg.norm(columns, axis=0), np.linalg.norm(own, axis=0), rtol=1e-6)
        for name, place in layout.items():
            if len(place.parameter.shape) < 2:
                assert not place.of(direction).any(), name
    assert abs(plane.first @ plane.second) < 0.5 * np.linalg.norm(plane.first) * np.linalg.norm(plane.second)


def test_random_directions_follow_their_seed_and_may_move_biases():
    s = session()
    s.train(steps=5)
    block, layout = s.parameter_block(), Layout(s)
    again = [directions.random_plane(s, block, seed).first for seed in (0, 0, 1)]
    assert np.array_equal(again[0], again[1])
    assert not np.array_equal(again[0], again[2])
    biases = directions.random_plane(s, block, biases=True).first
    assert np.linalg.norm(layout["dense1.b"].of(biases)) == pytest.approx(
        np.linalg.norm(s.parameters["dense1.b"]), rel=1e-6)  # fmt: skip


def test_two_weights_are_shown_by_their_values():
    s = session()
    block = s.parameter_block()
    plane = directions.weights_plane(s, block, ("dense1.W", (2, 1)), ("dense2.b", (0,)))
    moved = Layout(s).tensors(plane.points(np.array([[0.5, -2.0]]))[0])
    assert plane.names == ("dense1.W[2, 1]", "dense2.b[0]")
    assert plane.shift == pytest.approx((s.parameters["dense1.W"][2, 1], s.parameters["dense2.b"][0]))
    assert moved["dense1.W"][2, 1] == pytest.approx(plane.shift[0] + 0.5)
    assert moved["dense2.b"][0] == pytest.approx(plane.shift[1] - 2)
    assert np.array_equal(moved["dense2.W"], s.parameters["dense2.W"])
    line = directions.weights_plane(s, block, ("dense1.W", (0, 0)))
    assert line.is_line
    assert line.names[0] == "dense1.W[0, 0]"


def test_weights_that_do_not_exist():
    s = session()
    block = s.parameter_block()
    with pytest.raises(SessionError, match=r"shape \(3, 5\)"):
        directions.weights_plane(s, block, ("dense1.W", (3, 0)))
    with pytest.raises(SessionError, match="the same one"):
        directions.weights_plane(s, block, ("dense1.W", (1, 0)), ("dense1.W", (1, 0)))


def test_gradient_and_momentum():
    s, rng = session(), np.random.default_rng(1)
    block = s.parameter_block()
    g, m = rng.normal(size=(2, block.size))
    plane = directions.gradient_plane(s, block, g, m)
    np.testing.assert_allclose(plane.first, -g / np.linalg.norm(g), rtol=1e-12)
    rest = m - (m @ g) / (g @ g) * g
    np.testing.assert_allclose(plane.second, rest / np.linalg.norm(rest), rtol=1e-9)
    assert directions.gradient_plane(s, block, g, 3 * g).names[1] == "a random direction"
    for lost in (np.zeros_like(g), np.full_like(g, np.nan)):
        with pytest.raises(SessionError, match="zero or not finite"):
            directions.gradient_plane(s, block, lost, m)


def test_downhill_is_downhill():
    s = session()
    s.train(steps=2)
    s.step()
    layout, block = Layout(s), s.parameter_block()
    while s.cursor:
        s.step()
    plane = directions.gradient_plane(s, block, layout.block(s.gradients(), "float64"), None)
    along = PlaneLosses(s, rows_of(s))(plane, np.array([[0.0, 0.0], [1e-3, 0.0]]))
    assert along[1] < along[0]


def test_principal_components_against_an_svd():
    s, rng = session(), np.random.default_rng(2)
    block = s.parameter_block()
    path = np.cumsum(rng.normal(size=(20, block.size)), 0)
    plane = directions.path_plane(block, path)
    _, _, vt = np.linalg.svd(path - path[-1], full_matrices=False)
    for direction, component in zip((plane.first, plane.second), vt, strict=False):
        assert abs(direction @ component) == pytest.approx(1, abs=1e-9)
    assert plane.place_of(path)[0, 0] < plane.place_of(path)[-1, 0]
    with pytest.raises(SessionError, match="straight line"):
        directions.path_plane(block, np.outer(np.arange(5.0), block))
    with pytest.raises(SessionError, match="too short"):
        directions.path_plane(block, np.stack([block, block]))


def test_the_paths_own_plane_explains_more_than_any_random_one():
    s, path = session(), Path()
    for _ in range(30):
        path.add(s.steps, s.parameter_block())
        s.train(steps=5)
    path.add(s.steps, s.parameter_block())
    own, losses = directions.path_plane(s.parameter_block(), path.blocks()), PlaneLosses(s, rows_of(s))
    shares = [explained_share(directions.random_plane(s, s.parameter_block(), n), path.blocks()) for n in range(5)]
    seen = path_on_plane(losses, own, path.steps, path.blocks())
    assert seen.explained > 0.8 > max(shares)
    assert seen.true[-1] == pytest.approx(seen.in_plane[-1], rel=1e-6)  # the plane goes through the last point
    assert seen.distance[-1] == pytest.approx(0, abs=1e-9)
    assert seen.worst == np.abs(seen.true - seen.in_plane).max()
    assert seen.true[-1] == pytest.approx(s.evaluate("train")["loss"], rel=1e-9)


def test_towards_a_checkpoint():
    s = session()
    first = s.checkpoint()
    s.train(steps=50)
    block, start = s.parameter_block(), directions.block_of(s, first)
    plane = directions.checkpoint_plane(s, block, start, "the start")
    np.testing.assert_allclose(plane.points(np.array([[1.0, 0.0]]))[0], start, atol=1e-12)
    assert plane.first @ plane.second == pytest.approx(0, abs=1e-9)
    assert np.linalg.norm(plane.second) == pytest.approx(np.linalg.norm(plane.first))
    assert plane.names[0] == "towards the start"
    with pytest.raises(SessionError, match="choose another"):
        directions.checkpoint_plane(s, block, block)


def test_a_checkpoint_of_another_network():
    with pytest.raises(SessionError, match="another network"):
        directions.block_of(session(), images().checkpoint())
