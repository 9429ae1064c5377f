"""Which elements of the operands meet one of the result."""

from __future__ import annotations

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
