"""What stands at the foot of the window, one row a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.plots.card import Card

GROUPS = ("Training", "Answers", "Inside", "Surface")


@dataclass(frozen=True)
class ViewKind:
    """`title` in the menu; `card` makes the widget; `group` and `order`: its place in the menu; `near`: the view whose
    tab it becomes when it is opened first; `stretch`: its share of the width where it stands at the foot from the
    beginning, 0 where it does not; `tab`: what it is called where little has room."""

    title: str
    card: Callable[[], Card]
    group: str
    order: int = 50
    near: str = ""
    stretch: int = 0
    tab: str = ""
