"""Operations in words."""

from __future__ import annotations

from dataclasses import replace

from app.panels import wording
from app.panels.wording import formula, in_lines
from tests.app.plots.samples import PROGRAM, explanation


def test_backward_operations_carry_their_mark():
    assert wording.title(PROGRAM[1]) == "tanh"
    assert wording.title(PROGRAM[3]) == "∂ tanh"


def test_products_of_the_backward_pass_are_told_with_names():
    assert wording.short_formula(PROGRAM[4]) == "W̄ = xᵀ z̄"
    over_rows = replace(PROGRAM[5], input_shapes=((6, 3),), output_shapes=((3,),))
    assert wording.short_formula(over_rows) == "b̄ⱼ = Σᵢ z̄ᵢ,ⱼ"
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


def test_sums_name_the_dimensions_they_run_over():
    row = replace(PROGRAM[3], op="sum", phase="backward", inputs=("c.y.grad",), outputs=("c.b.grad",),
                  input_shapes=((6, 3, 8, 8),), output_shapes=((6, 3),))  # fmt: skip
    assert formula(row) == r"\bar b_{i,j} = \sum_{k,l} \bar y_{i,j,k,l}"
    nameless = replace(row, inputs=("",), outputs=("",), input_shapes=((6, 3),), output_shapes=((3,),))
    assert formula(nameless) == r"y_{j} = \sum_{i} x_{i,j}"
    assert formula(replace(row, input_shapes=((7,),), output_shapes=((),))) == r"\bar b = \sum_{i} \bar y_{i}"


def test_long_shapes_go_on_in_the_next_line():
    shapes = "[64, 16, 12, 12] = [64, 8, 14, 14], [16, 8, 3, 3], [16]"
    assert in_lines(shapes, 42) == "[64, 16, 12, 12] = [64, 8, 14, 14],\n[16, 8, 3, 3], [16]"
    assert in_lines("[4, 2] = [4, 3] · [2, 3]ᵀ") == "[4, 2] = [4, 3] · [2, 3]ᵀ"
