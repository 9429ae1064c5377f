"""Any network of the catalogue once more in PyTorch: each kind of layer has a mirror, written from its formula.

`mirror(kind)` enters a function (own, attrs, *inputs) → tensor; `own` gives it the layer's tensors. Losses get what
they are compared with as last input. `Run` leads rows through a network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import engine

torch = pytest.importorskip("torch", reason="PyTorch is a peer to compare with, not a dependency")

Attrs = dict[str, Any]
Mirror = Callable[..., Any]
MIRRORS: dict[str, Mirror] = {}
THROUGH = ("Flatten", "Reshape", "StopGradient")  # what a loss looks through for the activation before it


def mirror(*kinds: str) -> Callable[[Mirror], Mirror]:
    """Enter a function as the mirror of these kinds."""

    def enter(function: Mirror) -> Mirror:
        MIRRORS.update(dict.fromkeys(kinds, function))
        return function

    return enter


@dataclass(frozen=True)
class Own:
    """What a mirror sees of its layer besides attributes and inputs."""

    run: Run
    id: str

    def __getitem__(self, name: str) -> Any:
        return self.run.tensors[f"{self.id}.{name}"]

    def __contains__(self, name: str) -> bool:
        return f"{self.id}.{name}" in self.run.tensors

    def weights(self, name: str, *shape: int) -> Any:
        """Weights that may be those of another layer, turned where their shape asks for it."""
        owner = self.id
        while self.run.network.nodes[owner].attrs["tied"]:
            owner = self.run.network.nodes[owner].attrs["tied"]
        found = self.run.tensors[f"{owner}.{name}"]
        return found if tuple(found.shape) == shape else found.T

    def affine(self, x: Any, weights: str, bias: str) -> Any:
        """x·W, and + b where the layer has one."""
        z = x @ self[weights]
        return z + self[bias] if bias in self else z

    @property
    def training(self) -> bool:
        """Whether the network is being trained."""
        return self.run.training

    def penalty(self, value: Any) -> None:
        """Add to what is trained."""
        if self.training:
            self.run.penalties[self.id] = value

    def keep(self, name: str, value: Any) -> None:
        """What a state is to be after the step."""
        self.run.kept[f"{self.id}.{name}"] = value.detach()

    def drawn(self, name: str, shape: tuple[int, ...]) -> Any:
        """Random numbers that the session drew; zeros where nothing that is trained depends on them."""
        found = self.run.drawn(f"{self.id}.{name}")
        return torch.zeros(shape, dtype=torch.float64) if found is None else torch.tensor(found).reshape(shape)

    def reads_probabilities(self, attrs: Attrs) -> bool:
        """Whether what comes in is probabilities: as told, or because of the activation before."""
        if attrs["reads"] != "auto":
            return bool(attrs["reads"] == "probabilities")
        network = self.run.network
        source = network.nodes[network.inputs_of(self.id)["x"]]
        while source.kind in THROUGH:
            source = network.nodes[network.inputs_of(source.id)["x"]]
        inside = source.kind == "Dense" or "Conv" in source.kind
        return source.kind in ("Sigmoid", "Softmax") or (
            inside and source.attrs["activation"] in ("sigmoid", "softmax")
        )


class Run:
    """Rows `x` and targets `y` in PyTorch, with tensors by the names of our parameters.

    `drawn(name)`: what random numbers the session drew. Values are found from the losses back: what leads to none of
    them is not built.
    """

    def __init__(self, network: engine.Network, tensors: dict[str, Any], x: Any, y: Any, training: bool,
                 drawn: Callable[[str], Any]) -> None:  # fmt: skip
        self.network, self.tensors, self.x, self.y = network, tensors, x, y
        self.training, self.drawn = training, drawn
        self.penalties: dict[str, Any] = {}
        self.kept: dict[str, Any] = {}
        self._known: dict[tuple[str, int], Any] = {}

    def value(self, id: str) -> Any:
        """What layer `id` gives; a layer of a loop gives the values of all its steps."""
        if (id, -1) not in self._known:
            loop = self.network.loops.get(id)
            if loop is None:
                found = self._built(id, [self.value(source) for source in self._sources(id)])
            else:
                steps = self._length(loop.members)
                found = torch.stack([self._step(id, t, loop.members) for t in range(steps)], 1)
            self._known[id, -1] = found
        return self._known[id, -1]

    def _sources(self, id: str) -> list[str]:
        wired = self.network.inputs_of(id)
        return [wired[port] for port in self.network.nodes[id].ports]

    def _built(self, id: str, inputs: list[Any]) -> Any:
        node = self.network.nodes[id]
        if node.layer.is_input:
            return self.x
        found = MIRRORS[node.kind](Own(self, id), node.attrs, *inputs)
        return found if found.requires_grad else found.requires_grad_()  # derivatives may be taken by any value

    def _length(self, members: tuple[str, ...]) -> int:
        outside = (source for id in members for source in self._sources(id) if source not in members)
        return int(self.value(next(outside)).shape[1])

    def _step(self, id: str, t: int, members: tuple[str, ...]) -> Any:
        """What a layer of a loop (or one that leads into it) gives in step t; a Delay, what it got before."""
        if id not in members:
            return self.value(id)[:, t]
        if (id, t) not in self._known:
            sources, own = self._sources(id), Own(self, id)
            if self.network.nodes[id].kind != "Delay":
                found = self._built(id, [self._step(source, t, members) for source in sources])
            elif t:
                found = self._step(sources[0], t - 1, members)
            else:
                size = self.network.nodes[id].attrs["size"]
                found = (own["s"] if "s" in own else torch.zeros(size, dtype=torch.float64)).expand(len(self.x), size)
            self._known[id, t] = found
        return self._known[id, t]

    def losses(self) -> dict[str, Any]:
        """Each loss by its layer, without its weight."""
        return {node.id: self._loss(node) for node in self.network.nodes.values() if node.layer.is_loss}

    def _loss(self, node: Any) -> Any:
        inputs = [self.value(source) for source in self._sources(node.id)]
        against = node.attrs["against"] if node.layer.target else "nothing"
        if against == "wire":
            inputs[-1] = inputs[-1].reshape(self._target_shape(node, inputs[0]))
        elif against != "nothing":
            inputs.append(self._target(node, against, inputs[0]))
        return MIRRORS[node.kind](Own(self, node.id), node.attrs, *inputs)

    def _target_shape(self, node: Any, x: Any) -> tuple[int, ...]:
        return tuple(x.shape[:-1] if node.layer.target == "labels" else x.shape)

    def _target(self, node: Any, against: str, x: Any) -> Any:
        if against == "number":
            return torch.full_like(x, node.attrs["number"])
        found = self.x if against == "input" else self.y
        if against == "target" and node.layer.target == "values":
            first, count = node.attrs["first_column"], node.attrs["columns"]
            found = found[:, first : first + count] if count else found[:, first:]
        return found.reshape(self._target_shape(node, x))

    def total(self) -> tuple[Any, dict[str, Any]]:
        """What is trained, and all its parts by layer."""
        losses = self.losses()
        total = sum(self.network.nodes[id].attrs["weight"] * loss for id, loss in losses.items())
        return total + sum(self.penalties.values()), losses | self.penalties

    def output(self) -> Any:
        """What goes into the first loss that compares, else into the first."""
        nodes = [node for node in self.network.nodes.values() if node.layer.is_loss]
        main = next((node for node in nodes if node.layer.target), nodes[0])
        return self.value(self._sources(main.id)[0])
