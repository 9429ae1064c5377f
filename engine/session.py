"""A session: program + data + optimiser + clock. Train, step one instruction, step back, look at every value."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.carry import lane_of
from engine.checkpoint import Checkpoint, put_back, take
from engine.clipping import Clipping, make_clipping
from engine.curriculum import Curriculum, curriculum_of, order_of
from engine.data import Dataset, as_dataset
from engine.data_fit import known_tokens
from engine.errors import SessionError
from engine.evaluator import Evaluator
from engine.execution import RING, Execution, TrainResult
from engine.graph import Call, Value
from engine.instructions import Instruction
from engine.losses import loss_node
from engine.lower import input_node, inspected
from engine.machine.compile import Progress
from engine.metrics import Metrics, evaluate
from engine.network import Network, Node
from engine.newton import bent
from engine.optimizers import Newton, Optimizer, make_optimizer
from engine.problems import Problem
from engine.rules import Rules, Second, rules_of
from engine.schedules import Schedule, make_schedule
from engine.settings import checked_settings, fitting_optimizer
from engine.starts import first_values
from engine.targets import target_array
from engine.training_program import BatchPlan, TrainingProgram, build_training
from engine.views import Parameters, Values

if TYPE_CHECKING:
    from engine.hessian import HessianProduct


class Session:
    """Runs a network on data. Results depend on the settings and `seed` alone, not on `threads`.

    `values` maps "<layer id>.<value>" (also "<…>.grad") to read-only views of the arena; `parameters` maps
    "<layer id>.W" and the like to arrays that can be assigned. Dense: W (fan_in, units), b (units,).
    `lane`: where a state is carried on, how many batches follow each other before it begins anew; else 0.
    Large arrays of the session's dtype are not copied: leave them as they are while the session lives.
    """

    def __init__(
        self,
        network: Network,
        data: Any,
        *,
        seed: int = 0,
        dtype: str = "float32",
        threads: int = 1,
        batch_size: int | None = None,
        optimizer: str | Optimizer = "sgd",
        learning_rate: float | None = None,
        schedule: str | Schedule = "constant",
        clipping: str | Clipping = "none",
        second: Second | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        curriculum: Curriculum | None = None,
        resume: bool = True,
        progress: Progress | None = None,
    ) -> None:
        """`data`: arrays (x, y), a Dataset or a DataSpec. `batch_size` None: the whole training set in each step.

        `resume` starts from the network's checkpoint, if it has one. `progress(done, total, name)` is told which kernel
        is being compiled. Raises NetworkError, DataError or SessionError.
        """
        settings = checked_settings(dtype, threads, batch_size, seed, l1, l2)
        if not isinstance(network, Network):
            raise SessionError(f"The network is a {type(network).__name__}; give an engine.Network.")
        self.network = network.copy()
        self.dataset: Dataset = as_dataset(data, network.folder, known_tokens(network))
        self.seed, self.dtype, self.threads = settings["seed"], dtype, settings["threads"]
        self.optimizer = fitting_optimizer(make_optimizer(optimizer, learning_rate), dtype)
        self.rules = Rules(self.optimizer, make_schedule(schedule), make_clipping(clipping), second)
        for other in self.rules.optimizers[1:]:
            fitting_optimizer(other, dtype)
        asked = self.network.copy()  # with the rows in a step that are asked for here
        self.curriculum = curriculum or Curriculum()
        asked.training = replace(asked.training, batch_size=settings["batch_size"] or 0,
                                 curriculum=self.curriculum.kind)  # fmt: skip
        report = inspected(asked, self.dataset)
        self.shapes = report.shapes
        self.doubts = tuple(problem for problem in report.problems if problem.severity == "warning")
        self.penalties = (float(l1), float(l2))
        self._build(settings["batch_size"], progress)
        resumes = resume and self.network.checkpoint is not None
        self._reset(files=not resumes)
        if resumes:
            assert self.network.checkpoint is not None
            self.restore(self.network.checkpoint)

    @classmethod
    def from_network(
        cls,
        network: Network,
        *,
        seed: int | None = None,
        threads: int | None = None,
        dtype: str = "float32",
        data: Any = None,
        progress: Progress | None = None,
    ) -> Session:
        """A session with the data and the training settings of the document. Raises SessionError without data."""
        chosen = data if data is not None else network.data
        if chosen is None:
            raise SessionError("The network names no data; choose a data set first.")
        wish, rules = network.training, rules_of(network.training)
        return cls(
            network,
            chosen,
            seed=wish.seed if seed is None else seed,
            dtype=dtype or "float32",
            threads=threads or wish.threads,
            batch_size=wish.batch_size or None,
            optimizer=rules.optimizer,
            schedule=rules.schedule,
            clipping=rules.clipping,
            second=rules.second,
            l1=wish.l1,
            l2=wish.l2,
            curriculum=curriculum_of(wish),
            progress=progress,
        )

    def _build(self, batch_size: int | None, progress: Progress | None = None) -> None:
        x, y = self.dataset.train.x, self.dataset.train.y
        self.batch_size = min(batch_size or len(x), len(x))
        self.loss_layer = loss_node(self.network)
        target = target_array(self.network, self.shapes, y)
        plan = BatchPlan(x, target, self.batch_size, self.seed, lane_of(self.network, len(x), self.batch_size),
                         self.curriculum, order_of(self.curriculum, self.dataset, target is not None))  # fmt: skip
        self.lane = plan.lane
        try:
            self._training: TrainingProgram = build_training(
                self.network, self.shapes, plan, self.rules, self.penalties, self.dtype, self.threads, progress
            )
        except MemoryError as error:
            raise SessionError("There is no room to build this network; use fewer units or rows.") from error
        self.execution = Execution(self._training, self.threads)
        self.evaluator = Evaluator(self.network, self.shapes, self.shapes[input_node(self.network).id], self.dtype)
        self.values: Mapping[str, NDArray] = Values(self._training)
        self.parameters: MutableMapping[str, NDArray] = Parameters(self)
        self._hessian: HessianProduct | None = None

    # --- time -----------------------------------------------------------------------------------------------------

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """The rows of the program: forward, backward, update."""
        return self.execution.instructions

    @property
    def cursor(self) -> int:
        """The next instruction; 0 where a step begins."""
        return self.execution.cursor

    @property
    def steps(self) -> int:
        """Updates done so far."""
        return self.execution.steps

    @property
    def steps_per_epoch(self) -> int:
        """Steps after which every row has been seen at least once."""
        return self.lane or -(-self._rows() // self.batch_size)

    @property
    def epoch(self) -> float:
        """Passes over the training set so far."""
        return self.steps * self.batch_size / self._rows()

    def _rows(self) -> int:
        """Of an epoch: those that fill no lane are left out where a state is carried on."""
        return self.lane * self.batch_size or self._training.data[0].shape[0]

    def train(self, steps: int | None = None, epochs: float | None = None, *, fresh: bool = True) -> TrainResult:
        """Run `steps` steps (or `epochs` passes over the data). Finishes a half-done step first, which counts.

        Returns early after `pause()`. One that came before is forgotten, unless this is not a `fresh` run but the next
        stretch of one: then it ends before its first step. Raises DivergedError when a value is not finite; the
        session can then be reset.
        """
        if (steps is None) == (epochs is None):
            raise SessionError("train takes either steps or epochs.")
        wish = steps if epochs is None else self._steps_of(epochs)
        if isinstance(wish, bool) or not isinstance(wish, Integral) or wish < 0:
            raise SessionError(f"steps is {wish!r}, but must be a whole number of at least 0.")
        if fresh:
            self.execution.runner.clear_stop()
        return self.execution.train(int(wish))

    def _steps_of(self, epochs: Any) -> int:
        number = isinstance(epochs, Real) and not isinstance(epochs, bool)
        if not number or not math.isfinite(epochs) or epochs < 0:
            raise SessionError(f"epochs is {epochs!r}, but must be a number of at least 0.")
        steps = float(epochs) * self._rows() / self.batch_size
        return max(1, round(steps)) if steps else 0

    def pause(self) -> None:
        """Make a `train` that runs in another thread return within one step."""
        self.execution.runner.request_stop()

    def step(self) -> Instruction:
        """Run the instruction at the cursor; returns it. After the last the next step begins. Raises DivergedError."""
        return self.execution.step()

    def step_back(self) -> Instruction:
        """Take back the instruction before the cursor; returns it. Goes back over updates by replaying.

        Raises SessionError at the beginning, or where the history does not reach.
        """
        return self.execution.step_back()

    def run_to(self, row: int) -> None:
        """Run until the cursor stands before instruction `row`, if need be in the next step. Raises DivergedError."""
        self.execution.run_to(row)

    # --- values ---------------------------------------------------------------------------------------------------

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
            self._hessian = HessianProduct(self)
        self.execution.forward_and_backward()
        return self._hessian(vector)

    def call(self, row: int) -> Call:
        """The graph's call behind instruction `row`."""
        return self._training.program.calls[row]

    def view(self, value: Value) -> NDArray:
        """A value of the graph where it lives in the arena."""
        return self._training.program.view(value)

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
        return evaluate(self, part)

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

    # --- state ----------------------------------------------------------------------------------------------------

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
