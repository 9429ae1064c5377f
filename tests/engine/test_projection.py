"""Points in two dimensions: principal components and t-SNE against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

from engine.projection import divergence, neighbourhoods, principal, tsne


@pytest.fixture(scope="module")
def digits():
    return load_digits().data[:250] / 16


@pytest.mark.parametrize("shape", [(60, 5), (20, 100), (30, 30), (3, 2)])
def test_principal_axes_are_those_of_scikit_learn(shape):
    x = np.random.default_rng(0).normal(size=shape) * np.arange(1, shape[1] + 1)
    ours, theirs = principal(x), PCA(2).fit(x)
    points = theirs.transform(x)
    signs = np.sign((ours.points * points).sum(0))
    np.testing.assert_allclose(ours.points, points * signs, atol=1e-8 * np.abs(points).max())
    np.testing.assert_allclose(ours.shares, theirs.explained_variance_ratio_, rtol=1e-8)


def test_an_axis_keeps_its_direction_from_look_to_look():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 6)) * [9, 5, 1, 1, 1, 1]
    first = principal(x).points
    for flipped in (first, first * [-1, 1], first * [1, -1], -first):
        again = principal(x + rng.normal(size=x.shape) * 0.01, flipped).points
        assert ((again * flipped).sum(0) > 0).all()


def test_without_a_look_before_the_longest_point_of_each_axis_is_positive():
    x = np.random.default_rng(2).normal(size=(40, 4))
    for given in (x, -x):
        points = principal(given).points
        assert (points[np.abs(points).argmax(0), [0, 1]] > 0).all()


@pytest.mark.parametrize("x", [np.zeros((0, 3)), np.ones((1, 3)), np.ones((5, 3)), np.arange(4.0)[:, None],
                               np.full((4, 2), 1e200) * np.arange(4)[:, None]])  # fmt: skip
def test_odd_rows_give_finite_points(x):
    found = principal(x)
    assert found.points.shape == (len(x), 2)
    assert np.isfinite(found.points).all()
    assert all(0 <= share <= 1 + 1e-12 for share in found.shares)


def test_a_neighbourhood_has_the_entropy_that_is_asked_for(digits):
    for perplexity in (5.0, 30.0):
        far = ((digits[:, None] - digits[None]) ** 2).sum(-1)
        p = neighbourhoods(digits, perplexity)
        np.testing.assert_allclose(p, p.T)
        assert p.sum() == pytest.approx(1)
        assert (np.diag(p) == 0).all()
        nearest = np.where(np.eye(len(p), dtype=bool), np.inf, far).argmin(1)
        assert (p[np.arange(len(p)), nearest] >= np.median(p, 1)).all()
    assert neighbourhoods(digits, 5.0).max() > neighbourhoods(digits, 30.0).max()


def test_tsne_is_as_good_as_that_of_scikit_learn(digits):
    ours = tsne(digits, principal(digits).points).points
    theirs = TSNE(init="pca", method="exact", random_state=0).fit_transform(digits)
    p = neighbourhoods(digits)
    assert divergence(p, ours) < 1.1 * divergence(p, theirs)
    assert trustworthiness(digits, ours) > trustworthiness(digits, theirs) - 0.02


def test_tsne_goes_on_from_where_it_was(digits):
    p, start = neighbourhoods(digits), principal(digits).points
    half = tsne(digits, start, turns=200).points
    on = tsne(digits, half, turns=60, early=0).points
    assert divergence(p, on) < divergence(p, half)
    moved = np.abs(on - half).max() / np.abs(half).max()
    assert 0 < moved < 0.5


def test_tsne_gives_up_when_told_to(digits):
    asked = []

    def go_on():
        asked.append(1)
        return len(asked) < 5

    assert tsne(digits, principal(digits).points, go_on=go_on) is None
    assert len(asked) == 5


@pytest.mark.parametrize("x", [np.zeros((2, 3)), np.ones((6, 3)), np.repeat(np.eye(4), 3, 0)])
def test_few_or_equal_rows_do_no_harm(x):
    found = tsne(x, principal(x).points, turns=50)
    assert found.points.shape == (len(x), 2)
    assert np.isfinite(found.points).all()
