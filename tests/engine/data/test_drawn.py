"""Drawings brought into the form of a data set: place, size, tones, and that a trained network still reads them."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.data import DataSpec, load
from engine.data.drawn import Frame, box_of, centre_of, frame_of, grown, placed, shrunk
from engine.files import LESSONS, SUFFIX

SIDE = 168


def blob(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    ink = np.zeros((SIDE, SIDE))
    ink[top:bottom, left:right] = 1.0
    return ink


def test_a_set_made_as_mnist_is_measured_as_such():
    rng, images = np.random.default_rng(0), np.zeros((60, 28, 28))
    for image in images:  # a box of 20 rows, heavier on one side, its centre of mass in the middle
        heavy = rng.integers(1, 6)
        figure = np.ones((20, 12))
        figure[:heavy] *= 3
        figure /= figure.max()
        row = round(13.5 - centre_of(figure)[0])
        image[row : row + 20, 8:20] = figure * 255
    frame = frame_of(images)
    assert frame.size == 20
    assert frame.by_mass[0]
    assert frame.centre == pytest.approx((13.5, 13.5), abs=0.5)
    assert (frame.paper, frame.ink) == (0, 255)


def test_digits_fill_their_frame_from_top_to_bottom():
    data = load(DataSpec.of("digits"))
    frame = frame_of(data.inverse_transform(data.train.x).reshape(-1, 8, 8))
    assert (frame.size, frame.ink, frame.by_mass[0]) == (8, 16, False)
    assert frame.centre[0] == 3.5


@pytest.mark.parametrize(("by_mass", "centre"), [((True, True), (13.5, 13.5)), ((False, False), (10.0, 15.0))])
def test_a_drawing_gets_size_and_place(by_mass, centre):
    frame = Frame((28, 28), 20.0, centre, 0.0, 255.0, by_mass)
    for ink in (blob(10, 50, 100, 120), blob(60, 160, 20, 70)):
        share = frame.share(placed(ink, frame))
        top, bottom, left, right = box_of(share)
        assert bottom - top in (20, 21)
        assert right - left in (10, 11)
        assert centre_of(share) == pytest.approx(centre, abs=0.2)
        assert share.max() == 1.0


def test_dark_ink_on_bright_paper_is_found():
    images = np.full((20, 10, 10), 200.0)
    images[:, 3:7, 4:6] = 10.0
    frame = frame_of(images)
    assert (frame.paper, frame.ink) == (200, 10)
    image = placed(blob(0, 80, 0, 40), frame)
    assert image.min() == 10
    assert image[0, 0] == 200


@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (12, 28)])
def test_an_example_laid_on_the_sheet_comes_back_as_it_was(shape):
    rng = np.random.default_rng(1)
    frame = Frame(shape, 8.0, (3.5, 3.5), 0.0, 16.0)
    image = rng.integers(0, 17, shape).astype(float)
    assert shrunk(grown(image, frame, SIDE), frame) == pytest.approx(image, abs=1e-9)


def test_an_empty_sheet_and_empty_images_are_paper():
    frame = frame_of(np.zeros((5, 8, 8)))
    assert frame.paper == 0
    assert not placed(np.zeros((SIDE, SIDE)), frame).any()
    assert frame_of(np.full((3, 4, 6), np.nan)).shape == (4, 6)


def test_a_trained_network_reads_digits_that_were_drawn_smaller_and_elsewhere():
    session = engine.Session.from_network(engine.load(LESSONS / f"digits{SUFFIX}"))
    session.train(steps=600)
    data = session.dataset
    images = data.inverse_transform(data.validation.x).reshape(-1, 8, 8)
    frame = frame_of(data.inverse_transform(data.train.x).reshape(-1, 8, 8))
    moved = np.zeros((len(images), SIDE, SIDE))
    for sheet, image in zip(moved, images, strict=True):
        sheet[10:94, 60:144] = grown(image, frame, SIDE // 2)
    rows = data.transform(np.stack([placed(sheet, frame) for sheet in moved]).reshape(-1, *data.shape))
    right = np.mean(session.probabilities(rows).argmax(1) == data.validation.y)
    assert right > 0.94
