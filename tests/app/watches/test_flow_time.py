"""The record of gradients, updates and stuck units over the steps."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from app.watches.flow_time import Watch, chains
from engine.errors import DivergedError
from engine.last_update import GradientMeter
from tests.engine import nets


def session(rate: float = 0.1, **settings) -> engine.Session:
    net = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 5, "activation": "relu"}),
                     ("Dense", {"units": 4, "activation": "tanh"}), ("Dense", {"units": 2}),
                     ("SquaredError", {}))  # fmt: skip
    rng = np.random.default_rng(0)
    s = engine.Session(net, (rng.standard_normal((12, 3)), rng.standard_normal((12, 2))), batch_size=4,
                       learning_rate=rate, **settings)  # fmt: skip
    s.loss()
    return s


def watch(s: engine.Session, before: Watch | None = None) -> Watch:
    made = Watch(s, None, before)
    made.standing = True
    return made


def steps_of(data, kind: str) -> list[float]:
    return data.lines[kind].points[:, 0].tolist()


def test_each_look_is_a_point_and_the_same_step_is_none():
    s = session()
    w = watch(s)
    first = w.look()
    assert w.look() is first
    for _ in range(3):
        s.train(steps=5)
        data = w.look()
    assert steps_of(data, "gradient") == steps_of(data, "dead") == steps_of(data, "saturated") == [0, 5, 10, 15]
    assert steps_of(data, "update") == [5, 10, 15]
    assert data.lines["gradient"].layers == data.lines["update"].layers == ("dense1", "dense2", "dense3")
    assert (data.lines["dead"].layers, data.lines["saturated"].layers) == (("dense1",), ("dense2",))
    np.testing.assert_allclose(data.lines["gradient"].points[-1, 1:], list(GradientMeter(s).norms().values()))
    assert (data.lines["update"].points[:, 1:] > 0).all()
    assert data.chains == (("dense1", "dense3"),)
    assert {id: count.units for id, count in data.counts.items()} == {"dense1": 5, "dense2": 4}


def test_what_was_published_does_not_change_afterwards():
    s = session()
    w = watch(s)
    s.train(steps=2)
    data = w.look()
    kept = data.lines["gradient"].points.copy()
    s.train(steps=2)
    w.look()
    np.testing.assert_array_equal(data.lines["gradient"].points, kept)


def test_stepping_back_forgets_what_lies_ahead():
    s = session()
    w = watch(s)
    for _ in range(4):
        s.train(steps=1)
        w.look()
    for _ in range(2 * len(s.instructions)):
        s.step_back()
    data = w.look()
    assert s.steps == 2
    for kind in ("gradient", "update", "dead"):
        assert max(steps_of(data, kind)) == 2
    s.train(steps=3)
    assert steps_of(w.look(), "gradient") == [1, 2, 5]


def test_single_instructions_make_a_point_of_each_whole_step():
    s = session()
    w = watch(s)
    w.look()
    for _ in range(2 * len(s.instructions)):
        s.step()
        data = w.look()
    assert steps_of(data, "gradient") == [0, 1, 2]
    assert steps_of(data, "update") == [1, 2]


def test_it_goes_on_with_the_session_before_if_the_layers_are_the_same():
    s = session()
    w = watch(s)
    s.train(steps=3)
    w.look()
    again = session()
    again.restore(s.checkpoint())
    assert steps_of(watch(again, w).look(), "gradient") == [3]
    again.train(steps=1)
    assert steps_of(watch(again, w).look(), "gradient") == [3, 4]
    other = engine.Session(nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 2}), ("SquaredError", {})),
                           (np.ones((4, 3)), np.ones((4, 2))))  # fmt: skip
    other.loss()
    assert steps_of(watch(other, w).look(), "gradient") == [0]


def test_a_run_that_diverges_ends_in_points_that_are_not_finite():
    s = session(rate=1e18)
    w = watch(s)
    w.look()
    with pytest.raises(DivergedError):
        s.train(steps=200)
    data = w.look()
    assert not np.isfinite(data.lines["gradient"].points[-1]).all()


def test_while_training_runs_it_keeps_within_its_budget():
    s = session()
    w = watch(s)
    w.look()
    w.standing = False
    for budget in w._budgets.values():
        budget.credit = 0.0
    for _ in range(300):
        s.train(steps=1)
        data = w.look()
    assert len(data.lines["dead"].points) < 30


def test_a_network_that_learns_nothing_has_no_lines():
    net = nets.chain(("Input", {"shape": (2,)}), ("ReLU", {}), ("SquaredError", {}))
    s = engine.Session(net, (np.ones((4, 2)), np.ones((4, 2))))
    s.loss()
    data = watch(s).look()
    assert data.lines["gradient"].layers == ()
    assert len(data.lines["gradient"].points) == 0


def test_chains_go_from_the_first_to_the_last_learning_layer_of_every_way():
    net = nets.residual()
    learning = {id for id, node in net.nodes.items() if node.kind == "Dense"}
    found = chains(net, learning)
    assert found
    for first, last in found:
        assert first in learning
        assert last in learning
        assert first != last
