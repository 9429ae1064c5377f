"""A network that does not fit its data, and the one edit that mends it. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.edits import AddLayer, RemoveLayer, SetAttributes, Together
from engine.layers import REGISTRY
from engine.network import Network, Node, wires_of

if TYPE_CHECKING:
    from engine.data import Dataset
    from engine.edits import Edit
    from engine.problems import Problem

PASSING = ("activation", "shape", "normalisation", "regularisation")  # categories that hand the number of units on


@dataclass(frozen=True)
class Mending:
    """`words`: "Set input1 to 4, give output 3 units"; `edit` does it."""

    words: str
    edit: Edit


def misfits(network: Network, dataset: Dataset) -> list[Problem]:
    """Why `network` cannot be trained on `dataset`, beyond what is wrong with the network itself."""
    from engine.check import inspect
    from engine.data_fit import fit_problems

    report = inspect(network)
    return [] if report.errors else fit_problems(network, report.shapes, dataset)


def mending(network: Network, dataset: Dataset) -> Mending | None:
    """The edit after which fewer problems are left; None where none is needed or known.

    A network that is still being built is fitted as far as it stands.
    """
    before = _trouble(network, dataset)
    steps = [step for part in (_input, _lookups, _masks, _loss, _units) for step in part(network, dataset)]
    if not steps or before == (0, 0):
        return None
    edit = steps[0][1] if len(steps) == 1 else Together(tuple(step for _, step in steps))
    tried = network.copy()
    tried.apply(edit)
    after = _trouble(tried, dataset)
    if after > before or (after == before and not before[0]):
        return None
    words = ", ".join(words for words, _ in steps)
    return Mending(words[0].upper() + words[1:], edit)


def _trouble(network: Network, dataset: Dataset) -> tuple[int, int]:
    """Errors of the network itself (as while it is being built), then what does not fit the data, which comes after."""
    from engine.check import inspect

    own = len(inspect(network).errors)
    return own, 0 if own else len(misfits(network, dataset))


def _input(network: Network, dataset: Dataset) -> list[tuple[str, Edit]]:
    import math

    from engine.layers import show

    inputs = [node for node in network.nodes.values() if node.layer.is_input]
    if len(inputs) != 1:
        return []
    entry, shape = inputs[0], tuple(dataset.shape)
    kind, wanted = "Input", {"shape": shape}
    if dataset.vocabulary is not None:
        kind, wanted = "Tokens", {"length": shape[0], "vocabulary": len(dataset.vocabulary)}
    if kind != entry.kind:
        return [(f"use {REGISTRY[kind].title}", _exchange(network, entry, kind, wanted))]
    if kind == "Tokens":
        changed = {name: value for name, value in wanted.items() if entry.attrs[name] != value}
        words = " and ".join(f"{name} {value}" for name, value in changed.items())
        return [(f"set {entry.id} to {words}", SetAttributes(entry.id, changed))] if changed else []
    has = entry.attrs["shape"]
    if has == shape or (len(shape) == 1 and math.prod(has) == shape[0]):
        return []
    return [(f"set {entry.id} to {show(shape)}", SetAttributes(entry.id, wanted))]


def _lookups(network: Network, dataset: Dataset) -> list[tuple[str, Edit]]:
    """Layers that look tokens up have to know all that there are."""
    words = len(dataset.vocabulary or ())
    lookups = [node for node in network.nodes.values() if node.layer.takes == "int" and not node.layer.is_input]
    few = [node.id for node in lookups if node.attrs.get("vocabulary", words) < words]
    return [(f"set {id} to vocabulary {words}", SetAttributes(id, {"vocabulary": words})) for id in few]


def _masks(network: Network, dataset: Dataset) -> list[tuple[str, Edit]]:
    """Masks hide the token with which the data fills rows up."""
    from engine.data_fit import mistaken_masks, padding_of

    masks = mistaken_masks(network, pad := padding_of(dataset))
    return [(f"set {node.id} to padding {pad}", SetAttributes(node.id, {"padding": pad})) for node in masks]


def _exchange(network: Network, node: Node, kind: str, attrs: dict) -> Edit:
    """A layer of another kind in the place of `node`, with its name and its wires."""
    new = network.new_node(kind, node.id, node.position, attrs)
    index = list(network.nodes).index(node.id)
    return Together((RemoveLayer(node.id), AddLayer(new, wires_of(network.wires, node.id), index)))


def _loss(network: Network, dataset: Dataset) -> list[tuple[str, Edit]]:
    """Another loss where this one cannot compare what the data holds."""
    node = _only_loss(network)
    if node is None or len(node.ports) > 1:
        return []
    wanted = _loss_for(node, dataset)
    if wanted == node.kind or dataset.task == "mixed":  # which column it is for cannot be guessed
        return []
    return [(f"use {REGISTRY[wanted].title}", _exchange(network, node, wanted, {"weight": node.attrs["weight"]}))]


def _only_loss(network: Network) -> Node | None:
    """The loss that is compared with the data's target, where there is one alone."""
    from engine.losses import data_losses, picks_columns

    losses = data_losses(network)
    return losses[0] if len(losses) == 1 and not picks_columns(losses[0]) else None


def _only_mirror(network: Network) -> Node | None:
    """The loss that compares with what enters the network, where there is no other."""
    from engine.losses import against, loss_nodes

    losses = loss_nodes(network)
    return losses[0] if len(losses) == 1 and against(losses[0]) == "input" else None


def _outputs(node: Node, dataset: Dataset) -> int:
    """How many numbers a row the loss `node` compares."""
    import math

    from engine.losses import against

    if against(node) == "input":
        return math.prod(dataset.shape) if node.layer.target == "values" else 0
    kind = _loss_for(node, dataset)
    return 1 if dataset.classes and kind != "CrossEntropy" else dataset.outputs


def _loss_for(node: Node, dataset: Dataset) -> str:
    numbers = node.kind in ("CrossEntropy", "BinaryCrossEntropy")
    if not dataset.classes:
        return "SquaredError" if numbers else node.kind
    return "CrossEntropy" if dataset.classes > 2 and node.layer.target == "values" else node.kind


def _units(network: Network, dataset: Dataset) -> list[tuple[str, Edit]]:
    """As many units as the loss compares, in the last layer that has units."""
    node = _only_mirror(network) if dataset.task == "mixed" else _only_loss(network) or _only_mirror(network)
    if node is None:
        return []
    wanted = _outputs(node, dataset)
    while node is not None and "units" not in node.attrs:
        if node.layer.category not in (*PASSING, "loss") or (node.layer.is_loss and len(node.ports) > 1):
            return []
        wanted = (wanted - bool(node.attrs.get("fix_first"))) * node.attrs.get("pieces", 1)
        source = next(iter(network.inputs_of(node.id).values()), None)
        node = network.nodes.get(source) if source else None
    if node is None or wanted < 1 or node.attrs["units"] == wanted:
        return []
    return [(f"give {node.id} {wanted} unit{'s' if wanted > 1 else ''}", SetAttributes(node.id, {"units": wanted}))]
