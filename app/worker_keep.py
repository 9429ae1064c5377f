"""What has been learned outlives an edit: the next session of the same document takes over what still fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from engine.checkpoint import Checkpoint
    from engine.network import Network
    from engine.session import Session

MOST_BYTES = 256_000_000  # of tensors that no session has any more, for when an undo brings their layer back


@dataclass
class Memory:
    """Tensors by name and shape, newest last; `last` is the session before, with its clock and optimiser state."""

    tensors: dict[tuple[str, tuple[int, ...]], np.ndarray] = field(default_factory=dict)
    last: tuple[Network, Checkpoint] | None = None
    news: str = ""  # what the last handing over came to, where that is not plain to see

    def keep(self, session: Session, learned: bool) -> None:
        """Remember `session`, if it has `learned` anything and its numbers are finite."""
        import numpy as np

        checkpoint = session.checkpoint() if learned else None
        if checkpoint is None or not all(np.isfinite(array).all() for array in checkpoint.parameters.values()):
            return
        self.last = (session.network, checkpoint)
        for name, array in checkpoint.parameters.items():
            self.tensors.pop((name, array.shape), None)
            self.tensors[name, array.shape] = array
        while sum(array.nbytes for array in self.tensors.values()) > MOST_BYTES and len(self.tensors) > 1:
            del self.tensors[next(iter(self.tensors))]

    def hand_over(self, session: Session) -> bool:
        """Give `session` what fits; the clock and the optimiser's state too where only settings differ."""
        self.news = ""
        if self.last is None:
            return False
        old, checkpoint = self.last
        if _computes_the_same(old, session.network):
            session.restore(checkpoint)
            return True
        back = {new: was for was, new in renamed(old, session.network).items()}
        found = {}
        for name, array in session.parameters.items():
            layer, _, tensor = name.rpartition(".")
            known = self.tensors.get((f"{back.get(layer, layer)}.{tensor}", array.shape))
            if known is not None:
                found[name] = known
        session.adopt(found)
        session.execution.begin(0)
        self.news = _told(found, session.parameters, self.last[1].steps)
        return bool(found)


def _told(found: Iterable[str], names: Iterable[str], steps: int) -> str:
    """ "weights kept, 2 of 3 layers; steps count from 0"; nothing where no step had been counted."""
    kept, all_layers = ({name.rpartition(".")[0] for name in some} for some in (found, names))
    if not steps or not all_layers:
        return ""
    if not kept:
        return "New weights: none of the old ones fit; steps count from 0"
    return f"Weights kept, {len(kept)} of {len(all_layers)} layers; steps count from 0"


def _computes_the_same(old: Network, new: Network) -> bool:
    def essence(network: Network) -> tuple:
        return {id: (n.kind, n.attrs) for id, n in network.nodes.items()}, set(network.wires), network.data

    return essence(old) == essence(new)


def renamed(old: Network, new: Network) -> dict[str, str]:
    """Old id → new id of layers that differ in nothing but their name."""
    gone = [node for id, node in old.nodes.items() if id not in new.nodes]
    come = [node for id, node in new.nodes.items() if id not in old.nodes]
    pairs = {}
    for node in gone:
        twin = next((other for other in come if replace(other, id=node.id) == node), None)
        if twin is not None:
            come.remove(twin)
            pairs[node.id] = twin.id
    return pairs
