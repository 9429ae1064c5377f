"""What can be read off a session: losses, gradients, predictions, figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.execution import RING
from engine.graph import Call, Value
from engine.lower import input_node
from engine.metrics import Metrics, evaluate
from engine.network import Node
from engine.newton import bent
from engine.optimizers import Newton, make_optimizer
from engine.problems import Problem
from engine.session_parts import SessionParts
from engine.settings import fitting_optimizer


class SessionValues(SessionParts):
    """Reads what the machine has computed, or computes what is asked for."""

    def loss(self) -> float:
        """Loss (penalties included) of the current batch with the current parameters."""
        self.execution.forward_and_backward()
        return self.execution.loss()

    def gradients(self) -> dict[str, NDArray]:
        """Gradients of `loss()` by the names of the parameters; copies."""
        self.execution.forward_and_backward()
        view = self._training.program.view
        return {name: view(value).copy() for name, value in self._training.gradients.items()}

    def hessian_vector_product(self, vector: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """H·v of `loss()` for a vector given by the names of the parameters. Raises SessionError."""
        from engine.hessian import HessianProduct

        if self._hessian is None:
            self._hessian = HessianProduct(self)  # type: ignore[arg-type]
        self.execution.forward_and_backward()
        return self._hessian(vector)

    def call(self, row: int) -> Call:
        """The graph's call behind instruction `row`."""
        return self._training.program.calls[row]

    @property
    def batch(self) -> tuple[Value, Value | None]:
        """The rows of the current batch and their targets (None where no loss reads them), in the arena."""
        return self._training.batch

    def hints(self) -> list[Problem]:
        """What the step that was done last says against the settings."""
        if isinstance(self.optimizer, Newton) and self.execution.updated:
            return bent(self.values, self.optimizer)
        return []

    def losses(self) -> dict[str, float]:
        """The figure of every loss layer and every layer that adds a penalty, as they stand in the arena.

        Losses come without their weights, penalties with their strengths.
        """
        lowered = self._training.lowered
        return {id: float(self.view(value)) for id, value in (*lowered.losses.items(), *lowered.penalties.items())}

    def loss_history(self, since: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Steps from `since` on (at most the last 65,536) and the loss of each, before its update."""
        steps = np.arange(max(since, self.steps - RING, 0), self.steps)
        return steps, self.execution.losses[steps % RING]

    def predict(self, x: Any) -> NDArray:
        """The network's output (what goes into the loss) for rows x (N, *row). Raises DataError."""
        from engine.targets import rows_array, tokens_array

        entry = input_node(self.network)
        tokens = entry.layer.gives == "int"
        rows = tokens_array(x, entry) if tokens else rows_array(x, self.evaluator.row, self.dtype)
        return self.evaluator.outputs(self.parameter_block(), rows)

    def probabilities(self, x: Any) -> NDArray:
        """Probabilities of all classes (N, classes) where the network classifies; else the same as `predict`."""
        return self.metrics.probabilities(self.predict(x))

    @property
    def metrics(self) -> Metrics:
        """How this network's outputs are read and judged."""
        return self.metrics_of(self.loss_layer)

    def metrics_of(self, loss: Node) -> Metrics:
        """How that which a loss compares is read and judged."""
        return Metrics(loss, self.dataset, self._training.lowered.compared[loss.id][1])

    def has(self, part: str) -> bool:
        """Whether the data has rows for `part` ("train", "validation")."""
        return len(getattr(self.dataset, part)) > 0

    def evaluate(self, part: str = "validation") -> dict[str, float]:
        """loss, accuracy or r2, and rows for "train", "validation" or "test" (which must have been opened)."""
        return evaluate(self, part)  # type: ignore[arg-type]

    def parameter_block(self) -> NDArray:
        """Copy of all parameters as one array, in the order of the arena."""
        lo, hi = self._training.parameter_block
        return self._training.program.arena[lo:hi].copy()

    def set_parameter_block(self, block: NDArray) -> None:
        """Go to another point: `block` (P,) as `parameter_block` gives it. Training goes on from there."""
        lo, hi = self._training.parameter_block
        if block.shape != (hi - lo,):
            raise SessionError(f"The block has the shape {block.shape}, but must have {(hi - lo,)}.")
        self._training.program.arena[lo:hi] = block
        self.execution.touch()

    @property
    def learning_rate(self) -> float:
        """How far one update goes, before the schedule; may be set at any time."""
        return float(self._training.program.view(self._training.rates[0])[0])

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if rate is None:
            raise SessionError("learning_rate is None, but must be a number of at least 0.")
        self.optimizer = fitting_optimizer(make_optimizer(self.optimizer, rate), self.dtype)
        self._training.program.view(self._training.rates[0])[0] = rate
        self.execution.touch()

    @property
    def step_rate(self) -> float:
        """The learning rate that the schedule gave the step that ran last, or is at hand."""
        return float(self._training.program.view(self._training.step_rates[0])[0])

    @property
    def arena_bytes(self) -> int:
        """Memory of values, gradients, parameters and data together."""
        return int(self._training.program.arena.nbytes + self._training.program.ints.nbytes)
