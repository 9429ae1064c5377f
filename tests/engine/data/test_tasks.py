"""Sequences made by a program: what goes in, what should come out, and that no string is in two rows."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import Dataset, DataSpec, load
from engine.errors import DataError


def everything(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    parts = (dataset.train, dataset.validation, dataset.open_test())
    return np.concatenate([part.x for part in parts]), np.concatenate([part.y for part in parts])


@pytest.mark.parametrize("kind", ["reversal", "copy"])
@pytest.mark.parametrize(("length", "symbols", "samples", "variable"), [
    (6, 10, 300, False), (6, 10, 300, True), (2, 3, 12, True), (1, 36, 36, False), (9, 2, 250, False),
    (9, 2, 250, True), (64, 36, 20, True),
])  # fmt: skip
def test_strings(kind: str, length: int, symbols: int, samples: int, variable: bool) -> None:
    spec = DataSpec.of(kind, length=length, symbols=symbols, samples=samples, variable=variable, seed=4)
    dataset = load(spec)
    x, y = everything(dataset)
    start, end, pad = symbols, symbols + 1, symbols + 2
    assert x.shape == (samples, 2 * length + 1)
    assert y.shape == (samples, length + 1)
    assert x.dtype == y.dtype == np.int64
    assert (dataset.task, dataset.classes, len(dataset.vocabulary)) == ("sequence", symbols + 3, symbols + 3)
    seen = set()
    for row, labels in zip(x, y, strict=True):
        source, decoder = row[:length], row[length:]
        digits = [int(k) for k in source if k != pad]
        assert all(k < symbols for k in digits)
        assert 1 <= len(digits) <= length
        assert variable or len(digits) == length
        said = digits[::-1] if kind == "reversal" else digits
        rest = length - len(digits)
        assert list(source) == [*digits, *[pad] * rest]
        assert list(decoder) == [start, *said, *[pad] * rest]
        assert list(labels) == [*said, end, *[-1] * rest]
        seen.add(tuple(source))
    assert len(seen) == samples
    np.testing.assert_array_equal(load(spec).x, dataset.x)
    assert not np.array_equal(load(spec.with_options(seed=5)).x, dataset.x)


def test_all_lengths_are_drawn_alike() -> None:
    x, _ = everything(load(DataSpec.of("reversal", variable=True, samples=4000, length=8)))
    lengths = (x[:, :8] < 10).sum(1)
    counts = np.bincount(lengths, minlength=9)[4:]
    assert counts.min() > 0.8 * counts.max()


def test_more_strings_than_there_are() -> None:
    with pytest.raises(DataError, match=r"only 9 different strings of up to 2 out of 3 symbols, but 10 are asked for"):
        load(DataSpec.of("copy", length=2, symbols=3, samples=10))
    assert len(load(DataSpec.of("copy", length=2, symbols=4, samples=16))) == 16


def test_a_row_can_be_read() -> None:
    dataset = load(DataSpec.of("reversal", variable=True, length=4))
    text = dataset.vocabulary.decode(dataset.train.x[0])
    source, _, answer = text.partition("<start>")
    assert answer.replace("<pad>", "") == source.replace("<pad>", "")[::-1]
    assert dataset.vocabulary.decode(dataset.train.y[0]) == answer.replace("<pad>", "") + "<end>"
    assert "<end>" in dataset.describe()


def test_adding() -> None:
    dataset = load(DataSpec.of("adding", length=7, samples=500))
    x, y = everything(dataset)
    assert (dataset.task, dataset.shape, dataset.outputs) == ("regression", (7, 2), 1)
    assert ((x[..., 0] >= 0) & (x[..., 0] < 1)).all()
    assert (x[:, :3, 1].sum(1) == 1).all()
    assert (x[:, 3:, 1].sum(1) == 1).all()
    np.testing.assert_allclose(y[:, 0], [row[row[:, 1] == 1, 0].sum() for row in x])
    assert abs(np.mean((y - 1) ** 2) - 1 / 6) < 0.03
