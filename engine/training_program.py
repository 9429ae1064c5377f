"""The program of one training step: batch, forward pass, loss, backward pass, update."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.apart import differentiate_apart
from engine.curriculum import Curriculum
from engine.differentiate import differentiate
from engine.graph import Graph, Shape, Value
from engine.layers import Parameter
from engine.losses import loss_node
from engine.lower import Lowered, Mode, input_node, lower
from engine.machine.compile import Progress
from engine.network import Network
from engine.program import Program
from engine.rules import Rules, require_layers
from engine.update_phase import UpdatePhase

PENALTY = "penalty"
LARGE = 2**20


@dataclass
class TrainingProgram:
    """A training step ready to run. `update_row`: the first row that overwrites something; blocks are (lo, hi) in the
    float arena.

    `parameter_block` holds all parameters, first the trained ones; each of `slot_blocks` has a place for these.
    `states`: what else goes on from step to step, by name. `rates`: the learning rate of each optimiser as it was set,
    `step_rates`: what the schedule makes of them in a step.
    """

    program: Program
    graph: Graph
    lowered: Lowered
    loss: Value
    data_loss: Value
    gradients: dict[str, Value]
    data: tuple[Value, Value | None]
    batch: tuple[Value, Value | None]
    rates: list[Value]
    step_rates: list[Value]
    states: dict[str, Value]
    update_row: int
    parameter_block: tuple[int, int]
    slot_blocks: list[tuple[int, int]]

    def parameters(self) -> dict[str, tuple[Parameter, Value]]:
        """Learned tensors by name."""
        return self.lowered.parameters


@dataclass(frozen=True)
class BatchPlan:
    """The training set, x (N, …) and target (N, …), and how many rows a step takes (all of them if equal).

    The target is None where no loss reads it. `lane`: where a state is carried on, the rows that follow each other in
    one place of the batch, which are an epoch's steps; 0: every epoch is a new permutation. `order`: the rows from
    easy to hard, where there is a `curriculum`.
    """

    x: NDArray
    target: NDArray | None
    count: int
    seed: int
    lane: int = 0
    curriculum: Curriculum = field(default_factory=Curriculum)
    order: NDArray | None = None

    @property
    def rows(self) -> int:
        """Rows of the training set."""
        return len(self.x)

    def lends(self, dtype: str) -> bool:
        """Whether batches are gathered from `x` where it lies: it is large, and just as the machine wants it."""
        ready = self.x.dtype == dtype and self.x.flags.c_contiguous and self.x.flags.aligned
        return bool(ready and self.count < self.rows and self.x.nbytes >= LARGE)


def build_training(network: Network, shapes: dict[str, Shape], plan: BatchPlan, rules: Rules,
                   penalties: tuple[float, float], dtype: str, workers: int,
                   progress: Progress | None = None) -> TrainingProgram:  # fmt: skip
    """Lower, differentiate, schedule, and put the data of `plan` where the program reads it."""
    graph = Graph()
    x_all, t_all, x, t, order = _batch(graph, network, shapes, plan)
    lowered = lower(network, shapes, graph, x, t, Mode(True, plan.seed, lane=plan.lane))
    data_loss = lowered.loss
    assert data_loss is not None
    loss = add_penalties(graph, lowered, data_loss, penalties)
    trained = {name: value for name, (parameter, value) in lowered.parameters.items() if parameter.trained}
    require_layers(rules, network, trained)
    if rules.second is not None and rules.second.losses:
        found = differentiate_apart(graph, network, lowered, rules.second, trained,
                                    lambda value: add_penalties(graph, lowered, value, penalties))  # fmt: skip
    else:
        found = differentiate(graph, loss, list(trained.values()))
    gradients = _own_gradients(graph, trained, found)
    kept = [value for update in lowered.updates for value in update.inputs]
    kept += [*lowered.losses.values(), *lowered.penalties.values()]
    graph.prune([loss, data_loss, *kept, *(value for value in gradients.values() if value.call)])

    program = Program(dtype, workers)
    names = ("learning rate", "second learning rate")[: len(rules.optimizers)]
    rates = [graph.source((1,), "state", name) for name in names]
    states = rules.schedule.states(graph) | lowered.memories
    memory = [*rates, *states.values()]
    parameter_block, slot_blocks = _place_persistent(program, lowered, list(trained.values()), memory, rules.slots)
    gradient_block = _place_block(program, list(gradients.values()))
    if plan.lends(dtype):
        program.borrow(x_all, plan.x)
    program.place([value for value in (x_all, t_all, order) if value is not None])
    blocks = [parameter_block, gradient_block, *slot_blocks]
    update = UpdatePhase(graph, program, lowered, rules, rates, states, gradients, blocks)
    update.prepare()
    update_row = sum(call.op.kernel is not None for call in graph.calls)
    update.overwrite(loss)
    program.finish(graph, progress)
    for value, array in zip((x_all, t_all, order), (plan.x, plan.target, plan.order), strict=True):
        if value is not None and array is not None and not (value is x_all and plan.lends(dtype)):
            program.fill(value, array)
    return TrainingProgram(program, graph, lowered, loss, data_loss, gradients, (x_all, t_all), (x, t), rates,
                           update.step_rates, states, update_row, parameter_block, slot_blocks)  # fmt: skip


def _batch(graph: Graph, network: Network, shapes: dict[str, Shape],
           plan: BatchPlan) -> tuple[Value, Value | None, Value, Value | None, Value | None]:  # fmt: skip
    """All rows and their targets, those of the batch, and the order of the rows where there is a curriculum."""
    source = input_node(network)
    x_all = graph.source((plan.rows, *shapes[source.id]), "data", dtype=source.layer.gives_dtype)
    t_all = None if plan.target is None else graph.source(plan.target.shape, "data", dtype=_dtype(plan.target))
    if plan.count == plan.rows:
        return x_all, t_all, graph.name(x_all, f"{source.id}.x"), t_all, None
    graph.layer, order = source.id, None
    if plan.lane:
        picked = graph.lane_indices(graph.clock(), count=plan.count, length=plan.lane)
    elif plan.order is not None:
        order = graph.source((plan.rows,), "data", dtype="int")
        picked = graph.curriculum_indices(graph.clock(), order, count=plan.count, seed=plan.seed,
                                          steps=plan.curriculum.steps,
                                          first_rows=plan.curriculum.first_rows(plan.rows))  # fmt: skip
    else:
        picked = graph.batch_indices(graph.clock(), count=plan.count, rows=plan.rows, seed=plan.seed)
    x = _gather(graph, x_all, graph.name(picked, f"{source.id}.rows"))
    graph.layer = loss_node(network).id
    t = None if t_all is None else _gather(graph, t_all, picked)
    return x_all, t_all, graph.name(x, f"{source.id}.x"), t, order


def _dtype(array: NDArray) -> Literal["float", "int"]:
    return "int" if np.issubdtype(array.dtype, np.integer) else "float"


def _gather(graph: Graph, rows: Value, picked: Value) -> Value:
    found: Value = graph.gather_labels(rows, picked) if rows.dtype == "int" else graph.gather_rows(rows, picked)
    return found


def add_penalties(graph: Graph, lowered: Lowered, loss: Value, penalties: tuple[float, float]) -> Value:
    """loss + the penalties of layers + l1·Σ|w| + l2·Σw² over the weights (not the biases)."""
    graph.layer = PENALTY
    for value in lowered.penalties.values():
        loss = graph.name(graph.add(loss, value), f"{PENALTY}.loss")
    for strength, size in zip(penalties, (graph.abs, graph.square), strict=True):
        if strength == 0:
            continue
        for parameter, weights in lowered.parameters.values():
            if parameter.regularised:
                loss = graph.add(loss, graph.scale(graph.sum(size(weights)), factor=strength))
                graph.name(loss, f"{PENALTY}.loss")
    return loss


def _own_gradients(graph: Graph, trained: dict[str, Value], found: list[Value | None]) -> dict[str, Value]:
    """A gradient in a place of its own for each parameter: zeros where none flows, a copy where it is shared."""
    gradients: dict[str, Value] = {}
    taken: set[int] = set()
    for (name, value), gradient in zip(trained.items(), found, strict=True):
        graph.layer, graph.phase = name.rsplit(".", 1)[0], "backward"
        if gradient is None:
            gradient = graph.source(value.shape, "state")
        elif gradient.call is None or gradient.call.op.kernel is None or id(gradient) in taken:
            gradient = graph.copy(gradient)
        taken.add(id(gradient))
        graph.names[f"{name}.grad"] = gradient
        gradient.name = f"{name}.grad"
        gradients[name] = gradient
    graph.phase = "forward"
    return gradients


def _place_persistent(program: Program, lowered: Lowered, trained: list[Value], memory: list[Value],
                      slots: int) -> tuple[tuple[int, int], list[tuple[int, int]]]:  # fmt: skip
    first = program.float_size
    program.place(memory)
    start, end = _place_block(program, trained)
    size = end - start
    block = (start, _place_block(program, [value for _, value in lowered.parameters.values()])[1])
    places = []
    for _ in range(slots):
        places.append((program.float_size, program.float_size + size))
        program.float_size += size
    program.persistent = (first, program.float_size)
    return block, places


def _place_block(program: Program, values: list[Value]) -> tuple[int, int]:
    first = program.float_size
    program.place(values)
    return first, program.float_size
