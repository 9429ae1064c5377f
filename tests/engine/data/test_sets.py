"""Every kind of data set: what it holds, that it is balanced, seeded, and declared in one place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine import data
from engine.attributes import Attribute
from engine.data import SOURCES, DataSpec, load
from engine.data.synthetic import EXTENT
from engine.errors import ChainruleError, DataError

DRAWN = ("circles", "xor", "gaussians", "spirals", "plane", "multi_gaussian")
CLASSES = ("circles", "xor", "gaussians", "spirals")
BUNDLED = {"iris": (150, 4, 3), "wine": (178, 13, 3), "breast_cancer": (569, 30, 2), "digits": (1797, 64, 10)}


def all_rows(dataset: data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    parts = [dataset.train, dataset.validation, dataset.open_test()]
    return np.concatenate([part.x for part in parts]), np.concatenate([part.y for part in parts])


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_drawn_sets(kind: str, noise: float) -> None:
    dataset = load(DataSpec.of(kind, noise=noise, samples=301, seed=3))
    x, y = all_rows(dataset)
    assert x.shape == (301, 2)
    assert x.dtype == np.float64
    assert 0.8 < x.std() < 3.0
    assert np.abs(x).max() <= EXTENT * (1 if noise == 0 or kind in ("plane", "multi_gaussian") else 2.5)
    if kind in CLASSES:
        assert dataset.task == "classification"
        assert y.dtype == np.int64
        assert sorted(np.bincount(y)) == [150, 151]
    else:
        assert dataset.task == "regression"
        assert y.shape == (301, 1)
        assert np.abs(y).max() <= (1.001 if noise == 0 else 4)


@pytest.mark.parametrize("kind", DRAWN)
def test_seed_and_noise_matter(kind: str) -> None:
    base = DataSpec.of(kind, noise=0.2)
    first, again = load(base), load(base)
    np.testing.assert_array_equal(first.x, again.x)
    np.testing.assert_array_equal(first.y, again.y)
    for changed in ({"seed": 1}, {"noise": 0.3}):
        other = load(base.with_options(**changed))
        assert not (np.array_equal(first.x, other.x) and np.array_equal(first.y, other.y))


@pytest.mark.parametrize("kind", ["gaussians", "spirals"])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_several_classes_are_balanced(kind: str, classes: int) -> None:
    dataset = load(DataSpec.of(kind, classes=classes, samples=200))
    assert dataset.classes == dataset.outputs == classes
    _, y = all_rows(dataset)
    counts = np.bincount(y, minlength=classes)
    assert counts.max() - counts.min() <= 1


def test_clean_sets_follow_their_rule() -> None:
    x, y = all_rows(load(DataSpec.of("xor", noise=0)))
    np.testing.assert_array_equal(y, (x.prod(axis=1) < 0).astype(int))
    x, y = all_rows(load(DataSpec.of("circles", noise=0)))
    np.testing.assert_array_equal(y, (np.hypot(*x.T) > 0.6 * EXTENT).astype(int))
    x, y = all_rows(load(DataSpec.of("plane", noise=0)))
    np.testing.assert_allclose(y[:, 0], x.mean(axis=1) / EXTENT, atol=1e-12)
    x, y = all_rows(load(DataSpec.of("spirals", noise=0, turns=1.0)))
    angle = np.arctan2(x[:, 1], x[:, 0]) - 2 * np.pi * np.hypot(*x.T) / EXTENT - np.pi * y
    np.testing.assert_allclose(np.cos(angle), 1.0, atol=1e-9)


@pytest.mark.parametrize("kind", BUNDLED)
def test_real_sets(kind: str) -> None:
    rows, features, classes = BUNDLED[kind]
    dataset = load(DataSpec.of(kind))
    assert (len(dataset), dataset.shape, dataset.classes) == (rows, (features,), classes)
    assert len(dataset.feature_names) == features
    assert np.isfinite(dataset.x).all()


def test_digits_are_pixels_from_0_to_1() -> None:
    dataset = load(DataSpec.of("digits"))
    assert dataset.image_shape == (8, 8)
    assert (dataset.x.min(), dataset.x.max()) == (0.0, 1.0)
    np.testing.assert_array_equal(dataset.transform(np.full((1, 64), 8.0)), np.full((1, 64), 0.5))
    assert "divided by 16" in dataset.describe()


def test_diabetes_target_is_standardised_and_comes_back() -> None:
    dataset = load(DataSpec.of("diabetes"))
    assert (len(dataset), dataset.shape, dataset.outputs) == (442, (10,), 1)
    assert abs(dataset.train.y.mean()) < 1e-12
    raw = load(DataSpec.of("diabetes", standardise_target=False))
    assert raw.train.y.max() > 300
    np.testing.assert_allclose(dataset.inverse_target(dataset.train.y), raw.train.y)
    np.testing.assert_array_equal(raw.inverse_target(raw.train.y), raw.train.y)


def test_least_squares_reaches_the_known_figure_on_diabetes() -> None:
    dataset = load(DataSpec.of("diabetes"))
    x = np.c_[dataset.train.x, np.ones(len(dataset.train))]
    weights = np.linalg.lstsq(x, dataset.train.y)[0]
    predicted = np.c_[dataset.validation.x, np.ones(len(dataset.validation))] @ weights
    residual = ((predicted - dataset.validation.y) ** 2).sum()
    assert 1 - residual / ((dataset.validation.y - dataset.validation.y.mean()) ** 2).sum() > 0.4


@pytest.mark.parametrize("kind", SOURCES)
def test_every_option_is_declared_checked_and_json(kind: str) -> None:
    spec = DataSpec(kind)
    assert DataSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    for entry in spec.source.attributes:
        assert isinstance(entry, Attribute)
        assert entry.help.endswith(".")
        assert entry.check(spec.options[entry.name]) == spec.options[entry.name] == entry.default
        with pytest.raises(DataError, match=entry.name):
            spec.with_options(**{entry.name: object()})
        if entry.high is not None:
            with pytest.raises(DataError, match=f"{kind}: {entry.name} is .* from .* to"):
                spec.with_options(**{entry.name: entry.high * 2 + 1})


@pytest.mark.parametrize(("kind", "options", "words"), [
    ("mnist", {}, "no data set 'mnist'; choose one of: circles"),
    (None, {}, "no data set None"),
    ("xor", {"turns": 2}, "no attribute 'turns'; it has: noise"),
    ("xor", {"noise": 0.6}, "noise is 0.6, but must be a number from 0 to 0.5"),
    ("xor", {"noise": float("nan")}, "noise is nan"),
    ("xor", {"samples": 5}, "samples is 5"),
    ("spirals", {"classes": 6}, "from 2 to 5"),
    ("iris", {"validation": 0.5, "test": 0.5}, "leave less than 5% of the rows"),
    ("table", {"columns": ["a", 3]}, "columns holds 3"),
    ("table", {"columns": "ab"}, "columns is 'ab', but must be a list"),
    ("table", {"rows": [[1, 2], 3]}, "holds 3 as row 2"),
    ("table", {"rows": [[1, float("inf")]]}, "rows holds inf in row 1"),
    ("table", {"rows": [[10**400]]}, "in row 1"),
    ("table", {"rows": [[0]] * 1001}, "has 1001 rows"),
])  # fmt: skip
def test_bad_options(kind: str, options: dict, words: str) -> None:
    with pytest.raises(DataError) as caught:
        DataSpec(kind, options)
    assert words in str(caught.value)
    assert isinstance(caught.value, ChainruleError)


@pytest.mark.parametrize(
    "broken", [None, [], {}, {"kind": "xor", "extra": 1}, {"kind": ["xor"]}, {"kind": "xor", "options": 3}]
)
def test_bad_json(broken: object) -> None:
    with pytest.raises(DataError):
        DataSpec.from_json(broken)


def test_numpy_options_become_plain() -> None:
    spec = DataSpec.of("xor", samples=np.int64(50), noise=np.float64(0.25))
    assert json.loads(json.dumps(spec.to_json()))["options"]["samples"] == 50
    assert DataSpec.of("csv", path=Path("a.csv")).options["path"] == "a.csv"


CHAIN = DataSpec.of("table", columns=["x", "t"], rows=[[0.5, 1], [1, 0.25]])


def test_table_keeps_its_rows_in_order() -> None:
    dataset = load(CHAIN)
    np.testing.assert_array_equal(dataset.train.x, [[0.5], [1.0]])
    np.testing.assert_array_equal(dataset.train.y, [[1.0], [0.25]])
    assert dataset.task == "regression"
    assert len(dataset.validation) == 0
    np.testing.assert_array_equal(dataset.transform([3.0]), [[3.0]])
    np.testing.assert_array_equal(dataset.transform([3.0, 4.0]), [[3.0], [4.0]])


def test_table_of_classes() -> None:
    rows = [[0, 0, "no"], [0, 1, "yes"], [1, 0, "yes"], [1, 1, "no"]]
    dataset = load(DataSpec.of("table", columns=["a", "b", "xor"], rows=rows))
    assert dataset.class_names == ("no", "yes")
    np.testing.assert_array_equal(dataset.train.y, [0, 1, 1, 0])
    numbered = DataSpec.of("table", columns=["a", "b"], rows=[[0, 5], [1, 2]], task="classification")
    assert load(numbered).class_names == ("2", "5")
    two = DataSpec.of("table", columns=["a", "b", "c"], rows=[[0, 5, 6]], targets=["a", "c"])
    np.testing.assert_array_equal(load(two).train.y, [[0.0, 6.0]])


@pytest.mark.parametrize(("options", "words"), [
    ({}, "at least one input column"),
    ({"columns": ["a", "b"]}, "no rows"),
    ({"columns": ["a", "a"], "rows": [[1, 2]]}, "twice"),
    ({"columns": ["a", "b"], "rows": [[1, 2], [1]]}, "Row 2 of the table has 1 values for 2 columns"),
    ({"columns": ["a", "b"], "rows": [[1, 2], ["x", 2]]}, "Row 2, column 'a' of the table holds 'x', not a number"),
    ({"columns": ["a", "b"], "rows": [[1, 2]], "targets": ["c"]}, "no target column 'c'"),
    ({"columns": ["a", "b"], "rows": [[1, 2], [1, "x"]]}, "mixes texts and numbers"),
])  # fmt: skip
def test_bad_tables(options: dict, words: str) -> None:
    with pytest.raises(DataError, match=words):
        load(DataSpec.of("table", **options))


def test_import_is_light() -> None:
    heavy = ("sklearn", "pandas", "scipy", "numba", "networkx", "PySide6")
    code = f"import sys, engine.data; print([name for name in {heavy} if name in sys.modules])"
    root = Path(data.__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
