"""Same seed, same bits: over threads, over pauses, over files, and back and forth in time."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import SessionError
from engine.execution import PARALLEL_FLOPS
from engine.optimizers import OPTIMIZERS
from tests.engine import nets


def small(**settings: Any) -> engine.Session:
    """3-4-3 on 12 rows, minibatches of 5."""
    defaults = {"batch_size": 5, "learning_rate": 0.05, "seed": 3}
    return engine.Session(nets.mlp((3, 4, 3)), nets.data("CrossEntropy"), **{**defaults, **settings})


def large(**settings: Any) -> engine.Session:
    """Enough work for several threads."""
    session = engine.Session(
        nets.mlp((20, 70, 130, 10), "relu"), nets.data("CrossEntropy", 300, 20, 10), learning_rate=0.05, **settings
    )
    assert sum(instruction.flops for instruction in session.instructions) > PARALLEL_FLOPS
    return session


def bits(session: engine.Session) -> dict[str, bytes]:
    """Parameters as bytes."""
    return {name: array.tobytes() for name, array in session.parameters.items()}


def everything(session: engine.Session) -> dict[str, bytes]:
    """All named values as bytes."""
    return {name: array.tobytes() for name, array in session.values.items()}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_same_seed_same_bits(optimizer: str):
    first, second, other = (small(optimizer=optimizer, seed=seed) for seed in (3, 3, 4))
    for session in (first, second, other):
        session.train(steps=50)
    assert bits(first) == bits(second) != bits(other)
    assert first.loss_history()[1].tobytes() == second.loss_history()[1].tobytes()


@pytest.mark.parametrize("batch_size", [None, 90])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_threads_do_not_change_a_bit(dtype: str, batch_size: int | None):
    sessions = [large(dtype=dtype, batch_size=batch_size, threads=threads, optimizer="adam") for threads in (1, 2, 3)]
    for session in sessions:
        session.train(steps=15)
        session.loss()
    alone = everything(sessions[0])
    assert [session.execution.runner.workers for session in sessions] == [1, 2, 3]
    for session in sessions[1:]:
        assert everything(session) == alone
        assert session.loss_history()[1].tobytes() == sessions[0].loss_history()[1].tobytes()


def test_a_new_layer_leaves_the_start_of_the_others():
    data = nets.data("CrossEntropy")
    short, long = engine.Session(nets.mlp((3, 4, 3)), data), engine.Session(nets.mlp((3, 4, 4, 3)), data)
    np.testing.assert_array_equal(short.parameters["dense1.W"], long.parameters["dense1.W"])


def test_how_a_run_is_cut_does_not_matter():
    whole, cut = small(), small()
    whole.train(steps=40)
    for steps in (1, 0, 7, 12, 20):
        assert cut.train(steps=steps).steps == steps
    assert bits(whole) == bits(cut)


def test_looking_does_not_change_a_bit():
    plain, watched = small(optimizer="adam"), small(optimizer="adam")
    plain.train(steps=20)
    for _ in range(20):
        watched.loss()
        watched.gradients()
        watched.predict(np.zeros((4, 3)))
        watched.evaluate("train")
        assert len(watched.parameters["dense1.W"])
        watched.train(steps=1)
    assert bits(plain) == bits(watched)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_saved_and_loaded_it_goes_on_bit_for_bit(optimizer: str, dtype: str, tmp_path: Path):
    session = small(optimizer=optimizer, dtype=dtype)
    session.train(steps=17)
    session.save(tmp_path / "net.chainrule")
    network = engine.load(tmp_path / "net.chainrule")
    again = engine.Session(network, nets.data("CrossEntropy"), batch_size=5, learning_rate=0.05, seed=3,
                           optimizer=optimizer, dtype=dtype)  # fmt: skip
    assert (again.steps, bits(again)) == (17, bits(session))
    for each in (session, again):
        each.train(steps=23)
    assert bits(again) == bits(session)
    fresh = engine.Session(network, nets.data("CrossEntropy"), seed=3, dtype=dtype, resume=False)
    assert (fresh.steps, bits(fresh)) == (0, bits(small(dtype=dtype)))


def test_a_checkpoint_of_another_network_is_refused_whole():
    session = small()
    before = bits(session)
    other = engine.Session(nets.mlp((3, 5, 3)), nets.data("CrossEntropy"))
    other.train(steps=3)
    with pytest.raises(SessionError, match=r"dense1\.W is \(3, 5\), but must be \(3, 4\)"):
        session.restore(other.checkpoint())
    assert (session.steps, bits(session)) == (0, before)


def test_checkpoints_travel_in_time():
    session = small(optimizer="momentum")
    session.train(steps=5)
    kept = session.checkpoint()
    session.train(steps=9)
    later = bits(session)
    session.restore(kept)
    assert session.steps == 5
    session.train(steps=9)
    assert bits(session) == later


def test_reset():
    session = small()
    start = bits(session)
    session.train(steps=9)
    session.reset()
    assert (session.steps, session.cursor, bits(session)) == (0, 0, start)
    session.reset(seed=8)
    assert bits(session) == bits(small(seed=8)) != start
    twin = small(seed=8)
    for each in (session, twin):
        each.train(steps=9)
    assert bits(session) == bits(twin)


def test_pause_returns_within_a_step():
    session = large(threads=2)
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(session.train(steps=10**9)))
    thread.start()
    while session.steps < 20 and thread.is_alive():
        time.sleep(0.001)
    asked = session.steps
    session.pause()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert results[0].paused
    assert session.cursor == 0
    assert results[0].steps == session.steps
    assert session.steps - asked < 200  # counted without a lock: what ran until the request was written
    twin = large(threads=1)
    twin.train(steps=session.steps)
    assert bits(twin) == bits(session)
    assert not session.train(steps=1).paused


def test_two_sessions_train_at_once():
    sessions = [large(threads=2, seed=seed) for seed in (0, 1)]
    threads = [threading.Thread(target=session.train, kwargs={"steps": 30}) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, session in enumerate(sessions):
        twin = large(threads=1, seed=seed)
        twin.train(steps=30)
        assert bits(twin) == bits(session)
