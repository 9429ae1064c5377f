"""The record of distributions over the steps."""

from __future__ import annotations

import numpy as np

from app.watches.histograms import Distribution, Watch
from app.worker_histograms import BAD, ZERO
from tests.app.watches.test_flow_time import session


def watch(s, before=None) -> Watch:
    made = Watch(s, None, before)
    made.standing = True
    return made


def test_all_layers_are_counted_whichever_is_shown():
    s = session()
    w = watch(s)
    w.look()
    s.train(steps=4)
    w.look()
    cases = (("dense1", "activation", "dense1.a", 20), ("dense2", "gradient", "dense2.a.grad", 16),
             ("dense3", "weight", "dense3.W", 8))  # fmt: skip
    for layer, what, name, size in cases:
        w.ask(Distribution(layer, what))
        found = w.look()
        assert (found.layer, found.name) == (layer, name)
        assert found.columns.logs.sum(1).tolist() == [size, size]
        assert found.columns.spans.tolist() == [[0, 0], [4, 4]]
    assert found.columns.logs[-1, ZERO + 1 : BAD].sum() == np.count_nonzero(s.values["dense3.W"] > 0)


def test_the_same_is_published_until_there_is_something_newer():
    s = session()
    w = watch(s)
    found = w.look()
    assert w.look() is found
    w.ask(Distribution("dense2"))
    assert w.look() is not found


def test_without_a_layer_the_first_that_learns_is_shown_and_one_that_is_gone_too():
    w = watch(session())
    assert w.look().layer == "dense1"
    w.ask(Distribution("gone"))
    assert w.look().layer == "dense1"
    w.ask(Distribution("input1", "weight"))
    assert (w.look().layer, w.look().name, w.look().columns) == ("input1", "", None)


def test_stepping_back_forgets_and_another_session_goes_on():
    s = session()
    w = watch(s)
    for _ in range(4):
        s.train(steps=1)
        w.look()
    for _ in range(2 * len(s.instructions)):
        s.step_back()
    assert w.look().columns.spans[-1].tolist() == [2, 2]
    again = session()
    again.restore(s.checkpoint())
    again.train(steps=1)
    assert watch(again, w).look().columns.spans[:, 1].tolist() == [1, 2, 3]


def test_what_is_not_finite_is_counted_as_such():
    s = session()
    w = watch(s)
    s.parameters["dense2.W"] = np.full((5, 4), np.nan)
    s.loss()
    w.ask(Distribution("dense2"))
    assert w.look().columns.logs[-1, BAD] == 16
