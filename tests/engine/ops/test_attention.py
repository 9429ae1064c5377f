"""Attention beyond the table of ops: blocks of rows, rows that may see nothing, weights that are hidden."""

from __future__ import annotations

import numpy as np
import pytest

from engine.ops import REGISTRY
from tests.engine.ops.table import gradients_of, run

CASES = [(37, 35), (16, 16), (33, 50), (50, 17)]  # rows and keys: less and more than whole blocks


def sequences(rows: int, keys: int, dtype: str = "float64") -> list[np.ndarray]:
    rng = np.random.default_rng(rows)
    shapes = [(2, rows, 6), (2, keys, 6), (2, keys, 4)]
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def fused(graph, *inputs):
    return graph.attention(*inputs, heads=2, causal=True)


def finer(graph, *inputs):
    return REGISTRY["attention"].expand(graph, *inputs, heads=2, causal=True)


@pytest.mark.parametrize(("rows", "keys"), CASES)
def test_causal_attention_in_blocks_is_the_formula(rows: int, keys: int):
    arrays = sequences(rows, keys)
    context, weights = run(fused, arrays)
    want = REGISTRY["attention"].reference(*arrays, heads=2, causal=True)
    np.testing.assert_allclose(context, want[0], atol=1e-13)
    np.testing.assert_allclose(weights, want[1], atol=1e-14)
    assert not np.triu(weights, 1).any()
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-12)


@pytest.mark.parametrize(("rows", "keys"), CASES)
def test_gradients_of_causal_attention_in_blocks_are_those_of_finer_ops(rows: int, keys: int):
    arrays = sequences(rows, keys)
    rng = np.random.default_rng(1)
    outer = [rng.standard_normal((2, rows, 4)), rng.standard_normal((2, 2, rows, keys))]
    both = [run(gradients_of(build, 3, [True] * 3), [*arrays, *outer]) for build in (fused, finer)]
    for got, want in zip(*both, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["attention", "attention_grad"])
def test_bits_of_causal_blocks_do_not_depend_on_the_number_of_workers(name: str, dtype: str):
    arrays = sequences(37, 35, dtype)
    if name == "attention_grad":
        weights = REGISTRY["attention"].reference(*(a.astype(float) for a in arrays), heads=2, causal=True)[1]
        rng = np.random.default_rng(2)
        arrays = [rng.standard_normal((2, 37, 4)).astype(dtype), *arrays, weights.astype(dtype)]

    def build(graph, *inputs):
        return getattr(graph, name)(*inputs, heads=2, causal=True)

    alone = run(build, arrays, dtype)
    for workers in (2, 3, 5):
        for got, want in zip(run(build, arrays, dtype, workers), alone, strict=True):
            assert got.tobytes() == want.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("causal", [False, True])
def test_a_row_that_may_see_no_key_gives_zeros(causal: bool, dtype: str):
    """Row 0 of the batch has all keys hidden; row 1 its first, so that its first query sees none if causal."""
    arrays = sequences(5, 5, dtype)
    mask = np.array([[0, 0, -1, 0, 0], [0, 1, 1, 0, 1]], dtype)

    def build(graph, q, k, v, mask):
        return graph.masked_attention(q, k, v, mask, heads=2, causal=causal)

    context, weights = run(build, [*arrays, mask], dtype)
    assert np.isfinite(context).all()
    assert np.isfinite(weights).all()
    assert not context[0].any()
    assert not weights[0].any()
    assert weights[1, :, 0].any() == (not causal)
    assert not weights[1][..., [0, 3]].any()
    rng = np.random.default_rng(3)
    outer = [rng.standard_normal(context.shape).astype(dtype), rng.standard_normal(weights.shape).astype(dtype)]
    total, *gradients = run(gradients_of(build, 4, [True] * 3 + [False]), [*arrays, mask, *outer], dtype)
    assert np.isfinite(total)
    for gradient in gradients:
        assert np.isfinite(gradient).all()
        assert not gradient[0].any()
        assert gradient[1].any()


def test_what_hidden_keys_hold_does_not_matter():
    q, k, v = sequences(5, 6)
    mask = np.array([[1, 0, 1, 1, 0, 1]] * 2, float)

    def build(graph, *inputs):
        return graph.masked_attention(*inputs, heads=2)

    before = run(build, [q, k, v, mask])
    k[:, [1, 4]], v[:, [1, 4]] = 1e6, -1e6
    for got, want in zip(run(build, [q, k, v, mask]), before, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-9)


def hiding(masked: bool):
    """Causal attention, or one whose keys 3, 4 and 20 are hidden, of 37 rows and keys."""
    mask = np.ones((2, 37))
    mask[:, [3, 4, 20]] = 0

    def build(graph, q, k, v):
        if masked:
            return graph.masked_attention(q, k, v, graph.source(mask.shape, "constant", data=mask), heads=2)
        return graph.attention(q, k, v, heads=2, causal=True)

    return build


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("masked", [False, True])
def test_numbers_of_hidden_keys_that_are_not_finite_do_not_show(masked: bool, bad: float, workers: int):
    """Key 20 is spoilt: by the mask no row sees it, and if causal no row before 20; 16 … 19 share its block."""
    q, k, v = sequences(37, 37)
    kept = slice(None) if masked else slice(20)
    clean = run(hiding(masked), [q, k, v])
    k[0, 20], v[0, 20] = bad, bad
    context, weights = run(hiding(masked), [q, k, v], workers=workers)
    np.testing.assert_allclose(context[:, kept], clean[0][:, kept], atol=1e-13)
    np.testing.assert_allclose(weights[:, :, kept], clean[1][:, :, kept], atol=1e-13)
    if not masked:
        assert not np.isfinite(context[0, 20:]).any()


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("masked", [False, True])
def test_gradients_pass_hidden_keys_by_whatever_they_hold(masked: bool, bad: float, workers: int):
    """Key 20 is spoilt. By the mask no row sees it: nothing changes. If causal, rows before it get what they got."""
    q, k, v = sequences(37, 37)
    weights = run(hiding(masked), [q, k, v])[1]
    dcontext = np.random.default_rng(4).standard_normal((2, 37, 4))
    kept = slice(None) if masked else slice(20)

    def build(graph, *inputs):
        return graph.attention_grad(*inputs, heads=2, causal=not masked, masked=masked)

    clean = run(build, [dcontext, q, k, v, weights])
    k[0, 20], v[0, 20] = bad, bad
    dq, dk, dv = run(build, [dcontext, q, k, v, weights], workers=workers)
    np.testing.assert_allclose(dq[:, kept], clean[0][:, kept], atol=1e-12)
    np.testing.assert_allclose(dv, clean[2], atol=1e-12)
    if masked:
        np.testing.assert_allclose(dk, clean[1], atol=1e-12)
        assert not dk[:, 20].any()
        assert not dv[:, 20].any()
    else:
        assert not np.isfinite(dq[0, 20:]).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_query_that_is_not_finite_does_not_reach_keys_behind_it(bad: float):
    """Keys 21 … 24 come behind query 20 in its block: nothing that this query holds concerns them."""
    q, k, v = sequences(37, 37)
    dcontext = np.random.default_rng(4).standard_normal((2, 37, 4))
    weights = run(hiding(False), [q, k, v])[1]

    def build(graph, *inputs):
        return graph.attention_grad(*inputs, heads=2, causal=True)

    clean = run(build, [dcontext, q, k, v, weights])
    q[0, 20], dcontext[0, 20] = bad, bad
    _, dk, dv = run(build, [dcontext, q, k, v, weights])
    for got, want in zip((dk, dv), clean[1:], strict=True):
        np.testing.assert_allclose(got[:, 21:], want[:, 21:], atol=1e-12)
        assert not np.isfinite(got[0, :21]).any()


def test_large_scores_do_not_overflow():
    arrays = [300.0 * array for array in sequences(5, 6, "float32")]
    context, weights = run(lambda graph, *inputs: graph.attention(*inputs, heads=2), arrays, "float32")
    assert np.isfinite(context).all()
    np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-6)
