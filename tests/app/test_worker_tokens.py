"""The worker on sequences of tokens: figures, small pictures and answers for every step."""

from __future__ import annotations

import itertools

import numpy as np

from app.plots.judgement import JudgementCard
from app.worker import Worker
from engine.data import DataSpec
from engine.network import Network
from engine.training import Training
from tests.app.test_worker import until


def language_model() -> Network:
    net = Network(data=DataSpec.of("reversal", length=3, samples=60, symbols=4, variable=True))
    net.training = Training(optimizer="adam", learning_rate=0.01, batch_size=10)
    ids = [net.add("Tokens", length=7, vocabulary=7), net.add("Embedding", vocabulary=7, size=8),
           net.add("SliceSteps", start=3), net.add("Dense", units=7), net.add("CrossEntropy")]  # fmt: skip
    for one, other in itertools.pairwise(ids):
        net.connect(one, other)
    return net


def test_a_network_of_tokens_is_trained_and_shown(qtbot):
    worker = Worker()
    worker.start()
    try:
        worker.open(language_model(), 1)
        until(worker, lambda s: s.state == "ready" and s.generation == 1, 120)  # kernels may have to be compiled
        worker.run(40)
        snapshot = until(worker, lambda s: s.state == "paused" and s.steps >= 40)
    finally:
        stopped = worker.stop()
    assert stopped
    true, answers, where = snapshot.extra["validation_predictions"]
    assert answers.shape == (*true.shape, 7)
    assert where == f"validation, {len(snapshot.dataset.validation)} rows"
    assert snapshot.boundary is None
    assert 0 < snapshot.metrics["val_accuracy"] < 1
    card = JudgementCard()
    qtbot.addWidget(card)
    card.show_snapshot(snapshot)
    card.grab()
    assert card.confusion.counts.sum() == np.count_nonzero(true >= 0)
    assert np.isclose(card.confusion.right, snapshot.metrics["val_accuracy"])


def test_single_operations_do_not_judge_the_network_again(monkeypatch):
    from app.worker_beside import Beside
    from app.worker_looks import Looks
    from engine import metrics
    from engine.session import Session

    session = Session(language_model(), language_model().data, seed=0)
    looks, judged, judge = Looks(session, Beside()), [], metrics.judge
    monkeypatch.setattr(metrics, "judge", lambda session, rows: judged.append(rows) or judge(session, rows))
    looks.take(everything=True, boundary=False)
    session.step()
    looks.take(everything=True, boundary=False)
    assert len(judged) == 2  # training and validation rows
    session.train(steps=1)
    looks.take(everything=True, boundary=False)
    assert len(judged) == 4


def test_what_is_laid_out_in_rows_keeps_its_name_in_the_program():
    from engine.session import Session

    session = Session(language_model(), language_model().data, seed=0)
    (row,) = (row for row in session.instructions if row.op == "linear")
    assert row.outputs == ("dense1.z",)
    assert set(row.outputs) <= set(session.values)
