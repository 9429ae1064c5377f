"""Recurrent layers: shapes and problems in words, masks, directions, and what the fused backward passes give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.differentiate import differentiate
from engine.graph import Graph, Value
from engine.initializers import initial
from engine.layers import Parameter
from tests.engine.ops.table import declared, run
from tests.engine.sequences import dataset

KINDS = ("RNN", "LSTM", "GRU")
STEPS, SIZE, UNITS = 5, 3, 4
OPS = [case for case in declared() if case.op.name in ("rnn", "lstm", "gru")]


def network(kind: str, *more: tuple[str, dict[str, Any]], **attrs: Any) -> engine.Network:
    """Input → recurrent layer → … → SquaredError."""
    made = engine.Network()
    last = made.add("Input", shape=(STEPS, SIZE))
    for name, its in ((kind, {"units": UNITS, **attrs}), *more, ("SquaredError", {})):
        layer = made.add(name, **its)
        made.connect(last, layer, "x")
        last = layer
    return made


def session(kind: str, *more: tuple[str, dict[str, Any]], rows: int = 3, **attrs: Any) -> engine.Session:
    made = network(kind, *more, **attrs)
    rng = np.random.default_rng(0)
    shapes = engine.check.inspect(made).shapes
    output = shapes[made.wire_into("squared_error1", "x").source]
    x = rng.standard_normal((rows, STEPS, SIZE))
    return engine.Session(made, dataset(x, rng.standard_normal((rows, *output))), dtype="float64")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("attrs", "shape"),
    [
        ({}, (STEPS, UNITS)),
        ({"returns": "last"}, (UNITS,)),
        ({"direction": "both"}, (STEPS, 2 * UNITS)),
        ({"direction": "both", "returns": "last"}, (2 * UNITS,)),
    ],
)
def test_shapes(kind: str, attrs: dict[str, Any], shape: tuple[int, ...]):
    ready = session(kind, **attrs)
    assert ready.predict(np.zeros((2, STEPS, SIZE))).shape == (2, *shape)
    assert ready.shapes[kind.lower() + "1"] == shape


@pytest.mark.parametrize("kind", KINDS)
def test_backward_is_forward_on_the_reversed_sequence(kind: str):
    ahead = session(kind)
    back = session(kind, direction="backward")
    for name in ahead.parameters:
        back.parameters[name] = ahead.parameters[name]
    x = np.random.default_rng(1).standard_normal((2, STEPS, SIZE))
    np.testing.assert_array_equal(back.predict(x[:, ::-1]), ahead.predict(x)[:, ::-1])


@pytest.mark.parametrize("kind", KINDS)
def test_last_is_the_last_of_every_step(kind: str):
    every, last = session(kind, direction="both"), session(kind, direction="both", returns="last")
    for name in every.parameters:
        last.parameters[name] = every.parameters[name]
    x = np.random.default_rng(1).standard_normal((2, STEPS, SIZE))
    states = every.predict(x)
    np.testing.assert_array_equal(last.predict(x), np.concatenate([states[:, -1, :UNITS], states[:, 0, UNITS:]], 1))


def test_a_leak_of_0_keeps_the_state_at_its_start():
    assert not session("RNN", leak=0.0).predict(np.ones((1, STEPS, SIZE))).any()


def masked(kind: str, tokens: np.ndarray, direction: str = "forward") -> engine.Session:
    made = engine.Network()
    made.add("Tokens", id="tokens", length=STEPS, vocabulary=6)
    made.add("Embedding", id="embedding", vocabulary=6, size=SIZE)
    made.add("PaddingMask", id="mask")
    made.add(kind, id="cell", units=UNITS, masked=True, direction=direction)
    made.add("SquaredError", id="loss")
    for source, target, port in (("tokens", "embedding", "x"), ("tokens", "mask", "x"), ("embedding", "cell", "x"),
                                 ("mask", "cell", "mask"), ("cell", "loss", "x")):  # fmt: skip
        made.connect(source, target, port)
    wide = UNITS * (1 + (direction == "both"))
    return engine.Session(made, dataset(tokens, np.ones((len(tokens), STEPS, wide)), vocabulary=6), dtype="float64")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_a_masked_step_carries_the_state_on_and_a_row_of_padding_stays_at_0(kind: str, direction: str):
    tokens = np.array([[1, 2, 0, 3, 0], [0, 0, 0, 0, 0], [4, 5, 4, 5, 4]])
    ready = masked(kind, tokens, direction)
    states = ready.predict(tokens)
    assert not states[1].any()
    ahead, back = (0, UNITS) if direction == "both" else (0, 0)
    if direction != "backward":
        part = states[0, :, ahead : ahead + UNITS]
        np.testing.assert_array_equal(part[[2, 4]], part[[1, 3]])
        assert len(np.unique(part[:, 0])) == 3
    if direction != "forward":
        part = states[0, :, back : back + UNITS]
        np.testing.assert_array_equal(part[2], part[3])
        assert not part[4].any()
    gradient = ready.gradients()["embedding.W"]
    assert not gradient[0].any()
    assert np.abs(gradient[1:]).min() > 0


def test_a_sequence_has_at_least_one_step():
    with pytest.raises(engine.ChainruleError, match="1 to"):
        engine.Network().add("Tokens", length=0)


@pytest.mark.parametrize("kind", KINDS)
def test_problems_name_what_is_wrong(kind: str):
    made = network(kind)
    made.set("input1", shape=(6,))
    (problem,) = made.check()
    assert problem.layer == kind.lower() + "1"
    assert problem.port == "x"
    assert "6" in problem.message
    assert "Reshape" in problem.suggestion


def test_a_mask_of_another_length_is_named():
    made = engine.Network()
    made.add("Input", id="input", shape=(STEPS, SIZE))
    made.add("RNN", id="cell", masked=True)
    made.add("Reshape", id="flat", shape=(STEPS * SIZE,))
    made.add("SquaredError", id="loss")
    for source, target, port in (("input", "cell", "x"), ("input", "flat", "x"), ("flat", "cell", "mask"),
                                 ("cell", "loss", "x")):  # fmt: skip
        made.connect(source, target, port)
    problems = {(problem.layer, problem.port) for problem in made.check()}
    assert ("cell", "mask") in problems


def test_the_forget_gate_begins_open():
    ready = session("LSTM", forget_bias=1.5)
    bias = ready.parameters["lstm1.b"].reshape(4, UNITS)
    np.testing.assert_array_equal(bias, [[0.0] * UNITS, [1.5] * UNITS, [0.0] * UNITS, [0.0] * UNITS])


@pytest.mark.parametrize(("shape", "wide"), [((5, 20), 5), ((3, 6), 6), ((6, 3), 3)])
def test_orthogonal_weights(shape: tuple[int, int], wide: int):
    drawn = initial(Parameter("W", shape, "orthogonal", shape[0], wide), 3, "layer.W")
    for block in np.split(drawn, shape[1] // wide, 1):
        small = block @ block.T if shape[0] < wide else block.T @ block
        np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-12)
    blocks = np.split(drawn, shape[1] // wide, 1)
    assert all(not np.allclose(blocks[0], other) for other in blocks[1:])


def gradients(case: Any, fused: bool) -> Any:
    """Builds the gradients of all inputs but the mask, for a gradient that comes in at the states alone."""

    def build(graph: Graph, *values: Value) -> list[Value]:
        inputs, dh = values[:-1], values[-1]
        outputs = case.build(graph, *inputs) if fused else case.expansion(graph, *inputs)
        found = differentiate(graph, outputs[0], list(inputs[:-1]), dh)
        assert any(call.op.name == f"{case.op.name}_grad" for call in graph.calls) == fused
        return [value for value in found if value is not None]

    return build


@pytest.mark.parametrize("case", OPS, ids=lambda case: case.name)
def test_fused_backward_pass_equals_the_expansion(case: Any):
    arrays = case.arrays()
    dh = case.rng(3).standard_normal(case.reference(arrays)[0].shape)
    fused, finer = (run(gradients(case, way), [*arrays, dh]) for way in (True, False))
    assert len(fused) == len(finer) == len(arrays) - 1
    for got, want in zip(fused, finer, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-13)
