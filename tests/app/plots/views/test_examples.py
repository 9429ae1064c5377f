"""The view of the worst examples: tiles, lines, pages, and what a cell of the confusion matrix opens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

import engine
from app.plots.judgement import JudgementCard
from app.plots.views import views
from app.watches.base import Trouble
from app.watches.examples import Cell, Watch
from engine.files import LESSONS, SUFFIX
from tests.app.plots.samples import dataset, snapshot


def found_in(name: str):
    session = engine.Session.from_network(engine.load(LESSONS / f"{name}{SUFFIX}"))
    session.train(steps=5)
    return Watch(session).look()()


@pytest.fixture
def card(qtbot):
    widget = views()["examples"].card()
    qtbot.addWidget(widget)
    widget.resize(300, 240)
    widget.show()
    return widget


def show(card, found) -> None:
    card.show_snapshot(snapshot(views={"examples": found}))


def test_it_is_empty_until_there_is_something(card):
    show(card, None)
    assert card.is_empty
    assert "worst" in card.message.text()
    show(card, Trouble("There is not enough memory for this view."))
    assert "memory" in card.message.text()
    assert card.table() is None


@pytest.mark.parametrize("name", ["digits", "iris", "diabetes", "denoising_autoencoder", "reversal", "generator"])
@pytest.mark.parametrize("size", [(200, 200), (500, 300)])
def test_every_kind_of_rows_is_drawn(card, name, size):
    card.resize(*size)
    found = found_in(name)
    show(card, found)
    assert not card.is_empty
    card.list.choose(1)
    assert card.words.text().startswith(f"Row {found.rows[1] + 1} of the data, loss ")
    image = card.list.grab().toImage()
    assert len({image.pixel(x, y) for x in range(image.width()) for y in range(0, image.height(), 2)}) > 3
    lines = card.table().to_csv().decode().splitlines()
    assert len(lines) >= len(found.rows) + 1
    assert lines[1].split(",")[0] == str(found.rows[0] + 1)
    card.resize(60, 40)
    card.grab()


def test_keys_and_wheel_page(card, qtbot):
    show(card, found_in("digits"))
    rows = card.list
    qtbot.keyClick(rows, Qt.Key.Key_Down)
    assert rows.place == 0
    qtbot.keyClick(rows, Qt.Key.Key_Right)
    qtbot.keyClick(rows, Qt.Key.Key_Down)
    assert rows.place == 1 + rows.across
    qtbot.keyClick(rows, Qt.Key.Key_PageDown)
    assert rows.top > 0
    qtbot.keyClick(rows, Qt.Key.Key_End)
    assert rows.place == len(rows.found.rows) - 1
    assert rows.top == rows.lines - rows.down
    qtbot.keyClick(rows, Qt.Key.Key_Home)
    assert (rows.place, rows.top) == (0, 0)


def test_a_click_chooses_and_the_choice_follows_its_row(card, qtbot):
    found = found_in("digits")
    show(card, found)
    width = card.list.cell[0]
    qtbot.mouseClick(card.list, Qt.MouseButton.LeftButton, pos=QPoint(int(width * 1.5), 10))
    assert card.list.place == 1
    assert card.list.place_at(QPointF(-5, 5)) == -1
    order = np.roll(np.arange(len(found.rows)), 3)
    names = ("rows", "losses", "x", "true", "said", "p_true", "p_said")
    show(card, replace(found, **{name: getattr(found, name)[order] for name in names}))
    assert card.list.place == 4
    assert card.words.text().startswith(f"Row {found.rows[1] + 1} ")


def test_a_cell_is_asked_for_and_left_again(card, qtbot):
    asked = []
    card.asked.connect(asked.append)
    card.take_wish(Cell(2, 1))
    assert not card.all.isHidden()
    found = found_in("iris")
    few = {name: getattr(found, name)[:0] for name in ("rows", "losses", "x", "true", "said", "p_true", "p_said")}
    show(card, replace(found, cell=Cell(2, 1), found=0, **few))
    assert card.is_empty
    assert "virginica is taken for versicolor" in card.message.text()
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert asked == [Cell(2, 1), None]
    assert card.all.isHidden()


def test_a_click_on_the_confusion_matrix_opens_its_rows(qtbot):
    card = JudgementCard()
    qtbot.addWidget(card)
    card.resize(220, 240)
    card.show()
    true, said = np.array([0, 0, 1, 2]), np.eye(3)[[0, 1, 1, 2]]
    extra = {"validation_predictions": (true, said, "validation, 4 rows")}
    card.show_snapshot(snapshot(boundary=None, dataset=dataset(shape=(4,), classes=3), extra=extra))
    opened = []
    card.opens.connect(lambda *given: opened.append(given))
    area, matrix = card.confusion.area(), card.confusion
    cell = area.width() / 3
    at = QPoint(int(area.left() + 1.5 * cell), int(area.top() + 0.5 * cell))
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=at)
    qtbot.keyClick(matrix, Qt.Key.Key_Down)
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert opened == [("examples", Cell(0, 1)), ("examples", Cell(1, 1))]


def test_of_many_classes_the_cell_names_the_class_not_its_place(qtbot):
    card = JudgementCard()
    qtbot.addWidget(card)
    card.resize(220, 240)
    true = np.repeat(np.arange(200), np.where(np.arange(200) % 5 == 0, 3, 1))
    extra = {"validation_predictions": (true, np.eye(200)[true], "validation")}
    card.show_snapshot(snapshot(boundary=None, dataset=dataset(shape=(4,), classes=200), extra=extra))
    opened = []
    card.opens.connect(lambda *given: opened.append(given))
    card.confusion.cell_chosen.emit(3, 3)
    assert opened == [("examples", Cell(15, 15))]
