"""A session: program + data + optimiser + clock. Train, step one instruction, step back, look at every value."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.checkpoint import Checkpoint
from engine.data import Dataset, as_dataset
from engine.errors import DivergedError, SessionError
from engine.evaluator import Evaluator
from engine.graph import Value
from engine.history import History
from engine.initializers import initial
from engine.instructions import Instruction, instructions_of
from engine.lower import input_node, inspected, loss_node
from engine.machine.compile import Progress
from engine.machine.run import BAD_GRADIENT, BAD_LOSS, NOT_FINITE, Runner
from engine.metrics import Metrics, evaluate
from engine.network import Network
from engine.optimizers import Optimizer, make_optimizer
from engine.targets import target_array
from engine.training_program import BatchPlan, TrainingProgram, build_training, fill_data

RING = 1 << 16
STRETCH_SECONDS = 0.02
PARALLEL_FLOPS = 400_000  # below this much work in a step, threads cost more than they bring


@dataclass(frozen=True)
class TrainResult:
    """How a run ended: `steps` updates were done; `paused` tells that a request ended it early."""

    steps: int
    paused: bool = False


class Session:
    """Runs a network on data. See `__init__` for the settings; results depend on them and `seed` alone, not on `threads`.

    `values` maps "<layer id>.<value>" (also "<…>.grad") to read-only views of the arena; `parameters` maps
    "<layer id>.W" and the like to arrays that can be assigned. Dense: W (fan_in, units), b (units,).
    """

    def __init__(self, network: Network, data: Any, *, seed: int = 0, dtype: str = "float32", threads: int = 1,
                 batch_size: int | None = None, optimizer: str | Optimizer = "sgd", learning_rate: float | None = None,
                 l1: float = 0.0, l2: float = 0.0, resume: bool = True) -> None:  # fmt: skip
        """`data`: arrays (x, y), a Dataset or a DataSpec. `batch_size` None: the whole training set in each step.

        `resume` starts from the network's checkpoint, if it has one. Raises NetworkError, DataError or SessionError.
        """
        _check_settings(dtype, threads, batch_size, seed, l1, l2)
        self.network = network.copy()
        self.dataset: Dataset = as_dataset(data)
        self.seed, self.dtype, self.threads = seed, dtype, threads
        self.optimizer = make_optimizer(optimizer, learning_rate)
        self.shapes = inspected(self.network, self.dataset).shapes
        self.penalties = (float(l1), float(l2))
        self.history = History()
        self.test_part_opened = 0
        self._build(batch_size)
        self.reset()
        if resume and self.network.checkpoint is not None:
            self.restore(self.network.checkpoint)

    @classmethod
    def from_network(cls, network: Network, *, seed: int | None = None, threads: int | None = None,
                     dtype: str = "float32", data: Any = None) -> Session:  # fmt: skip
        """A session with the data and the training settings that the document holds. Raises SessionError without data."""
        chosen = data if data is not None else network.data
        if chosen is None:
            raise SessionError("The network names no data; choose a data set first.")
        wish = network.training
        return cls(network, chosen, seed=wish.seed if seed is None else seed, dtype=dtype or "float32",
                   threads=threads or wish.threads, batch_size=wish.batch_size or None, optimizer=wish.optimizer,
                   learning_rate=wish.learning_rate, l1=wish.l1, l2=wish.l2)  # fmt: skip

    def _build(self, batch_size: int | None) -> None:
        x, y = self.dataset.train.x, self.dataset.train.y
        rows = len(x)
        self.batch_size = min(batch_size or rows, rows)
        self.loss_layer = loss_node(self.network)
        target = target_array(self.loss_layer, self.shapes, self.network, y)
        kind = Value(tuple(target.shape), "int" if target.dtype == np.int64 else "float")
        plan = BatchPlan(rows, self.batch_size, self.seed)
        workers = self.threads
        self._training: TrainingProgram = build_training(self.network, self.shapes, plan, kind, self.optimizer,
                                                         self.penalties, self.dtype, workers)  # fmt: skip
        program = self._training.program
        self.instructions: tuple[Instruction, ...] = instructions_of(program.calls)
        busy = sum(instruction.flops for instruction in self.instructions) >= PARALLEL_FLOPS
        self.runner = Runner(program.arena, program.ints, program.table, workers if busy else 1)
        fill_data(self._training, x, target)
        self.evaluator = Evaluator(self.network, self.shapes, self.shapes[input_node(self.network).id], self.dtype)
        self.values: Mapping[str, NDArray] = Values(self._training)
        self.parameters: MutableMapping[str, NDArray] = Parameters(self)
        self.losses = np.full(RING, np.nan)

    # --- time -----------------------------------------------------------------------------------------------------

    @property
    def steps(self) -> int:
        """Updates done so far."""
        return int(self._training.program.ints[0])

    @property
    def steps_per_epoch(self) -> int:
        """Steps after which every row has been seen at least once."""
        return -(-self._training.data[0].shape[0] // self.batch_size)

    @property
    def epoch(self) -> float:
        """Passes over the training set so far."""
        return self.steps * self.batch_size / self._training.data[0].shape[0]

    def train(self, steps: int | None = None, epochs: float | None = None) -> TrainResult:
        """Run `steps` steps (or `epochs` passes over the data). Finishes a half-done step first.

        Returns early after `pause()`. Raises DivergedError when a value is not finite; the session can then be reset.
        """
        if (steps is None) == (epochs is None):
            raise SessionError("train takes either steps or epochs.")
        count = steps if steps is not None else round((epochs or 0) * self._training.data[0].shape[0] / self.batch_size)
        if isinstance(count, bool) or count != int(count) or count < 0:
            raise SessionError(f"steps is {count!r}, but must be a whole number of at least 0.")
        count, done = int(count), 0
        self.runner.clear_stop()
        self._settle()
        if self.cursor and count:
            self._finish_step()
            done = 1
        while done < count:
            start = time.perf_counter()
            ran, status = self._run(min(self._stretch, count - done))
            done += ran
            if status in (BAD_LOSS, BAD_GRADIENT):
                raise self._diverged(status)
            if status:
                return TrainResult(done, paused=True)
            self._remember(time.perf_counter() - start)
        return TrainResult(done)

    def pause(self) -> None:
        """Make a `train` that runs in another thread return within one step."""
        self.runner.request_stop()

    def _run(self, steps: int) -> tuple[int, int]:
        training = self._training
        loss_at = training.program.offsets[id(training.loss)]
        return self.runner.steps(steps, training.update_row, loss_at, self.losses)

    def _remember(self, seconds: float) -> None:
        """Keep a checkpoint now and then; longer stretches when they are over in no time."""
        if seconds < STRETCH_SECONDS:
            self._stretch = min(2 * self._stretch, 1 << 20)
        if self.history.fits(self._state()):
            self.history.add(self.steps, self._state())

    # --- single instructions ---------------------------------------------------------------------------------------

    def step(self) -> Instruction:
        """Run the instruction at the cursor; returns it. After the last one, the next step begins. Raises DivergedError."""
        self._settle()
        if self.cursor == 0 and self.history.nearest(self.steps) is None:
            self.history.add(self.steps, self._state())
        row = self.cursor
        if row == self._training.update_row:
            self._check_finite()
            if self.steps not in self.history.entries:
                self.history.add(self.steps, self._state())
        self._rows(row, row + 1)
        self.cursor += 1
        if self.cursor == len(self.instructions):
            self._next_step()
        return self.instructions[row]

    def step_back(self) -> Instruction:
        """Take back the instruction before the cursor; returns it. Goes back over updates by replaying.

        Raises SessionError at the beginning, or where the history does not reach.
        """
        self._settle()
        if self.cursor == 0:
            self._go_to(self.steps - 1, len(self.instructions) - 1)
        elif self.cursor > self._training.update_row:
            self._go_to(self.steps, self.cursor - 1)
        else:
            self.cursor -= 1
        return self.instructions[self.cursor]

    def run_to(self, row: int) -> None:
        """Move on to the instruction `row`: the next time the cursor stands before it. Raises DivergedError."""
        if not 0 <= row < len(self.instructions):
            raise SessionError(f"There is no instruction {row}; there are {len(self.instructions)}.")
        while self.cursor != row:
            self.step()

    def _go_to(self, step: int, cursor: int) -> None:
        """Replay to `cursor` of an earlier (or this) step."""
        found = self.history.nearest(step) if step >= 0 else None
        if found is None:
            begin = min(self.history.entries, default=self.steps)
            raise SessionError(f"The history begins at step {begin}; there is nothing to go back to.")
        origin, state = found
        lo, hi = self._training.program.persistent
        self._training.program.arena[lo:hi] = state
        self._clock(origin)
        self.runner.clear_stop()
        if step > origin:
            self._run(step - origin)
        self._rows(0, cursor)
        self.cursor = cursor

    def _finish_step(self) -> None:
        row = self._training.update_row
        if self.cursor < row:
            self._rows(self.cursor, row)
            self._check_finite()
            self.cursor = row
        if self.steps not in self.history.entries and self.history.fits(self._state()):
            self.history.add(self.steps, self._state())
        self._rows(self.cursor, len(self.instructions))
        self._next_step()

    def _next_step(self) -> None:
        self.losses[self.steps % RING] = self._loss_value()
        self.cursor = 0
        self._clock(self.steps + 1)

    def _rows(self, first: int, last: int) -> None:
        self.runner.rows(first, last)

    def _clock(self, steps: int) -> None:
        self._training.program.ints[0] = steps
        self._training.program.ints[NOT_FINITE] = 0

    def _check_finite(self) -> None:
        if not np.isfinite(self._loss_value()):
            self.losses[self.steps % RING] = self._loss_value()
            raise self._diverged(BAD_LOSS)

    def _diverged(self, status: int) -> DivergedError:
        """Name the first operation of the step that produced a value that is not finite."""
        step = self.steps - (1 if status == BAD_GRADIENT else 0)
        program = self._training.program
        self.runner.clear_stop()
        for index, call in enumerate(program.calls[: self._training.update_row]):
            if all(np.all(np.isfinite(program.view(value))) for value in call.outputs if value.dtype == "float"):
                continue
            if status == BAD_GRADIENT:
                self._undo_update(step)
            self.cursor = index + 1
            what = self.instructions[index]
            bad = next(name for name in (*what.outputs, what.title) if name)
            where = f"{what.title} of {what.layer} ({what.phase}, {bad})" if what.layer else what.title
            return DivergedError(f"Training diverged at step {step}: {where} was the first operation with a result that "
                                 "is not finite. Lower the learning rate, then reset.", where, step)  # fmt: skip
        return DivergedError(f"Training diverged at step {step}: the update made a parameter that is not finite. Lower "
                             "the learning rate, then reset.", "update", step)  # fmt: skip

    def _undo_update(self, step: int) -> None:
        """Bring the parameters back to what they were before the update of `step`, if the history reaches that far."""
        found = self.history.nearest(step)
        if found is None:
            self._clock(step)
            return
        self._go_to(step, self._training.update_row)

    # --- values ---------------------------------------------------------------------------------------------------

    def loss(self) -> float:
        """Loss (penalties included) of the current batch with the current parameters."""
        self._forward_and_backward()
        return self._loss_value()

    def gradients(self) -> dict[str, NDArray]:
        """Gradients of `loss()` by the names of the parameters; copies."""
        self._forward_and_backward()
        view = self._training.program.view
        return {name: view(value).copy() for name, value in self._training.gradients.items()}

    def _forward_and_backward(self) -> None:
        if self.cursor <= self._training.update_row:
            self._rows(0, self._training.update_row)

    def _loss_value(self) -> float:
        return float(self._training.program.view(self._training.loss).item())

    def loss_history(self, since: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Steps from `since` on (at most the last 65,536) and the loss of each, before its update."""
        steps = np.arange(max(since, self.steps - RING, 0), self.steps)
        return steps, self.losses[steps % RING]

    def predict(self, x: Any) -> NDArray:
        """The network's output (what goes into the loss) for rows x (N, *row). Raises DataError."""
        from engine.targets import rows_array

        return self.evaluator.outputs(self.parameter_block(), rows_array(x, self.evaluator.row, self.dtype))

    def probabilities(self, x: Any) -> NDArray:
        """Probabilities of all classes (N, classes) where the network classifies; else the same as `predict`."""
        return self.metrics.probabilities(self.predict(x))

    def boundary(self, x: Any) -> NDArray:
        """`probabilities` for a grid of rows (N, *row)."""
        return self.probabilities(x)

    @property
    def metrics(self) -> Metrics:
        """How this network's outputs are read and judged."""
        return Metrics(self.loss_layer, self.network, self.dataset)

    def has(self, part: str) -> bool:
        """Whether the data has rows for `part` ("train", "validation")."""
        return len(getattr(self.dataset, part)) > 0

    def evaluate(self, part: str = "validation") -> dict[str, float]:
        """loss, accuracy or r2, and rows for "train", "validation" or "test" (which must have been opened)."""
        return evaluate(self, part)

    def parameter_block(self) -> NDArray:
        """Copy of all parameters as one array, in the order of the arena."""
        lo, hi = self._training.parameter_block
        return self._training.program.arena[lo:hi].copy()

    @property
    def learning_rate(self) -> float:
        """How far one update goes; may be set at any time."""
        return float(self._training.program.view(self._training.rate)[0])

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self.optimizer = make_optimizer(self.optimizer, rate)
        self._training.program.view(self._training.rate)[0] = rate
        self._touched = True

    @property
    def arena_bytes(self) -> int:
        """Memory of values, gradients, parameters and data together."""
        return int(self._training.program.arena.nbytes + self._training.program.ints.nbytes)

    def compile(self, progress: Progress | None = None) -> None:
        """Everything is compiled once a session stands; tells `progress(done, total, name)` so."""
        if progress is not None:
            progress(1, 1, "")

    # --- state ----------------------------------------------------------------------------------------------------

    def reset(self, seed: int | None = None) -> None:
        """Back to step 0 with fresh parameters. A new `seed` also changes the order of the batches."""
        if seed is not None and seed != self.seed:
            _check_settings(self.dtype, self.threads, None, seed, 0.0, 0.0)
            self.seed = seed
            self._build(self.batch_size)
        program = self._training.program
        lo, hi = program.persistent
        program.arena[lo:hi] = 0
        program.view(self._training.rate)[0] = self.optimizer.learning_rate
        for name, (parameter, value) in self._training.parameters().items():
            program.view(value)[...] = initial(parameter, self.seed, name)
        self._begin(0)

    def _begin(self, steps: int) -> None:
        self.cursor, self._stretch, self._touched = 0, 1, False
        self.losses[:] = np.nan
        self._clock(steps)
        self.history.clear()
        if self.history.fits(self._state()):
            self.history.add(steps, self._state(), pin=True)

    def _state(self) -> NDArray:
        lo, hi = self._training.program.persistent
        return self._training.program.arena[lo:hi]

    def _settle(self) -> None:
        """Something may have been changed from outside: from here on, replays must start from what is there now."""
        if not self._touched:
            return
        self._touched = False
        for step in [known for known in self.history.entries if known >= self.steps]:
            del self.history.entries[step]
        if self.history.fits(self._state()) or self.cursor:
            self.history.add(self.steps, self._state(), pin=True)

    def checkpoint(self) -> Checkpoint:
        """Copies of everything needed to go on from here, bit for bit."""
        program = self._training.program
        names = self._training.parameters()
        base = self._training.parameter_block[0]
        slots = []
        for lo, _ in self._training.slot_blocks:
            shift = lo - base
            slots.append({
                name: program.arena[start + shift : start + shift + value.size].reshape(value.shape).copy()
                for name, (_, value) in names.items() for start in [program.offsets[id(value)]]
            })  # fmt: skip
        parameters = {name: program.view(value).copy() for name, (_, value) in names.items()}
        return Checkpoint(self.steps, parameters, tuple(slots), self.optimizer.op, self.seed)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go to `checkpoint`. Optimiser state of another optimiser is left out. Raises SessionError if shapes differ."""
        names = self._training.parameters()
        for name, (parameter, _) in names.items():
            got = checkpoint.parameters.get(name)
            if got is None or got.shape != parameter.shape:
                shape = "missing" if got is None else str(got.shape)
                raise SessionError(f"The stored weights do not fit: {name} is {shape}, but must be {parameter.shape}. "
                                   "Reset to train anew.")  # fmt: skip
        program, base = self._training.program, self._training.parameter_block[0]
        for name, (_, value) in names.items():
            program.view(value)[...] = checkpoint.parameters[name]
            if checkpoint.optimizer != self.optimizer.op:
                continue
            start = program.offsets[id(value)]
            for (lo, _), slot in zip(self._training.slot_blocks, checkpoint.slots, strict=False):
                program.arena[start + lo - base : start + lo - base + value.size] = slot[name].ravel()
        self._begin(checkpoint.steps)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the project file with the session's weights and optimiser state. Raises FileError."""
        from engine.files import save

        saved = self.network.copy()
        saved.checkpoint = self.checkpoint()
        save(saved, path)


class Values(Mapping[str, NDArray]):
    """Every named value of the step: read-only views of the arena."""

    def __init__(self, training: TrainingProgram) -> None:
        self._training = training

    def __getitem__(self, name: str) -> NDArray:
        view = self._training.program.view(self._training.graph.names[name])
        view.flags.writeable = False
        return view

    def __iter__(self) -> Iterator[str]:
        names, offsets = self._training.graph.names, self._training.program.offsets
        return (name for name, value in names.items() if id(value) in offsets)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Parameters(MutableMapping[str, NDArray]):
    """The learned tensors by name: views that may be written to, or assigned as a whole."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._table = {name: value for name, (_, value) in session._training.parameters().items()}

    def __getitem__(self, name: str) -> NDArray:
        self._session._touched = True
        return self._session._training.program.view(self._table[name])

    def __setitem__(self, name: str, array: Any) -> None:
        if name not in self._table:
            raise SessionError(f"There is no parameter {name!r}; there are: {', '.join(self._table)}.")
        try:
            given = np.asarray(array, dtype=self._session.dtype)
        except (TypeError, ValueError) as error:
            raise SessionError(f"{name} must be an array of numbers.") from error
        if given.shape != self._table[name].shape:
            raise SessionError(f"{name} is {self._table[name].shape}, but {given.shape} was given.")
        self[name][...] = given

    def __delitem__(self, name: str) -> None:
        raise SessionError("Parameters cannot be removed; change the layer instead.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def _check_settings(dtype: str, threads: int, batch_size: int | None, seed: int, l1: float, l2: float) -> None:
    from engine.training import TRAINING_ATTRIBUTES

    if dtype not in ("float32", "float64"):
        raise SessionError(f"dtype is {dtype!r}, but must be 'float32' or 'float64'.")
    given = {"threads": threads, "batch_size": batch_size or 0, "seed": seed, "l1": l1, "l2": l2}
    for attribute in TRAINING_ATTRIBUTES:
        if attribute.name in given:
            attribute.check(given[attribute.name], "session")
    if batch_size == 0:
        raise SessionError("batch_size is 0; give None for the whole training set.")
