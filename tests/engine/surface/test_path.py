"""The recorder of a path: even thinning, first and last kept, the budget, going back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.surface.path import Path


def block(step: int, size: int = 3) -> np.ndarray:
    """Its numbers tell the step."""
    return np.full(size, float(step))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=300), st.integers(4, 40))
def test_first_and_last_stay_and_the_rest_is_even(gaps: list[int], most: int):
    path, steps = Path(most=most), np.cumsum([0, *gaps])
    for step in steps:
        path.add(int(step), block(step))
        assert len(path) <= most
        assert path.steps[-1] == step
    known = path.steps
    assert known[0] == 0
    assert np.all(np.diff(known) > 0)
    assert np.array_equal(path.blocks()[:, 0], known)  # each block is the one of its step
    if len(steps) > most:
        assert np.diff(known[:-1]).max(initial=0) <= 4 * (steps[-1] / most + max(gaps))


def test_bytes_are_bounded():
    path = Path(budget=8 * 1000 * 10)
    for step in range(100):
        path.add(step, block(step, 1000))
    assert path.blocks().nbytes <= 8 * 1000 * 10
    assert path.steps[0] == 0
    assert path.steps[-1] == 99


def test_what_lies_ahead_of_a_step_back_is_dropped():
    path = Path()
    for step in range(10):
        path.add(step, block(step))
    path.add(4, block(-4))
    assert path.steps.tolist() == [0, 1, 2, 3, 4]
    assert path.blocks()[-1, 0] == -4
    path.clear()
    assert len(path) == 0
    assert path.blocks().shape[0] == 0


def test_a_block_that_changes_later_is_kept_as_it_was():
    path, now = Path(), block(1)
    path.add(1, now)
    now[:] = 9
    assert path.blocks()[0, 0] == 1
