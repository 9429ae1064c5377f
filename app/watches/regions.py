"""Into how many linear regions the network cuts its line or plane of inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.watches import base
from engine.errors import SessionError

if TYPE_CHECKING:
    import numpy as np

    from engine.linear_regions import Affine, Region
    from engine.session import Session

REACH = 0.12  # beyond the data, as a share of their span
WHERE = "Linear regions are counted for rows of one or two numbers; these have {size}. Try Circles or Draw a curve."
LEAD = "The output that the loss looks at is not the output of a layer of the network."


@dataclass(frozen=True, eq=False)
class Regions:
    """`count` regions of at most `upper`; some network of the hidden `widths` has `lower` at least. With one number in,
    the network says `y` (n,) at `x` (n,), the ends of its straight pieces, and bends at `bends`; with two, `found` tile
    `extent` (x0, x1, y0, y1). Places are the network's own, as in `dataset.train.x`."""

    step: int
    inputs: int
    outputs: int
    widths: tuple[int, ...]
    parameters: int
    count: int
    upper: int
    lower: int
    extent: tuple[float, float, float, float]
    x: np.ndarray
    y: np.ndarray
    bends: np.ndarray
    found: tuple[Region, ...] = ()


class Watch(base.Watch):
    """Cut on a thread beside."""

    share, least = 0.2, 0.1

    def __init__(self, session: Session, wish: Any = None, before: base.Watch | None = None) -> None:
        super().__init__(session, wish, before)
        from engine.losses import compared_source

        layer = session.loss_layer
        self.output = compared_source(session.network, layer) if layer.layer.target else ""

    def look(self) -> Callable[[], Regions]:
        from engine.linear_regions import stack_of

        session, shape = self.session, tuple(self.session.dataset.shape)
        if shape not in ((1,), (2,)) or session.dataset.vocabulary is not None:
            raise SessionError(WHERE.format(size=" × ".join(map(str, shape))))
        if not self.output:
            raise SessionError(LEAD)
        parameters = {name: array.copy() for name, array in session.parameters.items()}
        stack = stack_of(session.network, self.output, parameters)
        x, step = session.dataset.train.x, session.steps
        return lambda: cut(stack, x, step)


def cut(stack: list[Affine], rows: np.ndarray, step: int) -> Regions:
    """The regions around `rows` (n, 1) or (n, 2). Raises SessionError where there are too many."""
    import numpy as np

    from engine import linear_regions as linear

    low, high = rows.min(0).astype(float), rows.max(0).astype(float)
    middle, half = (low + high) / 2, np.maximum(float((high - low).max()) / 2 * (1 + REACH), 1e-6)
    widths = tuple(layer.W.shape[1] for layer in stack if layer.slope != 1.0)
    inputs, outputs = stack[0].W.shape[0], stack[-1].W.shape[1]
    told = (inputs, outputs, widths, sum(layer.W.size + layer.b.size for layer in stack))
    upper, lower = linear.upper_bound(inputs, widths), linear.lower_bound(inputs, widths)
    none = np.zeros(0)
    if inputs == 1:
        x0, x1 = float(middle[0] - half), float(middle[0] + half)
        bends, x, y = linear.breakpoints(stack, x0, x1)
        return Regions(step, *told, len(bends) + 1, upper, lower, (x0, x1, 0.0, 0.0), x, y[:, 0], bends)
    extent = (middle[0] - half, middle[0] + half, middle[1] - half, middle[1] + half)
    found = linear.regions(stack, extent)
    return Regions(step, *told, linear.count(found), upper, lower, extent, none, none, none, tuple(found))
