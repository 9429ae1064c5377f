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
from tests.engine import nets

OPTIMIZERS = ("sgd", "momentum", "adam")


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


class Walk:
    """Steps through single instructions and remembers the arena at every place."""

    def __init__(self, session: engine.Session) -> None:
        self.session = session
        self.seen: list[tuple[tuple[int, int], bytes, float]] = [self.look()]

    def look(self) -> tuple[tuple[int, int], bytes, float]:
        """Place in time, the persistent part of the arena, learning rate."""
        execution = self.session.execution
        place = (self.session.steps, self.session.cursor)
        return place, execution.state().tobytes(), self.session.learning_rate

    def on(self, count: int) -> None:
        """Step forward `count` times."""
        for _ in range(count):
            self.session.step()
            self.seen.append(self.look())

    def back(self) -> None:
        """Step back to the beginning, comparing every place."""
        for place in reversed(self.seen[:-1]):
            self.session.step_back()
            assert self.look() == place


@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_stepping_back_shows_what_was_seen(optimizer: str, batch_size: int | None):
    session = small(optimizer=optimizer, batch_size=batch_size)
    rows = len(session.instructions)
    walk = Walk(session)
    walk.on(3 * rows + rows // 2)
    assert (session.steps, session.cursor) == (3, rows // 2)
    walk.back()
    assert (session.steps, session.cursor) == (0, 0)
    with pytest.raises(SessionError, match="step 0"):
        session.step_back()
    first = walk.seen[1:]
    walk.on(len(first))
    assert walk.seen[-len(first) :] == first


def test_values_come_back_too():
    """Every value that had been computed at a place is there again after going back to it."""
    session = small(optimizer="adam")
    rows, seen = len(session.instructions), []
    for _ in range(2 * rows + 3):
        row = session.cursor
        instruction = session.step()
        names = [name for name in instruction.outputs if name]
        seen.append((row, {name: session.values[name].tobytes() for name in names}))
    for row, values in reversed(seen):
        for name, value in values.items():
            assert session.values[name].tobytes() == value
        session.step_back()
        assert session.cursor == row


def test_instructions_are_those_of_training():
    stepped, trained = small(optimizer="adam"), small(optimizer="adam")
    for _ in range(4 * len(stepped.instructions)):
        stepped.step()
    trained.train(steps=4)
    assert stepped.steps == trained.steps == 4
    assert bits(stepped) == bits(trained)
    assert stepped.loss_history()[1].tolist() == trained.loss_history()[1].tolist()


@pytest.mark.parametrize("trained", [1, 2, 50, 3000])
def test_stepping_back_after_training(trained: int):
    session, twin = small(), small()
    session.train(steps=trained)
    after = bits(session)
    twin.train(steps=trained - 1)
    before = bits(twin)
    session.step_back()
    assert (session.steps, session.cursor) == (trained - 1, len(session.instructions) - 1)
    assert bits(session) == before
    session.step()
    assert (session.steps, bits(session)) == (trained, after)


def test_training_finishes_a_half_done_step():
    for cursor in range(len(small().instructions)):
        session, twin = small(), small()
        session.train(steps=2)
        session.run_to(cursor)
        assert session.cursor == cursor
        result = session.train(steps=3)
        twin.train(steps=2 + result.steps)
        assert (session.steps, session.cursor, result.steps) == (5, 0, 3)
        assert bits(session) == bits(twin)


def test_loss_and_gradients_do_not_move_the_cursor():
    session = small()
    for _ in range(len(session.instructions)):
        cursor, loss = session.cursor, session.loss()
        assert session.gradients()["dense1.W"].shape == (3, 4)
        assert (session.cursor, session.loss()) == (cursor, loss)
        session.step()
    assert session.steps == 1


def test_run_to():
    session = small()
    session.run_to(3)
    assert (session.steps, session.cursor) == (0, 3)
    session.run_to(1)
    assert (session.steps, session.cursor) == (1, 1)
    for bad in (-1, len(session.instructions)):
        with pytest.raises(SessionError, match="no instruction"):
            session.run_to(bad)


def test_the_learning_rate_is_live_and_part_of_history():
    session, twin = small(), small()
    session.train(steps=5)
    session.learning_rate = 0.5
    assert session.learning_rate == 0.5
    session.train(steps=5)
    twin.train(steps=5)
    plain = bits(twin)
    twin.train(steps=5)
    assert bits(session) != bits(twin)
    after = bits(session)
    for _ in range(3 * len(session.instructions)):
        session.step_back()
    assert (session.steps, session.learning_rate) == (7, 0.5)
    session.train(steps=3)
    assert bits(session) == after
    for _ in range(5 * len(session.instructions)):
        session.step_back()
    assert (session.steps, bits(session)) == (5, plain)


def test_a_parameter_changed_by_hand_is_part_of_history():
    session = small(optimizer="momentum")
    session.train(steps=4)
    session.parameters["dense1.W"][0, 0] = 2.0
    changed = bits(session)
    session.train(steps=6)
    after = bits(session)
    for _ in range(6 * len(session.instructions)):
        session.step_back()
    assert (session.steps, bits(session)) == (4, changed)
    session.train(steps=6)
    assert bits(session) == after


def test_a_rate_of_0_changes_nothing():
    session = small(learning_rate=0.0)
    before = bits(session)
    session.train(steps=10)
    assert bits(session) == before


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
