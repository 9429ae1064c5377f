"""Augmentation: images change in training only, others in every step, the same when a step is repeated."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.errors import NetworkError
from tests.engine import nets

STILL = {"rotate": 0.0, "shift": 0.0, "zoom": 0.0}


def session(shape: tuple[int, ...] = (2, 9, 9), seed: int = 0, **attrs) -> engine.Session:
    net = nets.chain(("Input", {"shape": shape}), ("Augment", {**STILL, **attrs}), ("Flatten", {}),
                     ("Dense", {"units": 2}), ("SquaredError", {}))  # fmt: skip
    rng = np.random.default_rng(0)
    data = 1 + rng.random((20, *shape)), rng.standard_normal((20, 2))
    return engine.Session(net, data, dtype="float64", seed=seed, learning_rate=0.001)


def result(s: engine.Session) -> np.ndarray:
    s.loss()
    return np.array(s.values["augment1.y"])


def test_in_use_images_pass_unchanged():
    s = session(rotate=30.0, shift=0.3, zoom=0.3, flip=True, brightness=0.5, noise=1.0)
    x = s.dataset.train.x
    weights, shift = s.parameters["dense1.W"], s.parameters["dense1.b"]
    np.testing.assert_allclose(s.predict(x), x.reshape(len(x), -1) @ weights + shift, rtol=1e-9)


def test_brightness_alone_scales_each_image_within_its_bounds():
    s = session(brightness=0.3)
    factors = result(s) / s.dataset.train.x
    assert np.ptp(factors.reshape(20, -1), axis=1).max() < 1e-12
    assert 0.7 <= factors.min() < 0.8
    assert 1.2 < factors.max() <= 1.3


def test_mirrored_images_are_the_images_read_backwards_about_half_of_them():
    s = session(flip=True)
    y, x = result(s), s.dataset.train.x
    same = [np.allclose(a, b) for a, b in zip(y, x, strict=True)]
    mirrored = [np.allclose(a, b[..., ::-1]) for a, b in zip(y, x, strict=True)]
    assert all(a != b for a, b in zip(same, mirrored, strict=True))
    assert 4 <= sum(mirrored) <= 16


def test_a_shift_cuts_off_at_one_side_and_brings_zeros_in_at_the_other():
    s = session(shape=(9, 9), shift=0.5)
    y, x = result(s), s.dataset.train.x
    assert (y == 0).any()
    assert y.max() <= x.max()
    emptied = [(row[0] == 0).all() or (row[-1] == 0).all() for row in y]
    assert np.mean(emptied) > 0.5


def test_a_turn_keeps_the_middle_in_place():
    s = session(rotate=45.0)
    y, x = result(s), s.dataset.train.x
    np.testing.assert_allclose(y[..., 4, 4], x[..., 4, 4], rtol=1e-12)
    assert np.abs(y - x)[..., 0, 0].max() > 0.1


def test_each_step_draws_anew_and_a_repeated_step_draws_the_same():
    s, drawn = session(rotate=20.0, shift=0.2), []
    for _ in range(3):
        drawn.append(result(s))
        s.train(steps=1)
    assert not np.array_equal(drawn[0], drawn[1])
    while (s.steps, s.cursor) != (1, 0):
        s.step_back()
    np.testing.assert_array_equal(result(s), drawn[1])
    assert not np.array_equal(result(session(seed=1, rotate=20.0)), result(session(seed=2, rotate=20.0)))


@pytest.mark.parametrize("shape", [(6,), (2, 3, 4, 5)])
def test_rows_that_are_no_images_are_refused_with_a_way_out(shape):
    with pytest.raises(NetworkError, match=r"takes images .* Set layout to image"):
        session(shape=shape)
