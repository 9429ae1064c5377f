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
    trace's estimate.
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
        trace, error = self._trace(tensors, names, probes)
        gradient = self.product.gradient()
        norm = float(np.sqrt(sum(np.sum(gradient[name].astype(np.float64) ** 2) for name in names)))
        loss = float(self.product.program.view(self.product.loss))
        own = self._layers(tensors, names) if layers else {}
        return Curvature(step, loss, norm, largest, smallest, trace, error, own, self.rows.text)

    def _layers(self, tensors: Tensors, names: list[str]) -> dict[str, tuple[float, float]]:
        grouped: dict[str, list[str]] = {}
        for name in names:
            grouped.setdefault(name.rsplit(".", 1)[0], []).append(name)
        found = {}
        for layer, own in grouped.items():
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

    def _trace(self, tensors: Tensors, names: list[str], probes: int) -> tuple[float, float]:
        size = sum(self.layout[name].size for name in names)
        rng = np.random.default_rng(1)
        if size <= SMALL:
            return float(sum(self._times(tensors, names, unit)[i] for i, unit in enumerate(np.eye(size)))), 0.0
        signs = rng.choice([-1.0, 1.0], size=(max(2, probes), size))
        found = np.array([z @ self._times(tensors, names, z) for z in signs])
        return float(found.mean()), float(found.std(ddof=1) / np.sqrt(len(found)))

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
