"""How often something may be done beside the training."""

from __future__ import annotations

from app.worker_budget import Budget


def test_what_costs_much_waits_long():
    budget = Budget(0.01)
    assert budget.due()
    budget.spent(10.0)
    assert not budget.due()


def test_the_first_seconds_are_free():
    budget = Budget(0.01, credit=1.0)
    budget.spent(0.75)
    assert budget.due()
    budget.spent(0.75)  # half a second of it counts
    assert not budget.due()
