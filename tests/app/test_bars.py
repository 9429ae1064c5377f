"""Top bar and foot: figures that keep their place, buttons that can be pressed when they should."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from app import theme
from app.commands import ARROWS, TABLE, make_actions
from app.icons import DRAWN, icon
from app.snapshot import Snapshot
from app.statusbar import WORDS, StatusBar
from app.topbar import GIVE_WAY, TRANSPORT, TopBar

RUNNING = Snapshot(1, "running", steps=12480, epoch=312.4, steps_per_second=184_000, loss=0.0417,
                   metrics={"train_accuracy": 0.9, "val_accuracy": 0.985}, learning_rate=0.03)  # fmt: skip


@pytest.fixture
def bar(app, dark, qtbot) -> TopBar:
    owner = QWidget()
    qtbot.addWidget(owner)
    made = TopBar(make_actions(owner), owner)
    made.resize(1280, 52)
    owner.resize(1280, 60)
    owner.show()
    made.owner = owner  # Python would let it go
    return made


def figures(bar: TopBar) -> dict[str, str]:
    return {name: figure.value.text() for name, figure in bar.figures.items()}


def test_figures(bar):
    bar.show_snapshot(RUNNING)
    assert figures(bar) == {
        "step": "12\u2009480",
        "epoch": "312.4",
        "loss": "0.04170",
        "metric": "98.5 %",
        "rate": "184 k",
    }
    assert bar.rate.field.text() == "0.03"
    assert bar.figures["metric"].name.text() == "val. accuracy"
    bar.show_snapshot(dataclasses.replace(RUNNING, metrics={"train_r2": 0.4567}, loss=float("nan")))
    assert bar.figures["metric"].name.text() == "train R²"
    assert figures(bar)["metric"] == "0.4567"
    assert figures(bar)["loss"] == "NaN"


def test_nothing_jumps(bar, app):
    places = []
    for snapshot in (
        Snapshot(),
        RUNNING,
        dataclasses.replace(RUNNING, steps=123_456_789, loss=1.234e-12, epoch=98765.0),
    ):
        bar.show_snapshot(snapshot)
        app.processEvents()
        places.append([widget.geometry() for widget in (*bar.buttons.values(), *bar.figures.values(), bar.rate)])
    assert places[0] == places[1] == places[2]


def test_buttons_follow_the_state(bar):
    enabled = {}
    for state in WORDS:
        bar.show_snapshot(dataclasses.replace(RUNNING, state=state))
        enabled[state] = {name for name in bar.buttons if bar.actions_by_name[name].isEnabled()} - {"open", "theme"}
    everything = {"reset", "step_back", "play_back", "run", "step", "step_layer"}
    assert enabled["running"] == enabled["paused"] == enabled["stepping"] == everything
    assert enabled["loading"] == enabled["compiling"] == {"run"}  # asked for now, it begins when it can
    assert enabled["failed"] == set()
    assert enabled["diverged"] == {"reset", "step_back"}
    bar.show_snapshot(Snapshot(1, "ready"))
    assert not bar.actions_by_name["step_back"].isEnabled()


def test_every_action_has_a_name_and_a_shortcut_in_its_tip(bar):
    keys = [key for _, shortcuts in TABLE.values() for key in shortcuts]
    assert len(keys) == len(set(keys))
    for name, (text, shortcuts) in TABLE.items():
        assert text in bar.actions_by_name[name].toolTip()
        assert ARROWS.get(shortcuts[0], shortcuts[0]) in bar.actions_by_name[name].toolTip()


def test_long_titles_give_way(bar, app):
    bar.show_document("A network with a title that is much longer than any top bar has room for", clean=False)
    app.processEvents()
    assert bar.title.text().startswith("A network")
    assert bar.title.text().endswith("…   • edited")
    assert "• edited" in bar.title.toolTip()
    assert bar.title.geometry().right() < bar.buttons["reset"].geometry().left()


@pytest.mark.parametrize("width", [960, 1040, 1120, 1200, 1280, 1600])
def test_narrow_bar_leaves_figures_out_and_nothing_overlaps(bar, app, width):
    bar.owner.resize(width, 60)
    bar.resize(width, 52)
    bar.show_snapshot(RUNNING)
    app.processEvents()
    hidden = [figure.isHidden() for figure in (bar.figures[name] for name in GIVE_WAY)]
    assert hidden == sorted(hidden, reverse=True)
    assert any(hidden) == (width < 1200)
    row = [*(bar.buttons[name] for name in TRANSPORT), bar.more, bar.pace, *bar.figures.values(), bar.rate, bar.search]
    shown = [widget.geometry() for widget in row if not widget.isHidden()]
    assert all(one.right() < other.left() for one, other in itertools.pairwise(shown))
    assert all(bar.buttons[name].width() == 34 for name in TRANSPORT)
    assert bar.pace.width() == 62
    assert bar.buttons["theme"].geometry().right() < width


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_icons_are_drawn_in_their_colour(app, name):
    image = icon(name, "#4c9dff").pixmap(QSize(16, 16), 2.0).toImage()
    colours = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    inked = [colour.name() for colour in colours if colour.alpha() == 255]
    assert len(inked) > 15
    assert set(inked) == {"#4c9dff"}


def test_foot_tells_progress_and_place(app, qtbot):
    foot = StatusBar()
    qtbot.addWidget(foot)
    foot.resize(900, 30)
    foot.show()
    foot.show_snapshot(Snapshot(message="Loading the engine", progress=0.5))
    assert foot.progress.isVisible()
    assert foot.progress.value() == 500
    assert foot.message.text() == "Loading the engine"
    foot.show_snapshot(
        dataclasses.replace(RUNNING, instructions=("a", "b"), cursor=1, parameter_count=138, arena_bytes=92_000)
    )
    assert not foot.progress.isVisible()
    assert foot.size.text() == "2 operations  ·  138 parameters  ·  arena 92 kB"
    assert foot.where.text() == "step 12\u2009480  ·  operation 1 of 2"
    assert foot.state.palette().windowText().color().name() == theme.DARK.forward_text


def test_millions_of_epochs_are_not_cut(bar):
    bar.show_snapshot(Snapshot(1, "running", steps=439_000_000, epoch=4_390_000.0))
    epoch = bar.figures["epoch"]
    assert epoch.value.text() == "4.39 M"
    assert epoch.value.fontMetrics().horizontalAdvance(epoch.value.text()) <= epoch.width()
