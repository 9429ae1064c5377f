"""Checkpoints for stepping back: thinned out within a budget, pinned where replaying from before would be wrong."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.history import History


def state(step: int) -> np.ndarray:
    """80 bytes that tell the step."""
    return np.full(10, float(step))


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=80), st.integers(2, 10))
def test_within_budget_and_truthful(adds: list[tuple[int, bool]], room: int):
    history = History(budget=80 * room)
    for step, pin in adds:
        history.add(step, state(step), pin and len(history.pinned) < room // 2)
        assert history.entries[step][0] == step
        assert max(history.entries) == step
        assert len(history.entries) <= room
        assert history.pinned <= set(history.entries)


def test_nearest_is_the_last_at_or_before():
    history = History()
    assert history.nearest(3) is None
    for step in (0, 4, 9):
        history.add(step, state(step))
    found = [history.nearest(step) for step in (0, 3, 4, 8, 100)]
    assert [step for step, _ in found] == [0, 0, 4, 4, 9]
    assert all(kept[0] == step for step, kept in found)


def test_another_future_drops_the_old_one():
    history = History()
    for step in range(6):
        history.add(step, state(step), pin=step == 4)
    history.add(2, state(-2))
    assert sorted(history.entries) == [0, 1, 2]
    assert history.entries[2][0] == -2
    assert history.pinned == set()


def test_copies_are_kept():
    history, array = History(), state(1)
    history.add(1, array)
    array[:] = 7
    assert history.entries[1][0] == 1
    history.clear()
    assert history.nearest(1) is None


def test_what_is_too_large_is_not_worth_keeping():
    assert History(budget=320).fits(state(0))
    assert not History(budget=319).fits(state(0))
