"""The page that the program begins with."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest

from app import files_recent, theme
from app.welcome import WelcomePage
from app.welcome_picture import MOST, draw, picture_of
from app.window import MainWindow
from engine.files import LESSONS, lessons, load
from engine.network import Network


@pytest.fixture
def started(app, make_live, answers):
    """A window that was opened without a file, with its cards."""
    window = MainWindow()
    window.files.dialogs = answers()
    window.resize(1280, 800)
    window.show()
    alone = make_live(window)
    end = time.monotonic() + 30
    while not window.welcome.cards:
        app.processEvents()
        assert time.monotonic() < end
    yield alone
    window.files.dialogs = answers()
    window.close()
    window.deleteLater()


def test_program_begins_with_the_ready_made_networks(started):
    window = started.window
    assert window.stack.currentWidget() is window.welcome
    assert {card.path for card in window.welcome.cards} == {path for _, _, path in lessons()}
    sizes = [card.picture.units for card in window.welcome.cards]
    assert sizes == sorted(sizes)
    assert window.welcome.back.isHidden()
    for card in window.welcome.cards:
        assert card.title
        assert card.about
        assert 0 <= card.geometry().left() < card.geometry().right() < window.width()


def test_card_opens_its_network_with_mouse_and_keyboard(started, qtbot):
    window = started.window
    first, second = window.welcome.cards[:2]
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert window.document.path == first.path
    assert window.stack.currentIndex() == 0
    window.actions_by_name["welcome"].trigger()
    assert window.stack.currentWidget() is window.welcome
    assert window.document.network.title in window.welcome.back.text()
    QTest.keyClick(second, Qt.Key.Key_Return)
    assert window.document.path == second.path
    window.actions_by_name["welcome"].trigger()
    QTest.keyClick(window.welcome, Qt.Key.Key_Escape)
    assert window.stack.currentIndex() == 0


def test_tab_begins_with_a_new_network_and_enter_presses(started, app, qtbot):
    window = started.window
    window.activateWindow()
    window.welcome.setFocus()
    app.processEvents()
    reached = []
    for _ in range(4 + window.welcome.recent.count()):
        qtbot.keyClick(app.focusWidget(), Qt.Key.Key_Tab)
        reached.append(app.focusWidget())
    assert reached[:3] == [*window.welcome.commands, window.welcome.csv]
    first, second = window.welcome.cards[:2]
    assert first in reached
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    window.welcome.commands[0].setFocus()
    qtbot.keyClick(window.welcome.commands[0], Qt.Key.Key_Return)
    assert list(window.document.network.nodes) == ["input1"]
    assert window.stack.currentIndex() == 0


def test_the_pointer_looks_quieter_than_the_keys(started, app, qtbot):
    window = started.window
    window.activateWindow()
    card = window.welcome.cards[0]
    blue = theme.color(theme.current().forward).name()

    def border() -> str:
        return card.grab().toImage().pixelColor(card.width() // 2, 0).name()

    card.clearFocus()
    plain = border()
    card.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    hovered = border()
    card.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    card.setFocus()
    assert card.hasFocus()
    assert border() == blue
    assert hovered not in (blue, plain)


def test_new_network_and_recent_files(started, tmp_path, monkeypatch):
    window = started.window
    path = str(tmp_path / "mine.chainrule")
    Network(title="mine").save(path)
    monkeypatch.setattr(files_recent, "recent", lambda: [path, str(tmp_path / "gone.chainrule")])
    window.show_welcome()
    rows = [window.welcome.recent.itemAt(i).widget() for i in range(window.welcome.recent.count())]
    assert [row.text() for row in rows] == ["mine", "gone"]
    assert [row.isEnabled() for row in rows] == [True, False]
    rows[0].click()
    assert window.document.path == path
    window.actions_by_name["new"].trigger()
    assert list(window.document.network.nodes) == ["input1"]


def test_broken_file_is_told_on_the_page(started, tmp_path):
    path = tmp_path / "broken.chainrule"
    path.write_text("{}")
    started.window.control.open(str(path))
    assert started.window.banner.isVisible()
    assert started.window.stack.currentWidget() is started.window.welcome


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("lesson", ["spirals", "digits", "four_neuron_chain"])
def test_picture_has_the_hues_of_its_layers(app, dark, lesson, name):
    theme.set_theme(name)
    picture = picture_of(load(LESSONS / f"{lesson}.chainrule"))
    image = QImage(216, 112, QImage.Format.Format_RGB32)
    image.fill(theme.color(theme.current().canvas))
    painter = QPainter(image)
    draw(painter, image.rect().toRectF(), picture)
    painter.end()
    seen = {image.pixelColor(x, y).name() for x in range(216) for y in range(112)}
    for category in {column.category for column in picture.columns}:
        assert theme.current().of_category(category) in seen


def test_pictures_of_odd_networks(app):
    empty, lone = Network(), Network()
    lone.add("Input", shape=(1000,))
    assert picture_of(empty).units == 0
    image = QImage(216, 112, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for network in (empty, lone):
        draw(painter, image.rect().toRectF(), picture_of(network))
    painter.end()
    assert picture_of(lone).columns[0].units == 1000 > MOST


def test_page_fits_small_and_large_windows(app, qtbot, started):
    page: WelcomePage = started.window.welcome
    for width, height in ((960, 600), (1280, 800), (2560, 1440)):
        started.window.resize(width, height)
        for _ in range(4):  # the scroll area follows its contents one event later
            app.processEvents()
        inner = page.area.widget()
        assert max(card.geometry().right() for card in page.cards) <= inner.width()
        assert inner.width() <= page.area.width()
