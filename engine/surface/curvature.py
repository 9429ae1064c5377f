"""Curvature of the loss: eigenvalues and trace of its Hessian, from products with vectors alone.

Lanczos: scipy's ARPACK. Trace: Hutchinson's estimate, the mean of z·Hz over random signs z (M. Hutchinson 1990).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.hessian import HessianProduct
from engine.surface.layout import Layout
from engine.surface.rows import RowsOf

if TYPE_CHECKING:
    from engine.optimizers import Optimizer
    from engine.session import Session

FLAT, STILL = 1e-4, 1e-3  # shares of the largest |eigenvalue| and of the loss's own scale that count as zero
SMALL = 24  # up to so many weights the whole matrix is made
TOLERANCE, RESTARTS = 1e-3, 40
Tensors = dict[str, NDArray]
Tell = Callable[[int], bool]  # told how many products were taken; False ends the work


def _go_on(done: int) -> bool:
    return True


@dataclass(frozen=True)
class Curvature:
    """Eigenvalues of the Hessian at one point, the largest first, then the smallest ones, which may be negative.

    `layers`: for each layer the largest and the smallest eigenvalue of its own block. `error`: standard error of the
    trace's estimate. `traces`: by layer, what its own block adds to the trace.
    """

    step: int
    loss: float
    gradient_norm: float
    largest: tuple[float, ...]
    smallest: tuple[float, ...]
    trace: float
    error: float
    layers: dict[str, tuple[float, float]] = field(default_factory=dict)
    rows: str = ""
    traces: dict[str, float] = field(default_factory=dict)

    @property
    def sharpness(self) -> float:
        """The largest eigenvalue: a plain gradient step above 2 / sharpness climbs."""
        return self.largest[0] if self.largest else float("nan")

    @property
    def is_still(self) -> bool:
        """Whether the gradient is next to zero, so that the point is a critical one."""
        size = abs(self.loss) + 1e-12
        return self.gradient_norm <= STILL * size

    @property
    def kind(self) -> str:
        """How the loss bends: "minimum", "maximum", "saddle" or "flat"."""
        known = [*self.largest, *self.smallest]
        if not known or not np.isfinite(known).all():
            return "unknown"
        zero = FLAT * max(abs(value) for value in known)
        up, down = max(known) > zero, min(known) < -zero
        if up and down:
            return "saddle"
        return "minimum" if up else "maximum" if down else "flat"

    @property
    def text(self) -> str:
        """In words, with what is known of the gradient."""
        bends = {
            "minimum": "curves up along every direction found: a minimum",
            "maximum": "curves down along every direction found: a maximum",
            "saddle": "curves up along some directions and down along others: a saddle",
            "flat": "is flat: no curvature was found",
            "unknown": "is not finite here",
        }[self.kind]
        if self.is_still or self.kind in ("flat", "unknown"):
            return f"The loss {bends}."
        return f"The loss {bends}, once the gradient (norm {self.gradient_norm:.3g}) is gone; it still leads downhill."


class CurvatureOf:
    """Works out the curvature of a session's loss on `rows`, at any parameter block; training may go on beside it."""

    def __init__(self, session: Session, rows: RowsOf) -> None:
        """Raises SessionError where the loss cannot be differentiated twice, or there is no room."""
        self.layout, self.rows, self.dtype = Layout(session), rows, session.dtype
        self.product = HessianProduct(session, rows.x, rows.target, rows.run_as == "training")
        self._data = [array for array in (rows.x, rows.target) if array is not None]
        self._tell: Tell = _go_on
        self._done = 0

    def __call__(self, block: NDArray, step: int = 0, count: int = 3, probes: int = 10, layers: bool = True,
                 tell: Tell | None = None) -> Curvature:  # fmt: skip
        """`count` eigenvalues from either end, the trace from `probes` random vectors, the ends of each layer's block.

        Raises SessionError where a value is not finite or `tell` says no.
        """
        self._tell, self._done = tell or _go_on, 0
        names = [name for name, place in self.layout.items() if place.learns]
        if not names:
            raise SessionError("Nothing in this network learns, so its loss has no curvature.")
        tensors = self.layout.tensors(block) | {n: p.of(block) for n, p in self.layout.items() if not p.learns}
        largest, smallest = self._ends(tensors, names, count)
        trace, error, traces = self._trace(tensors, names, probes)
        gradient = self.product.gradient()
        norm = float(np.sqrt(sum(np.sum(gradient[name].astype(np.float64) ** 2) for name in names)))
        loss = float(self.product.program.view(self.product.loss))
        own = self._layers(tensors, names) if layers else {}
        return Curvature(step, loss, norm, largest, smallest, trace, error, own, self.rows.text, traces)

    def _layers(self, tensors: Tensors, names: list[str]) -> dict[str, tuple[float, float]]:
        found = {}
        for layer, own in _by_layer(names).items():
            high, low = self._ends(tensors, own, 1)
            found[layer] = (high[0], low[0])
        return found

    def _ends(self, tensors: Tensors, names: list[str], count: int) -> tuple[tuple[float, ...], ...]:
        """The `count` largest and smallest eigenvalues of the block of the Hessian that belongs to `names`."""
        size = sum(self.layout[name].size for name in names)
        if size <= SMALL:
            whole = np.stack([self._times(tensors, names, unit) for unit in np.eye(size)])
            found = np.linalg.eigvalsh((whole + whole.T) / 2)[::-1]
        else:
            found = self._lanczos(tensors, names, size, count)
        return tuple(map(float, found[:count])), tuple(map(float, found[::-1][:count]))

    def _lanczos(self, tensors: Tensors, names: list[str], size: int, count: int) -> NDArray[np.float64]:
        """`count` eigenvalues from either end, the largest first, each to TOLERANCE of the largest in magnitude."""
        high = self._highest(lambda v: self._times(tensors, names, v), size, count)
        top = max(float(high[0]), 0.0)
        # of top·I − H: there the small eigenvalues are the large ones, and the tolerance is that of the whole spectrum
        low = top - self._highest(lambda v: top * v.ravel() - self._times(tensors, names, v), size, count)
        return np.concatenate([high, low[::-1]])

    def _highest(self, times: Callable[[NDArray], NDArray], size: int, count: int) -> NDArray[np.float64]:
        from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, eigsh

        start = np.random.default_rng(0).normal(size=size)
        operator = LinearOperator((size, size), matvec=times, dtype=np.float64)
        try:
            found = eigsh(operator, count, which="LA", v0=start, tol=TOLERANCE, maxiter=RESTARTS,
                          return_eigenvectors=False)  # fmt: skip
        except ArpackNoConvergence as error:
            found = error.eigenvalues
        except ArpackError as error:
            raise SessionError("The curvature could not be worked out here: the Hessian is not finite.") from error
        if not len(found):
            raise SessionError("The eigenvalues did not settle; take more rows.")
        ends: NDArray[np.float64] = np.sort(np.asarray(found))[::-1]
        return ends

    def _trace(self, tensors: Tensors, names: list[str], probes: int) -> tuple[float, float, dict[str, float]]:
        """The trace, its standard error, and its share of each layer: z ⊙ Hz summed over that layer's weights."""
        size = sum(self.layout[name].size for name in names)
        if size <= SMALL:
            found = np.stack([unit * self._times(tensors, names, unit) for unit in np.eye(size)]).sum(0, keepdims=True)
        else:
            signs = np.random.default_rng(1).choice([-1.0, 1.0], size=(max(2, probes), size))
            found = np.stack([z * self._times(tensors, names, z) for z in signs])
        whole, error = found.sum(1), 0.0
        if len(whole) > 1:
            error = float(whole.std(ddof=1) / np.sqrt(len(whole)))
        ends = np.cumsum([self.layout[name].size for name in names])
        each = dict(zip(names, (float(part.sum(1).mean()) for part in np.split(found, ends[:-1], axis=1)), strict=True))
        traces = {layer: sum(each[name] for name in own) for layer, own in _by_layer(names).items()}
        return float(whole.mean()), error, traces

    def _times(self, tensors: Tensors, names: list[str], vector: NDArray) -> NDArray[np.float64]:
        """H·v within the block of `names`."""
        self._done += 1
        if not self._tell(self._done):
            raise SessionError("Stopped.")
        parts, first = {}, 0
        for name in names:
            place = self.layout[name]
            parts[name] = vector[first : first + place.size].reshape(place.parameter.shape)
            first += place.size
        found = self.product.at(tensors, self._data, self.rows.step, parts)
        flat = np.concatenate([found[name].ravel() for name in names]).astype(np.float64)
        if not np.isfinite(flat).all():
            raise SessionError("The curvature is not finite here: the loss overflows or has a kink.")
        return flat


def _by_layer(names: list[str]) -> dict[str, list[str]]:
    """Names of tensors by the layer that they belong to."""
    grouped: dict[str, list[str]] = {}
    for name in names:
        grouped.setdefault(name.rsplit(".", 1)[0], []).append(name)
    return grouped


def stable_below(optimizer: Optimizer, rate: float) -> float:
    """The sharpness above which a step of `optimizer` along that direction of a quadratic grows; NaN where it scales
    its steps by what it has seen.

    Gradient descent 2/η, with momentum (2 + 2μ)/η, Nesterov's (2 + 2μ)/((1 + 2μ)·η) (Cohen et al. 2021, "Gradient
    descent on neural networks typically occurs at the edge of stability", 2 and B).
    """
    if not rate > 0:
        return float("nan")
    mu = float(getattr(optimizer, "momentum", 0.0))
    limits = {"sgd": 2.0, "momentum": 2 + 2 * mu, "nesterov": (2 + 2 * mu) / (1 + 2 * mu)}
    return limits.get(optimizer.op, float("nan")) / rate
