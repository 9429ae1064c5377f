"""Splits: seeded, stratified, every row once; the test part locked; scaling fitted on the training part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import DataSpec, from_arrays, load
from engine.data.scaling import fit_scaler, identity
from engine.data.split import split_rows
from engine.errors import DataError


@settings(max_examples=200, deadline=None)
@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=80), validation=st.floats(0, 0.5), test=st.floats(0, 0.45),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_every_row_once_and_every_class_trains(labels: list[int], validation: float, test: float, seed: int) -> None:
    y = np.array(labels)
    split = split_rows(len(y), y, validation, test, seed)
    assert sorted(np.concatenate(split).tolist()) == list(range(len(y)))
    assert set(y[split.train]) == set(labels)
    for part, share in ((split.test, test), (split.validation, validation)):
        assert len(part) <= round(len(y) * share)
        for k in set(labels):  # proportional up to one row; less only where a class would be used up
            assert (y[part] == k).sum() <= np.floor((y == k).sum() * share + 1e-9) + 1


def test_shares_are_met_and_stratified() -> None:
    y = np.repeat([0, 1, 2], [100, 60, 40])
    split = split_rows(200, y, 0.2, 0.1, 0)
    assert [np.bincount(y[part]).tolist() for part in split] == [[70, 42, 28], [20, 12, 8], [10, 6, 4]]


def test_seed_decides() -> None:
    y = np.arange(50) % 2
    first = split_rows(50, y, 0.2, 0.2, 1)
    for part, again in zip(first, split_rows(50, y, 0.2, 0.2, 1), strict=True):
        np.testing.assert_array_equal(part, again)
    assert set(first.test) != set(split_rows(50, y, 0.2, 0.2, 2).test)


def test_tiny_classes_stay_in_training() -> None:
    y = np.array([0] * 20 + [1] + [2] * 2)
    split = split_rows(23, y, 0.3, 0.3, 0)
    assert (y[split.train] == 1).sum() == 1
    assert (y[split.train] == 2).sum() >= 1
    assert split_rows(1, None, 0.5, 0.4, 0).train.tolist() == [0]


def test_the_test_part_is_locked_and_counted() -> None:
    dataset = load(DataSpec.of("iris"))
    with pytest.raises(DataError, match=r"30 test rows of iris are locked.*open_test\(\)"):
        _ = dataset.test
    assert dataset.test_opened == 0
    assert "(locked)" in dataset.summary
    assert len(dataset.open_test()) == 30
    dataset.open_test()
    assert dataset.test_opened == 2
    assert "opened 2 ×" in dataset.summary
    with pytest.raises(DataError, match="locked"):
        _ = dataset.test
    seen = np.concatenate([dataset.train.rows, dataset.validation.rows])
    assert len(dataset.x) == len(dataset.y) == len(seen) == 120
    assert not set(seen) & set(dataset.open_test().rows)


def test_no_test_part() -> None:
    dataset = load(DataSpec.of("iris", test=0))
    for call in (lambda: dataset.test, dataset.open_test):
        with pytest.raises(DataError, match="no test rows"):
            call()
    assert dataset.test_opened == 0


def test_standardisation_is_fitted_on_the_training_part_only() -> None:
    dataset = load(DataSpec.of("wine"))
    np.testing.assert_allclose(dataset.train.x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(dataset.train.x.std(axis=0), 1, atol=1e-12)
    assert np.abs(dataset.validation.x.mean(axis=0)).max() > 0.01
    plain = load(DataSpec.of("wine", standardise=False))
    np.testing.assert_allclose(dataset.transform(plain.validation.x), dataset.validation.x)
    np.testing.assert_allclose(dataset.inverse_transform(dataset.validation.x), plain.validation.x)
    np.testing.assert_array_equal(plain.transform(plain.train.x[0]), plain.train.x[:1])


def test_transform_checks_rows() -> None:
    dataset = load(DataSpec.of("iris"))
    for bad, words in (
        (np.zeros((2, 3)), r"shape \(3,\), but iris has rows of shape \(4,\)"),
        ([[1, 2, 3, np.nan]], "nan at row 0, column 3"),
        ([], "no rows"),
        ([["a"] * 4], "convert it to numbers"),
    ):
        with pytest.raises(DataError, match=words):
            dataset.transform(bad)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 + 0.1, -3e80])
def test_constant_columns_stay_finite(value: float) -> None:
    x = np.c_[np.full(30, value), np.arange(30.0)]
    dataset = from_arrays(x, np.arange(30.0), standardise=True, validation=0.2)
    assert np.isfinite(dataset.x).all()
    assert np.abs(dataset.x[:, 0]).max() <= 1e-9 * max(1, abs(value))
    scaler = fit_scaler(x, np.array([True, False]))
    np.testing.assert_array_equal(scaler.apply(x)[:, 1], x[:, 1])
    np.testing.assert_array_equal(identity((2,), 4.0).apply(x), x / 4)


def test_one_training_row() -> None:
    dataset = from_arrays([[1.0, 2.0]], [3.0], standardise=True, standardise_target=True)
    np.testing.assert_array_equal(dataset.train.x, [[0.0, 0.0]])
    np.testing.assert_array_equal(dataset.inverse_target(dataset.train.y), [[3.0]])
