"""Counts over the steps: bins that stay exact, columns that are joined, what lies ahead forgotten."""

from __future__ import annotations

import numpy as np

from app.worker_histograms import BAD, EVEN, LOWEST, ZERO, Histograms, Sampler, octave_bins, spread


def recorded(*looks, count: int = 1) -> Histograms:
    """One look a step; each the numbers of tensor 0."""
    record = Histograms(count)
    for step, numbers in enumerate(looks):
        record.add(step, np.asarray(numbers, float), np.zeros(len(numbers), np.int64))
    return record


def test_octaves_by_sign_and_size():
    numbers = np.array([0.0, 1.0, 1.5, 2.0, -1.0, np.nan, np.inf, -np.inf, 1e-300, 1e300, -1e300])
    one = ZERO + 1 - LOWEST
    assert octave_bins(numbers).tolist() == [ZERO, one, one, one + 1, ZERO - 1 + LOWEST, BAD, BAD, BAD, ZERO + 1,
                                             BAD - 1, 0]  # fmt: skip


def test_a_range_doubles_and_old_columns_are_as_if_it_had_always_been_so():
    rng = np.random.default_rng(0)
    looks = [rng.standard_normal(500) * size for size in (0.1, 1.0, 30.0)]
    found = recorded(*looks).columns(0)
    limit = 2.0**found.range
    assert limit / 2 <= max(np.abs(look).max() for look in looks) < limit
    for column, numbers in zip(found.even, looks, strict=True):
        expected, _ = np.histogram(numbers, bins=EVEN, range=(-limit, limit))
        np.testing.assert_array_equal(column, expected)


def test_zeros_first_then_numbers():
    found = recorded(np.zeros(9), np.array([0.5, -0.5, 0.0])).columns(0)
    assert found.range == 0
    assert found.even[0, EVEN // 2] == 9
    assert found.even.sum(1).tolist() == [9, 3]
    assert recorded(np.zeros(4)).columns(0).range is None


def test_what_is_not_finite_is_counted_apart():
    found = recorded([1.0, np.nan, -np.inf, 3.0]).columns(0)
    assert found.logs[0, BAD] == 2
    assert found.even[0].sum() == 2


def test_columns_are_joined_two_by_two_and_lose_nothing():
    record = Histograms(2)
    owners = np.array([0, 0, 0, 1])
    for step in range(1000):
        record.add(step, np.array([step % 7, -1.0, 0.0, 2.0]), owners)
    found = record.columns(0)
    assert len(record) <= record.most
    assert record.width == 8
    assert found.logs.sum() == 3000
    assert found.even.sum() == 3000
    assert record.columns(1).logs.sum() == 1000
    assert found.spans[0].tolist() == [0, 7]
    assert found.spans[-1, 1] == record.last == 999
    assert (found.spans[1:, 0] == found.spans[:-1, 1] + 1).all()


def test_what_lies_ahead_is_cut():
    record = recorded(*([[float(step)] for step in range(1000)]))
    record.cut(500)
    assert record.last <= 500
    assert record.columns(0).logs.sum() == record.last + 1
    record.add(501, np.array([1.0]), np.zeros(1, np.int64))
    assert record.columns(0).spans[-1].tolist() == [501, 501]
    record.cut(-1)
    assert (len(record), record.last) == (0, -1)


def test_many_tensors_have_fewer_columns():
    assert Histograms(1).most > Histograms(1000).most >= 32


def test_samples_are_views_that_follow_the_arena():
    small, large = np.arange(6.0).reshape(2, 3), np.zeros((300, 64))
    sampler = Sampler([small, large])
    first = sampler.take().copy()
    assert first[sampler.owners == 0].tolist() == list(range(6))
    large[:] = 7
    assert (sampler.take()[sampler.owners == 1] == 7).all()


def test_samples_are_not_all_of_one_unit():
    array = np.tile(np.arange(64.0), (5000, 1))
    found = spread(array, 1000)
    assert 200 < len(found) <= 1000
    assert len(np.unique(found)) == 64
