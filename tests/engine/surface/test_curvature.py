"""Curvature against the whole Hessian, made column by column; kinds of points; what ends it early."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.errors import SessionError
from engine.surface.curvature import Curvature, CurvatureOf
from engine.surface.layout import Layout
from engine.surface.losses import PlaneLosses
from engine.surface.rows import rows_of
from tests.engine import nets


def session(sizes: tuple[int, ...] = (3, 6, 3), rows: int = 40, **settings):
    """A small classifier in float64."""
    data = nets.data("CrossEntropy", rows=rows, inputs=sizes[0], outputs=sizes[-1])
    s = engine.Session(nets.mlp(sizes), data, **{"dtype": "float64", "seed": 3, **settings})
    s.train(steps=5)
    return s


def differences(s: engine.Session, size: float = 1e-4) -> np.ndarray:
    """The Hessian over all learning numbers by central differences of the loss."""
    losses, block, layout = PlaneLosses(s, rows_of(s)), s.parameter_block(), Layout(s)
    places = np.flatnonzero(layout.learning())
    n = len(places)
    moves = np.zeros((n, block.size))
    moves[np.arange(n), places] = size
    found = np.zeros((n, n))
    for i in range(n):
        for sign_i, sign_j in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            found[i] += sign_i * sign_j * losses.at(block + sign_i * moves[i] + sign_j * moves)
    return found / (4 * size**2)


@pytest.mark.parametrize("settings", [{}, {"l2": 0.1}])
def test_eigenvalues_and_trace_against_differences(settings: dict):
    s = session((2, 4, 2), rows=20, **settings)
    whole = differences(s)
    values = np.linalg.eigvalsh(whole)[::-1]
    got = CurvatureOf(s, rows_of(s))(s.parameter_block(), s.steps, probes=400)
    np.testing.assert_allclose(got.largest, values[:3], atol=2e-3 * values[0])
    np.testing.assert_allclose(got.smallest, values[::-1][:3], atol=2e-3 * values[0])
    assert abs(got.trace - np.trace(whole)) <= max(4 * got.error, 1e-5)
    assert got.loss == pytest.approx(PlaneLosses(s, rows_of(s)).at(s.parameter_block()[None])[0], rel=1e-12)


def test_the_layers_blocks_against_the_whole_matrix():
    s = session((3, 6, 3))
    block, layout = s.parameter_block(), Layout(s)
    whole = differences(s)
    got = CurvatureOf(s, rows_of(s))(block, count=1)
    places, first = {}, 0
    for name, place in layout.items():
        places.setdefault(name.split(".")[0], []).extend(range(first, first + place.size))
        first += place.size
    assert set(got.layers) == set(places)
    for layer, own in places.items():
        values = np.linalg.eigvalsh(whole[np.ix_(own, own)])
        assert got.layers[layer] == pytest.approx((values[-1], values[0]), abs=2e-3 * values[-1])


def test_many_weights_take_few_products():
    s, told = session((20, 40, 3), rows=60, dtype="float32"), []
    got = CurvatureOf(s, rows_of(s))(s.parameter_block(), tell=lambda done: told.append(done) or True)
    assert len(told) < 600
    assert got.largest[0] > got.largest[-1] > got.smallest[-1] >= got.smallest[0]


def quadratic(target: float = 1.0, factor: float = 1.0):
    """One weight, one row: ½ (w − target)²."""
    network = nets.chain(("Input", {"shape": (1,)}), ("Dense", {"units": 1, "bias": False}),
                         ("HalfSquaredError", {"weight": factor}))  # fmt: skip
    return engine.Session(network, (np.ones((4, 1)), np.full((4, 1), target)), dtype="float64")


def test_a_minimum_is_named_so():
    s = quadratic()
    s.parameters["dense1.W"][...] = 1.0
    got = CurvatureOf(s, rows_of(s))(s.parameter_block())
    assert got.kind == "minimum"
    assert got.largest == pytest.approx((1.0,))
    assert got.trace == pytest.approx(1.0)
    assert got.sharpness == pytest.approx(1)
    assert "a minimum." in got.text
    assert got.gradient_norm < 1e-12


def test_a_saddle_is_named_so():
    """Two weights in a row: ½ (u·v − 1)² at u = v = 0, eigenvalues ±1."""
    network = nets.chain(("Input", {"shape": (1,)}), ("Dense", {"units": 1, "bias": False}),
                         ("Dense", {"units": 1, "bias": False}), ("HalfSquaredError", {}))  # fmt: skip
    s = engine.Session(network, (np.ones((4, 1)), np.ones((4, 1))), dtype="float64")
    for name in s.parameters:
        s.parameters[name][...] = 0.0
    got = CurvatureOf(s, rows_of(s))(s.parameter_block())
    assert got.kind == "saddle"
    assert got.text.endswith("a saddle.")
    assert got.largest[0] == pytest.approx(1)
    assert got.smallest[0] == pytest.approx(-1)
    assert got.layers["dense1"] == pytest.approx((0, 0))


@pytest.mark.parametrize(("values", "kind"), [((-1.0, -2.0), "maximum"), ((0.0, 0.0), "flat"),
                                              ((np.nan, 1.0), "unknown"), ((1.0, -1e-9), "minimum")])  # fmt: skip
def test_kinds(values: tuple[float, float], kind: str):
    at = Curvature(0, 1.0, 0.5, values[:1], values[1:], 0.0, 0.0)
    assert at.kind == kind
    assert at.text


def test_it_can_be_stopped_and_says_what_is_wrong():
    s = session()
    curvature = CurvatureOf(s, rows_of(s))
    with pytest.raises(SessionError, match="Stopped"):
        curvature(s.parameter_block(), tell=lambda done: done < 5)
    assert curvature(s.parameter_block()).kind in ("saddle", "minimum")
    with pytest.raises(SessionError, match="not finite"):
        curvature(np.full_like(s.parameter_block(), np.nan))
    frozen = engine.Session(nets.chain(("Input", {"shape": (3,)}), ("SquaredError", {})),
                            (np.ones((4, 3)), np.zeros((4, 3))))  # fmt: skip
    with pytest.raises(SessionError, match="Nothing in this network learns"):
        CurvatureOf(frozen, rows_of(frozen))(frozen.parameter_block())
