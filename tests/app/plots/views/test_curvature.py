"""The card of the curvature over time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.plots.curvature import EMPTY, CurvatureCard
from app.watches.curvature import Reading, Readings
from engine.surface.curvature import Curvature
from tests.app.plots.samples import snapshot


def reading(step, top=4.0, low=-0.5, limit=20.0, layers=2):
    traces = {f"layer {k}": 3.0 - k for k in range(layers)}
    largest, smallest = (top, top / 2, top / 4), (low, low / 2, 0.1)
    return Reading(step, Curvature(step, 0.5, 0.1, largest, smallest, 6.0, 0.2, {}, "64 train rows", traces), limit)


@pytest.fixture
def card(qtbot):
    widget = CurvatureCard()
    qtbot.addWidget(widget)
    widget.resize(300, 200)
    widget.show()
    return widget


def show(card, *points, optimizer="sgd", seconds=0.05):
    card.show_snapshot(snapshot(views={"curvature": Readings(tuple(points), seconds, 48, optimizer)}))


def test_it_says_what_would_be_there(card):
    card.show_snapshot(snapshot())
    assert card.message.text() == EMPTY
    assert card.table() is None
    show(card)
    assert card.is_empty


def test_the_largest_eigenvalues_the_least_and_the_limit_are_drawn(card):
    show(card, reading(0), reading(10, top=8.0))
    lines = {line.name: line for line in card.lines.lines}
    assert list(lines) == ["λ₁", "λ₂", "λ₃", "−λ min", "2 / rate"]
    np.testing.assert_array_equal(lines["λ₁"].y, [4.0, 8.0])
    np.testing.assert_array_equal(lines["−λ min"].y, [0.5, 0.5])
    assert lines["2 / rate"].dashed
    assert card.lines.plot.log
    assert card.remark.text() == "50 ms each"
    show(card, reading(0, low=0.1, limit=math.nan), optimizer="adam", seconds=3.14)
    assert [line.name for line in card.lines.lines] == ["λ₁", "λ₂", "λ₃"]
    assert card.remark.text() == "3.1 s each"


def test_one_that_is_next_to_zero_does_not_stretch_the_axis(card):
    show(card, reading(0), reading(10, low=-1e-9))
    line = next(line for line in card.lines.lines if line.name == "−λ min")
    assert np.isnan(line.y[1])


def test_shares_of_the_layers(card):
    card.switch.choose(1)
    show(card, reading(0, layers=40), reading(10))
    assert [(line.name, line.note) for line in card.lines.lines] == [("layer 0", "60.0 %"), ("layer 1", "40.0 %")]
    show(card, reading(0, layers=40))
    assert len(card.lines.lines) == 8
    show(card, reading(0, layers=0))
    assert card.lines.lines == ()


def test_numbers_for_a_file(card):
    show(card, reading(0), reading(10))
    table = card.table()
    rows = list(table.rows)
    assert len(rows) == 2
    assert table.header[-1] == "trace of layer 1"
    assert rows[1][0] == 10
    assert all(len(row) == len(table.header) for row in rows)


def test_what_is_not_finite_breaks_nothing(card):
    show(card, reading(0, top=math.nan, low=math.nan), reading(5, top=math.inf))
    card.grab()
    assert not card.is_empty
