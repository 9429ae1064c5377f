"""The views that can stand at the foot of the window: `<id>.py` has `VIEW`. Found by their names, so a new one is a
new file; what it shows beyond the snapshot comes from the watch of the same name (`app/watches/`)."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from app.plots.views.kind import GROUPS, ViewKind


@cache
def views() -> dict[str, ViewKind]:
    """Every view by its id, in the menu's order."""
    ids = [module.name for module in pkgutil.iter_modules(__path__) if module.name != "kind"]
    found = {id: importlib.import_module(f"{__name__}.{id}").VIEW for id in ids if not id.startswith("_")}
    return dict(sorted(found.items(), key=lambda row: (GROUPS.index(row[1].group), row[1].order, row[0])))
