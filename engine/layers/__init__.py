"""The layers. `REGISTRY`: kind → `Layer`, in the order of the palette (by category)."""

import importlib
import pkgutil

from engine.layers.layer import CATEGORIES, REGISTRY, Layer, Parameter, find, show

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

_palette = sorted(REGISTRY.items(), key=lambda item: CATEGORIES.index(item[1].category))
REGISTRY.clear()
REGISTRY.update(_palette)

__all__ = ["CATEGORIES", "REGISTRY", "Layer", "Parameter", "find", "show"]
