"""The loss over a plane against plain evaluation, point by point; threads, chunks, modes, penalties, stopping."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

import engine
from engine.data import from_arrays
from engine.errors import SessionError
from engine.surface.directions import random_plane
from engine.surface.layout import Layout
from engine.surface.losses import PlaneLosses
from engine.surface.plane import Grid, Plane
from engine.surface.rows import RowsOf, acts_otherwise, rows_of
from tests.engine import nets

GRID = Grid((-1.0, -0.8), (1.0, 1.2), (5, 4))


def session(loss: str = "CrossEntropy", network: engine.Network | None = None, rows: int = 40, **settings: Any):
    """A small net, a few steps trained, in float64."""
    network = network or nets.mlp((3, 5, 3), loss=loss)
    s = engine.Session(network, nets.data(loss, rows=rows), **{"dtype": "float64", "seed": 3, **settings})
    s.train(steps=3)
    return s


def plainly(s: engine.Session, blocks: np.ndarray, part: str = "train") -> np.ndarray:
    """The loss at each block, by writing it into the session and evaluating all rows."""
    kept, layout, found = s.checkpoint(), Layout(s), []
    for block in blocks:
        for name, tensor in layout.tensors(block).items():
            s.parameters[name][...] = tensor
        found.append(s.evaluate(part)["loss"])
    s.restore(kept)
    return np.array(found)


@pytest.mark.parametrize("loss", nets.LOSSES)
def test_every_point_is_what_evaluation_gives(loss: str):
    s = session(loss)
    plane = random_plane(s, s.parameter_block(), biases=True)
    got = PlaneLosses(s, rows_of(s))(plane, GRID.places())
    np.testing.assert_allclose(got, plainly(s, plane.points(GRID.places())), rtol=1e-12)
    assert np.ptp(got) > 1e-3


@pytest.mark.parametrize("network", [nets.residual(), nets.chain(
    ("Input", {"shape": (3,)}), ("Dense", {"units": 6}), ("BatchNorm", {}), ("Dropout", {"p": 0.4}),
    ("Dense", {"units": 3}), ("CrossEntropy", {}))])  # fmt: skip
def test_branches_and_layers_that_act_otherwise_in_training(network: engine.Network):
    s = session(network=network)
    plane = random_plane(s, s.parameter_block())
    got = PlaneLosses(s, rows_of(s))(plane, GRID.places())
    np.testing.assert_allclose(got, plainly(s, plane.points(GRID.places())), rtol=1e-12)


def test_as_in_training_is_the_loss_of_that_step():
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 6}), ("BatchNorm", {}),
                         ("Dropout", {"p": 0.4}), ("Dense", {"units": 3}), ("CrossEntropy", {}))  # fmt: skip
    s = session(network=network, batch_size=10)
    assert acts_otherwise(s) == ["batch_norm1", "dropout1"]
    while s.instructions[s.cursor].layer != "dense1":  # until the rows of the batch are there
        s.step()
    x, target = (None if value is None else s.view(value).copy() for value in s.batch)
    rows = RowsOf(x, target, "train", 40, "training", s.steps)
    block = s.parameter_block()
    in_training = PlaneLosses(s, rows).at(block[None])[0]
    in_use = PlaneLosses(s, RowsOf(x, target, "train", 40)).at(block[None])[0]
    while s.cursor:
        s.step()
    assert in_training == pytest.approx(s.loss_history()[1][-1], rel=1e-12)
    assert abs(in_training - in_use) > 1e-3


def test_penalties_count_once():
    s = session(l1=0.01, l2=0.1)
    weights = [array for name, array in s.parameters.items() if name.endswith(".W")]
    penalty = 0.01 * sum(np.abs(w).sum() for w in weights) + 0.1 * sum((w**2).sum() for w in weights)
    got = PlaneLosses(s, rows_of(s)).at(s.parameter_block()[None])[0]
    assert got == pytest.approx(s.evaluate("train")["loss"] + penalty, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_threads_change_no_bit(dtype: str):
    s = session(dtype=dtype)
    plane, places = random_plane(s, s.parameter_block()), Grid((-1, -1), (1, 1), (9, 7)).places()
    one, two, three = (PlaneLosses(s, rows_of(s), n)(plane, places) for n in (1, 2, 3))
    assert np.array_equal(one, two)
    assert np.array_equal(one, three)


@pytest.mark.parametrize("loss", ["CrossEntropy", "SquaredError"])
def test_chunks_of_rows_add_up(loss: str, monkeypatch: pytest.MonkeyPatch):
    s = session(loss, rows=43, l2=0.1)
    plane = random_plane(s, s.parameter_block())
    whole = PlaneLosses(s, rows_of(s))(plane, GRID.places())
    monkeypatch.setattr("engine.surface.rows.CHUNK_NUMBERS", 150)
    parts = PlaneLosses(s, rows_of(s))
    assert parts.size < 20
    np.testing.assert_allclose(parts(plane, GRID.places()), whole, rtol=1e-12)


def test_what_is_not_finite_stays_in_its_cell():
    s = session()
    plane = random_plane(s, s.parameter_block())
    places = np.array([[0.0, 0.0], [np.inf, 0.0], [0.5, 0.5]])
    got = PlaneLosses(s, rows_of(s))(plane, places)
    assert np.isfinite(got[[0, 2]]).all()
    assert not np.isfinite(got[1])


def test_a_call_can_be_stopped_and_called_again():
    s = session(rows=400)
    losses, plane = PlaneLosses(s, rows_of(s)), random_plane(s, s.parameter_block())
    few, many = GRID.places(), np.zeros((400_000, 2))
    before = losses(plane, few)
    found: list[np.ndarray] = []
    thread = threading.Thread(target=lambda: found.append(losses(plane, many)))
    thread.start()
    time.sleep(0.2)
    losses.stop()
    thread.join(10)
    assert losses.stopped
    assert np.isnan(found[0][-1])
    assert np.array_equal(losses(plane, few), before)
    assert not losses.stopped


def test_training_goes_on_as_if_nothing_was_drawn():
    bare, drawn = session(), session()
    losses, plane = PlaneLosses(drawn, rows_of(drawn)), random_plane(drawn, drawn.parameter_block())
    losses(plane, GRID.places())
    for s in (bare, drawn):
        s.train(steps=5)
    assert np.array_equal(bare.parameter_block(), drawn.parameter_block())


def test_rows_are_spread_and_named():
    s = session()
    some = rows_of(s, most=7)
    assert len(some) == 7
    assert some.text == "7 of 40 train rows"
    assert rows_of(s).text == "40 train rows"
    assert np.array_equal(some.x[0], rows_of(s).x[0])
    with pytest.raises(SessionError, match="no validation rows"):
        rows_of(s, "validation")
    with pytest.raises(SessionError, match="take train or validation"):
        rows_of(s, "test")


def test_a_line_is_a_plane_of_one_direction():
    s = session()
    block = s.parameter_block()
    up = random_plane(s, block).first
    line = Plane(block, up, np.zeros_like(up))
    grid = Grid((-1, 0), (1, 0), (9, 1))
    assert line.is_line
    assert grid.places().shape == (9, 2)
    got = PlaneLosses(s, rows_of(s))(line, grid.places())
    np.testing.assert_allclose(got, plainly(s, line.points(grid.places())), rtol=1e-12)


def test_labels_that_do_not_count_are_left_out_of_every_stretch(monkeypatch: pytest.MonkeyPatch):
    """A mean over labels, not over rows: a stretch with few of them weighs little."""
    rng = np.random.default_rng(1)
    y = np.where(rng.random((23, 5)) < 0.5, -1, rng.integers(0, 4, (23, 5)))
    network = nets.chain(("Input", {"shape": (5, 3)}), ("Dense", {"units": 4}), ("CrossEntropy", {}))
    s = engine.Session(network, from_arrays(rng.normal(size=(23, 5, 3)), y, task="sequence"), dtype="float64")
    monkeypatch.setattr("engine.surface.rows.CHUNK_NUMBERS", 300)
    losses = PlaneLosses(s, rows_of(s))
    assert losses.size < 12
    plane = random_plane(s, s.parameter_block())
    got = losses(plane, GRID.places())
    np.testing.assert_allclose(got, plainly(s, plane.points(GRID.places())), rtol=1e-12)


@pytest.mark.parametrize(("attrs", "names"), [({}, [("dense1.W", "dense1.b")]), ({"noise": 0.1}, [])])
def test_products_of_the_data_are_computed_ahead(attrs: dict[str, Any], names: list[tuple[str, ...]]):
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 6, **attrs}), ("Dense", {"units": 3}),
                         ("CrossEntropy", {}))  # fmt: skip
    s = session(network=network)
    rows = rows_of(s, run_as="training") if attrs else rows_of(s)
    assert [part.names for part in PlaneLosses(s, rows)._all()[0].ahead] == names
