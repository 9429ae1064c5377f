"""What the card says beside the pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app import theme
from app.plots.surface.card_content import EMPTY, SurfaceContent, trust
from tests.app.plots.surface.lands import ODD, land


@pytest.fixture
def content(qtbot):
    """On a bowl, 330 × 190."""
    widget = SurfaceContent()
    qtbot.addWidget(widget)
    widget.resize(330, 190)
    widget.set_landscape(
        land(explained=0.962, here_loss=0.0417, here_in_plane=0.0431, mode="as in use", rows="200 rows")
    )
    widget.show()
    return widget


def test_it_says_what_the_plane_explains_and_both_losses(content):
    words = content.words
    assert words.explained.text() == "96.2 % of the path"
    assert words.true.text() == f"true loss {theme.format_number(0.0417)}"
    assert words.inside.text() == f"in plane {theme.format_number(0.0431)}"
    assert words.mode.text() == "as in use"
    assert words.isVisible()


@pytest.mark.parametrize(
    ("share", "role"),
    [(0.962, "good"), (0.8, "good"), (0.79, "backward_text"), (0.4, "backward_text"), (0.39, "bad"), (0.0, "bad"),
     (float("nan"), "dim")],
)  # fmt: skip
def test_trust_has_a_colour(content, share, role):
    content.set_landscape(land(explained=share))
    assert trust(share) == role
    assert content.words.explained.role == role
    assert (content.words.explained.text() == "no path yet") == np.isnan(share)


def test_the_switch_shows_the_other_picture(content):
    assert content.shown is content.view3d
    content.switch.choose(1)
    assert content.shown is content.map
    assert content.map.landscape is content.landscape
    assert not content.grab().isNull()


def test_a_line_is_shown_as_a_curve_whatever_the_switch_says(content):
    content.switch.choose(1)
    content.set_landscape(land(size=(21, 1)))
    assert content.shown is content.curve
    assert not content.switch.isVisible()
    assert content.words.plane.text() == "line explains"
    content.set_landscape(land())
    assert content.shown is content.map
    assert content.switch.isVisible()


def test_without_values_it_says_how_to_get_them(content):
    content.show_empty()
    assert content.shown is None
    assert content.message.text() == EMPTY
    assert not content.words.isVisible()
    content.set_landscape(ODD["all NaN"])
    assert content.shown is None


def test_the_place_chosen_in_any_view_is_passed_on(content, qtbot):
    for view in content.views:
        with qtbot.waitSignal(content.place_chosen) as caught:
            view.place_chosen.emit(0.25, -0.5)
        assert caught.args == [0.25, -0.5]


def test_progress_is_a_line_that_goes_when_all_is_done(content, pixel):
    y = content.height() - 1
    content.show_progress(1, 2)
    assert pixel(content, 20, y) == theme.current().forward
    assert pixel(content, 300, y) == theme.current().raised
    content.show_progress(2, 2)
    assert pixel(content, 20, y) != theme.current().forward


@pytest.mark.parametrize("size", [(330, 190), (300, 170), (200, 120), (1200, 800)])
@pytest.mark.parametrize("index", [0, 1])
def test_words_and_picture_keep_off_each_other(content, qtbot, size, index):
    content.resize(*size)
    content.switch.choose(index)
    view = content.shown
    shown = [text for text in (*content.words.top, *content.words.foot) if text.isVisible()]
    assert (len(shown) > 1) == (size[0] >= 300)
    assert content.words.explained in shown or (index and size[0] < 300)  # how honest the picture is, is told
    labels = view.labels(view.axes()) if index else view.labels(view.landscape, view.camera())
    rects = [rect.translated(view.mapTo(content, view.rect().topLeft()).toPointF()) for _, rect, *_ in labels.placed]
    texts = [text for text in (*content.words.top, *content.words.foot) if text.isVisible()]
    blocks = content.words.blocks() if texts else ()
    for text in texts:
        top = text.mapTo(content, text.rect().topLeft()).toPointF()
        assert text.width() >= text.sizeHint().width()
        assert text.height() >= text.sizeHint().height()
        assert any(block.adjusted(-1, -1, 1, 1).contains(top) for block in blocks)
    assert not any(rect.intersects(block) for rect in rects for block in blocks)
    if index and texts:
        area = view.axes().area.translated(view.mapTo(content, view.rect().topLeft()).toPointF())
        assert not any(area.intersects(block) for block in blocks)


def test_less_important_lines_go_first_where_it_is_low(content):
    content.resize(330, 100)
    assert content.words.explained.isVisible()
    assert content.words.true.isVisible()
    assert not content.words.rows.isVisible()


def test_the_theme_reaches_everything(content):
    dark = content.grab().toImage()
    theme.set_theme("light")
    content.apply_theme()
    assert content.grab().toImage() != dark
    assert theme.LIGHT.good in content.words.explained.styleSheet()


def test_the_switch_can_stand_in_the_heading_of_a_card(qtbot):
    head = QWidget()
    qtbot.addWidget(head)
    row = QHBoxLayout(head)
    content = SurfaceContent(heading=row.addWidget)
    qtbot.addWidget(content)
    assert content.switch.parentWidget() is head


@pytest.mark.parametrize("name", ODD)
def test_odd_input_is_shown(content, name):
    for index in (0, 1):
        content.switch.choose(index)
        content.set_landscape(replace(ODD[name]))
        assert not content.grab().isNull()
