"""Matrices side by side: where they lie, and which number a pixel shows."""

from __future__ import annotations

import numpy as np
import pytest

from app.tiles import MOST_SIDE, Tile, blocked, filling, lay_out, limit_of, tile


def overlap(a, b) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


@pytest.mark.parametrize("shapes", [[(3, 3)] * 16, [(8, 8)] * 128, [(32, 128)] * 4 + [(128, 128)] * 4, [(1, 64)],
                                    [(64, 64)] * 4 + [(64, 256), (256, 64)], [(500, 3)], [(2, 2)] * 5000])  # fmt: skip
@pytest.mark.parametrize("size", [(400, 200), (160, 120), (1200, 700), (30, 30)])
def test_tiles_lie_inside_and_apart_and_in_their_proportions(shapes, size):
    layout = lay_out(shapes, *size)
    assert len(layout.places) <= len(shapes)
    for i, (x, y, w, h) in enumerate(layout.places):
        assert min(x, y) >= 0
        assert x + w <= size[0]
        assert y + h <= size[1]
        assert w == max(1, round(shapes[i][1] * layout.scale))
        assert h == max(1, round(shapes[i][0] * layout.scale))
    few = layout.places[:40]
    assert not any(overlap(a, b) for i, a in enumerate(few) for b in few[:i])


def test_all_are_shown_as_large_as_they_fit_and_too_many_are_cut():
    layout = lay_out([(8, 8)] * 20, 400, 200)
    assert len(layout.places) == 20
    assert layout.scale >= 6  # 7 × 3 of 48 px with names
    crowd = lay_out([(8, 8)] * 5000, 400, 200)
    assert 200 < len(crowd.places) < 5000
    assert not crowd.named
    assert lay_out([(8, 8)] * 4, 400, 200).named


def test_a_pixel_leads_to_the_number_it_shows():
    shapes = [(3, 4)] * 5
    layout = lay_out(shapes, 300, 200)
    for i, (x, y, w, h) in enumerate(layout.places):
        assert layout.at(x + w / 2, y + h / 2) == i
        own = layout.index[y : y + h, x : x + w] - layout.starts[i]
        assert sorted(np.unique(own)) == list(range(12))
        assert own[0, 0] == 0
        assert own[0, -1] == 3
        assert own[-1, 0] == 8
    assert layout.at(299, 199) is None
    assert (layout.index[-1] == -1).all()


def test_so_many_as_belong_together_stand_in_a_line():
    layout = lay_out([(3, 3)] * 32, 400, 300, across=8)
    lines = {}
    for x, y, _, _ in layout.places:
        lines.setdefault(y, []).append(x)
    assert [len(line) for line in lines.values()] == [8] * 4
    cut = lay_out([(3, 3)] * 800, 400, 60, across=8)
    assert 0 < len(cut.places) < 800
    assert len(cut.places) % 8 == 0


def test_more_numbers_than_pixels_are_drawn_by_blocks():
    layout = lay_out([(400, 400)], 100, 100, names=False)
    assert layout.scale == pytest.approx(0.25, rel=0.05)
    assert layout.step == 4
    assert layout.index.max() < 100 * 100


def test_one_tile_can_fill_all_the_room():
    layout = filling((64, 10), 300, 200)
    assert layout.places == [(0, 0, 300, 200)]
    assert sorted(np.unique(layout.index)) == list(range(640))
    assert filling((1, 2), 300, 200).places == [(0, 0, 88, 44)]


def test_a_block_shows_its_largest_magnitude_and_what_is_not_finite():
    cells = np.zeros((5, 5))
    cells[0, 1], cells[1, 0], cells[4, 4] = 2, -3, np.nan
    found = blocked(cells, (2, 2))
    assert found.shape == (3, 3)
    assert found[0, 0] == -3
    assert np.isnan(found[2, 2])
    assert limit_of(found) == 3


def test_a_large_matrix_is_thinned_and_tells_where_its_numbers_come_from():
    array = np.zeros((1000, 20))
    array[501, 3] = 7
    found = tile("W", array, "input", "unit")
    assert found.cells.shape == (500, 20)
    assert found.step == (2, 1)
    assert max(found.cells.shape) <= MOST_SIDE
    row, column = np.argwhere(found.cells == 7)[0]
    assert found.describe(row, column, "7") == "W   inputs 500–501, unit 3\nlargest of them: 7"


def test_a_tile_is_a_copy():
    array = np.ones((2, 2), np.float32)
    found = tile("W", array)
    array[:] = 5
    assert (found.cells == 1).all()


def test_places_have_their_names():
    named = Tile("head", np.zeros((2, 2)), "query", "key", ("a", "b"), ("c", "d"))
    assert named.describe(1, 0, "0.5") == "head   query 1 “b”, key 0 “c”\n0.5"
    wrapped = Tile("dense", np.zeros((2, 3)), wrapped=True)
    assert wrapped.describe(1, 2, "0.5") == "dense   unit 5\n0.5"


def test_nothing_finite_has_no_limit():
    assert limit_of(np.array([np.nan, np.inf])) == 0
    assert limit_of(np.zeros((0, 3))) == 0
