"""How many rows are judged while one watches."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from app import worker_looks
from app.worker_beside import Beside
from app.worker_looks import Looks, sample
from engine.data import DataSpec
from tests.engine import nets


@pytest.fixture
def session() -> engine.Session:
    """A small classifier on 1,000 rows of the plane."""
    network = nets.mlp((2, 4, 2))
    network.data = DataSpec.of("spirals", samples=1000, test=0.0)
    return engine.Session.from_network(network)


def test_small_work_is_judged_whole(session):
    looks = Looks(session, Beside())
    looks.take(everything=True, boundary=False)
    assert "judged" not in looks.extra()
    assert looks.metrics["train_loss"] == session.evaluate("train")["loss"]


def test_large_work_is_judged_on_rows_from_beginning_to_end(session, monkeypatch):
    monkeypatch.setattr(worker_looks, "MOST_FLOPS", 1.0)
    rows = session.dataset.train
    few = sample(session, rows)
    assert len(few) == worker_looks.LEAST_JUDGED < len(rows)
    np.testing.assert_array_equal(few.rows[[0, -1]], rows.rows[[0, -1]])
    looks = Looks(session, Beside())
    looks.take(everything=True, boundary=False)
    whole = len(rows) + len(session.dataset.validation)
    assert looks.extra()["judged"] == (2 * worker_looks.LEAST_JUDGED, whole)
    assert looks.metrics["train_loss"] == engine.metrics.judge(session, few)["loss"]
