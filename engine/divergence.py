"""Finding the operation that produced the first value that is not finite."""

from __future__ import annotations

import numpy as np

from engine.errors import DivergedError
from engine.instructions import Instruction
from engine.training_program import TrainingProgram

ADVICE = "Lower the learning rate, then reset."
NEWTON_ADVICE = "Raise the damping or lower the learning rate, then reset."


def first_bad_row(training: TrainingProgram) -> int | None:
    """The first instruction before the update with a result that holds a NaN or an infinity; None if there is none."""
    program = training.program
    for row, call in enumerate(program.calls[: training.update_row]):
        floats = [value for value in call.outputs if value.dtype == "float"]
        if not all(np.all(np.isfinite(program.view(value))) for value in floats):
            return row
    return None


def diverged(instruction: Instruction | None, step: int, advice: str = ADVICE) -> DivergedError:
    """The error that names `instruction` (None: only the update itself can have been at fault)."""
    start = f"Training diverged at step {step}:"
    if instruction is None:
        return DivergedError(f"{start} the update made a parameter that is not finite. {advice}", "update", step)
    value = next((name for name in instruction.outputs if name), "")
    where = f"{instruction.title} of {instruction.layer} ({', '.join(filter(None, (instruction.phase, value)))})"
    message = f"{start} {where} was the first operation with a result that is not finite. {advice}"
    return DivergedError(message, where, step)
