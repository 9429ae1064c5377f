"""The network unfolded into units and lines."""

from __future__ import annotations

import pytest

from app.units.layout import place
from app.units.links import lines_of, nearest
from app.units.plan import MOST_UNITS, unfold
from engine.network import Network


@pytest.fixture
def forked() -> Network:
    net = Network()
    x = net.add("Input", id="x", shape=(3,))
    left, right = net.add("Dense", id="left", units=4), net.add("Dense", id="right", units=40)
    join, out = net.add("Concat", id="join", inputs=2), net.add("Dense", id="out", units=2)
    loss = net.add("CrossEntropy", id="loss")
    for source, target in ((x, left), (x, right), (left, join), (right, join), (join, out), (out, loss)):
        net.connect(source, target)
    return net


SHAPES = {"x": (3,), "left": (4,), "right": (40,), "join": (44,), "out": (2,)}


def test_columns_hold_the_units_and_say_what_is_left_out(forked):
    plan = unfold(forked, SHAPES)
    sizes = {column.layer: (column.size, column.shown, column.hidden) for column in plan.columns}
    assert sizes["left"] == (4, 4, 0)
    assert sizes["right"] == (40, MOST_UNITS, 24)
    assert sizes["loss"] == (1, 1, 0)
    assert not plan.numbers


def test_pages_go_through_all_units_and_begin_again(forked):
    shown = [unfold(forked, SHAPES, pages={"right": page}).by_layer["right"] for page in range(4)]
    assert [(column.first, column.shown) for column in shown] == [(0, 16), (16, 16), (32, 8), (0, 16)]


def test_concat_leads_each_unit_to_its_own_place(forked):
    plan = unfold(forked, SHAPES, pages={"join": 1})  # units 16 … 31 of the join
    lines = {one.bundle.source: one.units.tolist() for one in lines_of(plan, place(plan, False))}
    assert "left" not in lines  # its four units lead to 0 … 3
    assert lines["right"] == [[i, i + 4] for i in range(12, 16)]


def test_lines_run_between_the_units_they_join(forked):
    plan = unfold(forked, SHAPES)
    places = place(plan, False)
    for lines in lines_of(plan, places):
        for (source, target), (x0, y0, x1, y1) in zip(lines.units.tolist(), lines.ends.tolist(), strict=True):
            start, end = places.units[lines.bundle.source, source], places.units[lines.bundle.target, target]
            assert (x0, y0) == (start.right(), start.center().y())
            assert (x1, y1) == (end.left(), end.center().y())
            assert x0 < x1


@pytest.mark.parametrize("tiles", [True, False])
def test_units_do_not_overlap(forked, tiles):
    places = place(unfold(forked, SHAPES), tiles)
    rects = list(places.units.values())
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[i + 1 :])
    assert all(places.whole.contains(rect) for rect in rects)


def test_nearest_line_is_found_within_reach(forked):
    plan = unfold(forked, SHAPES)
    all_lines = lines_of(plan, place(plan, False))
    one = next(lines for lines in all_lines if lines.bundle.weight == "out.W")
    x, y = (one.ends[0, :2] + one.ends[0, 2:]) / 2
    bundle, source, target = nearest(all_lines, x + 0.1, y + 0.1, 4.0)
    assert (bundle.weight, source, target) == ("out.W", *one.units[0])
    assert nearest(all_lines, x, y + 5000, 4.0) is None


def test_unknown_shapes_and_loose_layers_are_drawn_as_far_as_they_go():
    net = Network()
    net.add("Dense", id="lonely", units=3)
    net.add("CrossEntropy", id="loss")
    plan = unfold(net, {})
    assert [(column.layer, column.size) for column in plan.columns] == [("lonely", 1), ("loss", 1)]
    assert plan.bundles == ()
    assert unfold(Network(), {}).columns == ()


def test_maxout_joins_neighbours():
    net = Network()
    x, top = net.add("Input", id="x", shape=(6,)), net.add("Maxout", id="top", pieces=3)
    net.connect(x, top)
    plan = unfold(net, {"x": (6,), "top": (2,)})
    (lines,) = lines_of(plan, place(plan, False))
    assert lines.units.tolist() == [[0, 0], [1, 0], [2, 0], [3, 1], [4, 1], [5, 1]]


def test_a_kernel_that_slides_is_not_drawn_as_lines_from_unit_to_unit():
    net = Network()
    x, conv, relu = net.add("Input", id="x", shape=(1, 4, 4)), net.add("Conv2D", id="conv"), net.add("ReLU", id="relu")
    net.connect(x, conv)
    net.connect(conv, relu)
    plan = unfold(net, {"x": (1, 4, 4), "conv": (8, 4, 4), "relu": (8, 4, 4)})
    assert [(bundle.source, bundle.target) for bundle in plan.bundles] == [("conv", "relu")]


def test_lines_of_a_sequence_stay_within_their_step():
    net = Network()
    ids = [net.add("Input", id="x", shape=(3, 2)), net.add("Dense", id="each", units=4)]
    net.connect(*ids)
    plan = unfold(net, {"x": (3, 2), "each": (3, 4)})
    (lines,) = lines_of(plan, place(plan, False))
    assert len(lines.units) == 3 * 2 * 4
    assert all(i // 2 == j // 4 for i, j in lines.units.tolist())
    assert lines.bundle.entry(5, 10, (2, 4)) == (1, 2)
