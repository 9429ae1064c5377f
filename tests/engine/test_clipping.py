"""Clipped gradients: against NumPy, in stepping, over threads, and where a gradient is not finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.clipping import BLOCK, Clipping
from engine.errors import AttributeValueError, DivergedError, SessionError
from engine.optimizers import OPTIMIZERS
from engine.training import CLIPPINGS
from tests.engine import nets

LIMIT = 0.02


def session(kind: str, limit: float = LIMIT, sizes: tuple[int, ...] = (3, 4, 3), **settings: Any) -> engine.Session:
    """A network in float64 with bounded gradients."""
    data = nets.data("CrossEntropy", rows=12, inputs=sizes[0], outputs=sizes[-1])
    wish = {"learning_rate": 0.5, "dtype": "float64", "seed": 3, **settings}
    return engine.Session(nets.mlp(sizes), data, clipping=Clipping(kind, limit), **wish)


def clipped(kind: str, gradients: dict[str, np.ndarray], limit: float = LIMIT) -> dict[str, np.ndarray]:
    """The formula, in NumPy."""
    if kind == "value":
        return {name: np.clip(g, -limit, limit) for name, g in gradients.items()}
    found = {}
    for name, g in gradients.items():
        layer = name.split(".")[0] if kind == "layer_norm" else ""
        norm = np.sqrt(sum(np.sum(other**2) for key, other in gradients.items() if key.startswith(layer)))
        found[name] = g * min(1.0, limit / (norm + 1e-6)) if kind != "none" else g
    return found


@pytest.mark.parametrize("limit", [LIMIT, 1e6])
@pytest.mark.parametrize("kind", CLIPPINGS)
def test_the_update_takes_clipped_gradients(kind: str, limit: float):
    s = session(kind, limit)
    before, gradients = {name: array.copy() for name, array in s.parameters.items()}, s.gradients()
    wanted = clipped(kind, gradients, limit)
    s.train(steps=1)
    for name, array in s.parameters.items():
        np.testing.assert_allclose(array, before[name] - 0.5 * wanted[name], rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(s.values[f"{name}.grad"], gradients[name])  # the gradients themselves stay
        if kind != "none":
            np.testing.assert_allclose(s.values[f"{name}.clipped"], wanted[name], rtol=1e-12)


def test_the_norms_can_be_looked_at():
    s = session("norm")
    whole = np.sqrt(sum(np.sum(g**2) for g in s.gradients().values()))
    assert s.values["update.norm"] == pytest.approx(whole, rel=1e-12)
    s = session("layer_norm")
    for layer in ("dense1", "dense2"):
        own = np.sqrt(sum(np.sum(g**2) for name, g in s.gradients().items() if name.startswith(layer)))
        assert s.values[f"{layer}.grad.norm"] == pytest.approx(own, rel=1e-12)


@pytest.mark.parametrize("kind", ["norm", "layer_norm"])
def test_norms_of_more_than_a_block(kind: str):
    s = session(kind, sizes=(90, 130, 3))
    gradients = s.gradients()
    assert gradients["dense1.W"].size > 2 * BLOCK
    wanted = clipped(kind, gradients)
    s.train(steps=1)
    for name, want in wanted.items():
        np.testing.assert_allclose(s.values[f"{name}.clipped"], want, rtol=1e-12, atol=1e-18)


@pytest.mark.parametrize("kind", CLIPPINGS)
def test_layers_with_rates_of_their_own(kind: str):
    """Frozen layers are no part of the norm; a slow one lies in another place of the arena."""
    dense = {"units": 4, "activation": "tanh"}
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", dense), ("Dense", {**dense, "rate": 0.25}),
                         ("Dense", {**dense, "rate": 0.0}), ("Dense", {"units": 3}), ("CrossEntropy", {}))  # fmt: skip
    s = engine.Session(network, nets.data("CrossEntropy"), clipping=Clipping(kind, LIMIT), learning_rate=0.5,
                       dtype="float64", seed=3)  # fmt: skip
    before, gradients = {name: array.copy() for name, array in s.parameters.items()}, s.gradients()
    wanted = clipped(kind, {name: g for name, g in gradients.items() if not name.startswith("dense3")})
    s.train(steps=1)
    for name, array in s.parameters.items():
        step = 0.5 * wanted[name] if name in wanted else 0
        np.testing.assert_allclose(array, before[name] - step * (0.25 if "dense2" in name else 1), rtol=1e-12)


@pytest.mark.parametrize("kind", CLIPPINGS)
def test_nothing_to_learn(kind: str):
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 3, "rate": 0.0}), ("CrossEntropy", {}))
    s = engine.Session(network, nets.data("CrossEntropy"), clipping=Clipping(kind, LIMIT))
    before = s.parameters["dense1.W"].copy()
    s.train(steps=3)
    assert s.parameters["dense1.W"].tobytes() == before.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", CLIPPINGS)
def test_bits_do_not_depend_on_the_number_of_threads(kind: str, dtype: str):
    found = set()
    for threads in (1, 2, 3):
        s = session(kind, sizes=(90, 130, 3), dtype=dtype, threads=threads, optimizer="adam", batch_size=5)
        s.execution.runner.workers = threads
        s.train(steps=7)
        found.add(s.execution.state().tobytes())
    assert len(found) == 1


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", CLIPPINGS[1:])
def test_going_back_is_exact(kind: str, optimizer: str):
    s = session(kind, optimizer=optimizer, learning_rate=0.05, batch_size=5)
    seen = []
    for _ in range(3 * len(s.instructions) + 7):
        seen.append((s.steps, s.cursor, s.execution.state().tobytes()))
        s.step()
    for place in reversed(seen):
        s.step_back()
        assert (s.steps, s.cursor, s.execution.state().tobytes()) == place


@pytest.mark.parametrize("kind", CLIPPINGS)
def test_a_gradient_that_is_not_finite_is_seen(kind: str):
    """float32: a loss of 1e30 is finite, its gradient with respect to the first layer is not; no bound may hide it."""
    network = nets.mlp((1, 1, 1), "linear", "SquaredError")
    s = engine.Session(network, (np.ones((2, 1)), np.zeros((2, 1))), clipping=Clipping(kind, LIMIT))
    s.parameters["dense1.W"], s.parameters["dense2.W"] = [[1e-12]], [[1e27]]
    assert np.isfinite(s.loss())
    with pytest.raises(DivergedError, match="backward"):
        s.train(steps=5)
    assert s.steps == 0


def test_bad_settings_are_named():
    with pytest.raises(AttributeValueError, match="clip_limit"):
        Clipping("norm", -1.0)
    with pytest.raises(AttributeValueError, match="clipping is 'both'"):
        engine.Session(nets.mlp((3, 4, 3)), nets.data("CrossEntropy"), clipping="both")
    with pytest.raises(SessionError, match="clipping is a float"):
        engine.Session(nets.mlp((3, 4, 3)), nets.data("CrossEntropy"), clipping=1.0)


def test_the_document_has_every_setting():
    network = nets.mlp((2, 4, 2))
    network.training = engine.network.Training(clipping="layer_norm", clip_limit=0.5)
    network.data = engine.data.DataSpec.of("xor")
    assert engine.Session.from_network(network).rules.clipping == Clipping("layer_norm", 0.5)
