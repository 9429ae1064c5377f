"""What the parts of a session share: its attributes, which Session sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.data import Dataset
    from engine.evaluator import Evaluator
    from engine.execution import Execution
    from engine.graph import Value
    from engine.hessian import HessianProduct
    from engine.network import Network, Node
    from engine.optimizers import Optimizer
    from engine.rules import Rules
    from engine.training_program import TrainingProgram


class SessionParts:
    """Attributes alone."""

    network: Network
    dataset: Dataset
    seed: int
    dtype: str
    threads: int
    batch_size: int
    optimizer: Optimizer
    rules: Rules
    loss_layer: Node
    execution: Execution
    evaluator: Evaluator
    values: Mapping[str, NDArray]
    _training: TrainingProgram
    _hessian: HessianProduct | None

    @property
    def steps(self) -> int:
        """Updates done so far."""
        return self.execution.steps

    def view(self, value: Value) -> NDArray:
        """A value of the graph where it lives in the arena."""
        return self._training.program.view(value)

    def _build(self, batch_size: int | None, progress: Any = None) -> None:
        raise NotImplementedError
