"""The numbers of a session that go on from step to step: begun, kept, put back."""

from __future__ import annotations

import os
from collections.abc import Mapping

from numpy.typing import NDArray

from engine.checkpoint import Checkpoint, put_back, take
from engine.session_parts import SessionParts
from engine.settings import checked_settings
from engine.starts import first_values


class SessionState(SessionParts):
    """Reset, checkpoint, restore, save."""

    def reset(self, seed: int | None = None) -> None:
        """Back to step 0 with fresh parameters. A new `seed` also changes the order of the batches."""
        self._reset(seed)

    def _reset(self, seed: int | None = None, files: bool = True) -> None:
        if seed is not None and seed != self.seed:
            checked_settings(self.dtype, self.threads, None, seed, 0.0, 0.0)
            self.seed = int(seed)
            self._build(self.batch_size)
        program = self._training.program
        lo, hi = program.persistent
        program.arena[lo:hi] = 0
        for rate, optimizer in zip(self._training.rates, (self.optimizer, *self.rules.optimizers[1:]), strict=True):
            program.view(rate)[0] = optimizer.learning_rate
        table = self._training.parameters()
        declared = {name: parameter for name, (parameter, _) in table.items()}
        for name, first in first_values(self.network, self.dataset, declared, self.seed, files):
            program.view(table[name][1])[...] = first
        self.execution.begin(0)

    def adopt(self, parameters: Mapping[str, NDArray]) -> list[str]:
        """Take over the tensors that this network has too, by name and shape (after an edit); returns their names."""
        shapes = {name: parameter.shape for name, (parameter, _) in self._training.parameters().items()}
        fitting = [name for name, array in parameters.items() if shapes.get(name) == array.shape]
        for name in fitting:
            self.view(self._training.parameters()[name][1])[...] = parameters[name]
        self.execution.touch()
        return fitting

    def checkpoint(self) -> Checkpoint:
        """Copies of everything needed to go on from here, bit for bit."""
        return take(self._training, self.rules.name, self.seed)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go to `checkpoint`; state of another optimiser is left out. Raises SessionError if shapes differ."""
        put_back(self._training, self.rules.name, checkpoint)
        self.execution.begin(checkpoint.steps)

    def take_over(self, checkpoint: Checkpoint) -> None:
        """The parameters and the optimiser's state of `checkpoint`, at the step where the session stands."""
        put_back(self._training, self.rules.name, checkpoint)
        self.execution.touch()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the project file with the session's weights and optimiser state. Raises FileError."""
        from engine.files import save

        saved = self.network.copy()
        saved.checkpoint = self.checkpoint()
        save(saved, path)
