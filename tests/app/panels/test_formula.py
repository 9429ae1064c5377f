"""Formulas, drawn and in plain text."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import formula, theme
from app.formula_text import plain
from engine.layers import REGISTRY


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\bar x = \bar y \odot (1 - y^2)", "x̄ = ȳ ⊙ (1 − y²)"),
        (r"\bar W = x^\top \bar z", "W̄ = xᵀ z̄"),
        (r"z = x\, W + b,\quad a = g(z)", "z = x W + b,  a = g(z)"),
        (r"L = -\frac{1}{2B} \sum_i \log \mathrm{softmax}(x_i)_{t_i}", "L = −1/(2B) Σᵢ log softmax(xᵢ)_(tᵢ)"),
        (r"\theta \leftarrow \theta - \eta \frac{\hat m}{\sqrt{\hat v} + \epsilon}", "θ ← θ − η m̂/(√v̂ + ε)"),
        (r"\frac{a", "a/"),
        ("", ""),
    ],
)
def test_plain_text(latex, text):
    assert plain(latex) == text


@given(st.text(alphabet=st.sampled_from(r"\{}^_ abx1+-fracbar"), max_size=40))
def test_plain_text_never_fails(latex):
    assert isinstance(plain(latex), str)


@pytest.mark.parametrize("kind", sorted(REGISTRY))
def test_the_formula_of_every_layer_can_be_drawn(kind):
    assert formula.svg(REGISTRY[kind].formula, "#ffffff", 16.0) is not None


def test_pictures_are_crisp_on_dense_screens_and_kept(qapp):
    once = formula.pixmap(r"x^2", "#ff9f43", 16.0, 1.0)
    twice = formula.pixmap(r"x^2", "#ff9f43", 16.0, 2.0)
    assert abs(twice.width() - 2 * once.width()) <= 1
    assert twice.deviceIndependentSize().width() == pytest.approx(once.width(), abs=1)
    assert formula.pixmap(r"x^2", "#ff9f43", 16.0, 1.0) is once


def test_the_ink_has_the_colour_asked_for(qapp):
    image = formula.pixmap(r"\sum", "#ff9f43", 24.0, 1.0).toImage()
    solid = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
             if image.pixelColor(x, y).alpha() == 255}  # fmt: skip
    assert solid == {"#ff9f43"}


@pytest.fixture
def view(qtbot):
    widget = formula.FormulaView()
    qtbot.addWidget(widget)
    widget.resize(300, 60)
    widget.show()
    return widget


def inked(view) -> int:
    """Light pixels on the dark ground."""
    image = view.grab().toImage()
    return sum(image.pixelColor(x, y).lightness() > 120 for x in range(image.width()) for y in range(image.height()))


def test_a_formula_is_drawn_and_told(view):
    view.set_formula(r"y = \tanh x")
    assert inked(view) > 30
    assert view.accessibleName() == "y = tanh x"


def test_what_cannot_be_drawn_is_written(view):
    broken = r"\frac{a"
    assert formula.svg(broken, theme.current().text, 17.0) is None
    view.set_formula(broken)
    assert inked(view) > 5


def test_a_formula_too_wide_is_written_and_cut(view):
    view.set_formula("+".join(["x"] * 200))
    view.resize(120, 60)
    assert inked(view) > 5


def test_no_formula_hides_the_view(view):
    view.set_formula("x")
    view.set_formula("")
    assert view.isHidden()


def test_ziamath_waits_for_the_first_formula():
    code = "import sys, app.formula, app.formula_text; sys.exit('ziamath' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
