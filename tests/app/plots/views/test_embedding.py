"""The card of points: methods, axes, words, what is said while they are worked out."""

from __future__ import annotations

import numpy as np
import pytest

from app import theme
from app.plots.text import restyle
from app.plots.views.embedding import EmbeddingCard
from app.watches.embedding import PCA, TSNE, Points, Wish
from tests.app.plots.samples import snapshot


def points(count=40, method=PCA, words=False, colours=None, left_out=0):
    xy = np.random.default_rng(0).normal(size=(count, 2))
    told = tuple(f"class {k % 3}   validation row {k}" for k in range(count))
    named = tuple(f"w{k}" for k in range(count)) if words else ()
    values = np.arange(count) % 3 if colours is None and not words else colours
    return Points("dense1", method, xy, told, named, values, ("a", "b", "c"), (0.5, 0.25) if method == PCA else None,
                  f"{count} validation rows", left_out)  # fmt: skip


@pytest.fixture
def card(qtbot):
    widget = EmbeddingCard()
    qtbot.addWidget(widget)
    widget.resize(480, 240)
    widget.show()
    return widget


def show(card, found):
    card.show_snapshot(snapshot(views={"embedding": found}))


def test_nothing_yet_says_what_would_be_there(card):
    show(card, None)
    assert card.is_empty
    assert "embedding table" in card.message.text()
    assert card.table() is None
    show(card, points(0))
    assert "finite" in card.message.text()


def test_axes_say_their_share_of_the_variance(card):
    show(card, points())
    assert card.cloud.axes == ("PC 1 · 50.0 %", "PC 2 · 25.0 %")
    card.switch.choose(1)
    show(card, points(method=TSNE))
    assert card.cloud.axes == ("", "")
    assert "who is near whom" in card.remark.toolTip()


def test_it_asks_for_layer_and_method_and_says_that_it_waits(card):
    asked = []
    card.asked.connect(asked.append)
    show(card, points())
    card.select_layer("dense1")
    card.switch.choose(1)
    assert asked == [Wish("dense1"), Wish("dense1", TSNE)]
    assert "t-SNE is being worked out" in card.remark.text()
    show(card, points(method=TSNE))
    assert card.remark.text() == "dense1 · 40 validation rows"


def test_rows_that_are_left_out_are_counted(card):
    show(card, points(left_out=3))
    assert card.remark.text().startswith("3 not finite")


def test_the_table_says_where_every_point_lies(card):
    found = points(words=True)
    show(card, found)
    rows = list(card.table().rows)
    assert rows[5] == ("w5", found.told[5], *found.points[5], "")
    show(card, points())
    assert list(card.table().rows)[5][-1] == 2


@pytest.mark.parametrize("width", [200, 500, 1400])
@pytest.mark.parametrize("name", ["dark", "light"])
def test_it_fits_at_any_width_in_both_themes(card, width, name):
    theme.set_theme(name)
    restyle(card)
    card.resize(width, 220)
    numbers = np.linspace(-1, 1, 40)
    for found in (points(), points(800), points(words=True), points(colours=numbers), points(1)):
        show(card, found)
        card.grab()
        assert card.switch.sizeHint().width() < width
        places, area = card.cloud.places(), card.cloud.area()
        assert area.left() <= places[:, 0].min()
        assert places[:, 0].max() <= area.right()
