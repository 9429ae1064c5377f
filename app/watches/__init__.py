"""What the views at the foot of the window show, made of the session on the worker's side: `<id>.py` has the class
`Watch` for the view of that name in `app/plots/views/`. Found by their names, so a new one is a new file."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.watches.base import Watch


@cache
def watches() -> dict[str, type[Watch]]:
    """Every kind of watch by the id of its view."""
    ids = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "base")
    return {id: importlib.import_module(f"{__name__}.{id}").Watch for id in ids if not id.startswith("_")}
