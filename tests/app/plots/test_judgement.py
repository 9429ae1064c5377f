"""Decision boundary, confusion matrix, predictions."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from app import theme
from app.plots.judgement import JudgementCard
from app.plots.predictions import ConfusionMap, confusion
from app.snapshot import Boundary
from tests.app.plots.samples import dataset, plane, snapshot


@pytest.fixture
def card(qtbot):
    widget = JudgementCard()
    qtbot.addWidget(widget)
    widget.resize(200, 220)
    widget.show()
    return widget


def test_the_plane_shows_each_class_in_its_colour(card, pixel):
    card.show_snapshot(snapshot())
    side = card.boundary.area().width()
    assert card.title.text() == "Decision boundary"
    assert pixel(card.boundary, side * 0.1, side * 0.5) == theme.current().negative
    assert pixel(card.boundary, side * 0.9, side * 0.5) == theme.current().positive


def test_row_0_of_the_values_lies_at_the_bottom(card, pixel):
    p = np.zeros((8, 8, 1))
    p[:4] = 1.0
    card.show_snapshot(snapshot(boundary=Boundary(p, (-2.0, 2.0, -2.0, 2.0)), dataset=None))
    side = card.boundary.area().width()
    assert pixel(card.boundary, side / 2, side * 0.95) == theme.current().positive
    assert pixel(card.boundary, side / 2, side * 0.05) == theme.current().negative


def test_the_training_points_lie_where_they_belong(card, pixel):
    flipped = plane().values[:, ::-1].copy()
    card.show_snapshot(snapshot(boundary=Boundary(flipped, (-2.0, 2.0, -2.0, 2.0))))
    side = card.boundary.area().width()
    assert pixel(card.boundary, side * 0.25, side * 0.25) == theme.current().forward  # on orange ground
    assert pixel(card.boundary, side * 0.75, side * 0.75) == theme.current().backward


def test_the_tip_says_place_and_verdict(card):
    card.show_snapshot(snapshot())
    side = int(card.boundary.area().width())
    text = card.boundary.describe(QPoint(side - 2, side // 2))
    assert text.startswith("width 1.9")
    assert text.endswith("kind 1: 100.0 %")
    assert card.boundary.describe(QPoint(side + 30, 5)) == ""


def test_several_classes_and_numbers_are_drawn(card):
    three = np.zeros((4, 4, 3))
    three[..., 2] = 1.0
    card.show_snapshot(snapshot(boundary=Boundary(three, (0.0, 1.0, 0.0, 1.0)), dataset=dataset(classes=3)))
    assert card.boundary.describe(QPoint(5, 5)).endswith("kind 2: 100.0 %")
    numbers = Boundary(np.full((4, 4, 1), -0.5), (0.0, 1.0, 0.0, 1.0))
    card.show_snapshot(snapshot(boundary=numbers, dataset=dataset("regression")))
    card.grab()
    assert card.boundary.describe(QPoint(5, 5)).endswith("predicts −0.5000")
    assert card.title.text() == "Predictions"


def test_nan_on_the_plane_is_marked(card, pixel):
    broken = Boundary(np.full((4, 4, 2), np.nan), (-2.0, 2.0, -2.0, 2.0))
    card.show_snapshot(snapshot(boundary=broken, dataset=None))
    assert pixel(card.boundary, 20, 20) == theme.current().bad


def test_more_features_give_a_confusion_matrix(card):
    true, said = np.array([0, 0, 1, 2]), np.eye(3)[[0, 1, 1, 2]]
    extra = {"validation_predictions": (true, said, "validation, 4 rows")}
    card.show_snapshot(snapshot(boundary=None, dataset=dataset(shape=(4,), classes=3), extra=extra))
    card.grab()
    assert card.title.text() == "Confusion matrix"
    assert card.remark.text() == "validation"
    assert card.confusion.counts.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert card.confusion.right == 0.75
    cell = card.confusion.area().width() / 3
    left = card.confusion.area().left()
    assert card.confusion.describe(left + 1.5 * cell, left + 0.5 * cell) == "1 of kind 0 taken for kind 1"


def test_one_output_counts_as_two_classes(card):
    extra = {"validation_predictions": (np.array([0, 1]), np.array([[0.2], [0.9]]), "validation")}
    card.show_snapshot(snapshot(boundary=None, dataset=dataset(shape=(4,)), extra=extra))
    assert card.confusion.right == 1.0


def test_numbers_give_predicted_against_true(card, pixel):
    true = np.linspace(-1, 1, 9)
    extra = {"validation_predictions": (true, np.append(true[:-1], np.nan), "validation")}
    card.show_snapshot(snapshot(boundary=None, dataset=dataset("regression", shape=(4,)), extra=extra))
    assert card.title.text() == "Predictions"
    assert len(card.predictions.true) == 8
    image = card.predictions.grab().toImage()
    blue = [(x, y) for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).blue() > 130]
    assert len(blue) > 50


@pytest.mark.parametrize(("task", "word"), [("classification", "classes"), ("regression", "true numbers")])
def test_an_empty_card_says_why_there_is_no_plane(card, task, word):
    card.show_snapshot(snapshot(boundary=None, dataset=dataset(task, shape=(8, 8))))
    assert card.is_empty
    assert "8 × 8 features" in card.message.text()
    assert word in card.message.text()


def test_confusion_leaves_labels_outside_out():
    assert confusion(np.array([0, 5, 1]), np.array([0, 0, -1]), 2).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(("names", "side", "named"), [
    (("setosa", "versicolor", "virginica"), 150, True), (("setosa", "versicolor", "virginica"), 90, False),
    (tuple("0123456789"), 150, True), (tuple("0123456789"), 100, False), (tuple("0123456789ab"), 400, False),
    ((), 150, False),
])  # fmt: skip
def test_classes_are_named_where_there_is_room(qtbot, names, side, named):
    widget = ConfusionMap()
    qtbot.addWidget(widget)
    widget.resize(side, side)
    count = len(names) or 3
    widget.set_counts(np.eye(count, dtype=int), names)
    widget.grab()
    assert widget.named == named
    area = widget.area()
    assert area.left() == area.top() == 16 + 13 * named
    assert area.right() <= side
    assert widget.describe(area.left() + 1, area.top() + 1).startswith("1 of")


def test_steps_of_sequences_are_counted_one_by_one(card):
    true = np.array([[0, 1, -1], [2, -1, -1]])
    said = np.eye(3)[[[0, 2, 1], [2, 0, 0]]]
    extra = {"validation_predictions": (true, said, "validation, 2 rows")}
    card.show_snapshot(snapshot(boundary=None, dataset=dataset(shape=(3,), classes=3), extra=extra))
    card.grab()
    assert card.confusion.counts.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]


def test_of_many_classes_the_most_frequent_are_shown(card):
    true = np.repeat(np.arange(200), np.where(np.arange(200) % 5 == 0, 3, 1))
    extra = {"validation_predictions": (true, np.eye(200)[true], "validation")}
    card.show_snapshot(snapshot(boundary=None, dataset=dataset(shape=(4,), classes=200), extra=extra))
    card.grab()
    assert card.confusion.counts.tolist() == (3 * np.eye(40, dtype=int)).tolist()
    assert card.confusion.names[:2] == ("kind 0", "kind 5")
    assert card.remark.text() == "the 40 most frequent of 200 classes"
    none = np.full((2, 3), -1)
    extra = {"validation_predictions": (none, np.zeros((2, 3, 200)), "validation")}
    card.show_snapshot(snapshot(boundary=None, dataset=dataset(shape=(3,), classes=200), extra=extra))
    assert card.confusion.counts.sum() == 0
