"""What has been learned outlives an edit: the next session of the same document takes over what still fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from app.worker_commands import Open
    from engine.checkpoint import Checkpoint
    from engine.network import Network
    from engine.session import Session

MOST_BYTES = 256_000_000  # of tensors that no session has any more, for when an undo brings their layer back


@dataclass(frozen=True)
class Handed:
    """What a session was given: anything that was `learned`, and whether it is the `whole` session as it was."""

    learned: bool = False
    whole: bool = False


NOTHING = Handed()


@dataclass(frozen=True)
class Before:
    """The session before: its network, its clock and numbers, and whether it had `learned` anything."""

    network: Network
    checkpoint: Checkpoint
    learned: bool


@dataclass
class Memory:
    """What one document has learned: tensors by name and shape, newest last, and the session before, if any."""

    tensors: dict[tuple[str, tuple[int, ...]], np.ndarray] = field(default_factory=dict)
    last: Before | None = None
    news: str = ""  # what the last handing over came to, where that is not plain to see

    @classmethod
    def of(cls, network: Network) -> Memory:
        """What the file of `network` holds; it may be of a network that was unfinished."""
        memory = cls()
        if network.checkpoint is not None:
            memory._store(Before(network, network.checkpoint, True))
        return memory

    def keep(self, session: Session, learned: bool) -> None:
        """Remember `session`, if its numbers are finite."""
        import numpy as np

        checkpoint = session.checkpoint()
        if all(np.isfinite(array).all() for array in checkpoint.parameters.values()):
            self._store(Before(session.network, checkpoint, learned))

    def _store(self, before: Before) -> None:
        self.last = before
        for name, array in before.checkpoint.parameters.items() if before.learned else ():
            self.tensors.pop((name, array.shape), None)
            self.tensors[name, array.shape] = array
        while sum(array.nbytes for array in self.tensors.values()) > MOST_BYTES and len(self.tensors) > 1:
            del self.tensors[next(iter(self.tensors))]

    def hand_over(self, session: Session) -> Handed:
        """Give `session` what fits; all of it, with clock and optimiser, where only names or settings differ."""
        self.news = ""
        if self.last is None:
            return NOTHING
        old, before = self.last.network, self.last.checkpoint
        names = renamed(old, session.network)
        if _computes_the_same(old, session.network, names):
            from engine.timeline import under_names

            whole = under_names(before, names)
            if _fits(session, whole):
                session.restore(whole)
                return Handed(self.last.learned, whole=True)
        back = {new: was for was, new in names.items()}
        found = {}
        for name, array in session.parameters.items():
            layer, _, tensor = name.rpartition(".")
            known = self.tensors.get((f"{back.get(layer, layer)}.{tensor}", array.shape))
            if known is not None:
                found[name] = known
        session.adopt(found)
        session.execution.begin(0)
        self.news = _told(found, session.parameters, before.steps)
        return Handed(bool(found), whole=False)


class Learned:
    """The worker's book of what its document has learned, from one session to the next."""

    def __init__(self, network: Network | None = None) -> None:
        """`network`: what its file holds is where it begins."""
        self._memory = Memory() if network is None else Memory.of(network)
        self._adopted = False

    @property
    def news(self) -> str:
        """What the last handing over came to."""
        return self._memory.news

    def change(self, session: Session | None, command: Open, state: str) -> None:
        """Another session is to come: remember this one, or begin anew with another document."""
        if not command.keep:
            self._memory, self._adopted = Memory.of(command.network), False
        elif session is not None and state != "diverged":
            self._memory.keep(session, self._has_learned(session))

    def hand_over(self, session: Session) -> Handed:
        """Give `session` what fits."""
        handed = self._memory.hand_over(session)
        self._adopted = handed.learned
        return handed

    def checkpoint(self, session: Session | None, state: str, network: Network) -> Checkpoint | None:
        """For a file of `network`: the numbers of `session`; the last good ones where it has none.

        None: nothing is learned.
        """
        if session is not None and state != "diverged":
            if not self._has_learned(session):
                return None
            self._memory.keep(session, learned=True)
        return self.before(network)

    def before(self, network: Network) -> Checkpoint | None:
        """What was learned when a session was last left or saved, as far as it fits `network`."""
        last = self._memory.last
        return fitted(last, network) if last is not None and last.learned else None

    def _has_learned(self, session: Session) -> bool:
        return session.steps > 0 or self._adopted


def fitted(before: Before, network: Network) -> Checkpoint:
    """The numbers of `before` under the names that layers have in `network`, without those that fit nothing there."""
    from engine.check import inspect
    from engine.loops import input_shapes
    from engine.timeline import under_names

    shapes, wanted = inspect(network).shapes, dict[str, tuple[int, ...]]()
    checkpoint = under_names(before.checkpoint, renamed(before.network, network))
    known = set()
    for id, node in network.nodes.items():
        try:
            incoming = input_shapes(network, node, shapes)
        except KeyError:  # not wired, or behind what does not fit
            continue
        known.add(id)
        wanted |= {f"{id}.{tensor.name}": tensor.shape for tensor in node.layer.parameters(node.attrs, *incoming)}

    def fits(name: str, array: np.ndarray) -> bool:
        layer = name.rpartition(".")[0]
        return wanted.get(name) == array.shape if layer in known else layer in network.nodes

    def kept(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: array for name, array in tensors.items() if fits(name, array)}

    return replace(checkpoint, parameters=kept(checkpoint.parameters), slots=tuple(map(kept, checkpoint.slots)))


def _fits(session: Session, checkpoint: Checkpoint) -> bool:
    """Whether it holds every parameter of `session` in its shape."""
    found = checkpoint.parameters
    return all(name in found and found[name].shape == array.shape for name, array in session.parameters.items())


def _told(found: Iterable[str], names: Iterable[str], steps: int) -> str:
    """ "weights kept, 2 of 3 layers; steps count from 0"; nothing where no step had been counted."""
    kept, all_layers = ({name.rpartition(".")[0] for name in some} for some in (found, names))
    if not steps or not all_layers:
        return ""
    if not kept:
        return "New weights: none of the old ones fit; steps count from 0"
    return f"Weights kept, {len(kept)} of {len(all_layers)} layers; steps count from 0"


def _computes_the_same(old: Network, new: Network, names: dict[str, str]) -> bool:
    """Whether they differ in nothing but `names` (old id → new id), places and settings of the training."""

    def essence(network: Network, called: dict[str, str]) -> tuple:
        nodes = {called.get(id, id): (node.kind, node.attrs) for id, node in network.nodes.items()}
        wires = {(called.get(w.source, w.source), called.get(w.target, w.target), w.port) for w in network.wires}
        return nodes, wires, network.data

    return essence(old, names) == essence(new, {})


def renamed(old: Network, new: Network) -> dict[str, str]:
    """Old id → new id of layers that differ in nothing but their name; of several, the one at the same place."""
    gone = [node for id, node in old.nodes.items() if id not in new.nodes]
    come = [node for id, node in new.nodes.items() if id not in old.nodes]
    pairs = {}
    for node in gone:
        alike = [other for other in come if (other.kind, other.attrs) == (node.kind, node.attrs)]
        twin = next((other for other in alike if other.position == node.position), alike[0] if alike else None)
        if twin is not None:
            come.remove(twin)
            pairs[node.id] = twin.id
    return pairs
