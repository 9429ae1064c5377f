"""Records over the steps of training, layer by layer: how much gradient arrives, how far the parameters move, which
share of the units is dead or saturated."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.watches.base import Watch as Base
from app.worker_budget import Budget

if TYPE_CHECKING:
    import numpy as np

    from engine.activity import Count
    from engine.curve import Curve
    from engine.last_update import Moved
    from engine.network import Network
    from engine.session import Session

KINDS = ("gradient", "update", "dead", "saturated")


@dataclass(frozen=True, eq=False)
class Lines:
    """Points (n, 1 + layers): the step, then one number for each of `layers`, which lie from the data to the losses."""

    layers: tuple[str, ...]
    points: np.ndarray


@dataclass(frozen=True, eq=False)
class FlowTime:
    """`lines` by kind: norms of gradients, ‖Δθ‖ / ‖θ‖, shares of dead and of saturated units. `counts`: how it stands
    with the units of each layer, judged at `step`. `chains`: the first and the last learning layer of every way from
    the data to a loss."""

    lines: dict[str, Lines]
    chains: tuple[tuple[str, str], ...] = ()
    counts: dict[str, Count] = field(default_factory=dict)
    step: int = 0


class Record:
    """One kind of lines, as it grows."""

    def __init__(self, layers: tuple[str, ...]) -> None:
        from engine.curve import Curve

        self.layers, self.last = layers, -1
        self._curve: Curve = Curve(1 + len(layers))

    def add(self, step: int, numbers: dict[str, float]) -> None:
        """One number a layer at `step`; a second time at the same step changes nothing."""
        import numpy as np

        if step > self.last and self.layers:
            self._curve.add(np.array([[step, *(numbers.get(layer, np.nan) for layer in self.layers)]], float))
            self.last = step

    def cut(self, step: int) -> None:
        """Forget what lies after `step`."""
        if self.last > step:
            self._curve.cut(step + 0.5)
            self.last = step if len(self._curve.points) else -1

    def lines(self) -> Lines:
        """As they stand. A curve never changes its arrays, so they are not copied."""
        return Lines(self.layers, self._curve.points)


class Watch(Base):
    """Every look takes what is due; each of the three parts has a budget of its own, together less than a hundredth."""

    share, least, always = 1.0, 0.0, True

    def __init__(self, session: Session, wish: Any = None, before: Base | None = None) -> None:
        from app.worker_pictures import branch_after_branch
        from engine.activity import Activity
        from engine.last_update import GradientMeter, UpdateMeter

        super().__init__(session, wish, before)
        self._budgets = {"gradient": Budget(0.002, 0.03, 0.002), "update": Budget(0.002, 0.03, 0.002),
                         "units": Budget(0.004, 0.05, 0.01)}  # fmt: skip
        self._order = branch_after_branch(session.network)
        self._meter, self._activity = UpdateMeter(session), Activity(session)
        self._gradients = GradientMeter(session)
        self._chains = chains(session.network, set(self._gradients.layers))
        self._counts, self._judged = dict[str, Any](), -1
        self._told: list[tuple[int, dict[str, Moved]]] = []
        self.records = self._begin(before)
        self._published: FlowTime | None = None

    def _begin(self, before: Base | None) -> dict[str, Record]:
        """What was recorded of the session before, where it had the same layers."""
        sites = self._activity.sites
        layers = {
            "gradient": self._sorted(self._gradients.layers), "update": self._sorted(self._meter.layers),
            "dead": self._sorted(id for id in sites if not sites[id][0].squashes),
            "saturated": self._sorted(id for id in sites if sites[id][0].squashes),
        }  # fmt: skip
        kept = before.records if isinstance(before, Watch) else {}
        return {kind: kept[kind] if kind in kept and kept[kind].layers == layers[kind] else Record(layers[kind])
                for kind in KINDS}  # fmt: skip

    def _sorted(self, layers: Any) -> tuple[str, ...]:
        found = set(layers)
        return tuple(id for id in self._order if id in found)

    def look(self) -> FlowTime:
        """Take what is due."""
        from app.worker_steps import whole_step

        whole = whole_step(self.session)
        now = self.session.steps if whole is None else whole
        before = [record.last for record in self.records.values()]
        for record in self.records.values():
            record.cut(now)
        if whole is not None:
            self._timed("gradient", lambda: self.records["gradient"].add(whole, self._gradients.norms()))
        self._timed("update", self._take_updates)
        self._timed("units", lambda: self._take_units(self.session.steps))
        if self._published is None or before != [record.last for record in self.records.values()]:
            lines = {kind: record.lines() for kind, record in self.records.items()}
            self._published = FlowTime(lines, self._chains, self._counts, self._judged)
        return self._published

    def _timed(self, part: str, deed: Callable[[], Any]) -> None:
        budget = self._budgets[part]
        if self.standing:
            deed()  # not out of the budget: the first steps of a run are those that tell the most
        elif budget.due():
            start = time.thread_time()
            deed()
            budget.spent(time.thread_time() - start)

    def _take_updates(self) -> None:
        """Those that were measured on the way since, and that of a single step; and order the next."""
        record = self.records["update"]
        told, self._told = self._told, []
        for step, moved in told:
            if step <= self.session.steps:
                record.add(step, {id: one.ratio for id, one in moved.items()})
        if record.last < self.session.steps:
            moved = self._meter.last()
            if moved is not None:
                record.add(self.session.steps, {id: one.ratio for id, one in moved.items()})
        self.session.execution.observe(self._measure)

    def _measure(self, before: np.ndarray) -> None:
        """Called once, right after the last step of the worker's next run."""
        start = time.thread_time()
        self._told.append((self.session.steps, self._meter.measure(before)))
        self._budgets["update"].spent(time.thread_time() - start)

    def _take_units(self, now: int) -> None:
        last = max(self.records["dead"].last, self.records["saturated"].last)
        if now == last == self._judged:
            return
        self._counts, self._judged = self._activity.judge(), now
        shares = {id: count.share for id, count in self._counts.items()}
        for kind in ("dead", "saturated"):
            self.records[kind].add(now, shares)


def chains(network: Network, learning: set[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of the `learning` layers: one that none lies before, and one behind it that none follows."""
    later: dict[str, list[str]] = {id: [] for id in network.nodes}
    for wire in network.wires:
        if network.nodes[wire.target].kind != "Delay":
            later[wire.source].append(wire.target)
    behind: dict[str, set[str]] = {id: _reached(later, id) & learning for id in learning}
    firsts = learning - set().union(*behind.values())
    return tuple((first, last) for first in sorted(firsts) for last in sorted(behind[first]) if not behind[last])


def _reached(later: dict[str, list[str]], start: str) -> set[str]:
    found, stack = set[str](), [start]
    while stack:
        for id in later[stack.pop()]:
            if id not in found:
                found.add(id)
                stack.append(id)
    return found
