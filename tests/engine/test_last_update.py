"""How far one update goes: measured against the parameters before and after."""

from __future__ import annotations

import math

import numpy as np
import pytest

import engine
from engine.last_update import CHUNK, GradientMeter, Moved, UpdateMeter, norms
from tests.engine import nets

CASES = [("sgd", {}), ("momentum", {}), ("adam", {}), ("adamw", {}), ("rmsprop", {}), ("adagrad", {}),
         ("sgd", {"clipping": "layer_norm"}), ("sgd", {"l2": 0.1})]  # fmt: skip


def session(optimizer: str = "sgd", **settings) -> engine.Session:
    net = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 5, "activation": "tanh"}), ("Dense", {"units": 2}),
                     ("SquaredError", {}))  # fmt: skip
    rng = np.random.default_rng(0)
    return engine.Session(net, (rng.standard_normal((12, 3)), rng.standard_normal((12, 2))), optimizer=optimizer,
                          batch_size=4, dtype="float64", **settings)  # fmt: skip


def brute(s: engine.Session, before: dict[str, np.ndarray]) -> dict[str, float]:
    """‖Δθ‖ / ‖θ‖ by layer."""
    found = {}
    for layer in ("dense1", "dense2"):
        names = [name for name in before if name.startswith(f"{layer}.")]
        change = sum(((s.parameters[name] - before[name]) ** 2).sum() for name in names)
        found[layer] = math.sqrt(change / sum((before[name] ** 2).sum() for name in names))
    return found


@pytest.mark.parametrize(("optimizer", "settings"), CASES)
def test_the_last_step_of_a_run_is_measured_exactly(optimizer, settings):
    s, same = session(optimizer, **settings), session(optimizer, **settings)
    same.train(steps=6)
    before = {name: array.copy() for name, array in same.parameters.items()}
    same.train(steps=1)
    meter, told = UpdateMeter(s), []
    s.execution.observe(lambda block: told.append((s.steps, meter.measure(block))))
    s.train(steps=7)
    s.train(steps=3)
    ((step, moved),) = told  # once
    assert step == 7
    expected = brute(same, before)
    assert {layer: one.ratio for layer, one in moved.items()} == pytest.approx(expected, rel=1e-9)


def test_being_watched_changes_nothing():
    watched, alone = session("adam"), session("adam")
    for count in (1, 2, 30):
        watched.execution.observe(lambda block: None)
        watched.train(steps=count)
        alone.train(steps=count)
    np.testing.assert_array_equal(watched.parameter_block(), alone.parameter_block())
    np.testing.assert_array_equal(watched.loss_history()[1], alone.loss_history()[1])


def test_after_single_instructions_the_update_is_known_and_after_going_back_too():
    s = session()
    meter = UpdateMeter(s)
    assert meter.last() is None
    before = {name: array.copy() for name, array in s.parameters.items()}
    for _ in s.instructions:
        s.step()
    moved = meter.last()
    assert {layer: one.ratio for layer, one in moved.items()} == pytest.approx(brute(s, before), rel=1e-9)
    for _ in s.instructions:
        s.step()
    for _ in s.instructions:
        s.step_back()
    assert s.steps == 1
    assert meter.last() == moved


def test_what_was_changed_from_outside_is_no_update():
    s = session()
    for _ in s.instructions:
        s.step()
    s.set_parameter_block(s.parameter_block() * 2)
    assert UpdateMeter(s).last() is None


def test_ratios_of_nothing():
    assert Moved(1.0, 4.0).ratio == 0.25
    assert math.isinf(Moved(1.0, 0.0).ratio)
    assert math.isnan(Moved(0.0, 0.0).ratio)


def test_gradients_of_all_parameters_of_a_layer():
    s = session(clipping="norm")
    s.loss()
    found = GradientMeter(s).norms()
    gradients = s.gradients()
    for layer in ("dense1", "dense2"):
        parts = [gradients[f"{layer}.{name}"].ravel() for name in ("W", "b")]
        assert found[layer] == pytest.approx(np.linalg.norm(np.concatenate(parts)), rel=1e-12)


def test_small_and_large_blocks_have_the_same_norms_and_tiny_numbers_count():
    rng = np.random.default_rng(0)
    block = (rng.standard_normal(3 * CHUNK) * 1e-30).astype(np.float32)
    places = {"a": [(0, 10), (20, 40)], "b": [(50, CHUNK)], "c": [(CHUNK - 5, CHUNK)]}
    few, before = norms(block[:CHUNK], places), np.zeros_like(block)
    many = norms(block, places)
    assert few == pytest.approx(many, rel=1e-12)
    assert norms(block, places, before) == pytest.approx(many, rel=1e-12)
    exact = np.linalg.norm(np.concatenate([block[:10], block[20:40]]).astype(float))
    assert many["a"] == pytest.approx(exact, rel=1e-12)
    assert many["a"] > 0


def test_what_is_not_finite_stays_so():
    block = np.array([1.0, np.inf, 2.0, np.nan])
    found = norms(block, {"a": [(0, 2)], "b": [(2, 4)], "c": [(2, 3)]})
    assert math.isinf(found["a"])
    assert math.isnan(found["b"])
    assert found["c"] == 2
