"""Losses over classes: x (N, C, d1, …), labels (N, d1, …), with weights of the classes and a label to leave out."""

from __future__ import annotations

import numpy as np

from engine.graph import Value
from tests.onnx.adapter import Adapter, Node, maps
from tests.onnx.reductions import log_softmax


def class_rows(g: Adapter, x: Value) -> Value:
    """One row of classes for each label."""
    rank = len(x.shape)
    return g.reshape(g.moved(x, [0, *range(2, rank), 1]), shape=(x.size // x.shape[1], x.shape[1]))


def likelihood_loss(g: Adapter, node: Node, logs: Value, labels: Value, weights: Value | None) -> Value:
    """−w[t]·log p[t] for rows of log-probabilities, reduced as asked for."""
    count, classes = logs.shape
    t = g.flat(labels)
    counted: Value | None = None
    if "ignore_index" in node.attrs:
        left_out = g.equal(t, g.number(node.attrs["ignore_index"]))
        counted = g.negated(left_out)
        t = g.choose(left_out, g.number(0), t)
    places = g.whole(g.wrapped(t, classes))
    weight = g.gather_rows(weights, places) if weights is not None else None
    if counted is not None:
        weight = counted if weight is None else g.mul(weight, counted)
    losses = g.neg(g.pick(logs, places))
    if weight is not None:
        losses = g.mul(losses, weight)
        if counted is not None:
            losses = g.choose(counted, losses, g.number(0))
    how = node.get("reduction", "mean")
    if how == "none":
        return g.reshape(losses, shape=labels.shape)
    total = g.sum(losses)
    if how == "sum":
        return total
    return g.scale(total, factor=1.0 / count) if weight is None else g.div(total, g.sum(weight))


@maps("NegativeLogLikelihoodLoss")
def negative_log_likelihood(g: Adapter, node: Node, x: Value, labels: Value, weights: Value | None = None) -> Value:
    return likelihood_loss(g, node, class_rows(g, x), labels, weights)


@maps("SoftmaxCrossEntropyLoss")
def cross_entropy(g: Adapter, node: Node, x: Value, labels: Value, weights: Value | None = None) -> tuple:
    rank = len(x.shape)
    logs = log_softmax(g, class_rows(g, x))
    shaped = g.reshape(logs, shape=(x.shape[0], *x.shape[2:], x.shape[1]))
    back = g.moved(shaped, [0, rank - 1, *range(1, rank - 1)])
    loss = likelihood_loss(g, node, logs, labels, weights)
    return loss, g.typed(back, g.dtype_of(x))


@maps("Momentum", "Adagrad", "Adam")
def optimizer(g: Adapter, node: Node, rate: Value, step: Value, *rest: Value) -> tuple[Value, ...]:
    """One step of an optimiser on each of several tensors: parameters, gradients, then its own state."""
    kinds = {"Momentum": (3, _momentum), "Adagrad": (3, _adagrad), "Adam": (4, _adam)}
    groups, update = kinds[node.op]
    count = len(rest) // groups
    found = [update(g, node, rate, step, *rest[k::count]) for k in range(count)]
    return tuple(g.typed(value, g.dtype_of(rest[0])) for group in zip(*found, strict=True) for value in group)


def _decayed(g: Adapter, node: Node, x: Value, gradient: Value) -> Value:
    return g.add(gradient, g.scale(x, factor=node.get("norm_coefficient", 0.0)))


def _momentum(g: Adapter, node: Node, rate: Value, step: Value, x: Value, gradient: Value, v: Value) -> tuple:
    alpha, beta = node.attrs["alpha"], node.attrs["beta"]
    gradient = _decayed(g, node, x, gradient)
    beta = beta if g.ints(step)[0] > 0 else 1.0
    v = g.add(g.scale(v, factor=alpha), g.scale(gradient, factor=beta))
    way = v if node.attrs["mode"] == "standard" else g.add(gradient, g.scale(v, factor=alpha))
    return g.sub(x, g.mul(rate, way)), v


def _adagrad(g: Adapter, node: Node, rate: Value, step: Value, x: Value, gradient: Value, h: Value) -> tuple:
    gradient = _decayed(g, node, x, gradient)
    r = g.div(rate, g.add(g.number(1), g.scale(step, factor=node.get("decay_factor", 0.0))))
    h = g.add(h, g.square(gradient))
    return g.sub(x, g.div(g.mul(r, gradient), g.add(g.sqrt(h), g.number(node.get("epsilon", 0.0))))), h


def _adam(g: Adapter, node: Node, rate: Value, step: Value, x: Value, gradient: Value, v: Value, h: Value) -> tuple:
    alpha, beta, t = node.get("alpha", 0.9), node.get("beta", 0.999), g.ints(step)[0]
    gradient = _decayed(g, node, x, gradient)
    v = g.add(g.scale(v, factor=alpha), g.scale(gradient, factor=1 - alpha))
    h = g.add(g.scale(h, factor=beta), g.scale(g.square(gradient), factor=1 - beta))
    r = g.scale(rate, factor=float(np.sqrt(1 - beta**t) / (1 - alpha**t))) if t > 0 else rate
    x = g.sub(x, g.div(g.mul(r, v), g.add(g.sqrt(h), g.number(node.get("epsilon", 0.0)))))
    return g.scale(x, factor=1 - node.get("norm_coefficient_post", 0.0)), v, h
