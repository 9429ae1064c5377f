"""Watch and card of the plane through data of many features."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import engine
from app.plots.views.plane import PlaneCard
from app.watches.plane import SIDE, PlaneWish, Watch
from engine.errors import SessionError
from engine.files import LESSONS, load


def session(lesson="iris", steps=60):
    made = engine.Session.from_network(load(LESSONS / f"{lesson}.chainrule"))
    made.train(steps=steps)
    return made


def shot(found):
    return SimpleNamespace(views={} if found is None else {"plane": found})


@pytest.fixture
def card(qtbot):
    made = PlaneCard()
    qtbot.addWidget(made)
    made.resize(260, 240)
    made.show()
    return made


def test_two_features_with_the_others_at_their_mean():
    made = session()
    found = Watch(made, PlaneWish(2, 0)).look()()
    x0, _, _, y1 = found.boundary.extent
    row = made.dataset.train.x.mean(0).astype(np.float32)
    row[2], row[0] = x0, y1
    said = made.probabilities(row[None])[0]
    np.testing.assert_allclose(found.boundary.values[SIDE - 1, 0], said, atol=1e-5)
    assert found.data.feature_names == (found.features[2], found.features[0])
    np.testing.assert_allclose(found.data.train.x, made.dataset.train.x[:, [2, 0]], atol=1e-6)
    assert 0 < found.share < 1


def test_the_plane_of_the_principal_components_holds_most():
    made = session()
    found = Watch(made).look()()
    x = made.dataset.train.x.astype(float)
    values = np.linalg.svd(x - x.mean(0), compute_uv=False) ** 2
    assert found.share == pytest.approx(values[:2].sum() / values.sum(), rel=1e-6)
    assert all(Watch(made, PlaneWish(a, b)).look()().share <= found.share + 1e-9 for a, b in ((0, 1), (2, 3)))


@pytest.mark.parametrize("lesson", ["iris", "wine", "diabetes", "digits", "circles"])
def test_all_kinds_of_data_are_drawn(card, lesson):
    made = session(lesson, 5)
    found = Watch(made).look()()
    assert found.boundary.values.shape[:2] == (SIDE, SIDE)
    card.show_snapshot(shot(found))
    card.grab()
    assert "of the variance" in card.remark.text()
    assert next(iter(card.table().rows))[0] == found.boundary.extent[0]


def test_features_are_chosen(card):
    card.show_snapshot(shot(Watch(session()).look()()))
    found = []
    card.asked.connect(found.append)
    card.switch.choose(1)
    card.across.setCurrentIndex(3)
    card.across.activated.emit(3)
    card.switch.choose(0)
    assert found == [PlaneWish(0, 1), PlaneWish(3, 1), PlaneWish()]


def test_a_plane_of_one_feature_or_of_another_network_s_is_that_of_the_components():
    made = session("iris", 1)
    for wish in (PlaneWish(1, 1), PlaneWish(0, 99), "odd"):
        assert Watch(made, wish).look()().data.feature_names == ("1st component", "2nd component")


def test_what_has_no_plane_says_so(card):
    card.show_snapshot(shot(None))
    assert card.is_empty
    with pytest.raises(SessionError, match="of one"):
        Watch(session("drawn_curve", 1)).look()
    with pytest.raises(SessionError, match="tokens"):
        Watch(session("reversal", 1)).look()
    with pytest.raises(SessionError, match="answer"):
        Watch(session("denoising_autoencoder", 1)).look()
