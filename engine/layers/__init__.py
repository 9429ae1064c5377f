"""The layers. `REGISTRY`: kind → `Layer`, in the order of the palette (by category)."""

from engine.layers import (  # noqa: F401 - importing them fills the registry
    activations,
    basic,
    combine,
    convolution,
    losses,
    pooling,
    recurrent,
    sequence,
    transposed_convolution,
)
from engine.layers.layer import CATEGORIES, REGISTRY, Layer, Parameter, find, show

_palette = sorted(REGISTRY.items(), key=lambda item: CATEGORIES.index(item[1].category))
REGISTRY.clear()
REGISTRY.update(_palette)

__all__ = ["CATEGORIES", "REGISTRY", "Layer", "Parameter", "find", "show"]
