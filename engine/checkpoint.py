"""The numbers of a session at one step: all that is needed to go on from there, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError

if TYPE_CHECKING:
    from engine.training_program import TrainingProgram


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """`parameters` by "<layer>.<name>", `slots`: the optimiser's state by slot and name, after `steps` steps; `states`:
    what else the update keeps, such as what a schedule has seen of the loss."""

    steps: int
    parameters: dict[str, NDArray[np.floating]]
    slots: tuple[dict[str, NDArray[np.floating]], ...] = ()
    optimizer: str = ""
    seed: int = 0
    states: dict[str, NDArray[np.floating]] = field(default_factory=dict)


def take(training: TrainingProgram, optimizer: str, seed: int) -> Checkpoint:
    """Copies of the parameters and of the optimiser's state."""
    program = training.program
    parameters = {name: program.view(value).copy() for name, (_, value) in training.parameters().items()}
    trained = [name for name, (parameter, _) in training.parameters().items() if parameter.trained]
    slots = tuple(
        {name: _slot(training, name, lo).reshape(parameters[name].shape).copy() for name in trained}
        for lo, _ in training.slot_blocks
    )
    states = {name: program.view(value).copy() for name, value in training.states.items()}
    return Checkpoint(int(program.ints[0]), parameters, slots, optimizer, seed, states)


def put_back(training: TrainingProgram, optimizer: str, checkpoint: Checkpoint) -> None:
    """Write a checkpoint into the arena; the state of another optimiser is left out, and ours begins at 0.

    Raises SessionError, before anything is written, if shapes differ.
    """
    slots = checkpoint.slots if checkpoint.optimizer == optimizer else ()
    _require_fit(training, checkpoint.parameters)
    for tensors in slots:
        _require_fit(training, tensors, states=False)
    for lo, hi in training.slot_blocks:
        training.program.segment(lo, hi)[...] = 0
    for name, (_, value) in training.parameters().items():
        training.program.view(value)[...] = checkpoint.parameters[name]
        for (lo, _), slot in zip(training.slot_blocks, slots, strict=False):
            if name in slot:
                _slot(training, name, lo)[...] = slot[name].ravel()
    for name, value in training.states.items():
        known = checkpoint.states.get(name)
        training.program.view(value)[...] = known if known is not None and known.shape == value.shape else 0


def _require_fit(training: TrainingProgram, tensors: dict[str, NDArray], states: bool = True) -> None:
    for name, (parameter, _) in training.parameters().items():
        if not (parameter.trained or states):
            continue
        got = tensors.get(name)
        if got is None or got.shape != parameter.shape:
            shape = "missing" if got is None else str(got.shape)
            raise SessionError(f"The stored weights do not fit: {name} is {shape}, but must be {parameter.shape}. "
                               "Reset to train anew.")  # fmt: skip


def _slot(training: TrainingProgram, name: str, lo: int) -> NDArray:
    """The part of an optimiser's state block, beginning at `lo`, that belongs to the parameter `name`."""
    value = training.parameters()[name][1]
    start = training.program.offsets[id(value)] + lo - training.parameter_block[0]
    return training.program.segment(start, start + value.size)
