"""The rows behind the figures: whose loss is largest, and which lie in a cell of the confusion matrix."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from app.watches.examples import MOST, Cell, Watch
from engine.files import LESSONS, SUFFIX


def session_of(name: str, steps: int = 20) -> engine.Session:
    session = engine.Session.from_network(engine.load(LESSONS / f"{name}{SUFFIX}"))
    session.train(steps=steps)
    return session


@pytest.mark.parametrize(("name", "kind"), [("iris", "classes"), ("diabetes", "numbers"), ("xor", "classes"),
                                            ("denoising_autoencoder", "inputs"), ("reversal", "classes")])  # fmt: skip
def test_the_worst_come_first_and_their_losses_are_those_of_the_session(name, kind):
    session = session_of(name)
    watch = Watch(session)
    found = watch.look()()
    assert (found.kind, found.part, found.step) == (kind, "validation", 20)
    assert len(found.rows) == min(MOST, found.judged)
    assert np.all(np.diff(found.losses) <= 0)
    if name != "reversal":  # there, rows have different numbers of labels that count
        assert watch._judged[0].mean() == pytest.approx(session.evaluate("validation")["loss"], rel=1e-4)
    order = [int(np.flatnonzero(session.dataset.validation.rows == row)[0]) for row in found.rows]
    assert np.array_equal(session.dataset.validation.x[order], found.x)


def test_a_cell_holds_its_rows_and_all_cells_hold_all_rows():
    session = session_of("iris", 5)
    watch, counted = Watch(session), 0
    true, said = session.dataset.validation.y, session.probabilities(session.dataset.validation.x).argmax(1)
    for i in range(3):
        for j in range(3):
            watch.ask(Cell(i, j))
            found = watch.look()()
            assert found.found == np.count_nonzero((true == i) & (said == j))
            assert np.all(found.true == i)
            assert np.all(found.said == j)
            counted += found.found
    assert counted == len(true)


def test_the_probabilities_are_those_of_truth_and_answer():
    session = session_of("iris", 5)
    found = Watch(session).look()()
    p = session.probabilities(found.x)
    assert found.p_true == pytest.approx(p[np.arange(len(p)), found.true], abs=1e-6)
    assert found.p_said == pytest.approx(p.max(1), abs=1e-6)
    assert found.losses == pytest.approx(-np.log(found.p_true), rel=1e-4)


def test_numbers_come_in_the_units_of_the_data():
    found = Watch(session_of("diabetes")).look()()
    assert found.true.min() >= 25
    assert found.true.max() <= 346
    assert found.said.mean() == pytest.approx(found.true.mean(), abs=60)


def test_without_validation_rows_those_of_the_training_are_judged():
    network = engine.load(LESSONS / f"iris{SUFFIX}")
    network.data = network.data.with_options(validation=0.0)
    found = Watch(engine.Session.from_network(network)).look()()
    assert found.part == "training"
    assert found.judged == len(engine.Session.from_network(network).dataset.train)


def test_rows_that_are_not_finite_are_the_worst():
    session = session_of("iris", 1)
    watch = Watch(session)
    watch.look()()
    watch._judged[0][7] = np.nan
    found = watch.look()()
    assert found.rows[0] == session.dataset.validation.rows[7]
    session.set_parameter_block(np.full_like(session.parameter_block(), np.nan))
    assert not np.isfinite(Watch(session).look()().losses).any()


def test_it_says_so_where_there_is_no_truth_to_compare_with():
    session = session_of("generator", 2)
    found = Watch(session).look()()
    assert found.kind == "none"
    assert len(found.losses)
