"""The card of attention: heads, gradients, words, choices."""

from __future__ import annotations

import numpy as np
import pytest

from app import theme
from app.plots.text import restyle
from app.plots.views.attention import BOTH, GRADIENT, NO_GRADIENT, AttentionCard
from app.watches.attention import Heads, Wish
from tests.app.plots.samples import snapshot

MAPS = (("enc.weights", "enc"), ("dec.weights", "dec"), ("dec.weights_cross", "dec, across"))


def heads(count=3, queries=4, keys=5, gradient=True, words=True):
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(keys), (count, queries))
    slope = rng.normal(size=weights.shape) if gradient else None
    names = (tuple("quer"), tuple("keyss")) if words else ((), ())
    return Heads("dec.weights", MAPS, weights, slope, *names, 2, 16)


@pytest.fixture
def card(qtbot):
    widget = AttentionCard()
    qtbot.addWidget(widget)
    widget.resize(520, 260)
    widget.show()
    return widget


def show(card, found):
    card.show_snapshot(snapshot(views={"attention": found}))


def test_a_network_without_attention_is_told_what_has_some(card):
    show(card, None)
    assert card.is_empty
    assert "Multi-head attention" in card.message.text()
    assert card.table() is None


def test_a_tile_a_head_and_its_sentence(card):
    found = heads()
    show(card, found)
    assert [one.name for one in card.mosaic.tiles] == ["head 1", "head 2", "head 3"]
    x, y, w, h = card.mosaic._layout.places[1]
    told = card.mosaic.describe(x + w * 0.5, y + h * 0.1)  # key 2, query 0
    assert told == f"head 2   ‘q’ (0) looks at ‘y’ (2): {theme.format_number(found.weights[1, 0, 2])}"
    show(card, heads(words=False))
    assert "step 0 looks at step 2" in card.mosaic.describe(x + w * 0.5, y + h * 0.1)


def test_gradients_instead_or_below(card):
    found = heads()
    show(card, found)
    card.switch.choose(GRADIENT)
    assert [one.name for one in card.mosaic.tiles] == ["∂L/∂A 1", "∂L/∂A 2", "∂L/∂A 3"]
    np.testing.assert_array_equal(card.mosaic.tiles[2].cells, found.gradient[2])
    card.switch.choose(BOTH)
    places = card.mosaic._layout.places
    assert len(places) == 6
    assert [place[0] for place in places[:3]] == [place[0] for place in places[3:]]  # each below its head


def test_no_gradient_is_told(card):
    show(card, heads(gradient=False))
    card.switch.choose(GRADIENT)
    assert card.message.text() == NO_GRADIENT
    assert card.is_empty
    card.switch.choose(BOTH)
    assert not card.is_empty
    assert len(card.mosaic.tiles) == 3


def test_it_asks_for_layers_maps_and_examples(card):
    asked = []
    card.asked.connect(asked.append)
    show(card, heads())
    card.select_layer("dec")
    card.layer.choose(2)
    card.example.choose(5)
    card.select_layer(None)
    assert asked == [Wish("dec"), Wish("dec", "dec.weights_cross"), Wish("dec", "dec.weights_cross", 5)]


def test_words_stand_beside_a_head_that_has_room(card):
    show(card, heads(1))
    assert card.mosaic._labelled


def test_the_table_has_words_weights_and_gradients(card):
    found = heads()
    show(card, found)
    table = card.table()
    rows = list(table.rows)
    assert len(rows) == found.weights.size
    assert rows[7] == (1, 1, 2, "u", "y", found.weights[0, 1, 2], found.gradient[0, 1, 2])


@pytest.mark.parametrize("width", [150, 200, 500, 1400])
@pytest.mark.parametrize("name", ["dark", "light"])
def test_it_fits_at_any_width_in_both_themes(card, width, name):
    theme.set_theme(name)
    restyle(card)
    card.resize(width, 220)
    broken = heads()
    broken.weights[0, 1, 1] = np.nan
    for found in (heads(), heads(16, 128, 128, words=False), heads(1, 1, 1, words=False), broken):
        show(card, found)
        for what in range(3):
            card.switch.choose(what)
            card.grab()
            assert card.switch.sizeHint().width() <= width
            assert card.mosaic.count > 0
    card.switch.choose(0)
    assert "1 not finite" in card.remark.text()
