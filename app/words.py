"""The engine's words as the window says them: layers by their titles, numbers with thin spaces."""

from __future__ import annotations

import functools
import re

from app.numbers import thin
from engine.layers import REGISTRY


def worded(text: str) -> str:
    """`text` with the palette's titles for kinds of layers ("Cross entropy"), and its numbers as the window's."""
    return thin(_kinds().sub(lambda found: REGISTRY[found.group()].title, text))


@functools.cache
def _kinds() -> re.Pattern[str]:
    """Kinds that are no words of their own: CrossEntropy, OneHot."""
    kinds = sorted((kind for kind, layer in REGISTRY.items() if kind != layer.title), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, kinds))})\b")
