"""A carried state: which rows follow each other, when it begins anew, stepping back, files, and what is refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.data import DataSpec, from_arrays, load
from engine.errors import NetworkError
from tests.engine.sequences import dataset

STEPS = 4


def network(carry: bool = True, **attrs: object) -> engine.Network:
    """A small recurrent network with a number as target of every row."""
    net = engine.Network()
    entry = net.add("Input", shape=(STEPS, 2))
    cell = net.add("RNN", id="cell", units=3, carry=carry, returns="last", **attrs)
    net.connect(entry, cell)
    out = net.add("Dense", units=1)
    net.connect(cell, out)
    net.connect(out, net.add("SquaredError"))
    return net


def session(rows: int = 13, batch: int = 4, **settings: object) -> engine.Session:
    rng = np.random.default_rng(0)
    data = dataset(rng.standard_normal((rows, STEPS, 2)), rng.standard_normal((rows, 1)))
    return engine.Session(network(), data, dtype="float64", batch_size=batch, **settings)


def test_every_lane_runs_through_the_data_in_its_order():
    s, seen = session(), []
    for _ in range(7):
        while s.instructions[s.cursor].layer != "cell":
            s.step()
        seen.append(s.values["input1.rows"].tolist())
        s.train(steps=1)
    assert seen[:4] == [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11], [0, 3, 6, 9]]
    assert s.steps_per_epoch == 3
    assert s.epoch == pytest.approx(7 / 3)


def test_the_state_goes_on_and_begins_anew_with_the_epoch():
    s = session()
    for step in range(6):
        before = s.values["cell.state"].copy()
        while s.instructions[s.cursor].phase != "backward":
            s.step()
        want = np.zeros((4, 3)) if step % 3 == 0 else before
        np.testing.assert_array_equal(s.values["cell.state_before"], want)
        last = s.values["cell.last"].copy()
        s.train(steps=1)
        np.testing.assert_array_equal(s.values["cell.state"], last)
        assert np.any(last)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_stepping_back_brings_the_state_back(dtype: str):
    rng = np.random.default_rng(1)
    data = dataset(rng.standard_normal((12, STEPS, 2)), rng.standard_normal((12, 1)))
    s = engine.Session(network(), data, dtype=dtype, batch_size=3)
    states = []
    for _ in range(6):
        states.append((s.values["cell.state"].copy(), s.parameter_block()))
        s.train(steps=1)
    for state, block in reversed(states):
        for _ in range(len(s.instructions)):
            s.step_back()
        np.testing.assert_array_equal(s.values["cell.state"], state)
        np.testing.assert_array_equal(s.parameter_block(), block)


def test_it_is_saved_and_goes_on_bit_for_bit(tmp_path: Path):
    one = engine.Session.from_network(_text())
    one.train(steps=5)
    one.save(tmp_path / "a.chainrule")
    two = engine.Session.from_network(engine.load(tmp_path / "a.chainrule"))
    assert two.steps == 5
    np.testing.assert_array_equal(two.values["cell.state"], one.values["cell.state"])
    assert np.any(two.values["cell.state"])
    for s in (one, two):
        s.train(steps=3)
    np.testing.assert_array_equal(two.parameter_block(), one.parameter_block())


def _text(stride: int = 0, batch: int = 16) -> engine.Network:
    data = DataSpec.of("text", length=8, stride=stride)
    words = len(load(data).vocabulary)
    net = engine.Network(data=data)
    ids = [net.add("Tokens", length=8, vocabulary=words), net.add("Embedding", vocabulary=words, size=4),
           net.add("LSTM", id="cell", units=5, carry=True), net.add("Dense", units=words),
           net.add("CrossEntropy")]  # fmt: skip
    for one, other in pairwise(ids):
        net.connect(one, other)
    net.training = engine.network.Training(batch_size=batch)
    return net


def test_the_state_is_not_used_where_the_network_is_looked_at():
    s = session()
    x = s.dataset.train.x[:4]
    s.train(steps=2)
    plain = engine.Session(network(carry=False), s.dataset, dtype="float64")
    for name, array in s.parameters.items():
        plain.parameters[name] = array
    np.testing.assert_array_equal(s.predict(x), plain.predict(x))
    s.reset()
    assert not np.any(s.values["cell.state"])


def test_another_batch_size_begins_with_zeros():
    s = session()
    s.train(steps=2)
    other = session(batch=6)
    other.restore(s.checkpoint())
    assert other.steps == 2
    assert not np.any(other.values["cell.state"])


def test_what_cannot_be_carried():
    with pytest.raises(NetworkError, match="forward only"):
        engine.Session(network(direction="both"), (np.zeros((8, STEPS, 2)), np.zeros((8, 1))))


def test_rows_that_do_not_follow_each_other_are_told():
    assert _text().check(_text().data) == []
    (problem,) = (net := _text(stride=3)).check(net.data)
    assert (problem.severity, problem.layer) == ("warning", "cell")
    assert "do not follow each other" in problem.message
    (problem,) = (net := _text(batch=0)).check(net.data)
    assert "no second batch" in problem.message
    shuffled = from_arrays(np.zeros((40, STEPS, 2)), np.zeros((40, 1)), validation=0.2)
    net = network()
    net.training = engine.network.Training(batch_size=4)
    assert "do not follow" in net.check(shuffled)[0].message


def test_products_with_the_hessian_see_the_carried_state():
    s = session()
    s.train(steps=2)
    vector = {name: np.random.default_rng(4).standard_normal(array.shape) for name, array in s.parameters.items()}
    found, kept, slopes = s.hessian_vector_product(vector), s.checkpoint(), []
    for size in (1e-5, -1e-5):
        for name, way in vector.items():
            s.parameters[name] = kept.parameters[name] + size * way
        slopes.append(s.gradients())
        s.restore(kept)
    for name, product in found.items():
        np.testing.assert_allclose(product, (slopes[0][name] - slopes[1][name]) / 2e-5, atol=1e-7)
