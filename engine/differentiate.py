"""Reverse-mode differentiation, graph → graph: the backward pass is made of calls too, so it can be drawn, stepped and
differentiated again."""

from __future__ import annotations

from engine.graph import Call, Graph, Value


def differentiate(graph: Graph, output: Value, wrt: list[Value], seed: Value | None = None) -> list[Value | None]:
    """Append the calls that compute d output / d v for each v of `wrt`; None where `output` does not depend on v.

    `seed` is the gradient of `output` itself (ones if not given). Gradients are named "<value>.grad".
    """
    before = list(graph.calls)
    gradients: dict[int, Value] = {id(output): seed or graph.constant(1.0, output.shape)}
    needed = dependents(before, wrt)
    phase, layer = graph.phase, graph.layer
    graph.phase = "backward"
    _name(graph, output, gradients[id(output)])
    backward(graph, before, gradients, needed)
    graph.phase, graph.layer, graph.origin = phase, layer, ""
    return [gradients.get(id(value)) for value in wrt]


def backward(graph: Graph, calls: list[Call], gradients: dict[int, Value], needed: set[int]) -> None:
    """Walk `calls` in reverse, adding to `gradients` (by id of value) whatever flows into `needed` values."""
    for call in reversed(calls):
        incoming = [gradients.get(id(value)) for value in call.outputs]
        if all(gradient is None for gradient in incoming) or not any(id(value) in needed for value in call.inputs):
            continue
        graph.layer, graph.origin = call.layer, call.origin
        outgoing = vjp(graph, call, incoming)
        for value, gradient in zip(call.inputs, outgoing, strict=True):
            if gradient is not None and id(value) in needed:
                _accumulate(graph, gradients, value, gradient)


def vjp(graph: Graph, call: Call, incoming: list[Value | None]) -> tuple[Value | None, ...]:
    """Gradients of a call's inputs: by its own rule, or through its expansion where it has none for what comes in."""
    if not call.op.differentiable:
        return (None,) * len(call.inputs)
    found = NotImplemented if call.op.vjp is None else call.op.vjp(graph, call, *incoming)
    if found is not NotImplemented:
        return found
    if call.op.expand is None:
        raise ValueError(f"op {call.op.name} has neither a vjp nor an expansion")
    return _through_expansion(graph, call, incoming)


def _through_expansion(graph: Graph, call: Call, incoming: list[Value | None]) -> tuple[Value | None, ...]:
    assert call.op.expand is not None
    start = len(graph.calls)
    expanded = call.op.expand(graph, *call.inputs, **call.attrs)
    expanded = expanded if isinstance(expanded, tuple) else (expanded,)
    finer = graph.calls[start:]
    gradients = {
        id(value): gradient for value, gradient in zip(expanded, incoming, strict=True) if gradient is not None
    }
    backward(graph, finer, gradients, dependents(finer, list(call.inputs)))
    return tuple(gradients.get(id(value)) for value in call.inputs)


def _accumulate(graph: Graph, gradients: dict[int, Value], value: Value, gradient: Value) -> None:
    if gradient.shape != value.shape:
        raise ValueError(f"the gradient of {value.name or 'a value'} {value.shape} came as {gradient.shape}")
    known = gradients.get(id(value))
    total = gradient if known is None else graph.add(known, gradient)
    gradients[id(value)] = total
    _name(graph, value, total)


def _name(graph: Graph, value: Value, gradient: Value) -> None:
    if not value.name:
        return
    name = f"{value.name}.grad"
    known = graph.names.get(name)
    if known is not None and known is not gradient:
        known.name = f"{known.name} (part)" if known.name == name else known.name
    graph.names[name] = gradient
    gradient.name = gradient.name or name


def dependents(calls: list[Call], wrt: list[Value]) -> set[int]:
    """Ids of `wrt` and of all values that depend on them."""
    found = {id(value) for value in wrt}
    for call in calls:
        if any(id(value) in found for value in call.inputs):
            found.update(id(value) for value in call.outputs)
    return found
