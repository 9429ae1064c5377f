"""Single instructions, forwards and backwards in time: what is seen again is what was seen, bit for bit."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from engine.errors import SessionError
from engine.optimizers import OPTIMIZERS
from tests.engine import nets


def small(**settings: Any) -> engine.Session:
    """3-4-3 on 12 rows, minibatches of 5."""
    defaults = {"batch_size": 5, "learning_rate": 0.05, "seed": 3}
    return engine.Session(nets.mlp((3, 4, 3)), nets.data("CrossEntropy"), **{**defaults, **settings})


def bits(session: engine.Session) -> dict[str, bytes]:
    """Parameters as bytes."""
    return {name: array.tobytes() for name, array in session.parameters.items()}


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
    for bad in (-1, len(session.instructions), "first", None):
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
