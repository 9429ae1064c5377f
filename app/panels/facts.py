"""What the Layer tab says, as plain rows and texts. No Qt here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from app.numbers import format_count, format_number

Row = tuple[str, str, str]
Counts = dict[str, tuple["Node", tuple, int]]  # learned numbers of a layer, while node and input shapes stay so

if TYPE_CHECKING:
    from engine.check import Report
    from engine.network import Network, Node
    from engine.problems import Problem


def words(name: str) -> str:
    """An attribute's name as people write it: "fix_first" → "Fix first"."""
    return name.replace("_", " ").capitalize()


def show_value(value: Any) -> str:
    """An attribute's value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "×".join(map(str, value)) or "scalar"
    if isinstance(value, int):
        return format_count(value)
    if isinstance(value, float):
        return f"{value:g}".replace("-", "−") if abs(value) >= 1e-4 or value == 0 else format_number(value)
    return str(value).replace("_", " ")


def shapes(network: Network, report: Report, id: str) -> list[Row]:
    """What comes in at every port, and what goes out."""
    node, wired = network.nodes[id], network.inputs_of(id)
    rows = []
    for port in node.ports:
        source = wired.get(port)
        name = "In" if len(node.ports) == 1 else f"In, {port}"
        tip = f"from {source}" if source else "nothing is connected here"
        rows.append((name, shape_text(report.shapes.get(source)) if source else "not connected", tip))
    rows.append(("Out", shape_text(report.shapes.get(id)), "B is the number of rows in a batch"))
    return [*rows, *sight(network, report, id)]


def sight(network: Network, report: Report, id: str) -> list[Row]:
    """The receptive field, where the layer works over images and does not see all of them."""
    from engine.receptive import fields

    field = fields(network, report).get(id) if network.nodes[id].layer.category != "data" else None
    if field is None or not field.size or field.whole:
        return []
    seen, jump = "×".join(map(str, field.size)), "×".join(map(str, field.jump))
    tip = f"pixels of the input that one output depends on; neighbours see fields that lie {jump} pixels apart"
    return [("Receptive field", seen, tip)]


def shape_text(shape: tuple[int, ...] | None) -> str:
    """ "B×8×8"; a scalar is called one; "?" while it is not known."""
    if shape is None:
        return "?"
    return "×".join(("B", *map(str, shape))) if shape else "scalar"


def parameters(network: Network, report: Report, id: str) -> list[Row]:
    """Learned tensors with their shapes and sizes, then their total; empty where nothing is learned."""
    learned = learned_tensors(network, report, id)
    rows = [
        (tensor.name, f"{'×'.join(map(str, tensor.shape)) or 'scalar'}  {format_count(math.prod(tensor.shape)):>7}",
         f"starts from {tensor.init.replace('_', ' ')}")
        for tensor in learned
    ]  # fmt: skip
    total = sum(math.prod(tensor.shape) for tensor in learned)
    together = ("Together", format_count(total), "numbers that training changes")
    return [*rows, together, *_dense_instead(network, report, id)] if rows else []


def _dense_instead(network: Network, report: Report, id: str) -> list[Row]:
    """What a Dense layer in place of a convolution would learn."""
    from engine.receptive import dense_instead

    node = network.nodes[id]
    incoming = _incoming(network, report, node)
    if node.layer.window is None or id not in report.shapes or None in incoming:
        return []
    count = format_count(dense_instead(incoming[0], report.shapes[id]))
    return [("Dense instead", count, "numbers that a Dense layer from all inputs to as many outputs would learn")]


def learned_tensors(network: Network, report: Report, id: str) -> tuple:
    """Declarations of what the layer learns; empty while its input shapes are not known."""
    node = network.nodes[id]
    incoming = _incoming(network, report, node)
    return () if None in incoming else tuple(node.layer.parameters(node.attrs, *incoming))


def _incoming(network: Network, report: Report, node: Node) -> tuple:
    wired = network.inputs_of(node.id)
    return tuple(report.shapes.get(wired.get(port, "")) for port in node.ports)


def parameter_count(network: Network, report: Report, known: Counts | None = None) -> int:
    """Learned numbers of the whole network, as far as shapes are known; `known` keeps the layers' own for next time."""
    known, before = {} if known is None else known, dict(known or {})
    known.clear()
    for id, node in network.nodes.items():
        incoming, old = _incoming(network, report, node), before.get(id)
        if old is not None and old[0] is node and old[1] == incoming:
            known[id] = old
        else:
            count = sum(math.prod(tensor.shape) for tensor in learned_tensors(network, report, id))
            known[id] = (node, incoming, count)
    return sum(count for _, _, count in known.values())


def problems_of(report: Report, id: str | None) -> list[Problem]:
    """Problems of layer `id`, or all of them."""
    return [problem for problem in report.problems if id is None or problem.layer == id]
