"""A session: program + data + optimiser + clock. Train, step one instruction, step back, look at every value."""

from __future__ import annotations

import math
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from engine.carry import lane_of
from engine.clipping import Clipping, make_clipping
from engine.curriculum import Curriculum, curriculum_of, order_of
from engine.data import Dataset, as_dataset
from engine.data_fit import known_tokens
from engine.errors import SessionError
from engine.evaluator import Evaluator
from engine.execution import Execution, TrainResult
from engine.instructions import Instruction
from engine.losses import loss_node
from engine.lower import input_node, inspected
from engine.machine.compile import Progress
from engine.network import Network
from engine.optimizers import Optimizer, make_optimizer
from engine.rules import Rules, Second, rules_of
from engine.schedules import Schedule, make_schedule
from engine.session_state import SessionState
from engine.session_values import SessionValues
from engine.settings import checked_settings, fitting_optimizer
from engine.targets import target_array
from engine.training_program import BatchPlan, TrainingProgram, build_training
from engine.views import Parameters, Values

if TYPE_CHECKING:
    from engine.hessian import HessianProduct


class Session(SessionValues, SessionState):
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
