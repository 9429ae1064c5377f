"""Activations and their derivatives as the engine has them, against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from app.panels.activation_curve import curve_of, has_curve
from engine.layers import REGISTRY
from engine.layers.activations import ACTIVATIONS
from engine.network import Network

LAYERS = [kind for kind, layer in REGISTRY.items() if layer.category == "activation"]


def check(node):
    curve = curve_of(node)
    numeric = np.gradient(curve.y, curve.x)
    smooth = np.abs(curve.x) > 0.1  # kinks and jumps lie at 0
    assert curve.slope[smooth] == pytest.approx(numeric[smooth], abs=2e-2)


@pytest.mark.parametrize("kind", LAYERS)
def test_layers(kind):
    node = Network().new_node(kind, None, None, {})
    assert has_curve(node)
    check(node)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"linear"}))
def test_dense(name):
    node = Network().new_node("Dense", None, None, {"activation": name})
    assert has_curve(node)
    check(node)


def test_softmax_is_told_to_be_of_two_classes():
    node = Network().new_node("Softmax", None, None, {"fix_first": True})
    curve = curve_of(node)
    assert "against another" in curve.note
    assert curve.y[len(curve.y) // 2] == pytest.approx(0.5)


def test_others_have_none():
    for kind in ("Input", "Dense", "Add", "CrossEntropy"):
        assert not has_curve(Network().new_node(kind, None, None, {}))


def test_maxout_is_drawn_as_a_function_of_one_piece():
    curve = curve_of(Network().new_node("Maxout", None, None, {"pieces": 3}))
    assert curve.y == pytest.approx(np.maximum(curve.x, 0))
    assert "others at 0" in curve.note
