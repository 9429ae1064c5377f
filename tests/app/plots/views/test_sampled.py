"""The view of sampled text: what is asked, how sure tokens look, and what stays when something is wrong."""

from __future__ import annotations

import pytest

from app import theme
from app.plots.views import views
from app.plots.views.sampled import marked, tone
from app.watches.base import Trouble
from app.watches.sampled import Prompt, Sample, Samples
from tests.app.plots.samples import snapshot

SAMPLE = Sample(1200, "ROMEO.\n", ("a", "<", "b>", "\n", "c"), (0.95, 0.6, 0.2, 0.01, float("nan")))


@pytest.fixture
def card(qtbot):
    widget = views()["sampled"].card()
    qtbot.addWidget(widget)
    widget.resize(400, 260)
    widget.show()
    return widget


def show(card, found) -> None:
    card.show_snapshot(snapshot(views={"sampled": found}))


def test_it_says_for_which_networks_it_is(card):
    show(card, None)
    assert "token which comes next" in card.message.text()
    show(card, Trouble("No room."))
    assert card.message.text() == "No room."
    assert card.table() is None


def test_samples_stand_with_step_and_prompt_the_newest_on_top(card):
    show(card, Samples((SAMPLE, Sample(900, "", ("old",), (0.5,)))))
    text = card.text.toPlainText()
    assert text.index("ROMEO.") < text.index("a<b>\nc") < text.index("old")
    assert card.remark.text() == f"step {theme.format_count(1200)}"
    lines = card.table().to_csv().decode().splitlines()
    assert lines[1] == "1200,1,a,0.95"
    card.grab()


def test_the_less_sure_the_fuller_the_tone(card):
    tones = [tone(p) for p in (0.95, 0.6, 0.2, 0.01)]
    assert len(set(tones)) == 4
    assert theme.current().dim in tones[0]
    assert theme.current().text in tones[2]
    assert "background" in tones[3]
    assert tone(float("nan")) == tones[3]
    assert "&lt;" in marked(SAMPLE)
    assert marked(SAMPLE).count("<span") == marked(SAMPLE).count("</span>") == 2 + 4


def test_prompt_temperature_and_length_are_asked_for(card, qtbot):
    show(card, Samples((SAMPLE,)))
    with qtbot.waitSignal(card.asked, timeout=3000) as asked:
        qtbot.keyClicks(card.prompt, "To be\\n")
    assert asked.args[0] == Prompt("To be\n")
    with qtbot.waitSignal(card.asked, timeout=3000) as asked:
        card.temperature.line.selectAll()
        qtbot.keyClicks(card.temperature.line, "1.5")
    assert asked.args[0].temperature == 1.5
    with qtbot.waitSignal(card.asked) as asked:
        card.again()
    assert asked.args[0].turn == 1


def test_trouble_stands_above_what_was_said(card):
    show(card, Samples((SAMPLE,), "'?' is not in the vocabulary."))
    assert card.note.isVisible()
    assert "ROMEO" in card.text.toPlainText()
    show(card, Samples((SAMPLE,)))
    assert not card.note.isVisible()


@pytest.mark.parametrize("width", [170, 200, 500])
def test_the_prompt_has_room(card, width):
    card.resize(width, 220)
    show(card, Samples((SAMPLE,)))
    card.grab()
    assert card.prompt.width() >= 150
