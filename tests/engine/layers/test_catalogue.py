"""What every layer and every op says of itself."""

from __future__ import annotations

import pytest

from engine.data import SOURCES
from engine.layers import REGISTRY
from engine.ops import REGISTRY as OPS
from engine.optimizers import OPTIMIZERS
from engine.training import TRAINING_ATTRIBUTES


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


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_an_optimiser_says_its_formula_and_whose_it_is(kind: str) -> None:
    assert OPTIMIZERS[kind].__doc__
    assert OPS[OPTIMIZERS[kind].op].source


def test_every_setting_of_training_and_of_data_has_a_help() -> None:
    settings = [*TRAINING_ATTRIBUTES, *(entry for source in SOURCES.values() for entry in source.attributes)]
    assert [entry.name for entry in settings if not entry.help.rstrip(")").endswith((".", "?"))] == []
