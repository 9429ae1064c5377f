"""Lines as they are drawn: the path, levels; and what an import of the views brings along."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from app.plots.surface.contours import crossings
from app.plots.surface.rendering import render_flat
from app.plots.surface.view import thinned
from app.plots.surface.view3d import dense, runs


def test_a_path_is_followed_between_its_points():
    path = np.array([(0.0, 0.0), (1.0, 1.0), (np.nan, 0.0), (1.0, 0.0)])
    found = dense(path, 100)
    assert len(found) == 81
    assert [tuple(point) for point in found[[0, 40, 80]]] == [(0, 0), (1, 1), (1, 0)]
    assert dense(np.zeros((0, 2)), 10).shape == (0, 2)


def test_stretches_share_a_point_where_the_path_goes_behind():
    front = np.array([True, True, False, False, True, True])
    assert runs(front, np.ones(6, bool)) == [(0, 3), (2, 5), (4, 6)]
    assert runs(front, np.array([True, True, False, True, True, True])) == [(0, 2), (3, 5), (4, 6)]


def flat(nodes, levels=(), size=(101, 20)):
    """Pixels (h, w, 4) and heights of a map, stripes of 2 px every 6."""
    hatch = np.array([[1, 2, 3, 255], [7, 8, 9, 255]], np.uint8)
    image, heights = render_flat(np.asarray(nodes, float), np.array(levels, float), size, (0.5, 1.0), hatch, (6.0, 2.0))
    return np.array(image.constBits()).reshape(size[1], size[0], 4), heights


def test_the_map_is_bilinear_with_the_second_axis_upwards():
    _, heights = flat([[0.0, 0.5], [0.25, 1.0]], size=(40, 30))
    x, y = (np.arange(40) + 0.5) / 40, 1 - (np.arange(30) + 0.5) / 30
    want = 0.25 * x[None] + 0.5 * y[:, None] + 0.25 * x[None] * y[:, None]
    np.testing.assert_allclose(heights, want, atol=1e-12)


def test_lines_of_the_map_lie_at_their_level():
    ramp = np.repeat(np.linspace(0, 1, 11)[:, None], 2, 1)
    levels = (25.5 / 101, 70.5 / 101)  # the middles of two columns of pixels
    drawn, heights = flat(ramp, levels)
    plain, _ = flat(ramp)
    changed = set(np.nonzero(np.abs(drawn.astype(int) - plain).max((0, 2)))[0])
    assert {25, 70} <= changed <= {24, 25, 26, 69, 70, 71}
    assert (drawn[:, 25, :3] == 255).all()  # light on dark colours
    assert (drawn[:, 70, :3] == 0).all()
    assert set(crossings(heights, 0.253)[:, 0]) == {25}


def test_what_is_not_finite_is_hatched_in_the_map():
    nodes = np.full((5, 5), 0.5)
    nodes[2, 2] = np.nan
    drawn, heights = flat(nodes, size=(80, 80))
    holes = np.isnan(heights)
    assert holes[20:60, 20:60].all()
    assert holes.sum() == 40 * 40
    assert {tuple(pixel) for pixel in drawn[holes]} == {(1, 2, 3, 255), (7, 8, 9, 255)}
    assert len({tuple(pixel) for pixel in drawn[~holes]}) == 1


def test_the_views_import_no_numba_before_they_draw(root):
    code = "import app.plots.surface.card_content, sys; print(sorted({'numba', 'scipy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_thinned_line_keeps_its_ends_and_its_shape():
    x = np.linspace(0, 100, 1001)
    points = np.column_stack([x, 10 * np.sin(x / 10)])
    kept = thinned(points, 2.0)
    assert 40 < len(kept) < 75
    assert (kept[0] == points[0]).all()
    assert (kept[-1] == points[-1]).all()
    assert np.hypot(*np.diff(kept, axis=0).T).max() < 4
    assert (thinned(points[:1], 2.0) == points[:1]).all()
