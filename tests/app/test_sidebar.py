"""Layers, data and lessons on the left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt

from app import sidebar_layers, theme
from app.document import Document
from app.sidebar import SideBar
from app.sidebar_lessons import PATH, first_sentence
from engine.data import DataSpec, load
from engine.layers import REGISTRY
from engine.network import Network


@pytest.fixture
def bar(app, dark, qtbot) -> SideBar:
    made = SideBar()
    qtbot.addWidget(made)
    made.resize(220, 700)
    made.show()
    return made


def test_palette_lists_the_registry(bar):
    assert sorted(bar.layers.shown()) == sorted(REGISTRY)
    assert str(len(REGISTRY)) in bar.layers.search.placeholderText()


def test_search_and_enter(bar, qtbot):
    qtbot.keyClicks(bar.layers.search, "leaky")
    assert bar.layers.shown()[0] == "LeakyReLU"
    assert len(bar.layers.shown()) < len(REGISTRY)
    with qtbot.waitSignal(bar.layer_chosen) as heard:
        qtbot.keyClick(bar.layers.search, Qt.Key.Key_Return)
    assert heard.args == ["LeakyReLU"]
    bar.layers.search.setText("no such layer")
    assert bar.layers.shown() == []
    with qtbot.assertNotEmitted(bar.layer_chosen):
        qtbot.keyClick(bar.layers.search, Qt.Key.Key_Return)


def test_enter_adds_what_begins_with_the_words_and_shows_it_first(bar, qtbot):
    qtbot.keyClicks(bar.layers.search, "Cross entropy")
    assert bar.layers.shown() == ["CrossEntropy", "BinaryCrossEntropy"]
    assert bar.layers.tree.currentItem().text(0) == "Cross entropy"
    with qtbot.waitSignal(bar.layer_chosen) as heard:
        qtbot.keyClick(bar.layers.search, Qt.Key.Key_Return)
    assert heard.args == ["CrossEntropy"]
    bar.layers.search.clear()
    assert bar.layers.tree.currentItem() is None
    losses = [kind for kind in bar.layers.shown() if kind in ("BinaryCrossEntropy", "CrossEntropy")]
    assert losses == ["BinaryCrossEntropy", "CrossEntropy"]  # in their usual order again


def test_category_folds(bar, qtbot):
    top = bar.layers.tree.topLevelItem(0)
    place = bar.layers.tree.visualItemRect(top).center()
    qtbot.mouseClick(bar.layers.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not top.isExpanded()
    assert top.text(0).startswith("▸")


def test_after_a_drag_no_row_stays_lit(bar, monkeypatch):
    tree = bar.layers.tree
    bar.layers.tree.setCurrentItem(tree.topLevelItem(1).child(0))
    monkeypatch.setattr(sidebar_layers.QDrag, "exec", lambda *_: None)
    heard = []
    monkeypatch.setattr(tree, "viewportEvent", lambda event: heard.append(event.type()) or False)
    tree.startDrag(Qt.DropAction.CopyAction)
    assert QEvent.Type.Leave in heard


def test_a_marked_row_is_one_rounded_box(bar):
    tree = bar.layers.tree
    row = tree.topLevelItem(1).child(0)
    tree.setCurrentItem(row)
    place = tree.visualItemRect(row)
    shown = tree.viewport().grab().toImage()
    ground = theme.color(theme.current().raised).name()
    assert shown.pixelColor(6, place.center().y()).name() == ground
    assert shown.pixelColor(0, place.top()).name() != ground


def test_double_click_chooses_a_layer(bar, qtbot):
    tree = bar.layers.tree
    dense = tree.findItems("Dense", Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)[0]
    place = tree.visualItemRect(dense).center()
    with qtbot.waitSignal(bar.layer_chosen) as heard:
        qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == ["Dense"]


def test_lessons_open_on_a_click_and_are_marked(bar, qtbot):
    bar.lessons.fill()
    listed = bar.lessons.list
    assert listed.count() >= 8
    bar.tabs.setCurrentIndex(3)
    with qtbot.waitSignal(bar.lesson_chosen) as heard:
        place = listed.visualItemRect(listed.item(1)).center()
        qtbot.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == [listed.item(1).data(PATH)]
    bar.lessons.mark(listed.item(2).data(PATH))
    assert listed.selectedItems() == [listed.item(2)]
    assert listed.visualItemRect(listed.item(2)).top() >= listed.visualItemRect(listed.item(1)).bottom()


def test_data_page_tells_parts_and_classes(bar):
    network = Network(data=DataSpec.of("iris"))
    document = Document(network)
    bar.tabs.setCurrentIndex(1)
    assert "Loading" in bar.data.text.text()  # the choice is not there yet
    bar.show_document(document)
    assert "150 flowers" in bar.data.text.text()
    bar.data.show_dataset(load(network.data))
    page = bar.data.text.text()
    assert "setosa" in page
    assert "locked" in page
    assert "petal length" in page


def test_first_sentence():
    assert first_sentence("One. Two.") == "One."
    assert first_sentence("No full stop") == "No full stop."
    assert first_sentence("") == ""
