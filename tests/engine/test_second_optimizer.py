"""Two optimisers over the layers of one network: apart, in turn, with clipping, in time travel and in files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.clipping import Clipping
from engine.errors import AttributeValueError, SessionError
from engine.explain import explain
from engine.optimizers import OPTIMIZERS, SGD, Adam, Newton, Optimizer, make_optimizer
from engine.rules import Second
from engine.schedules import Schedule
from tests.engine import nets

SIZES = (3, 4, 5, 3)
FIRST_ORDER = [name for name in OPTIMIZERS if name != "newton"]


def session(optimizer: Any = "sgd", second: Second | None = None, **settings: Any) -> engine.Session:
    """3-4-5-3 in float64."""
    data = nets.data("CrossEntropy", rows=12, inputs=3, outputs=3)
    wish = {"learning_rate": 0.1, "dtype": "float64", "seed": 3, **settings}
    return engine.Session(nets.mlp(SIZES), data, optimizer=optimizer, second=second, **wish)


def middle(optimizer: Optimizer, **turns: Any) -> Second:
    """For the second of three layers, which lies between the others."""
    return Second(optimizer, ("dense2",), **turns)


def copies(s: engine.Session) -> dict[str, np.ndarray]:
    """The parameters as they are."""
    return {name: array.copy() for name, array in s.parameters.items()}


def test_each_has_its_layers_and_its_rate():
    s = session(second=middle(SGD(0.7)))
    before, gradients = copies(s), s.gradients()
    s.train(steps=1)
    for name, array in s.parameters.items():
        rate = 0.7 if name.startswith("dense2") else 0.1
        np.testing.assert_allclose(array, before[name] - rate * gradients[name], rtol=1e-12, atol=1e-15)
    assert (s.values["update.rate"], s.values["update.second_rate"]) == (0.1, 0.7)


@pytest.mark.parametrize(("every", "alternate"), [(1, False), (2, False), (3, False), (2, True), (3, True)])
def test_whose_turn_it_is(every: int, alternate: bool):
    s = session("momentum", middle(Adam(0.01), every=every, alternate=alternate))
    for step in range(9):
        before = copies(s)
        s.train(steps=1)
        moved = {name.split(".")[0] for name, array in s.parameters.items() if not np.array_equal(array, before[name])}
        own = (step + 1) % every == 0
        wanted = ({"dense2"} if own else set()) | (set() if alternate and own else {"dense1", "dense3"})
        assert moved == wanted


@pytest.mark.parametrize("optimizer", FIRST_ORDER)
def test_an_update_counts_its_own_steps(optimizer: str):
    """What waits for its turn goes on as if the steps between had not been: moments, and Adam's count of steps."""
    first = session(SGD(0.0), middle(make_optimizer(optimizer, 0.05), every=3), learning_rate=None)
    plain = session(optimizer, learning_rate=0.05)
    frozen = [name for name in plain.parameters if not name.startswith("dense2")]
    still = copies(plain)
    for _ in range(5):
        first.train(steps=3)
        for name in frozen:
            plain.parameters[name] = still[name]
        plain.train(steps=1)
        for name in ("dense2.W", "dense2.b"):
            np.testing.assert_allclose(first.parameters[name], plain.parameters[name], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("optimizer", FIRST_ORDER)
def test_the_first_one_counts_its_own_steps_too(optimizer: str):
    first = session(optimizer, Second(SGD(0.0), ("dense2",), every=3, alternate=True), learning_rate=0.05)
    plain = session(optimizer, learning_rate=0.05)
    still = copies(plain)
    for _ in range(3):
        first.train(steps=3)
        for _ in range(2):
            for name in ("dense2.W", "dense2.b"):
                plain.parameters[name] = still[name]
            plain.train(steps=1)
        for name in first.parameters:
            if not name.startswith("dense2"):
                np.testing.assert_allclose(first.parameters[name], plain.parameters[name], rtol=1e-12, atol=1e-15)


def adversaries(second: Second | None = None, **settings: Any) -> engine.Session:
    """A generator against a discriminator, which sees data and, with the same weights, what the generator makes."""
    network = engine.Network()
    network.add("Input", id="x", shape=(2,))
    for id, units, activation, tied in (
        ("make1", 6, "tanh", ""), ("make2", 2, "linear", ""), ("real1", 5, "tanh", ""), ("real2", 1, "linear", ""),
        ("fake1", 5, "tanh", "real1"), ("fake2", 1, "linear", "real2"),
    ):  # fmt: skip
        network.add("Dense", id=id, units=units, activation=activation, tied=tied)
    for id, goal in (("judge_real", 1.0), ("judge_fake", 0.0), ("deceive", 1.0)):
        network.add("BinaryCrossEntropy", id=id, against="number", number=goal)
    for source, target in (
        ("x", "make1"), ("make1", "make2"), ("x", "real1"), ("real1", "real2"), ("make2", "fake1"), ("fake1", "fake2"),
        ("real2", "judge_real"), ("fake2", "judge_fake"), ("fake2", "deceive"),
    ):  # fmt: skip
        network.connect(source, target)
    data = np.random.default_rng(0).standard_normal((20, 2)), np.zeros((20, 1))
    return engine.Session(network, data, dtype="float64", seed=1, second=second, **settings)


DISCRIMINATOR = Second(SGD(0.3), ("real1", "real2"), ("judge_real", "judge_fake"))


def test_each_makes_its_own_losses_smaller():
    """The slopes are those of the sums of losses of each, by finite differences."""
    s = adversaries(DISCRIMINATOR)
    gradients = s.gradients()

    def losses() -> tuple[float, float]:
        s.loss()
        real, fake, deceived = (float(s.values[f"{id}.loss"]) for id in ("judge_real", "judge_fake", "deceive"))
        return real + fake, deceived

    for name in ("make1.W", "make2.b", "real1.W", "real2.W"):
        flat, found = s.parameters[name].reshape(-1), []
        for place in range(flat.size):
            kept = flat[place]
            flat[place] = kept + 1e-5
            above = losses()
            flat[place] = kept - 1e-5
            below = losses()
            flat[place] = kept
            found.append((np.array(above) - below)[0 if name.startswith("real") else 1] / 2e-5)
        np.testing.assert_allclose(gradients[name].ravel(), found, rtol=1e-5, atol=1e-9)


def test_they_play_against_each_other():
    s = adversaries(DISCRIMINATOR, optimizer="adam", learning_rate=0.01)
    whole = sum(float(s.values[f"{id}.loss"]) for id in ("judge_real", "judge_fake", "deceive") if s.loss())
    assert s.loss() == pytest.approx(whole, rel=1e-12)
    before, gradients = copies(s), s.gradients()
    s.train(steps=1)
    for name in ("real1.W", "real2.b"):
        np.testing.assert_allclose(s.parameters[name], before[name] - 0.3 * gradients[name], rtol=1e-12)
    s.train(steps=200)
    assert np.isfinite(s.loss())
    for _ in range(2 * len(s.instructions)):
        s.step_back()
    assert s.steps == 199


def test_losses_are_shared_out_among_two():
    for losses, words in ((("x",), "'x', which is no loss"), (("judge_real", "judge_fake", "deceive"), "none is left")):
        with pytest.raises(SessionError, match=words):
            adversaries(Second(SGD(), ("real1",), losses))
    with pytest.raises(SessionError, match="no one loss"):
        engine.gradcheck(adversaries(DISCRIMINATOR))
    assert max(engine.gradcheck(adversaries()).values()) < 1e-5


def test_norms_are_those_of_each_optimizer():
    s = session(second=middle(SGD(0.7)), clipping=Clipping("norm", 0.01))
    before, gradients = copies(s), s.gradients()
    norms = {
        own: np.sqrt(sum(np.sum(g**2) for name, g in gradients.items() if name.startswith("dense2") == own))
        for own in (False, True)
    }
    s.train(steps=1)
    assert s.values["update.norm"] == pytest.approx(norms[False], rel=1e-12)
    assert s.values["update.second_norm"] == pytest.approx(norms[True], rel=1e-12)
    for name, array in s.parameters.items():
        own = name.startswith("dense2")
        step = (0.7 if own else 0.1) * 0.01 / (norms[own] + 1e-6) * gradients[name]
        np.testing.assert_allclose(array, before[name] - step, rtol=1e-12, atol=1e-15)


def test_the_schedule_is_that_of_both():
    s = session(second=middle(SGD(0.8)), schedule=Schedule("step", decay=0.5, period=2))
    s.train(steps=3)
    assert (s.values["update.rate"], s.values["update.second_rate"]) == (0.05, 0.4)


@pytest.mark.parametrize("second", FIRST_ORDER)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_going_back_and_saving_are_exact(optimizer: str, second: str, tmp_path):
    rule = middle(make_optimizer(second, 0.01), every=2, alternate=True)
    s = session(optimizer, rule, batch_size=5)
    seen = []
    for _ in range(3 * len(s.instructions) + 5):
        seen.append((s.steps, s.cursor, s.execution.state().tobytes()))
        s.step()
    for place in reversed(seen):
        s.step_back()
        assert (s.steps, s.cursor, s.execution.state().tobytes()) == place
    whole = session(optimizer, rule, batch_size=5)
    whole.train(steps=9)
    s.train(steps=4)
    s.save(tmp_path / "net.chainrule")
    settings = {"learning_rate": 0.1, "dtype": "float64", "batch_size": 5, "seed": 3}
    network, data = engine.load(tmp_path / "net.chainrule"), nets.data("CrossEntropy", rows=12)
    again = engine.Session(network, data, optimizer=optimizer, second=rule, **settings)
    again.train(steps=5)
    assert again.execution.state().tobytes() == whole.execution.state().tobytes()


def test_bits_do_not_depend_on_the_number_of_threads():
    found = set()
    for threads in (1, 2, 3):
        s = session("adam", middle(Adam(0.01), every=2, alternate=True), threads=threads)
        s.execution.runner.workers = threads
        s.train(steps=6)
        found.add(s.execution.state().tobytes())
    assert len(found) == 1


def test_a_waiting_update_says_so():
    s = session("sgd", middle(Adam(0.01), every=2, alternate=True))
    rows = [row.index for row in s.instructions if row.op in ("sgd", "adam")]
    texts = [explain(s, row, (0,)).numbers for row in rows]
    assert ["stays" in text for text in texts] == [s.instructions[row].op == "adam" for row in rows]
    s.train(steps=1)
    adam = next(row for row in rows if s.instructions[row].op == "adam")
    s.run_to(adam)
    told = explain(s, adam, (0,)).numbers
    theta = float(s.parameters["dense2.W"].flat[0])
    s.step()
    assert "^1)" in told  # its first update, in the session's second step
    assert told.splitlines()[:-1] == explain(s, adam, (0,)).numbers.splitlines()[:-1]
    assert s.parameters["dense2.W"].flat[0] != theta


def test_a_layer_keeps_its_own_factor():
    network = nets.mlp(SIZES)
    network.set("dense2", rate=0.0)
    s = engine.Session(network, nets.data("CrossEntropy", rows=12), second=Second(SGD(0.5), ("dense2", "dense3")))
    before = copies(s)
    s.train(steps=2)
    assert np.array_equal(before["dense2.W"], s.parameters["dense2.W"])
    assert not np.array_equal(before["dense3.W"], s.parameters["dense3.W"])


def test_bad_settings_are_named():
    idle = "no layer that learns"
    for layers, words in (("nobody",), "'nobody', which does not exist"), (("cross_entropy1",), idle), ((), idle):
        with pytest.raises(SessionError, match=words):
            session(second=Second(SGD(), layers))
    with pytest.raises(SessionError, match="cannot be Newton"):
        middle(Newton())
    with pytest.raises(SessionError, match="cannot have a second"):
        session("newton", middle(SGD()))
    with pytest.raises(SessionError, match="at least 2 steps"):
        middle(SGD(), alternate=True)
    with pytest.raises(AttributeValueError, match="second_every"):
        middle(SGD(), every=0)


def test_the_document_has_every_setting():
    network = nets.mlp((2, 4, 2))
    network.training = engine.network.Training(
        second_optimizer="adam", second_layers="dense2, ", second_losses="", second_rate=0.02,
        second_every=3, second_turns="alternate",
        beta1=0.5,
    )  # fmt: skip
    network.data = engine.data.DataSpec.of("xor")
    wanted = Second(Adam(0.02, beta1=0.5), ("dense2",), every=3, alternate=True)
    assert engine.Session.from_network(network).rules.second == wanted
    back = network.apply(engine.edits.RenameLayer("dense2", "judge"))
    assert network.training.second_layers == "judge, "
    assert engine.Session.from_network(network).rules.layers == ("judge",)
    network.apply(back)
    assert engine.Session.from_network(network).rules.second == wanted
    network.training = engine.network.Training(second_optimizer="sgd", second_losses="a, cross_entropy1")
    network.apply(engine.edits.RenameLayer("cross_entropy1", "loss"))
    assert network.training.second_losses == "a, loss"
