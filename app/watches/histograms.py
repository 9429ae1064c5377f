"""Records how activations, their gradients and the weights of every layer are distributed over the steps."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from app.value_names import gradient_of
from app.watches.base import Watch as Base
from app.worker_budget import Budget

if TYPE_CHECKING:
    from app.worker_histograms import Columns
    from engine.session import Session

What = Literal["activation", "gradient", "weight"]
KINDS: tuple[What, ...] = ("activation", "gradient", "weight")


@dataclass(frozen=True)
class Distribution:
    """A wish: of which layer (None: the first that learns), and what."""

    layer: str | None = None
    what: What = "activation"


@dataclass(frozen=True, eq=False)
class Recorded:
    """What was asked for: `name` of the value, "" where the layer has none; `columns` of counts over the steps."""

    wish: Distribution
    layer: str
    name: str = ""
    columns: Columns | None = None


class Watch(Base):
    """Looks at some hundred numbers of every tensor at once."""

    share, least, always = 1.0, 0.0, True  # the budget below counts

    def __init__(self, session: Session, wish: Any = None, before: Base | None = None) -> None:
        from app.worker_histograms import MOST_TENSORS, Histograms, Sampler

        super().__init__(session, wish, before)
        names = _names(session)
        self.places = {key: i for i, key in enumerate(list(names)[:MOST_TENSORS])}
        self.names = {key: names[key] for key in self.places}
        self._sampler = Sampler([session.values[name] for name in self.names.values()])
        goes_on = isinstance(before, Watch) and before.names == self.names
        self.record: Histograms = before.record if goes_on else Histograms(len(self.names))  # type: ignore[union-attr]
        self._budget = Budget(0.007, 0.03, 0.01)
        self._published: tuple[Any, Recorded] | None = None

    def look(self) -> Recorded:
        """Count, where it is time; then what is asked for."""
        from app.worker_steps import whole_step

        step = whole_step(self.session)
        self.record.cut(self.session.steps if step is None else step)
        if step is not None and step > self.record.last and self.names and (self.standing or self._budget.due()):
            start = time.thread_time()
            self.record.add(step, self._sampler.take(), self._sampler.owners)
            if not self.standing:
                self._budget.spent(time.thread_time() - start)
        return self._recorded()

    def _recorded(self) -> Recorded:
        """The same object until there is something newer."""
        wish = self.wish if isinstance(self.wish, Distribution) else Distribution()
        state = wish, self.record.last, len(self.record), self.record.width
        if self._published is None or self._published[0] != state:
            self._published = state, self._find(wish)
        return self._published[1]

    def _find(self, wish: Distribution) -> Recorded:
        layer = wish.layer if wish.layer in self.session.network.nodes else self._first()
        place = self.places.get((layer, wish.what))
        if place is None:
            return Recorded(wish, layer)
        return Recorded(wish, layer, self.names[layer, wish.what], self.record.columns(place))

    def _first(self) -> str:
        """The layer nearest to the data that learns, or else any."""
        learning = (layer for layer, what in self.places if what == "weight")
        return next(learning, next((layer for layer, _ in self.places), ""))


def _names(session: Session) -> dict[tuple[str, What], str]:
    """By layer, from the data to the losses, and by kind: the names of the values that are counted."""
    from app.worker_pictures import branch_after_branch, main_names

    shown = main_names(session)
    by_layer: dict[str, list[Any]] = {}
    for row in session.instructions:
        by_layer.setdefault(row.layer, []).append(row)
    weights = _weights(session)
    found: dict[tuple[str, What], str] = {}
    for id in branch_after_branch(session.network):
        name = shown.get(id, "")
        pairs = (("activation", name), ("gradient", gradient_of(by_layer.get(id, ()), id, name) if name else ""),
                 ("weight", weights.get(id, "")))  # fmt: skip
        for what, name in pairs:
            if name and _countable(session, name):
                found[id, what] = name  # type: ignore[index]
    return found


def _weights(session: Session) -> dict[str, str]:
    """By layer, its largest parameter."""
    found: dict[str, tuple[int, str]] = {}
    for name in session.parameters:
        value = session.values.get(name)
        if value is not None and value.size > found.get(name.rpartition(".")[0], (0,))[0]:
            found[name.rpartition(".")[0]] = value.size, name
    return {id: name for id, (_, name) in found.items()}


def _countable(session: Session, name: str) -> bool:
    """Whether a value is made of numbers that lie in the arena, side by side."""
    value = session.values.get(name)
    return value is not None and value.size > 0 and value.dtype.kind == "f" and value.flags.c_contiguous
