"""Forward passes on any number of rows: the same answers however they are cut, and programs that are kept."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Session, evaluator
from tests.engine.nets import data, mlp


@pytest.fixture
def session() -> Session:
    return Session(mlp((3, 5, 3)), data("CrossEntropy"))


@pytest.mark.parametrize(("rows", "size"), [(1, 1), (4096, 4096), (4097, 4096), (10_000, 2500), (8192, 4096)])
def test_rows_are_taken_in_even_shares_where_there_are_any(rows: int, size: int) -> None:
    assert evaluator._stretch(rows) == size


def test_answers_do_not_depend_on_the_cut(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).standard_normal((35, 3))
    whole = session.predict(x)
    monkeypatch.setattr(evaluator, "ROWS", 8)
    np.testing.assert_array_equal(session.predict(x), whole)
    assert evaluator._stretch(35) == 7


def test_programs_used_last_are_kept(session: Session) -> None:
    made = []
    build = session.evaluator._build
    session.evaluator._build = lambda *arguments: made.append(arguments[0]) or build(*arguments)
    for rows in (*range(1, evaluator.KEPT + 1), 1, evaluator.KEPT + 1, 1, 2):
        session.predict(np.zeros((rows, 3)))
    assert made == [*range(1, evaluator.KEPT + 1), evaluator.KEPT + 1, 2]
