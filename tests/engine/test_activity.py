"""Which units are dead or saturated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.differentiate import derivative

import engine
from engine.activity import RECTIFIERS, ROWS, SQUASHERS, Activity, channels_first
from engine.ops import REGISTRY
from tests.engine import nets

ATTRS = {"slope": 0.1, "alpha": 1.5}


def session(*layers, x=None, **settings) -> engine.Session:
    net = nets.chain(("Input", {"shape": (2,)}), *layers, ("Dense", {"units": 1}), ("SquaredError", {}))
    x = np.random.default_rng(0).standard_normal((40, 2)) if x is None else x
    return engine.Session(net, (x, np.zeros((len(x), 1))), dtype="float64", **settings)


def dense(units: int, activation: str, **attrs):
    return "Dense", {"units": units, "activation": activation, **attrs}


def test_relu_units_are_dead_where_they_give_0_for_every_row():
    s = session(dense(4, "relu"))
    s.parameters["dense1.W"] = [[0, 1, 1, 0], [0, 0, 0, 1]]
    s.parameters["dense1.b"] = [-1, 0, -1000, -1000]
    activity = Activity(s)
    assert activity.rows == 40
    (count,) = activity.judge().values()
    assert (count.stuck, count.units, count.rows, count.bad, count.share) == (3, 4, 40, False, 0.75)


def test_leaky_relu_does_not_die_unless_its_slope_is_0():
    for slope, dead in ((0.1, 0), (0.0, 2)):
        s = session(dense(2, "leaky_relu", slope=slope))
        s.parameters["dense1.b"] = [-1000, -1000]
        assert Activity(s).judge()["dense1"].stuck == dead


@pytest.mark.parametrize("activation", ["elu", "gelu", "silu", "softplus"])
def test_smooth_rectifiers_are_dead_far_below_0(activation):
    s = session(dense(2, activation))
    s.parameters["dense1.W"] = np.eye(2)
    s.parameters["dense1.b"] = [-100, 0]
    assert Activity(s).judge()["dense1"].stuck == 1


@pytest.mark.parametrize(
    ("activation", "edge"), [("tanh", math.atanh(0.95**0.5)), ("sigmoid", 2 * math.atanh(0.95**0.5))]
)
def test_squashing_units_are_saturated_where_their_slope_is_a_twentieth_for_nine_rows_of_ten(activation, edge):
    x = np.stack([np.full(20, edge * 1.01), np.where(np.arange(20) < 3, 0, edge * 1.01)], 1)
    s = session(dense(3, activation), x=x)
    s.parameters["dense1.W"] = [[1, 0, 0.95], [0, 1, 0]]
    s.parameters["dense1.b"] = [0, 0, 0]
    found = Activity(s).judge()["dense1"]
    assert (found.stuck, found.units) == (1, 3)  # the second is free for three rows of twenty, the third just so
    s.parameters["dense1.W"] = [[-1, 0, 1], [0, 1, 0]]
    assert Activity(s).judge()["dense1"].stuck == 2


@pytest.mark.parametrize("op", [*RECTIFIERS, *SQUASHERS])
def test_slopes_are_the_derivatives_of_the_operations(op):
    reference = REGISTRY[op].reference
    names = [name for name in REGISTRY[op].attrs if name in ATTRS] if hasattr(REGISTRY[op], "attrs") else []
    attrs = {name: ATTRS[name] for name in (*names, *{"leaky_relu": ["slope"], "elu": ["alpha"]}.get(op, []))}
    z = np.array([-3.0, -0.7, 0.4, 2.0])
    a = np.asarray(reference(z, **attrs))
    expected = derivative(lambda at: np.asarray(reference(at, **attrs)), z).df
    slope = (
        SQUASHERS[op][1](a, attrs)
        if op in SQUASHERS
        else RECTIFIERS[op][1](z if RECTIFIERS[op][0] == "z" else a, attrs)
    )
    np.testing.assert_allclose(slope, expected, atol=1e-6)
    if op in SQUASHERS:
        assert SQUASHERS[op][1](np.asarray(reference(np.zeros(1), **attrs)), attrs)[0] == SQUASHERS[op][0]


def test_of_images_a_unit_is_a_channel():
    net = nets.chain(("Input", {"shape": (1, 6, 6)}), ("Conv2D", {"filters": 3, "kernel": 3, "activation": "linear"}),
                     ("ReLU", {}), ("Flatten", {}), ("Dense", {"units": 1}), ("SquaredError", {}))  # fmt: skip
    x = np.abs(np.random.default_rng(0).standard_normal((5, 1, 6, 6)))
    s = engine.Session(net, (x, np.zeros((5, 1))), dtype="float64")
    s.parameters["conv2d1.b"] = [0, -1000, 1000]
    (layer,) = Activity(s).sites
    assert channels_first(s.network, layer)
    assert not channels_first(s.network, "dense1")
    count = Activity(s).judge()[layer]
    assert (count.units, count.stuck >= 1, count.stuck <= 2) == (3, True, True)


def test_steps_of_a_sequence_are_rows():
    net = nets.chain(("Input", {"shape": (5, 2)}), ("RNN", {"units": 4, "activation": "relu", "returns": "last"}),
                     ("Dense", {"units": 1}), ("SquaredError", {}))  # fmt: skip
    x = np.random.default_rng(0).standard_normal((6, 5, 2))
    s = engine.Session(net, (x, np.zeros((6, 1))), dtype="float64")
    s.parameters["rnn1.b"] = [-1000, 1000, 1000, 1000]
    s.parameters["rnn1.W_h"] = np.zeros((4, 4))
    assert (Activity(s).judge()["rnn1"].stuck, Activity(s).judge()["rnn1"].units) == (1, 4)


def test_what_is_not_finite_is_told_and_not_counted_as_dead():
    s = session(dense(2, "relu"))
    s.parameters["dense1.b"] = [np.nan, -1000]
    count = Activity(s).judge()["dense1"]
    assert count.bad
    assert math.isnan(count.share)


def test_a_network_without_such_layers_has_nothing_to_judge():
    assert Activity(session(dense(2, "linear"))).judge() == {}


def test_only_some_rows_are_judged_evenly_spread():
    x = np.random.default_rng(1).standard_normal((1000, 2))
    assert Activity(session(dense(2, "relu"), x=x, batch_size=8)).rows == ROWS
    assert Activity(session(dense(2, "relu"), x=x[:1])).judge()["dense1"].rows == 1
