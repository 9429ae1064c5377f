"""Lines as they are drawn: the path, levels; and what an import of the views brings along."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from app.plots.surface.contours import crossings, lines
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


def test_lines_of_the_map_lie_at_their_level():
    x = np.linspace(0, 1, 101)
    heights = np.repeat(x[None], 20, 0)
    covered = lines(heights, np.array([0.25, 0.7]), 0.5)
    assert covered[:, 25].min() == pytest.approx(1)
    assert covered[:, 70].min() == pytest.approx(1)
    assert set(np.nonzero(covered > 1e-6)[1]) <= {24, 25, 26, 69, 70, 71}
    assert set(crossings(heights, 0.253)[:, 0]) == {25}


def test_the_views_import_no_numba_before_they_draw(root):
    code = "import app.plots.surface.card_content, sys; print(sorted({'numba', 'scipy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
