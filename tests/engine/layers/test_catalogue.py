"""What every layer and every op says of itself."""

from __future__ import annotations

import pytest

from engine.layers import REGISTRY
from engine.ops import REGISTRY as OPS


@pytest.mark.parametrize("kind", REGISTRY)
def test_a_layer_tells_what_it_does_by_which_formula_and_whose(kind: str) -> None:
    layer = REGISTRY[kind]
    assert layer.summary.endswith(".")
    assert layer.formula
    assert layer.source
    assert not layer.source.endswith(".")
    for attribute in layer.attributes:
        assert attribute.help.rstrip(")").endswith("."), attribute.name


@pytest.mark.parametrize("name", OPS)
def test_an_op_names_its_formula_and_source(name: str) -> None:
    assert OPS[name].formula
    assert OPS[name].source
    assert not OPS[name].source.endswith(".")
