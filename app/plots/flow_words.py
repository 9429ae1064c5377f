"""What the lines of gradients, updates and stuck units come to, in words: only what is certain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app import theme
from app.plots.flow import short_norm
from engine.last_update import CUSTOMARY

if TYPE_CHECKING:
    from engine.activity import Count

FADED, GROWN = 1e-2, 1e2  # of the gradient of the last layer: less or more is worth a word
FAR = 30.0  # times more or less than the customary ratio


def of_gradients(norms: Mapping[str, float], chains: Sequence[tuple[str, str]]) -> str:
    """Which layer has gradients that are no numbers, or gets none; else, of a way from the data to a loss, how much of
    the gradient of its last layer reaches its first one, where that is far less or far more."""
    bad = [layer for layer, norm in norms.items() if not math.isfinite(norm)]
    if bad:
        return _more(f"{bad[0]}: not finite", bad)
    zero = [layer for layer, norm in norms.items() if norm == 0]
    if zero:
        return _more(f"{zero[0]}: no gradient", zero)
    ratios = {pair: norms[pair[0]] / norms[pair[1]] for pair in chains if norms.keys() >= set(pair)}
    pair = max(ratios, key=lambda pair: abs(math.log(ratios[pair])), default=("", ""))
    if not ratios or FADED < ratios[pair] < GROWN:
        return ""
    return f"{pair[0]}: {short_norm(ratios[pair])} of {pair[1]}"


def of_updates(ratios: Mapping[str, float]) -> str:
    """Which layer does not move, or moves by far more or less than is customary."""
    bad = [layer for layer, ratio in ratios.items() if math.isinf(ratio)]
    if bad:
        return _more(f"{bad[0]}: not finite", bad)
    still = [layer for layer, ratio in ratios.items() if ratio == 0]
    if still:
        return _more(f"{still[0]}: stands still", still)
    far = {layer: abs(math.log(ratio / CUSTOMARY)) for layer, ratio in ratios.items() if not math.isnan(ratio)}
    layer = max(far, key=lambda id: far[id], default="")
    return f"{layer}: moves by {short_norm(ratios[layer])}" if layer and far[layer] > math.log(FAR) else ""


def of_units(counts: Mapping[str, Count], what: str) -> str:
    """Where the most units are stuck: "hidden 1: 5 of 8 units dead"."""
    bad = [layer for layer, count in counts.items() if count.bad]
    if bad:
        return _more(f"{bad[0]}: not finite", bad)
    stuck = [layer for layer, count in counts.items() if count.stuck]
    if not stuck:
        rows = max((count.rows for count in counts.values()), default=0)
        return f"none in {theme.format_count(rows)} rows" if rows else ""
    worst = max(stuck, key=lambda layer: counts[layer].share)
    return _more(f"{worst}: {counts[worst].stuck} of {counts[worst].units} units {what}", stuck)


def _more(words: str, layers: list[str]) -> str:
    return words if len(layers) < 2 else f"{words} · +{len(layers) - 1}"
