"""The end of a training step: the rate of the step, clipped gradients, then the instructions that overwrite.

All that is only worked out comes first, as values that can be looked at; the row from which on something is overwritten
is the *update row*, before which a step can be taken back by moving the cursor alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.clipping import Clipped, named_parts
from engine.graph import Call, Graph, Value
from engine.lower import Lowered
from engine.newton import Solver
from engine.ops import REGISTRY
from engine.optimizers import Newton
from engine.program import Program
from engine.rules import Rules
from engine.stretches import Stretch, joined, learning

RATES = ("update.rate", "update.second_rate")
Block = tuple[int, int]


@dataclass
class UpdatePhase:
    """Appends the phase to `graph`. `rates`: the learning rate of each optimiser as it was set, `step_rates`: as the
    schedule has it in this step.

    Blocks are (lo, hi) in the float arena: parameters, then gradients, then the optimiser's slots, laid out alike.
    """

    graph: Graph
    program: Program
    lowered: Lowered
    rules: Rules
    rates: list[Value]
    states: dict[str, Value]
    gradients: dict[str, Value]
    blocks: list[Block]
    step_rates: list[Value] = field(init=False)
    calls: list[Call] = field(init=False)

    def __post_init__(self) -> None:
        self.calls = list(self.graph.calls)  # forward and backward

    def prepare(self) -> None:
        """What overwrites nothing."""
        self.graph.phase, self.graph.layer = "update", ""
        self.step_rates = [
            self.graph.name(self.rules.schedule.apply(self.graph, rate, self.states), name)
            for rate, name in zip(self.rates, RATES, strict=False)
        ]
        if self.rules.clipping.kind != "none":
            self.blocks[1] = self._clip()
        if isinstance(self.rules.optimizer, Newton):
            self._solve(self.rules.optimizer)

    def overwrite(self, loss: Value) -> None:
        """States of layers, then of the schedule, then the parameters."""
        for update in self.lowered.updates:
            self.graph.phase, self.graph.layer = "update", update.layer
            getattr(self.graph, update.op)(*update.inputs, **update.attrs)
        self.graph.phase, self.graph.layer = "update", ""
        self.rules.schedule.watch(self.graph, loss, self.states)
        for part in joined(self._parts(), lambda part: (part.factor, part.second)):
            self._update(part)

    def _parts(self) -> list[Stretch]:
        return learning(self.program, self.lowered, self.blocks[0][0], self.rules.layers)

    def _clip(self) -> Block:
        """A block for what the optimiser reads in place of the gradients."""
        start, size = self.program.float_size, self.blocks[1][1] - self.blocks[1][0]
        self.program.float_size += size
        block = (start, start + size)
        parts = self._parts()
        self.rules.clipping.apply(Clipped(self.graph, self.program, self.blocks[1][0], block), parts)
        named_parts(self.graph, self.program, block[0], self.blocks[0][0], self._learning())
        return block

    def _solve(self, settings: Newton) -> None:
        """Newton's step, which the update takes in place of the gradients."""
        parts = joined(self._parts())
        if not parts:
            return
        (whole,) = parts  # frozen parameters come last
        solver = Solver(self.graph, self.program, settings, self.calls, self._learning(), self.gradients,
                        self.blocks[0][0], self.blocks[1][0], whole.size)  # fmt: skip
        step = solver.solve()
        self.program.place([step])
        start = self.program.offsets[id(step)]
        self.blocks[1] = (start, start + step.size)

    def _learning(self) -> dict[str, Value]:
        found = self.lowered.parameters.items()
        return {name: value for name, (_, value) in found if self.lowered.groups[name]}

    def _update(self, part: Stretch) -> None:
        """One instruction for a stretch of parameters that learn equally fast."""
        optimizer, graph = self.rules.optimizers[part.second], self.graph
        tensors = [graph.source((part.size,), "state") for _ in range(2 + optimizer.slots)]
        for tensor, (start, _) in zip(tensors, self.blocks, strict=False):
            self.program.put(tensor, start + part.lo)
        rate = self.step_rates[part.second]
        rate = rate if part.factor == 1 else graph.scale(rate, factor=part.factor)
        clock = [graph.clock()] if "clock" in REGISTRY[optimizer.op].inputs else []
        turn = self.rules.turn(part.second)
        getattr(graph, optimizer.op)(*tensors, rate, *clock, **optimizer.scalars(), **turn)
