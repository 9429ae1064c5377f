"""Which step the numbers in the arena belong to."""

from __future__ import annotations

import pytest

from app.worker_steps import whole_step
from engine.errors import DivergedError
from tests.app.watches.test_flow_time import session


def test_between_steps_and_within_one():
    s = session()
    s.train(steps=2)
    assert whole_step(s) == 2
    found = []
    for _ in s.instructions:
        s.step()
        found.append(whole_step(s))
    backward = sum(row.phase != "update" for row in s.instructions)
    assert found[: backward - 1] == [None] * (backward - 1)
    assert found[backward - 1 :] == [3] * (len(found) - backward + 1)


def test_a_loss_that_is_not_finite_ends_a_step():
    s = session(rate=1e18)
    with pytest.raises(DivergedError):
        s.train(steps=200)
    assert whole_step(s) == s.steps + 1
