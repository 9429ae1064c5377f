"""The card of weights: what it asks for, what it says, and that it fits."""

from __future__ import annotations

import numpy as np
import pytest

from app import theme
from app.plots.text import restyle
from app.plots.views.filters import FiltersCard
from app.tiles import tile
from app.watches._weights import Sheet
from app.watches.filters import GRADIENTS, MAPS, WEIGHTS, Images, Wish
from tests.app.plots.samples import snapshot


def images(count=6, what=WEIGHTS, total=None, channels=(), array=None, name="unit"):
    rng = np.random.default_rng(0)
    tiles = tuple(tile(f"{name} {k}", rng.normal(size=(5, 5)) if array is None else array) for k in range(count))
    return Images("conv1", what, Sheet(tiles, total or count, "units", 0, channels), 1, 8, 0)


@pytest.fixture
def card(qtbot):
    widget = FiltersCard()
    qtbot.addWidget(widget)
    widget.resize(520, 240)
    widget.show()
    return widget


def show(card, found):
    card.show_snapshot(snapshot(views={"filters": found}))


def asked(card):
    found = []
    card.asked.connect(found.append)
    return found


def test_nothing_yet_says_what_would_be_there(card):
    show(card, None)
    assert card.is_empty
    assert "Select a layer" in card.message.text()
    assert card.table() is None


def test_it_asks_for_what_is_chosen(card):
    found = asked(card)
    show(card, images(channels=("all channels", "channel 0")))
    card.select_layer("conv1")
    card.select_layer("conv1")
    card.channel.choose(1)
    card.switch.choose(GRADIENTS)
    card.switch.choose(MAPS)
    show(card, images(what=MAPS))
    card.example.choose(4)
    assert found == [Wish("conv1"), Wish("conv1", channel=1), Wish("conv1", GRADIENTS, channel=1),
                     Wish("conv1", MAPS, channel=1), Wish("conv1", MAPS, 4, 1)]  # fmt: skip


def test_controls_are_there_where_they_mean_something(card):
    show(card, images(channels=("all channels", "channel 0")))
    assert (card.channel.isHidden(), card.example.isHidden()) == (False, True)
    show(card, images(what=MAPS))
    assert (card.channel.isHidden(), card.example.isHidden()) == (True, False)
    assert "2 of 8" in card.example.words[card.example.index]
    show(card, images(1))
    assert card.scale.isHidden()


def test_the_remark_tells_how_many_of_how_many(card):
    show(card, images(6))
    assert card.remark.text() == "conv1 · 6 units"
    show(card, images(400, total=1024))
    assert card.remark.text() == f"conv1 · {card.mosaic.count} of {theme.format_count(1024)} units"
    assert card.mosaic.count < 400
    show(card, images(1, array=np.zeros((3, 7)), name="W"))
    assert card.remark.text() == "conv1 · W 0 3×7"


def test_numbers_that_are_not_finite_are_counted(card):
    array = np.ones((5, 5))
    array[2, 3] = np.nan
    show(card, images(4, array=array))
    assert card.remark.text().startswith("4 not finite")


def test_each_its_own_scale_has_no_common_bar(card):
    show(card, images(6))
    assert card.bar.isVisible()
    assert card.bar.limit == pytest.approx(max(one.limit for one in card.mosaic.tiles))
    card.scale.choose(1)
    assert not card.bar.isVisible()
    card.mosaic.turn()
    assert card.bar.isVisible()
    assert card.bar.limit == pytest.approx(card.mosaic.tiles[0].limit)


def test_the_table_has_every_number(card):
    show(card, images(3))
    rows = list(card.table().rows)
    assert len(rows) == 75
    assert rows[30] == ("unit 1", 1, 0, card.mosaic.tiles[1].cells[1, 0])
    assert card.table().to_csv().startswith(b"tile,row,column,value\nunit 0,0,0,")


def test_the_same_look_is_not_drawn_twice(card, monkeypatch):
    found, drawn = images(), []
    show(card, found)
    monkeypatch.setattr(card.mosaic, "set_tiles", lambda *args: drawn.append(args))
    show(card, found)
    assert not drawn


@pytest.mark.parametrize("width", [160, 200, 500, 1400])
@pytest.mark.parametrize("name", ["dark", "light"])
def test_it_fits_at_any_width_in_both_themes(card, width, name):
    theme.set_theme(name)
    restyle(card)
    card.resize(width, 200)
    for found in (images(128), images(128, what=MAPS), images(2, channels=("all channels", "channel 0"))):
        show(card, found)
        card.grab()
        assert card.switch.sizeHint().width() <= width
        assert card.mosaic.count > 0
