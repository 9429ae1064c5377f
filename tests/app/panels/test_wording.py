"""Operations in words."""

from __future__ import annotations

from app.panels import wording
from tests.app.plots.samples import PROGRAM, explanation


def test_backward_operations_carry_their_mark():
    assert wording.title(PROGRAM[1]) == "tanh"
    assert wording.title(PROGRAM[3]) == "∂ tanh"


def test_products_of_the_backward_pass_are_told_with_names():
    assert wording.short_formula(PROGRAM[4]) == "W̄ = xᵀ z̄"
    assert wording.short_formula(PROGRAM[5]) == "b̄ = Σᵢ z̄ᵢ"
    assert wording.short_formula(PROGRAM[3]) == "x̄ = ȳ ⊙ (1 − y²)"


def test_a_gradient_meets_the_weights_transposed():
    row = PROGRAM[4].__class__(**{**vars(PROGRAM[4]), "inputs": ("d.z.grad", "d.W"), "outputs": ("c.a.grad",)})
    assert wording.short_formula(row) == "ā = z̄ Wᵀ"


def test_where_an_operation_stands():
    assert wording.place(PROGRAM[4], PROGRAM) == "dense1 · operation 2 of 3"
    assert wording.place(PROGRAM[6], PROGRAM) == "all parameters"
    assert wording.counts(PROGRAM) == "forward 3 · backward 3 · update 1"


def test_captions_and_signs():
    assert wording.captions(explanation()) == ("incoming ā", "local", "outgoing z̄")
    assert wording.signs(explanation()) == ("⊙", "=")
    forward = explanation(instruction=PROGRAM[0], names=("input1.x", "dense1.W", "dense1.z"))
    assert wording.captions(forward) == ("x", "W", "result z")
    assert wording.signs(explanation(instruction=PROGRAM[2], names=("a", "b", "c"))) == (",", "→")
