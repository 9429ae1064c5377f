"""Gradients of the backward pass against central differences, parameter by parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SessionError

if TYPE_CHECKING:
    from engine.session import Session

ELEMENTS = 256  # of each parameter, evenly spread, when it has more


def gradcheck(session: Session, step: float = 1e-5) -> dict[str, float]:
    """Largest relative error of each parameter's gradient.

    It is |analytic − numeric| / max(|analytic|, |numeric|, 1e-3·scale);
    scale is the largest gradient of all, so that elements that are 0 but for rounding do not count. The step is
    `step`·max(1, |w|). Needs a float64 session. Raises SessionError.
    """
    if session.dtype != "float64":
        raise SessionError("A gradient check needs a session with dtype='float64'.")
    second = session.rules.second
    if second is not None and second.losses:
        raise SessionError("With a second optimiser that has its own losses there is no one loss whose gradients could "
                           "be checked; choose none for it first.")  # fmt: skip
    analytic = session.gradients()
    scale = max((float(np.abs(gradient).max()) for gradient in analytic.values() if gradient.size), default=0.0)
    errors = {}
    for name, gradient in analytic.items():
        places = np.unique(np.linspace(0, gradient.size - 1, min(gradient.size, ELEMENTS)).astype(int))
        numeric = np.array([_difference(session, name, place, step) for place in places])
        exact = gradient.ravel()[places]
        size = np.maximum(np.maximum(np.abs(exact), np.abs(numeric)), max(1e-3 * scale, 1e-12))
        errors[name] = float(np.max(np.abs(exact - numeric) / size))
    return errors


def _difference(session: Session, name: str, place: int, step: float) -> float:
    flat = session.parameters[name].reshape(-1)
    kept = flat[place]
    h = step * max(1.0, abs(kept))
    flat[place] = kept + h
    above = session.loss()
    flat[place] = kept - h
    below = session.loss()
    flat[place] = kept
    return (above - below) / (2.0 * h)
