"""Differentiation, graph to graph: shared values, pruning, names, and second derivatives of whole networks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import engine
from engine.differentiate import differentiate
from engine.errors import SessionError
from engine.graph import Graph
from engine.ops import REGISTRY
from tests.engine import nets
from tests.engine.ops.table import run


def gradient(build, *arrays: np.ndarray) -> list[np.ndarray]:
    """d build(graph, *inputs) / d inputs."""

    def both(graph, *inputs):
        found = differentiate(graph, build(graph, *inputs), list(inputs))
        return [g if g is not None else graph.zeros(shape=v.shape) for g, v in zip(found, inputs, strict=True)]

    return run(both, arrays)


def test_chain_rule():
    x = np.array([0.3, -0.7, 1.1])
    (dx,) = gradient(lambda g, x: g.sum(g.tanh(g.square(x))), x)
    np.testing.assert_allclose(dx, 2 * x / np.cosh(x**2) ** 2, rtol=1e-12)


def test_a_value_used_many_times_collects_all_its_gradients():
    x = np.array([0.3, -0.7, 1.1])
    (dx,) = gradient(lambda g, x: g.sum(g.add(g.mul(x, x), g.mul(g.exp(x), g.add(x, x)))), x)
    np.testing.assert_allclose(dx, 2 * x + np.exp(x) * 2 * (x + 1), rtol=1e-12)


def test_a_deep_chain_of_shared_values_stays_small():
    """y ← y·y, sixty times: shared values are differentiated once, not once a path."""
    graph = Graph()
    x = y = graph.source((1,), "data")
    for _ in range(60):
        y = graph.mul(y, y)
    differentiate(graph, graph.sum(y), [x])
    assert len(graph.calls) < 400


def test_the_seed_is_the_gradient_of_the_output():
    x, seed = np.array([1.0, 2.0]), np.array([10.0, -1.0])
    (dx,) = run(lambda g, x, seed: differentiate(g, g.square(x), [x], seed), [x, seed])
    np.testing.assert_allclose(dx, 2 * x * seed)


def test_what_does_not_flow_has_no_gradient():
    graph = Graph()
    x, y = graph.source((2,), "data"), graph.source((2,), "data")
    assert differentiate(graph, graph.sum(graph.square(x)), [y]) == [None]
    assert graph.phase == "forward"


def test_backward_calls_belong_to_the_layer_of_their_forward_call():
    graph = Graph()
    x = graph.source((2,), "data", "in.x")
    graph.layer = "one"
    y = graph.name(graph.tanh(x), "one.a")
    graph.layer = "two"
    differentiate(graph, graph.sum(graph.square(y)), [x])
    backward = [(call.op.name, call.layer) for call in graph.calls if call.phase == "backward"]
    assert ("tanh_grad", "one") in backward
    assert all(layer == "two" for name, layer in backward if name != "tanh_grad")
    assert graph.names["one.a.grad"].shape == (2,)


def test_gradients_that_go_through_an_expansion_keep_their_name():
    graph = Graph()
    x, a = graph.source((2, 3), "data", "x"), graph.source((3,), "data", "slope")
    found = differentiate(graph, graph.sum(graph.prelu(x, a)), [x, a])
    assert [graph.names["x.grad"], graph.names["slope.grad"]] == found
    assert [value.name for value in found] == ["x.grad", "slope.grad"]


def test_prune_keeps_what_is_wanted_and_what_overwrites():
    graph = Graph()
    x, rate = graph.source((2,), "state", "x"), graph.source((1,), "state", "rate")
    wanted = graph.square(graph.name(graph.exp(x), "kept"))
    graph.name(graph.tanh(x), "dropped")
    graph.sgd(x, x, rate)
    graph.prune([wanted])
    assert [call.op.name for call in graph.calls] == ["exp", "square", "sgd"]
    assert set(graph.names) == {"kept", "x", "rate"}


def test_a_session_computes_no_gradient_of_its_data():
    x, y = nets.data("CrossEntropy")
    session = engine.Session(nets.mlp((3, 4, 3)), (x, y))
    products = [row for row in session.instructions if row.op == "matmul" and row.phase == "backward"]
    assert len(products) == 3  # two of weights, one of the hidden layer, none of the input
    assert "input1.x.grad" not in session.values


def test_an_op_without_rule_and_expansion_is_a_defect_that_is_named():
    op = REGISTRY["square"]
    graph = Graph()
    x = graph.source((2,), "data")
    y = graph.square(x)
    y.call.op = type(op)("mute", "test", ("x",), op.shapes, op.kernel, "")
    with pytest.raises(ValueError, match="mute"):
        differentiate(graph, graph.sum(y), [x])


def test_a_gradient_of_another_shape_is_a_defect_that_is_named():
    op = REGISTRY["square"]
    graph = Graph()
    x = graph.source((2,), "data")
    x.name = "x"
    y = graph.square(x)
    y.call.op = dataclasses.replace(op, vjp=lambda g, call, dy: (g.repeat(dy, start=0, sizes=(3,)),))
    with pytest.raises(ValueError, match=r"gradient of x \(2,\) came as \(3, 2\)"):
        differentiate(graph, graph.sum(y), [x])


def test_shared_and_residual_paths_agree_with_differences():
    x, y = nets.data("CrossEntropy")
    session = engine.Session(nets.residual(), (x, y), dtype="float64", seed=4)
    errors = engine.gradcheck(session)
    assert set(errors) == set(session.parameters)
    assert max(errors.values()) <= 1e-6


def hessian_agrees(network: engine.Network, data: tuple[np.ndarray, np.ndarray], **settings) -> None:
    """H·v against differences of the gradient along v."""
    session = engine.Session(network, data, dtype="float64", seed=3, **settings)
    rng = np.random.default_rng(5)
    start = {name: array.copy() for name, array in session.parameters.items()}
    for name, array in start.items():  # biases away from 0, so that no unit sits on a kink
        start[name] = array + 0.1 * rng.standard_normal(array.shape)
        session.parameters[name] = start[name]
    vector = {name: rng.standard_normal(array.shape) for name, array in start.items()}
    products = session.hessian_vector_product(vector)

    def gradients(by: float) -> dict[str, np.ndarray]:
        for name, array in start.items():
            session.parameters[name] = array + by * vector[name]
        return session.gradients()

    h = 1e-4
    near, far = (gradients(h), gradients(-h)), (gradients(2 * h), gradients(-2 * h))
    numeric = {k: (8 * (near[0][k] - near[1][k]) - (far[0][k] - far[1][k])) / (12 * h) for k in start}
    scale = max(np.abs(array).max() for array in numeric.values())
    for name, product in products.items():
        np.testing.assert_allclose(product, numeric[name], rtol=0, atol=1e-6 * max(scale, 1e-3), err_msg=name)


@pytest.mark.parametrize("activation", nets.ACTIVATIONS)
def test_hessian_of_every_activation(activation: str):
    hessian_agrees(nets.mlp((3, 4, 3), activation), nets.data("CrossEntropy"))


@pytest.mark.parametrize("loss", nets.LOSSES)
def test_hessian_of_every_loss(loss: str):
    hessian_agrees(nets.mlp((3, 4, 3), "tanh", loss), nets.data(loss))


@pytest.mark.parametrize("loss", ["BinaryCrossEntropy", "CrossEntropy"])
def test_hessian_of_losses_that_read_probabilities(loss: str):
    last = "softmax" if loss == "CrossEntropy" else "sigmoid"
    hessian_agrees(nets.mlp((3, 4, 3), "tanh", loss, activation=last), nets.data(loss))


def test_hessian_with_penalties_and_shared_paths():
    hessian_agrees(nets.residual(), nets.data("CrossEntropy"), l1=0.01, l2=0.05)


def test_hessian_of_a_learned_slope():
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 4}), ("PReLU", {}), ("Dense", {"units": 3}),
                         ("CrossEntropy", {}))  # fmt: skip
    hessian_agrees(network, nets.data("CrossEntropy"))


def test_hessian_refuses_what_is_no_vector_of_parameters():
    session = engine.Session(nets.mlp((3, 4, 3)), nets.data("CrossEntropy"), dtype="float64")
    with pytest.raises(SessionError, match=r"dense9\.W.*dense1\.W"):
        session.hessian_vector_product({"dense9.W": np.zeros((3, 4))})
    for bad in (np.zeros((4, 3)), "text", [[1.0]]):
        with pytest.raises(SessionError, match=r"dense1\.W"):
            session.hessian_vector_product({"dense1.W": bad})
