"""Which elements of the operands meet one of the result."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from app.panels.links import Link, link, links_of, product_link
from tests.app.plots.samples import PROGRAM, explanation


@pytest.mark.parametrize(
    ("shape", "result", "mark"),
    [
        ((6, 3), (6, 3), (2, 1)),
        ((3,), (6, 3), (1,)),
        ((6,), (6, 3), (2,)),
        ((1, 3), (6, 3), (None, 1)),
        ((4, 6, 3), (6, 3), (None, 2, 1)),
        ((6, 3, 9), (6, 3), (2, 1, None)),
        ((), (6, 3), ()),
    ],
)
def test_operands_laid_out_like_the_result(shape, result, mark):
    assert link(shape, result).mark((2, 1)) == mark


def test_shapes_that_share_nothing_are_not_linked():
    assert link((5, 4), (6, 3)) is None
    assert link((7,), (6, 3)) is None


def test_products_meet_in_a_row_and_a_column():
    assert product_link(0, False).mark((2, 1)) == (2, None)
    assert product_link(1, False).mark((2, 1)) == (None, 1)
    assert product_link(0, True).mark((2, 1)) == (None, 2)
    assert product_link(1, True).mark((2, 1)) == (1, None)
    assert product_link(2, False).mark((2, 1)) == (1,)


def test_a_click_on_an_operand_moves_only_the_axes_it_shares():
    assert product_link(0, True).back((5, 4), (2, 1)) == (4, 1)
    assert Link((0, 1)).back((3, 2), (0, 0)) == (3, 2)


def test_a_square_weight_is_not_taken_for_the_result():
    """Shapes alone would link cell to cell here; the transposition decides."""
    grad, weights = np.zeros((8, 8)), np.zeros((8, 8))
    told = explanation(
        instruction=PROGRAM[4], incoming=grad, local=weights, outgoing=np.zeros((8, 8)), element=(2, 1),
        names=("dense2.z.grad", "dense2.W", "dense1.a.grad"), shapes="[8, 8] = [8, 8] · [8, 8]ᵀ",
        operands=(("dense2.z.grad", grad), ("dense2.W", weights)),
    )  # fmt: skip
    first, second = links_of(told)
    assert first.mark(told.element) == (2, None)
    assert second.mark(told.element) == (1, None)


def test_an_operation_without_arrays_has_no_links():
    told = explanation(incoming=None, local=None, outgoing=None, element=())
    assert links_of(told) == (None, None)


def test_layers_with_a_bias_are_linked_as_products():
    x, weights, bias = np.zeros((5, 5)), np.zeros((5, 5)), np.zeros(5)
    told = explanation(
        instruction=PROGRAM[0], incoming=x, local=weights, outgoing=np.zeros((5, 5)), element=(2, 1),
        names=("input1.x", "dense1.W", "dense1.z"), shapes="[5, 5] = [5, 5] · [5, 5] + [5]",
        operands=(("input1.x", x), ("dense1.W", weights), ("dense1.b", bias)),
    )  # fmt: skip
    assert [found.mark(told.element) for found in links_of(told)] == [(2, None), (None, 1)]


def test_the_engine_words_products_as_the_links_read_them():
    import engine
    from engine.explain import explain

    net = engine.Network()
    ids = [net.add("Input", shape=(3,)), net.add("Dense", units=3, activation="tanh"), net.add("Dense", units=3),
           net.add("CrossEntropy")]  # fmt: skip
    for source, target in pairwise(ids):
        net.connect(source, target)
    x = np.random.default_rng(0).normal(size=(3, 3))
    session = engine.Session(net, (x, np.array([0, 1, 2])))
    for row in session.instructions:
        session.step()
        if row.op in ("linear", "matmul"):
            told = explain(session, row.index, (2, 1))
            arrays = dict(told.operands)
            marks = [found.mark((2, 1)) for found in links_of(told)]
            parts = [arrays[name][tuple(slice(None) if i is None else i for i in mark)]
                     for name, mark in zip(told.names[:2], marks, strict=True)]  # fmt: skip
            bias = arrays.get(f"{row.layer}.b", np.zeros(3))[1] if row.op == "linear" else 0.0
            assert told.outgoing[2, 1] == pytest.approx(float(parts[0] @ parts[1]) + bias, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(("kind", "groups"), [("MaxPool2D", 0), ("AveragePool2D", 0), ("Conv2D", 1), ("Conv2D", 2)])
def test_a_window_marks_what_it_is_made_of(kind, groups):
    import engine
    from engine.explain import explain

    net = engine.Network()
    own = dict(filters=4, kernel=(3,), stride=(2,), groups=groups) if groups else dict(window=(2,))
    ids = [net.add("Input", shape=(2, 6, 6)), net.add(kind, **own), net.add("Flatten"), net.add("Dense", units=2),
           net.add("CrossEntropy")]  # fmt: skip
    for source, target in pairwise(ids):
        net.connect(source, target)
    x = np.random.default_rng(0).normal(size=(4, 2, 6, 6))
    session = engine.Session(net, (x, np.array([0, 1, 0, 1])), dtype="float64")
    row = next(row for row in session.instructions if row.op in ("max_pool", "average_pool", "conv", "conv_bias"))
    session.run_to(row.index + 1)
    element = (3, 2 if groups else 1, 1, 2)
    told = explain(session, row.index, element)
    seen, kernel = links_of(told)
    patch = told.incoming[tuple(slice(None) if i is None else i for i in seen.mark(element))]
    if kind == "Conv2D":
        weights = told.local[tuple(slice(None) if i is None else i for i in kernel.mark(element))]
        cut = weights[:, : patch.shape[1], : patch.shape[2]]  # the rest lies over the padding
        bias = dict(told.operands).get(f"{row.layer}.b", np.zeros(4))[2]
        assert patch.shape[0] == 2 // groups
        assert told.outgoing[element] == pytest.approx(float((patch * cut).sum()) + bias)
    else:
        assert patch.shape == (2, 2)
        assert told.outgoing[element] == pytest.approx(patch.max() if kind == "MaxPool2D" else patch.mean())
    assert seen.back((2, 0, 5, 5), element)[2:] == (2, 2)
