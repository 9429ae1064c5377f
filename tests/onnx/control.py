"""Branches and loops: which way they go is known when the graph is built, so their bodies are built in turn."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import numpy_helper

from engine.graph import Value
from tests.onnx.adapter import HIGHEST, Adapter, Node, maps
from tests.onnx.models import build_node


def body(g: Adapter, node: Node, graph: onnx.GraphProto, inputs: list[Any]) -> list[Any]:
    """The outputs of a sub-graph, which also sees what is known around it."""
    scope = dict(node.scope)
    scope |= {item.name: g.given(numpy_helper.to_array(item)) for item in graph.initializer}
    scope |= {item.name: value for item, value in zip(graph.input, inputs, strict=True)}
    for inner in graph.node:
        build_node(g, inner, scope, node.opset)
    return [scope[item.name] for item in graph.output]


@maps("If")
def branch(g: Adapter, node: Node, flag: Value) -> tuple[Any, ...]:
    return tuple(body(g, node, node.attrs["then_branch" if g.ints(flag)[0] else "else_branch"], []))


@maps("Loop")
def loop(g: Adapter, node: Node, trips: Value | None, flag: Value | None, *carried: Any) -> tuple[Any, ...]:
    most = HIGHEST if trips is None else g.ints(trips)[0]
    going, state, i = flag is None or bool(g.ints(flag)[0]), list(carried), 0
    scanned: list[list[Value]] = []
    flag = g.given(True) if flag is None else flag
    while going and i < most:
        flag, *results = body(g, node, node.attrs["body"], [g.given(i, "int64"), flag, *state])
        state = results[: len(carried)]
        scanned.append(results[len(carried) :])
        going, i = bool(g.ints(flag)[0]), i + 1
    return (*state, *(_stacked(g, list(values), 0, False) for values in zip(*scanned, strict=True)))


@maps("Scan")
def scan(g: Adapter, node: Node, *values: Any) -> tuple[Any, ...]:
    """Opset 9 on: states first, then what is scanned along an axis of its own; opset 8 has a batch in front."""
    if node.opset < 9:
        return _batched(g, node, *values[1:])
    return _scan(g, node, values)


def _scan(g: Adapter, node: Node, values: tuple[Any, ...]) -> tuple[Any, ...]:
    count, graph = node.attrs["num_scan_inputs"], node.attrs["body"]
    state, inputs = list(values[: len(values) - count]), values[len(values) - count :]
    axes = node.get("scan_input_axes", [0] * count)
    back = node.get("scan_input_directions", [0] * count)
    made = len(graph.output) - len(state)
    length = inputs[0].shape[axes[0]]
    scanned: list[list[Value]] = []
    for i in range(length):
        places = [length - 1 - i if turned else i for turned in back]
        parts = [_element(g, x, axis, place) for x, axis, place in zip(inputs, axes, places, strict=True)]
        results = body(g, node, graph, [*state, *parts])
        state = results[: len(state)]
        scanned.append(results[len(state) :])
    out_axes, out_back = node.get("scan_output_axes", [0] * made), node.get("scan_output_directions", [0] * made)
    columns = zip(*scanned, strict=True)
    return (*state, *(_stacked(g, list(c), a, bool(b)) for c, a, b in zip(columns, out_axes, out_back, strict=True)))


def _batched(g: Adapter, node: Node, *values: Value) -> tuple[Any, ...]:
    rows = []
    for k in range(values[0].shape[0]):
        rows.append(_scan(g, node, tuple(_element(g, value, 0, k) for value in values)))
    return tuple(_stacked(g, list(column), 0, False) for column in zip(*rows, strict=True))


def _element(g: Adapter, x: Value, axis: int, place: int) -> Value:
    part = g.cut(x, axis, place, place + 1)
    return g.typed(g.reshape(part, shape=(*x.shape[:axis], *x.shape[axis + 1 :])), g.dtype_of(x))


def _stacked(g: Adapter, values: list[Value], axis: int, turned: bool) -> Value:
    axis %= len(values[0].shape) + 1
    parts = [g.reshape(value, shape=(*value.shape[:axis], 1, *value.shape[axis:])) for value in values]
    return g.typed(g.joined(parts[::-1] if turned else parts, axis), g.dtype_of(values[0]))
