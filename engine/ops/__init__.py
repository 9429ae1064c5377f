"""The ops. `REGISTRY`: name → `Op`; every module of this package that declares one enters it here."""

import importlib
import pkgutil

from engine.ops.op import REGISTRY, Op

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["REGISTRY", "Op"]
