"""Which units of a network have stopped passing gradients on: dead rectifiers and saturated squashing functions.

With a = g(z): a unit is *dead* where g is a rectifier and |g′| < 1e−4 for every row (ReLU: it gives 0 for all of them;
Maas et al. 2013), and *saturated* where g is tanh or the sigmoid and |g′| is below a twentieth of its largest value for
nine rows of ten or more (Glorot and Bengio 2010 watch activations for it). Of an image a unit is a channel, and every
place counts as a row; so does every step of a sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from engine.instructions import Instruction
    from engine.network import Network
    from engine.session import Session

DEAD, SATURATED, MOST_ROWS = 1e-4, 0.05, 0.9
ROWS, MOST_ELEMENTS = 256, 4_000_000  # rows that are judged, as far as their values do not take more numbers,
MOST_FLOPS, FEW_ROWS = 2e8, 64  # and of more than a few, as far as the work is not more

Slope = Callable[[NDArray, Mapping[str, Any]], NDArray]


def _gelu(z: NDArray) -> NDArray:
    from scipy.special import erf

    return np.asarray(0.5 * (1 + erf(z / np.sqrt(2))) + z * np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi))


def _silu(z: NDArray) -> NDArray:
    y = 1 / (1 + np.exp(-z))
    return np.asarray(y * (1 + z * (1 - y)))


# op → whether its derivative is read off what goes in ("z") or what comes out ("a"), and the derivative
RECTIFIERS: dict[str, tuple[str, Slope]] = {
    "relu": ("a", lambda a, attrs: (a > 0).astype(float)),
    "leaky_relu": ("a", lambda a, attrs: np.where(a > 0, 1.0, attrs["slope"])),
    "elu": ("a", lambda a, attrs: np.where(a > 0, 1.0, a + attrs["alpha"])),
    "softplus": ("a", lambda a, attrs: -np.expm1(-a)),
    "gelu": ("z", lambda z, attrs: _gelu(z)),
    "silu": ("z", lambda z, attrs: _silu(z)),
}
SQUASHERS: dict[str, tuple[float, Slope]] = {  # op → the largest derivative, and the derivative from what comes out
    "tanh": (1.0, lambda a, attrs: 1 - a * a),
    "sigmoid": (0.25, lambda a, attrs: a * (1 - a)),
}


@dataclass(frozen=True)
class Site:
    """Where a layer applies an activation: the value to look at, and which of its axes counts the units."""

    layer: str
    op: str
    value: str
    axis: int
    attrs: Mapping[str, Any]

    @property
    def squashes(self) -> bool:
        """Whether it can saturate, rather than die."""
        return self.op in SQUASHERS


@dataclass(frozen=True)
class Count:
    """`stuck` of `units`: dead rectifiers, or saturated squashing functions. `rows` were looked at; `bad`: some of
    their values are not finite, so that nothing is known."""

    stuck: int
    units: int
    rows: int
    bad: bool = False

    @property
    def share(self) -> float:
        """Of all units; NaN where nothing is known."""
        return float("nan") if self.bad or not self.units else self.stuck / self.units


class Activity:
    """Judges the units of one session on rows of its training data, as the network answers them outside of training
    (without dropout). `sites` by layer."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sites: dict[str, list[Site]] = {}
        for site in _sites(session):
            self.sites.setdefault(site.layer, []).append(site)
        self._names = [site.value for sites in self.sites.values() for site in sites]
        self._rows = _rows(session)

    @property
    def rows(self) -> int:
        """How many rows are judged."""
        return len(self._rows)

    def judge(self) -> dict[str, Count]:
        """How many units of each layer are stuck with the parameters as they are."""
        if not self._names or not len(self._rows):
            return {}
        values = self.session.evaluator.values(self.session.parameter_block(), self._rows, self._names)
        shares = _shares([site for sites in self.sites.values() for site in sites if site.value in values], values)
        found = {layer: self._count(sites, shares) for layer, sites in self.sites.items()}
        return {layer: count for layer, count in found.items() if count is not None}

    def _count(self, sites: list[Site], shares: Mapping[str, NDArray]) -> Count | None:
        groups: dict[str, list[NDArray]] = {}  # the steps of a loop are rows of the same units
        for site in sites:
            if site.value in shares:
                groups.setdefault(site.value.partition("[")[0], []).append(shares[site.value])
        if not groups:
            return None
        means = [parts[0] if len(parts) == 1 else np.mean(parts, axis=0) for parts in groups.values()]
        units = means[0] if len(means) == 1 else np.concatenate(means)
        least = MOST_ROWS if sites[0].squashes else 1.0
        return Count(int((units >= least).sum()), len(units), self.rows, bool(np.isnan(units).any()))


def _shares(sites: list[Site], values: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """By value: the share of rows (units,) for which the derivative is as good as 0, NaN where values are not finite.
    Values that are judged alike are judged side by side."""
    groups: dict[tuple[Any, ...], list[tuple[str, NDArray]]] = {}
    for site in sites:
        value = np.moveaxis(values[site.value], site.axis, -1)
        value = value.reshape(-1, value.shape[-1])
        alike = (site.op, len(value), *(site.attrs.get(name) for name in ("slope", "alpha")))
        groups.setdefault(alike, []).append((site.value, value))
    kinds = {(site.op, *(site.attrs.get(name) for name in ("slope", "alpha"))): site for site in sites}
    found: dict[str, NDArray] = {}
    for (op, _, *attrs), members in groups.items():
        beside = np.concatenate([value for _, value in members], axis=1)
        share = np.where(np.isfinite(beside).all(0), off(kinds[op, *attrs], beside).mean(0), np.nan)
        ends = np.cumsum([value.shape[1] for _, value in members])[:-1]
        found |= dict(zip((name for name, _ in members), np.split(share, ends), strict=True))
    return found


def off(site: Site, value: NDArray) -> NDArray:
    """Where the derivative is as good as 0; bool, shaped like `value`."""
    with np.errstate(over="ignore", invalid="ignore"):
        if site.squashes:
            most, slope = SQUASHERS[site.op]
            return np.asarray(np.abs(slope(value, site.attrs)) < SATURATED * most)
        return np.asarray(np.abs(RECTIFIERS[site.op][1](value, site.attrs)) < DEAD)


def _sites(session: Session) -> list[Site]:
    """In program order. Of a layer of several activations, those of the kind that comes first."""
    found, squashes, first = [], dict[str, bool](), dict[str, bool]()
    for row in session.instructions:
        attrs = session.call(row.index).attrs if row.phase == "forward" else {}
        op, value = _judged(row, attrs)
        if not value or row.layer not in session.network.nodes or value not in session.values:
            continue
        if squashes.setdefault(row.layer, op in SQUASHERS) != (op in SQUASHERS):
            continue
        if row.layer not in first:
            first[row.layer] = channels_first(session.network, row.layer)
        found.append(Site(row.layer, op, value, _axis(session.values[value].shape, first[row.layer]), attrs))
    return found


def _judged(row: Instruction, attrs: Mapping[str, Any]) -> tuple[str, str]:
    """Which activation a row applies, and the name of the value that tells its derivative; "" for none."""
    if row.phase != "forward" or not row.outputs:
        return "", ""
    if row.op == "rnn":
        return str(attrs["activation"]), row.outputs[1]
    if row.op in SQUASHERS:
        return row.op, row.outputs[0]
    if row.op in RECTIFIERS:
        return row.op, row.inputs[0] if RECTIFIERS[row.op][0] == "z" else row.outputs[0]
    return "", ""


def _axis(shape: tuple[int, ...], first: bool) -> int:
    return 1 if len(shape) > 3 or (first and len(shape) == 3) else len(shape) - 1


def channels_first(network: Network, id: str) -> bool:
    """Whether the units of a layer's values are channels (B, C, …), as behind a convolution."""
    seen: set[str] = set()
    while id and id not in seen:
        seen.add(id)
        category = network.nodes[id].layer.category
        if category not in ("activation", "normalisation", "regularisation"):
            return category == "convolution"
        id = next(iter(network.inputs_of(id).values()), "")
    return False


def _rows(session: Session) -> NDArray:
    """Rows spread evenly over the training data: as many as are judged."""
    forward = [row for row in session.instructions if row.phase == "forward"]
    size = sum(int(np.prod(shape)) for row in forward for shape in row.output_shapes) / session.batch_size
    flops = sum(row.flops for row in forward) / session.batch_size
    x = session.dataset.train.x
    most = min(ROWS, max(FEW_ROWS, int(MOST_FLOPS / max(flops, 1))), int(MOST_ELEMENTS / max(size, 1)))
    count = min(max(1, most), len(x))
    return np.asarray(x[np.linspace(0, len(x) - 1, count).astype(np.int64)]) if count else np.asarray(x)
