"""A curriculum: which rows are easy, and which take part when."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.curriculum import Curriculum, hardness, lengths, order_of
from engine.errors import AttributeValueError, NetworkError
from engine.network import Training
from tests.engine import nets

ROWS, BATCH = 200, 10


def session(**more) -> engine.Session:
    """Two classes on a line; the label of every tenth row is wrong, so a linear model errs most there."""
    x = np.linspace(-1, 1, ROWS)[:, None]
    y = (x[:, 0] > 0).astype(np.int64)
    y[::10] = 1 - y[::10]
    net = nets.chain(("Input", {"shape": (1,)}), ("Dense", {"units": 2}), ("CrossEntropy", {}))
    return engine.Session(net, (x, y), batch_size=BATCH, learning_rate=0.1, **more)


def batches(s: engine.Session, count: int) -> list[np.ndarray]:
    found = []
    for _ in range(count):
        s.loss()
        found.append(np.array(s.values["input1.rows"]))
        s.train(steps=1)
    return found


def test_wrong_labels_are_hard():
    order = order_of(Curriculum("easy_first"), session().dataset)
    assert set(order[-ROWS // 10 :]) == set(range(0, ROWS, 10))
    assert sorted(order) == list(range(ROWS))


def test_numbers_are_hard_where_ridge_regression_errs_and_rows_alone_far_from_their_mean():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 3))
    y = x @ [[1.0], [2.0], [-1.0]]
    y[7] += 30
    net = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 1}), ("SquaredError", {}))
    assert hardness(engine.Session(net, (x, y)).dataset).argmax() == 7
    x[11] = 40
    alone = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 3}), ("SquaredError", {"against": "input"}))
    s = engine.Session(alone, (x, np.zeros(60)), batch_size=5, curriculum=Curriculum("easy_first", 0.1, 10**6))
    assert hardness(s.dataset, with_target=False).argmax() == 11
    s.loss()
    far = ((x - x.mean(0)) ** 2).sum(1)
    assert far[s.values["input1.rows"]].max() <= np.sort(far)[5]


def test_only_easy_rows_come_first_and_all_in_the_end():
    s = session(curriculum=Curriculum("easy_first", share=0.1, steps=40))
    order = order_of(s.curriculum, s.dataset)
    place = np.empty(ROWS, int)
    place[order] = np.arange(ROWS)
    seen = batches(s, 60)
    for step, rows in enumerate(seen[:40]):
        assert place[rows].max() < 20 + 180 * step // 40
    assert place[np.concatenate(seen[30:40])].max() > 100
    whole = np.concatenate(batches(s, 20))  # steps 60 to 79: one epoch, each row once
    assert sorted(whole) == list(range(ROWS))


def test_steps_back_and_other_threads_see_the_same_batches():
    s = session(curriculum=Curriculum("easy_first", share=0.2, steps=30))
    first = batches(s, 5)
    while (s.steps, s.cursor) != (2, 0):
        s.step_back()
    s.loss()
    np.testing.assert_array_equal(s.values["input1.rows"], first[2])
    other = session(curriculum=Curriculum("easy_first", share=0.2, steps=30), threads=2)
    np.testing.assert_array_equal(batches(other, 5), first)


def test_short_strings_come_first():
    net = engine.load(engine.files.LESSONS / "reversal.chainrule")
    net.training = Training(batch_size=16, curriculum="short_first", curriculum_share=0.1)
    s = engine.Session.from_network(net)
    length = lengths(s.dataset)
    assert len(set(length)) > 2
    order = order_of(s.curriculum, s.dataset)
    assert (np.diff(length[order]) >= 0).all()


def test_the_explanation_says_how_many_rows_take_part():
    from engine.explain import explain

    s = session(curriculum=Curriculum("easy_first", share=0.1, steps=40))
    row = next(i for i, one in enumerate(s.instructions) if one.op == "curriculum_indices")
    s.run_to(row + 1)
    assert "one of the 20 easiest of 200 rows" in str(explain(s, row, (0,)).numbers)


@pytest.mark.parametrize(
    ("lesson", "training", "told"),
    [
        ("digits", {"curriculum": "short_first", "batch_size": 8}, "equally long"),
        ("reversal", {"curriculum": "easy_first", "batch_size": 8}, "of tokens is cannot be told"),
        ("digits", {"curriculum": "easy_first", "batch_size": 0}, "changes nothing"),
    ],
)
def test_an_order_that_cannot_be_is_a_problem_with_a_way_out(lesson, training, told):
    net = engine.load(engine.files.LESSONS / f"{lesson}.chainrule")
    net.training = Training(**training)
    problems = [str(problem) for problem in net.check(net.data)]
    assert any(told in problem for problem in problems), problems


def test_bad_settings_are_refused():
    with pytest.raises(AttributeValueError, match="curriculum_share"):
        Curriculum("easy_first", share=0.0)
    with pytest.raises(AttributeValueError, match="curriculum"):
        Curriculum("hard_first")
    net = engine.load(engine.files.LESSONS / "char_lstm.chainrule")
    net.training = Training(curriculum="easy_first", batch_size=8)
    with pytest.raises(NetworkError, match="tokens"):
        engine.Session.from_network(net)
