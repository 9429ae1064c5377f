"""The card of distributions: what it asks for, draws and says."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from app import theme
from app.plots.text import restyle
from app.plots.views import views
from app.plots.views.histograms import MISSING, SOON, HistogramsCard
from app.watches.histograms import Distribution, Recorded
from app.worker_histograms import Histograms


def recorded(*looks, name: str = "hidden.a", what: str = "activation") -> Recorded:
    record = Histograms(1)
    for step, numbers in enumerate(looks):
        record.add(step * 10, np.asarray(numbers, float), np.zeros(len(numbers), np.int64))
    return Recorded(Distribution("hidden", what), "hidden", name, record.columns(0))


def normal(size: float = 1.0) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(500) * size


@pytest.fixture
def card(qtbot):
    widget = HistogramsCard()
    qtbot.addWidget(widget)
    widget.resize(480, 220)
    widget.show()
    return widget


def show(card, found, state: str = "paused") -> None:
    card.show_snapshot(SimpleNamespace(views={"histograms": found}, state=state))


def test_it_is_a_tab_beside_the_activations():
    assert views()["histograms"].near == "activations"


def test_it_says_what_would_be_there(card):
    show(card, None)
    assert card.message.text() == SOON
    show(card, recorded())
    assert card.message.text() == SOON
    show(card, Recorded(Distribution("add", "weight"), "add"))
    assert card.message.text() == MISSING["weight"].format(layer="add")
    assert card.table() is None


def test_it_asks_for_the_selected_layer_and_for_what_the_switch_says(card):
    asked = []
    card.asked.connect(asked.append)
    card.select_layer("hidden")
    card.select_layer("hidden")
    card.switch.choose(1)
    card.switch.choose(2)
    card.select_layer(None)
    assert asked == [Distribution("hidden"), Distribution("hidden", "gradient"), Distribution("hidden", "weight"),
                     Distribution(None, "weight")]  # fmt: skip


def test_words_are_of_the_last_column(card):
    show(card, recorded(normal(), [0.0, 0.0, 1.0, 1.0]))
    assert card.remark.text() == "hidden.a 50 % are 0 · even axis"
    show(card, recorded(normal(), normal(1e-4)))
    assert card.remark.text() == "hidden.a · log axis"
    show(card, recorded(normal(), np.zeros(5)))
    assert card.remark.text().startswith("hidden.a all 0")
    show(card, recorded(normal(), [np.nan, np.inf, 1, 2]))
    assert card.remark.text().startswith("50.0 % not finite")


def test_the_map_is_brightest_where_most_are(card, pixel):
    show(card, recorded(np.concatenate([np.full(900, 0.9), np.full(100, -0.9)])))
    plot, area = card.plot, card.plot.area()
    middle = area.center().x()
    many, few, none = (pixel(plot, middle, area.bottom() - plot._along(at) * area.height()) for at in (0.9, -0.9, 0.3))
    assert len({many, few, none}) == 3
    assert none == theme.current().raised


def test_what_is_not_finite_is_a_red_strip(card, pixel):
    show(card, recorded(normal(), [np.nan, 1.0]))
    assert pixel(card.plot, card.plot.area().right() - 3, 2) == theme.current().bad
    assert "50.0 % not finite" in card.plot.describe(card.plot.area().right() - 3, 2)


def test_the_tip_tells_steps_and_values(card):
    show(card, recorded(np.full(10, 0.9), np.full(10, 0.9)))
    plot, area = card.plot, card.plot.area()
    told = plot.describe(area.right() - 2, area.bottom() - plot._along(0.9) * area.height())
    assert told.startswith("step 10\n100.0 % between 0.8")
    assert plot.describe(1, 1) == ""


@pytest.mark.parametrize("size", [(110, 110), (200, 160), (500, 220), (1500, 800)])
@pytest.mark.parametrize("looks", [[[0.0]], [[1.0]] * 3, [normal(10.0**-i) for i in range(20)], [[np.nan] * 4]])
def test_both_forms_are_drawn_at_any_size_in_both_themes(card, qtbot, size, looks):
    card.resize(*size)
    show(card, recorded(*looks))
    qtbot.wait(1)
    for name in ("dark", "light"):
        theme.set_theme(name)
        restyle(card)
        for form in (0, 1):
            card.form.choose(form)
            assert not card.grab().isNull()


def test_both_switches_fit_at_200_px_and_one_gives_way_below(card, qtbot):
    show(card, recorded(normal()))
    card.resize(200, 160)
    qtbot.wait(1)
    assert card.form.isVisible()
    assert card.form.geometry().right() <= 200
    assert card.switch.width() >= card.switch.minimumSizeHint().width()
    card.resize(120, 160)
    assert not card.form.isVisible()


def test_ridges_stand_oldest_first(card):
    show(card, recorded(*(normal() for _ in range(40))))
    card.form.choose(1)
    rows = card.plot.rows()
    assert rows[0] == 0
    assert rows[-1] == 39
    assert (np.diff(rows) > 0).all()


def test_the_numbers_as_a_table(card):
    show(card, recorded([1.0, 1.0, 0.0, -1.0]))
    rows = list(card.table().rows)
    assert sum(row[-1] for row in rows) == pytest.approx(1)
    assert all(low < high for _, _, low, high, _ in rows)


def test_another_wish_is_drawn_at_once_while_training_runs(card):
    show(card, recorded(normal()), "running")
    show(card, recorded(normal(), normal()), "running")
    assert len(card.plot.shares.spans) == 1
    show(card, recorded(normal(), normal(), name="hidden.W", what="weight"), "running")
    assert len(card.plot.shares.spans) == 2
    assert card.remark.text().startswith("hidden.W")
