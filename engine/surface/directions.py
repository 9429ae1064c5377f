"""Directions in the space of parameters along which the loss is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.surface.layout import Layout
from engine.surface.plane import Plane

if TYPE_CHECKING:
    from engine.checkpoint import Checkpoint
    from engine.session import Session

Weight = tuple[str, tuple[int, ...]]  # name of a tensor and the index of an element


def random_plane(session: Session, origin: NDArray, seed: int = 0, biases: bool = False) -> Plane:
    """Two random directions, each filter (column of a matrix, kernel of a convolution) as long as the network's own.

    Biases and what normalisations learn stay as they are unless `biases`. (Li et al. 2018, "Visualizing the loss
    landscape of neural nets", 4.)
    """
    layout, rng = Layout(session), np.random.default_rng(seed)
    first, second = (_filter_normalised(layout, origin, rng, biases) for _ in range(2))
    return Plane(origin, first, second, ("first direction", "second direction"), kind="random")


def _filter_normalised(layout: Layout, origin: NDArray, rng: np.random.Generator, biases: bool) -> NDArray:
    found = np.zeros(layout.size)
    for place in layout.values():
        shape = place.parameter.shape
        drawn = rng.normal(size=shape)
        if not place.learns or (len(shape) < 2 and not biases):
            continue
        others = filter_axes(shape)
        own = np.linalg.norm(_rows(place.of(origin), others), axis=0, keepdims=True)
        drawn = _rows(drawn, others)
        scaled = drawn * own / (np.linalg.norm(drawn, axis=0, keepdims=True) + 1e-10)
        place.of(found)[...] = _unrows(scaled, shape, others)
    return found.astype(origin.dtype)


def filter_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes inside one filter: all but the first of a convolution's kernels, but the last of a matrix, all of a
    vector."""
    if len(shape) < 2:
        return tuple(range(len(shape)))
    return (0,) if len(shape) == 2 else tuple(range(1, len(shape)))


def _rows(tensor: NDArray, inside: tuple[int, ...]) -> NDArray:
    """(elements of a filter, filters)."""
    moved = np.moveaxis(tensor, inside, tuple(range(len(inside))))
    size = int(np.prod(moved.shape[: len(inside)]))
    return moved.reshape(size, -1).astype(np.float64)


def _unrows(rows: NDArray, shape: tuple[int, ...], inside: tuple[int, ...]) -> NDArray:
    lengths = tuple(shape[axis] for axis in inside)
    others = tuple(n for axis, n in enumerate(shape) if axis not in inside)
    return np.moveaxis(rows.reshape(*lengths, *others), tuple(range(len(inside))), inside)


def weights_plane(session: Session, origin: NDArray, first: Weight, second: Weight | None = None) -> Plane:
    """Two single weights (or one: a cut), in their own units: what is shown as (a, b) are their values."""
    layout, found, shift, names = Layout(session), [], [], []
    for weight in (first, second):
        direction = np.zeros(layout.size, origin.dtype)
        if weight is not None:
            name, index = weight
            place = layout[name]
            if len(index) != len(place.parameter.shape) or not all(
                0 <= i < n for i, n in zip(index, place.parameter.shape, strict=False)
            ):
                raise SessionError(f"{name} has the shape {place.parameter.shape}; there is no element {index}.")
            place.of(direction)[index] = 1
            shift.append(float(place.of(origin)[index]))
            names.append(f"{name}[{', '.join(map(str, index))}]")
        found.append(direction)
    if second is not None and np.array_equal(found[0], found[1]):
        raise SessionError("The two weights are the same one; choose another for the second direction.")
    named, moved = (*names, "")[:2], (*shift, 0.0)[:2]
    return Plane(origin, found[0], found[1], (named[0], named[1]), (moved[0], moved[1]), kind="weights")


def gradient_plane(
    session: Session, origin: NDArray, gradient: NDArray, momentum: NDArray | None, seed: int = 0
) -> Plane:
    """Downhill, and the part of the optimiser's momentum (or of a random direction) at right angles; unit long."""
    size = np.linalg.norm(gradient.astype(np.float64))
    if not size > 0 or not np.isfinite(size):
        raise SessionError("The gradient is zero or not finite here, so it gives no direction.")
    other, name = momentum, "momentum"
    if other is None or _length_beside(other, gradient) < 1e-6:
        other, name = random_plane(session, origin, seed, biases=True).first, "a random direction"
    return plane_of(origin, -gradient, other, ("down the gradient", name), "gradient")


def last_gradient(session: Session) -> tuple[NDArray, NDArray | None]:
    """Blocks of the gradient that was computed last and of the optimiser's running mean of it, if it keeps one."""
    training, layout = session._training, Layout(session)
    view = training.program.view
    found = {name: view(value) for name, value in training.gradients.items()}
    slots = session.checkpoint().slots
    keeps = session.optimizer.op in ("momentum", "nesterov", "adam", "adamw") and bool(slots)
    momentum = layout.block(slots[0], session.dtype) if keeps else None
    return layout.block(found, session.dtype), momentum


def _length_beside(vector: NDArray, other: NDArray) -> float:
    """Share of `vector` that is at right angles to `other`."""
    vector, other = vector.astype(np.float64), other.astype(np.float64)
    size, unit = np.linalg.norm(vector), other / np.linalg.norm(other)
    return float(np.linalg.norm(vector - (vector @ unit) * unit) / size) if size > 0 else 0.0


def path_plane(origin: NDArray, path: NDArray) -> Plane:
    """The two principal components of a path (K, P) of parameter blocks, unit long, through `origin`.

    (Li et al. 2018, 7: of the steps θ_k − θ_last.)
    """
    away = path.astype(np.float64) - path[-1].astype(np.float64)
    away = away[np.isfinite(away).all(1)]
    if len(away) < 3 or not np.any(away):
        raise SessionError("The path is too short to have principal components; train at least three steps.")
    first, second = components(away)
    return Plane(origin, first.astype(origin.dtype), second.astype(origin.dtype),
                 ("1st component of the path", "2nd component"), kind="path")  # fmt: skip


def paths_plane(paths: Sequence[NDArray]) -> Plane:
    """The two principal components of several paths (K, P) together, unit long, through where the first one begins.

    Each path counts the same, however many points of it are known.
    """
    known = [path.astype(np.float64) for path in paths if len(path)]
    if not known:
        raise SessionError("There are no paths to draw a plane through; start a race first.")
    origin = paths[0][0] if len(paths[0]) else known[0][0]
    away = [(path - origin.astype(np.float64)) / np.sqrt(len(path)) for path in known]
    whole = np.concatenate(away)
    if len(whole) < 3 or not np.any(whole):
        raise SessionError("The paths are too short to span a plane; let the race go on.")
    first, second = components(whole)
    if sum(float(path[-1] @ first) for path in away) < 0:  # they go to the right
        first = -first
    return Plane(origin, first.astype(origin.dtype), second.astype(origin.dtype),
                 ("1st component of the paths", "2nd component"), kind="paths")  # fmt: skip


def components(away: NDArray) -> tuple[NDArray, NDArray]:
    """The two principal directions of rows (K, P), unit long, signed so that the first row lies towards the negative.

    Raises SessionError where they lie on a line.
    """
    values, vectors = np.linalg.eigh(away @ away.T)  # of the short side: K is far smaller than P
    if values[-2] <= 1e-12 * values[-1]:
        raise SessionError("The path is a straight line, so it spans no plane; take a random direction instead.")
    first, second = ((away.T @ vectors[:, -k]) / np.sqrt(max(values[-k], 1e-300)) for k in (1, 2))
    return first * (-1 if away[0] @ first > 0 else 1), second * (-1 if away[0] @ second > 0 else 1)


def checkpoint_plane(
    session: Session, origin: NDArray, other: NDArray, name: str = "the other", seed: int = 0
) -> Plane:
    """Towards another point (1 is there), and a random direction at right angles, as long."""
    towards = other.astype(np.float64) - origin.astype(np.float64)
    size = np.linalg.norm(towards)
    if not size > 0 or not np.isfinite(size):
        raise SessionError("The other checkpoint is where the network is now; choose another.")
    plane = plane_of(origin, towards, random_plane(session, origin, seed, biases=True).first,
                     (f"towards {name}", "a random direction"), "checkpoint")  # fmt: skip
    first, second = ((size * unit).astype(origin.dtype) for unit in (plane.first, plane.second))
    return Plane(origin, first, second, plane.names, kind=plane.kind)


def plane_of(origin: NDArray, first: NDArray, second: NDArray, names: tuple[str, str], kind: str) -> Plane:
    """Unit directions along `first`, and along the part of `second` at right angles to it. Raises SessionError."""
    u = first.astype(np.float64) / np.linalg.norm(first.astype(np.float64))
    v = second.astype(np.float64) - (second.astype(np.float64) @ u) * u
    if not np.linalg.norm(v) > 1e-9 * max(1e-300, float(np.linalg.norm(second.astype(np.float64)))):
        raise SessionError("The two directions are the same one, so they span no plane.")
    v /= np.linalg.norm(v)
    return Plane(origin, u.astype(origin.dtype), v.astype(origin.dtype), names, kind=kind)


def block_of(session: Session, checkpoint: Checkpoint) -> NDArray:
    """The parameter block of a checkpoint. Raises SessionError where it belongs to another network."""
    layout = Layout(session)
    for name, place in layout.items():
        got = checkpoint.parameters.get(name)
        if got is None or got.shape != place.parameter.shape:
            raise SessionError(f"The checkpoint belongs to another network: {name} does not fit.")
    return layout.block({name: checkpoint.parameters[name] for name in layout}, session.dtype)
