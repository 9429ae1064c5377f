"""Figures of a part of the data, however many rows are looked at together."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine import metrics
from engine.data import from_arrays
from engine.metrics import judge
from engine.session import Session
from tests.engine import nets

RNG = np.random.default_rng(1)


@pytest.mark.parametrize("reduction", ["labels", "numbers"])
def test_rows_judged_in_stretches_give_the_same_figures(reduction: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.normal(size=(23, 5, 3))
    if reduction == "labels":
        y = RNG.integers(-1, 4, (23, 5))
        data, loss = from_arrays(x, y, task="sequence"), ("CrossEntropy", {})
    else:
        data, loss = from_arrays(x, RNG.normal(size=(23, 20))), ("SquaredError", {})
    layers = [
        ("Input", {"shape": (5, 3)}),
        ("Dense", {"units": 4}),
        *([] if reduction == "labels" else [("Flatten", {})]),
    ]
    session = Session(nets.chain(*layers, loss), data, dtype="float64")
    whole = judge(session, data.train)
    monkeypatch.setattr(metrics, "MOST_NUMBERS", 7 * 20)  # the widest layer gives 20 numbers a row
    seen = []
    original = session.evaluator.losses_and_outputs
    monkeypatch.setattr(
        session.evaluator, "losses_and_outputs", lambda b, x, t, w: seen.append(len(x)) or original(b, x, t, w)
    )
    parted = judge(session, data.train)
    assert seen == [7, 7, 7, 2]
    assert parted == pytest.approx(whole, rel=1e-12)
    assert set(parted) == {"loss", "accuracy" if reduction == "labels" else "r2", "rows"}


def test_accuracy_counts_the_labels_that_count() -> None:
    x = RNG.normal(size=(6, 4, 3))
    y = np.where(RNG.random((6, 4)) < 0.4, -1, RNG.integers(0, 3, (6, 4)))
    session = Session(nets.chain(("Input", {"shape": (4, 3)}), ("Dense", {"units": 3}), ("CrossEntropy", {})),
                      from_arrays(x, y, task="sequence"), dtype="float64")  # fmt: skip
    said = session.probabilities(x).argmax(-1)
    assert isinstance(session.network, engine.Network)
    assert judge(session, session.dataset.train)["accuracy"] == np.mean((said == y)[y >= 0])
