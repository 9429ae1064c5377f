"""Points of layers: which rows, what they are called, and how they get into the plane."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import engine
import engine.files as files
from app.watches.embedding import METHODS, PCA, TSNE, Watch, Wish
from engine.projection import principal
from engine.session import Session
from tests.engine import nets


def lesson(name):
    return Session.from_network(files.load(str(files.LESSONS / f"{name}{files.SUFFIX}")))


@pytest.fixture(scope="module")
def digits():
    s = lesson("digits")
    s.train(20)
    return s


@pytest.fixture(scope="module")
def reversal():
    return lesson("reversal")


def made(s, *args):
    return Watch(s, Wish(*args)).look()()


def test_validation_rows_as_a_layer_sees_them(digits):
    found = made(digits, "hidden 2")
    rows = digits.dataset.validation
    x = np.asarray(rows.x, np.float32) @ digits.parameters["hidden 1.W"] + digits.parameters["hidden 1.b"]
    x = np.maximum(x, 0) @ digits.parameters["hidden 2.W"] + digits.parameters["hidden 2.b"]
    wanted = principal(np.maximum(x, 0))
    np.testing.assert_allclose(np.abs(found.points), np.abs(wanted.points), atol=1e-3 * np.abs(wanted.points).max())
    assert found.shares == pytest.approx(wanted.shares, rel=1e-4)
    np.testing.assert_array_equal(found.colours, rows.y)
    assert found.told[0] == f"class {rows.y[0]}   validation row 0"
    assert found.what == f"{len(rows)} validation rows"


def test_the_last_layer_before_the_output_is_shown_where_none_is_selected(digits):
    assert made(digits).layer == made(digits, "gone").layer == "hidden 2"


def test_rows_of_a_table_are_called_by_their_tokens(reversal):
    found = made(reversal)
    assert found.layer == "embedding"
    assert len(found.points) == len(found.words) == 13
    assert found.colours is None
    wanted = principal(reversal.parameters["embedding.W"])
    np.testing.assert_allclose(found.points, wanted.points, atol=1e-5)
    assert found.told[3].startswith(found.words[3])


def test_steps_of_a_sequence_are_points_coloured_by_their_answers(reversal):
    found = made(reversal, "decoder")
    y = reversal.dataset.validation.y
    assert len(found.points) == len(found.colours) == len(found.told)
    assert len(found.points) % 11 == 0
    rows = np.linspace(0, len(y) - 1, 800).astype(int)[: len(found.points) // 11]
    np.testing.assert_array_equal(found.colours, y[rows].ravel())


def test_axes_do_not_flip_while_training_goes_on():
    s = lesson("digits")
    watch, turned = Watch(s, Wish("hidden 1")), []
    before = watch.look()()
    for _ in range(6):
        s.train(15)
        found = watch.look()()
        turned.append(((found.points - found.points.mean(0)) * (before.points - before.points.mean(0))).sum(0) >= 0)
        before = found
    assert np.all(turned)


def test_tsne_draws_classes_together_and_goes_on_from_where_it_was(digits):
    watch = Watch(digits, Wish("hidden 2", TSNE))
    first = watch.look()()
    assert (first.method, first.shares) == (TSNE, None)
    far = np.linalg.norm(first.points[:, None] - first.points[None], axis=-1)
    np.fill_diagonal(far, np.inf)
    assert np.mean(first.colours[far.argmin(1)] == first.colours) > 0.8
    second = watch.look()()
    assert np.corrcoef(first.points[:, 0], second.points[:, 0])[0, 1] > 0.95


def test_another_wish_ends_the_work_on_the_one_before(digits):
    watch = Watch(digits, Wish("hidden 2", TSNE))
    job, found = watch.look(), []
    thread = threading.Thread(target=lambda: found.append(job()))
    thread.start()
    time.sleep(0.05)
    watch.ask(Wish("hidden 2", PCA))
    start = time.thread_time()
    thread.join(5)
    assert not thread.is_alive()
    assert found == [None]
    assert time.thread_time() - start < 1
    assert watch.look()().method == PCA


def test_umap_is_offered_only_where_it_is_installed():
    import importlib.util

    assert ("UMAP" in METHODS) == (importlib.util.find_spec("umap") is not None)


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_few_training_rows_stand_in_where_there_are_no_others(rows):
    net = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 2}), ("Dense", {"units": 1}), ("SquaredError", {}))
    rng = np.random.default_rng(0)
    s = engine.Session(net, (rng.normal(size=(rows, 3)), rng.normal(size=(rows, 1))))
    for method in (PCA, TSNE):
        found = made(s, "dense1", method)
        assert found.points.shape == (rows, 2)
        assert np.isfinite(found.points).all()
        assert "training rows" in found.what
        np.testing.assert_allclose(found.colours, s.dataset.train.y[:, 0])


def test_rows_that_are_not_finite_are_left_out_and_counted(reversal):
    table = reversal.parameters["embedding.W"]
    kept = table[2, 1].copy()
    table[2, 1] = np.nan
    found = made(reversal, "embedding")
    table[2, 1] = kept
    assert found.left_out == 1
    assert len(found.points) == len(found.words) == 12
    assert np.isfinite(found.points).all()


def test_convolutions_are_laid_out_as_one_row():
    s = lesson("cnn_digits")
    found = made(s, "strokes")
    assert len(found.points) == len(s.dataset.validation)


def test_the_data_themselves_are_points_too_but_tokens_are_none(digits, reversal):
    found = made(digits, "digits")
    wanted = principal(digits.dataset.validation.x)
    assert found.layer == "digits"
    assert found.shares == pytest.approx(wanted.shares)
    assert made(reversal, "tokens").layer == "embedding"


def test_noise_passes_the_data_on():
    s = lesson("denoising_autoencoder")
    np.testing.assert_allclose(made(s, "noise").points, made(s, "digits").points)
