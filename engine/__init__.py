"""Chainrule's engine: networks as graphs, run forwards and backwards by Numba-compiled kernels. It knows no Qt.

`import engine` is light: what needs Numba or SciPy is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from engine import layers
from engine.errors import ChainruleError
from engine.network import Network
from engine.problems import Problem

if TYPE_CHECKING:
    from engine import data, ops
    from engine.files import load
    from engine.gradient_check import gradcheck
    from engine.session import Session

__all__ = ["ChainruleError", "Network", "Problem", "Session", "data", "gradcheck", "layers", "load", "ops"]

_LAZY = {
    "Session": ("engine.session", "Session"), "load": ("engine.files", "load"),
    "gradcheck": ("engine.gradient_check", "gradcheck"), "ops": ("engine.ops", None), "data": ("engine.data", None),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    module, attribute = _LAZY[name]
    loaded = importlib.import_module(module)
    return getattr(loaded, attribute) if attribute else loaded
