"""What a network of one number in and one out says along its whole axis, and what each hidden unit adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.watches import base

if TYPE_CHECKING:
    import numpy as np

    from engine.network import Network
    from engine.session import Session

PLACES, REACH, MOST_UNITS = 241, 1.06, 256  # places along the axis, how far beyond the drawn ones, units with a curve


@dataclass(frozen=True)
class Fit:
    """At the places `x` (n,) in the data's units the network answers `y` (n,), in the target's.

    Where one hidden layer stands before a linear output, y = bias + Σ `units` (units, n), each w·a(x); else there are
    none.
    """

    step: int
    x: np.ndarray
    y: np.ndarray
    units: np.ndarray
    bias: float


class Watch(base.Watch):
    """One forward pass of a few hundred rows."""

    share, least = 0.01, 0.05

    def __init__(self, session: Session, wish: Any = None, before: base.Watch | None = None) -> None:
        super().__init__(session, wish, before)
        import numpy as np

        from engine.data.synthetic import EXTENT
        from engine.evaluator import Evaluator
        from engine.losses import compared_source
        from engine.targets import rows_array

        self.output = compared_source(session.network, session.loss_layer) if session.loss_layer.layer.target else ""
        self.fits = fits(session) and session.shapes.get(self.output) == (1,)
        if not self.fits:
            return
        self.x = np.linspace(-EXTENT * REACH, EXTENT * REACH, PLACES)
        self._evaluator = Evaluator(session.network, session.shapes, session.evaluator.row, session.dtype)
        self._rows = rows_array(session.dataset.transform(self.x[:, None]), self._evaluator.row, session.dtype)
        self.hidden = hidden_layer(session.network, self.output)
        if self.hidden and (f"{self.output}.W" not in session.parameters
                            or session.shapes[self.hidden][0] > MOST_UNITS):  # fmt: skip
            self.hidden = ""

    def look(self) -> Fit | None:
        import numpy as np

        if not self.fits:
            return None
        session, block = self.session, self.session.parameter_block()
        answers = session.metrics.probabilities(self._evaluator.outputs(block, self._rows))
        scaler = session.dataset.target_scaler
        scale, centre = (1.0, 0.0) if scaler is None else (float(scaler.scale[0]), float(scaler.centre[0]))
        units, bias = np.zeros((0, PLACES)), 0.0
        if self.hidden:
            names = [f"{self.hidden}.a", f"{self.hidden}.z"]
            found = self._evaluator.values(block, self._rows, names)
            activations = found.get(names[0], found.get(names[1]))
            if activations is not None:
                units = (activations * session.parameters[f"{self.output}.W"][:, 0]).T * scale
                own = session.parameters.get(f"{self.output}.b")
                bias = (0.0 if own is None else float(own[0])) * scale + centre
        return Fit(session.steps, self.x, answers.reshape(-1) * scale + centre, units.astype(float), bias)


def fits(session: Session) -> bool:
    """Whether one number comes in, and numbers go out that are compared with the data's one."""
    data, metrics = session.dataset, session.metrics
    one = tuple(data.shape) == (1,) and data.vocabulary is None and data.task == "regression"
    return one and data.train.y.shape[1:] == (1,) and metrics.answers_data and not metrics.classifies


def hidden_layer(network: Network, output: str) -> str:
    """The one dense layer between the input and a linear dense `output`; "" where there are others."""
    last = network.nodes.get(output)
    if last is None or last.kind != "Dense" or last.attrs["activation"] != "linear":
        return ""
    before = network.nodes[next(iter(network.inputs_of(output).values()))]
    if before.kind != "Dense":
        return ""
    first = network.nodes[next(iter(network.inputs_of(before.id).values()))]
    return before.id if first.layer.is_input else ""
