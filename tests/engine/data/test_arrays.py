"""Arrays of a library user: wrapped as they are, or refused with the place of the first fault."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import Dataset, DataSpec, as_dataset, from_arrays
from engine.errors import DataError

X = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_labels_make_a_classification() -> None:
    dataset = from_arrays(X, np.array([0, 2, 0, 2], np.int32))
    assert (dataset.task, dataset.classes, dataset.outputs) == ("classification", 3, 3)
    assert dataset.train.x.dtype == X.dtype
    assert dataset.train.y.dtype == np.int64
    np.testing.assert_array_equal(dataset.train.x, X)
    np.testing.assert_array_equal(dataset.train.y, [0, 2, 0, 2])
    np.testing.assert_array_equal(dataset.x, X)
    np.testing.assert_array_equal(dataset.train.rows, range(4))
    assert len(dataset.validation) == 0
    assert dataset.feature_names == ("x1", "x2", "x3")


@pytest.mark.parametrize(("y", "labels", "names"), [
    ([True, False, True, False], [1, 0, 1, 0], ("0", "1")),
    (["b", "a", "b", "c"], [1, 0, 1, 2], ("a", "b", "c")),
    ([[0], [1], [1], [0]], [0, 1, 1, 0], ("0", "1")),
])  # fmt: skip
def test_other_labels(y: list, labels: list[int], names: tuple[str, ...]) -> None:
    dataset = from_arrays(X, y)
    np.testing.assert_array_equal(dataset.train.y, labels)
    assert dataset.class_names == names


def test_real_targets_make_a_regression() -> None:
    assert from_arrays(X, np.arange(4.0)).train.y.shape == (4, 1)
    two = from_arrays(X, np.ones((4, 2)))
    assert (two.task, two.outputs, two.classes, two.target_names) == ("regression", 2, 0, ("y1", "y2"))
    assert from_arrays(X, [0, 1, 2, 3], task="regression").train.y.dtype == np.float64
    assert from_arrays(X, np.array([0.0, 1, 1, 0]), task="classification").classes == 2
    assert from_arrays(X[:, 0], X[:, 1]).shape == (1,)
    images = from_arrays(np.zeros((4, 8, 8)), [0, 1, 0, 1], standardise=True)
    assert images.shape == (8, 8)


def test_names_and_splits() -> None:
    dataset = from_arrays(np.arange(40.0).reshape(20, 2), np.arange(20) % 2, feature_names=["a", "b"], validation=0.3,
                          class_names=["no", "yes"], test=0.2, split_seed=5)  # fmt: skip
    assert (len(dataset.train), len(dataset.validation), len(dataset.open_test())) == (10, 6, 4)
    assert dataset.class_names == ("no", "yes")
    np.testing.assert_array_equal(dataset.train.x[:, 0], 2 * dataset.train.rows)
    assert "a, b" in dataset.describe()
    assert "no (8), yes (8)" in dataset.describe()


def test_the_arrays_passed_are_neither_copied_nor_touched() -> None:
    x = np.ones((3, 2), np.float32)
    dataset = from_arrays(x, [0, 1, 1])
    assert np.shares_memory(dataset.train.x, x)
    with pytest.raises(ValueError, match="read-only"):
        dataset.train.x[:] = 7
    assert x.flags.writeable


@pytest.mark.parametrize(("x", "y", "words"), [
    (X, [0, 1], "x has 4 rows, but y has 2"),
    (X, 3, "y has 1"),
    (3.0, [1], "holds no rows"),
    ([], [], "holds no rows"),
    (np.zeros((3, 0)), [0, 1, 0], "holds no rows"),
    ([[1.0, 2.0], [3.0]], [0, 1], "rows of equal length"),
    ([[1.0, np.nan], [3.0, 4.0]], [0, 1], "x holds nan at row 0, column 1"),
    ([[1.0, 2.0], [-np.inf, 4.0]], [0, 1], "x holds -inf at row 1, column 0"),
    ([[1.0, 2.0], [3.0, 1e200]], [0, 1], "rescale"),
    (np.array([[1, "a"], [2, 3]], dtype=object), [0, 1], "'a' at row 0, column 1"),
    (np.array([[1, 2], [2, None]], dtype=object), [0, 1], "'None' at row 1, column 1"),
    ([["1", "2"]], [0], "convert it to numbers"),
    (np.ones((2, 2), complex), [0, 1], "complex"),
    (np.ones((2, 2, 2)), [0.5, np.nan], "y holds nan at row 1"),
    (X, [0, 1, -1, 0], "label -1 at row 2"),
    (X, [0, 1, 10**6, 0], "label 1e.06 at row 2"),
    (X, np.eye(4, dtype=int), r"argmax\(axis=1\)"),
    (X, np.ones((4, 2, 2)), "reshape"),
    (X, np.array([0, "a", 1, 2], dtype=object), "y has the type object, first 'a' at row 1"),
])  # fmt: skip
def test_refused(x: object, y: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        from_arrays(x, y)


def test_refused_settings() -> None:
    y = [0, 1, 0, 1]
    for settings, words in (
        ({"validation": 2}, "arrays: validation is 2"), ({"task": "guess"}, "task is 'guess'"),
        ({"feature_names": ["a"]}, "1 feature names for 3"), ({"class_names": ["a"]}, "1 class names"),
        ({"split_seed": "x"}, "split_seed is 'x'"), ({"standardise": 1}, "standardise is 1"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=words):
            from_arrays(X, y, **settings)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"label 0\.5 at row 0"):
        from_arrays(X, [0.5, 1, 0, 1], task="classification")


def test_as_dataset() -> None:
    dataset = as_dataset((X, [0, 1, 0, 1]))
    assert isinstance(dataset, Dataset)
    assert as_dataset(dataset) is dataset
    assert as_dataset(DataSpec.of("xor")).name == "xor"
    for bad in (None, X, (X,), "iris"):
        with pytest.raises(DataError, match="give"):
            as_dataset(bad)


TOKENS = np.array([[0, 1, 2], [2, 2, 0], [1, 0, 0], [0, 0, 1]])


def test_tokens_stay_whole_numbers() -> None:
    dataset = from_arrays(TOKENS.astype(np.int16), [0, 1, 0, 1], vocabulary=5, validation=0.5)
    assert (dataset.task, dataset.classes, len(dataset.vocabulary)) == ("classification", 2, 5)
    assert dataset.x.dtype == np.int64
    np.testing.assert_array_equal(dataset.train.x, TOKENS[dataset.train.rows])
    named = from_arrays(TOKENS, np.ones(4), vocabulary=["a", "b", "c"])
    assert named.vocabulary.itos == ("a", "b", "c")
    assert (named.task, from_arrays(TOKENS, [0, 1, 0, 1], vocabulary=named.vocabulary).shape) == ("regression", (3,))


def test_labels_of_sequences() -> None:
    y = np.array([[0, 1, -1], [3, -1, -1], [0, 0, 0], [1, 1, 1]])
    dataset = from_arrays(TOKENS, y, task="sequence", vocabulary=3, validation=0.25, split_seed=1)
    assert (dataset.task, dataset.classes, dataset.outputs) == ("sequence", 4, 4)
    np.testing.assert_array_equal(dataset.train.y, y[dataset.train.rows])
    assert dataset.label_counts(y).tolist() == [4, 4, 0, 1]
    assert "4 classes" in dataset.summary
    floats = from_arrays(np.zeros((4, 3, 2)), y, task="sequence", class_names=["a", "b", "c", "d"])
    assert floats.class_names == ("a", "b", "c", "d")


@pytest.mark.parametrize(("x", "y", "options", "words"), [
    (TOKENS, [0] * 4, {"vocabulary": 2}, "x holds the token 2 at row 0, column 2; there are 0 to 1"),
    (-TOKENS, [0] * 4, {"vocabulary": 3}, "the token -1 at row 0, column 1"),
    (TOKENS / 2, [0] * 4, {"vocabulary": 3}, "whole numbers"),
    (TOKENS[0], [0] * 3, {"vocabulary": 3}, "tokens stand in rows"),
    (TOKENS, [0] * 4, {"vocabulary": 0}, "1 to 65,536"),
    (TOKENS, [0] * 4, {"vocabulary": ["a", "a", "b"]}, "'a' twice"),
    (TOKENS, [0] * 4, {"vocabulary": 2.5}, "give the number of tokens, or their texts"),
    (TOKENS, [0] * 4, {"vocabulary": 3, "standardise": True}, "only numbers can be standardised"),
    (TOKENS, TOKENS, {}, "the task sequence"),
    (TOKENS, TOKENS - 2, {"task": "sequence"}, "y holds the label -2 at row 0, column 0"),
    (TOKENS, TOKENS / 2, {"task": "sequence"}, "whole numbers"),
    (TOKENS, [0] * 4, {"task": "sequence"}, r"whole numbers \(N, T\)"),
    (TOKENS, np.full((4, 3), -1), {"task": "sequence"}, "all are -1"),
    (TOKENS, [0] * 4, {"task": "sequences"}, "classification, regression or sequence"),
])  # fmt: skip
def test_tokens_and_labels_that_do_not_fit(x: object, y: object, options: dict, words: str) -> None:
    with pytest.raises(DataError, match=words):
        from_arrays(x, y, **options)


def test_pairs_become_tokens_where_the_network_takes_them() -> None:
    assert as_dataset((TOKENS, TOKENS), vocabulary=3).task == "sequence"
    assert as_dataset((TOKENS, [0, 1, 0, 1]), vocabulary=3).x.dtype == np.int64
    assert as_dataset((TOKENS * 1.0, [0, 1, 0, 1]), vocabulary=3).vocabulary is None
    assert as_dataset((TOKENS, [0, 1, 0, 1])).x.dtype == np.float64
