"""Schedules of the learning rate: the rate of every step, live changes, time travel, files, threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import AttributeValueError, SessionError
from engine.explain import explain
from engine.schedules import Schedule
from engine.training import SCHEDULES
from tests.engine import nets

RATE = 0.2


def session(kind: str = "constant", optimizer: str = "sgd", **settings: Any) -> engine.Session:
    """3-4-3 in float64 under a schedule."""
    own = {name: settings.pop(name) for name in list(settings) if name in Schedule.__dataclass_fields__}
    wish = {"learning_rate": RATE, "dtype": "float64", "seed": 3, **settings}
    net, data = nets.mlp((3, 4, 3)), nets.data("CrossEntropy")
    return engine.Session(net, data, optimizer=optimizer, schedule=Schedule(kind, **own), **wish)


def rates(s: engine.Session, steps: int) -> list[float]:
    """The rate of each of the next steps."""
    found = []
    for _ in range(steps):
        s.train(steps=1)
        found.append(s.step_rate)
    return found


def expected(kind: str, steps: int, warmup: int = 0) -> list[float]:
    """By the formulas, with decay 0.5, period 4, minimum 0.02."""
    found = []
    for step in range(steps):
        t = max(0, step - warmup)
        found.append({
            "constant": RATE, "step": RATE * 0.5 ** (t // 4), "exponential": RATE * 0.5 ** (t / 4),
            "cosine": 0.02 + (RATE - 0.02) * (1 + np.cos(np.pi * min(t, 4) / 4)) / 2,
        }[kind] * min(1, (step + 1) / (warmup + 1)))  # fmt: skip
    return found


@pytest.mark.parametrize("warmup", [0, 3])
@pytest.mark.parametrize("kind", ["constant", "step", "exponential", "cosine"])
def test_the_rate_of_every_step(kind: str, warmup: int):
    s = session(kind, warmup=warmup, decay=0.5, period=4, minimum_rate=0.02)
    assert rates(s, 12) == pytest.approx(expected(kind, 12, warmup), rel=1e-14)
    assert s.values["update.rate"] == s.step_rate
    assert s.learning_rate == RATE


def test_the_update_takes_the_rate_of_the_step():
    s = session("step", decay=0.1, period=2)
    for step in range(5):
        before, gradient = s.parameters["dense1.W"].copy(), s.gradients()["dense1.W"]
        s.train(steps=1)
        np.testing.assert_allclose(s.parameters["dense1.W"], before - RATE * 0.1 ** (step // 2) * gradient, rtol=1e-12)


def test_one_call_of_the_machine_is_as_many_single_steps():
    whole, single = (session("cosine", warmup=2, period=9) for _ in range(2))
    whole.train(steps=10)
    for _ in range(10 * len(single.instructions)):
        single.step()
    assert whole.parameters["dense1.W"].tobytes() == single.parameters["dense1.W"].tobytes()


def test_a_live_change_goes_through_the_schedule():
    s = session("step", decay=0.5, period=4)
    assert rates(s, 5)[-1] == RATE / 2
    s.learning_rate = 1.0
    assert rates(s, 1) == [0.5]
    s.step_back()
    assert (s.steps, s.step_rate, s.learning_rate) == (5, 0.5, 1.0)


def plateau(s: engine.Session, steps: int, patience: int, share: float, minimum: float) -> list[float]:
    """The rates that the losses of a run call for."""
    best, bad, mean, cuts, found = np.inf, 0, None, 0, []
    for loss in s.loss_history()[1][:steps]:
        found.append(max(RATE * 0.5**cuts, minimum))
        mean = loss if mean is None else share * mean + (1 - share) * loss
        best, bad = (mean, 0) if mean < best * (1 - 1e-4) else (best, bad + 1)
        cuts, bad = (cuts + 1, 0) if bad > patience else (cuts, bad)
    return found


@pytest.mark.parametrize(("patience", "share"), [(0, 0.0), (1, 0.0), (2, 0.5)])
def test_the_rate_is_cut_on_a_plateau(patience: int, share: float):
    s = session("plateau", patience=patience, smoothing=share, decay=0.5, minimum_rate=0.01, batch_size=3)
    found = rates(s, 40)
    assert found == pytest.approx(plateau(s, 40, patience, share, 0.01), rel=1e-12)
    assert len(set(found)) > 2
    assert min(found) == pytest.approx(0.01)


def test_a_plateau_is_watched_after_the_warm_up():
    s = session("plateau", patience=0, smoothing=0.0, warmup=20, batch_size=3)
    s.train(steps=20)
    assert not s.values["update.plateau"].any()
    s.train(steps=10)
    assert s.values["update.plateau"][4] == 10


@pytest.mark.parametrize("kind", SCHEDULES)
def test_going_back_over_updates_is_exact(kind: str):
    s = session(kind, "adam", warmup=2, period=3, patience=0, smoothing=0.0, batch_size=3)
    seen = []
    for _ in range(6 * len(s.instructions)):
        seen.append((s.steps, s.cursor, s.execution.state().tobytes()))
        s.step()
    for place in reversed(seen):
        s.step_back()
        assert (s.steps, s.cursor, s.execution.state().tobytes()) == place


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", SCHEDULES)
def test_saving_and_going_on_is_exact(kind: str, dtype: str, tmp_path):
    settings = {"warmup": 2, "period": 5, "patience": 1, "smoothing": 0.5, "batch_size": 3, "dtype": dtype}
    whole, first = (session(kind, "momentum", **settings) for _ in range(2))
    whole.train(steps=30)
    first.train(steps=13)
    first.save(tmp_path / "net.chainrule")
    again = engine.Session(
        engine.load(tmp_path / "net.chainrule"), nets.data("CrossEntropy"), optimizer="momentum", seed=3, batch_size=3,
        dtype=dtype, learning_rate=RATE, schedule=whole.rules.schedule,
    )  # fmt: skip
    again.train(steps=17)
    assert again.execution.state().tobytes() == whole.execution.state().tobytes()


def test_another_schedule_begins_its_own_count():
    s, other = session("plateau", patience=0, smoothing=0.0), session("step", period=2)
    s.train(steps=9)
    other.restore(s.checkpoint())
    assert rates(other, 1) == [RATE * 0.5**4]
    s.restore(other.checkpoint())
    assert not s.values["update.plateau"].any()


def test_reset_forgets_the_plateau():
    s = session("plateau", patience=0, smoothing=0.0, batch_size=3)
    first = rates(s, 20)
    s.reset()
    assert rates(s, 20) == first


def test_what_a_schedule_tells():
    s = session("step", warmup=3, decay=0.5, period=4)
    s.train(steps=9)
    texts = {row.op: explain(s, row.index).numbers for row in s.instructions if row.op.startswith("rate_")}
    assert texts == {"rate_step": "0.1000 = 0.2000 · 0.5000^1", "rate_warm_up": "0.1000 = 0.1000 · 4 / 4"}
    s = session("plateau", patience=0, smoothing=0.0)
    s.train(steps=3)
    row = next(row.index for row in s.instructions if row.op == "watch_plateau")
    assert explain(s, row, (4,)).numbers == "3.000 = steps seen"


def test_bad_settings_are_named():
    for settings in ({"period": 0}, {"decay": 1.5}, {"patience": -1}, {"smoothing": 1.0}, {"warmup": 0.5},
                     {"minimum_rate": float("nan")}):  # fmt: skip
        with pytest.raises(AttributeValueError, match=next(iter(settings))):
            Schedule("step", **settings)
    with pytest.raises(AttributeValueError, match="schedule is 'sine'"):
        session("sine")
    with pytest.raises(SessionError, match="schedule is a int"):
        engine.Session(nets.mlp((3, 4, 3)), nets.data("CrossEntropy"), schedule=3)


def test_the_document_has_every_setting():
    network = nets.mlp((2, 4, 2))
    network.training = engine.network.Training(schedule="cosine", warmup=5, period=70, minimum_rate=0.001)
    network.data = engine.data.DataSpec.of("xor")
    s = engine.Session.from_network(network)
    assert s.rules.schedule == Schedule("cosine", warmup=5, period=70, minimum_rate=0.001)
