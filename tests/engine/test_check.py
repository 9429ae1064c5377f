"""Every problem of a network, with its place, both shapes and a way out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest

import engine
from engine.check import describe_shape, inspect
from engine.data import from_arrays
from engine.errors import ConnectError, DataError, EditError, ShapeError
from engine.network import Wire
from engine.problems import Code, Problem
from tests.engine import nets


def only(network: engine.Network, data: Any = None) -> Problem:
    """The single problem there is, which must say what to do."""
    problems = network.check(data)
    assert len(problems) == 1, [str(problem) for problem in problems]
    assert problems[0].message
    assert problems[0].suggestion
    return problems[0]


def place(problem: Problem) -> tuple[str, str | None, str | None]:
    """Code, layer and port."""
    return problem.code, problem.layer, problem.port


def with_wire(network: engine.Network, source: str, target: str, port: str) -> engine.Network:
    """A wire that no edit would allow."""
    network.wires += (Wire(source, target, port),)
    return network


def test_a_sound_network_has_no_problems():
    for network in (nets.mlp((3, 4, 3)), nets.residual()):
        assert network.check() == []
        assert network.check(nets.data("CrossEntropy")) == []


def test_an_empty_network_lacks_input_and_loss():
    assert [problem.code for problem in engine.Network().check()] == ["no_input", "no_loss"]


def test_cycle():
    network = nets.chain(("Input", {"shape": (3,)}), ("Add", {}), ("Dense", {"units": 3}), ("CrossEntropy", {}))
    problem = only(with_wire(network, "dense1", "add1", "x2"))
    assert place(problem) == ("cycle", "add1", None)
    assert "add1 → dense1 → add1" in problem.message
    assert "Remove" in problem.suggestion


def test_cycles_are_refused_when_wiring():
    network = nets.chain(("Input", {"shape": (3,)}), ("Add", {}), ("Dense", {"units": 3}), ("CrossEntropy", {}))
    for source in ("dense1", "add1"):
        with pytest.raises(ConnectError) as caught:
            network.connect(source, "add1")
        assert place(caught.value.problem) == ("cycle", "add1", "x2")
        assert source in caught.value.problem.message


def test_unconnected():
    network = nets.mlp((3, 4, 3))
    network.disconnect("dense2", "x")
    problems = {place(problem) for problem in network.check()}
    assert ("unconnected", "dense2", "x") in problems
    assert ("unreachable", "dense2", None) in problems


def test_port_taken():
    network = nets.mlp((3, 4, 3))
    with pytest.raises(ConnectError) as caught:
        network.connect("input1", "dense2")
    problem = caught.value.problem
    assert place(problem) == ("port_taken", "dense2", "x")
    assert "dense1" in problem.message
    assert "Add or Concat" in problem.suggestion


@pytest.mark.parametrize(("target", "port"), [("dense1", "y"), ("input1", None), ("input1", "x")])
def test_ports_that_do_not_exist(target: str, port: str | None):
    network = nets.mlp((3, 4, 3))
    network.add("Tanh")
    with pytest.raises(ConnectError) as caught:
        network.connect("tanh1", target, port)
    assert caught.value.problem.code == "port_taken"
    with pytest.raises(EditError, match="no layer 'nobody'"):
        network.connect("nobody", "dense1")


def test_a_loss_feeds_nothing():
    network = nets.mlp((3, 4, 3))
    network.add("Tanh")
    with pytest.raises(ConnectError) as caught:
        network.connect("cross_entropy1", "tanh1")
    assert place(caught.value.problem) == ("dtype", "tanh1", "x")


SHAPES: list[tuple[nets.Layers, tuple[Any, ...]]] = [
    ([("Input", {"shape": ()}), ("Dense", {"units": 3}), ("CrossEntropy", {})], ("dense1", "x", 1, ())),
    ([("Input", {"shape": (2, 3)}), ("Softmax", {}), ("SquaredError", {})], ("softmax1", "x", 1, (2, 3))),
    ([("Input", {"shape": (6,)}), ("Reshape", {"shape": (4,)}), ("SquaredError", {})], ("reshape1", "x", (4,), (6,))),
    ([("Input", {"shape": (3,)}), ("Dense", {"units": 1}), ("CrossEntropy", {})], ("cross_entropy1", "x", (2,), (1,))),
    ([("Input", {"shape": (4, 3, 2)}), ("CrossEntropy", {})], ("cross_entropy1", "x", 1, (4, 3, 2))),
    ([("Input", {"shape": (7,)}), ("Maxout", {}), ("SquaredError", {})], ("maxout1", "x", (8,), (7,))),
]


@pytest.mark.parametrize(("layers", "want"), SHAPES)
def test_shapes(layers: nets.Layers, want: tuple[Any, ...]):
    problem = only(nets.chain(*layers))
    assert problem.code == "shape"
    assert (problem.layer, problem.port, problem.want, problem.got) == want
    assert str(problem).startswith(f"{want[0]}.x: ")
    assert problem.suggestion.endswith(".")


@pytest.mark.parametrize(
    ("numbers", "pieces", "cure"),
    [(7, 2, "Give the layer in front 8 units."), (9, 6, "Give the layer in front 12 units, or set pieces to 3."),
     (1, 4, "Give the layer in front 4 units.")],
)  # fmt: skip
def test_maxout_names_both_numbers_and_a_way_out(numbers: int, pieces: int, cure: str):
    problem = only(nets.chain(("Input", {"shape": (numbers,)}), ("Maxout", {"pieces": pieces}), ("SquaredError", {})))
    assert f"every {pieces} numbers, but {numbers} numbers" in problem.message
    assert problem.suggestion == cure


@pytest.mark.parametrize(("kind", "sizes"), [("Add", (3, 4)), ("Multiply", (3, 4))])
def test_shapes_of_joined_paths(kind: str, sizes: tuple[int, int]):
    network = engine.Network()
    x, join, loss = network.add("Input", shape=(2,)), network.add(kind), network.add("SquaredError")
    for units in sizes:
        dense = network.add("Dense", units=units)
        network.connect(x, dense)
        network.connect(dense, join)
    network.connect(join, loss)
    problem = only(network)
    assert (problem.code, problem.port, problem.want, problem.got) == ("shape", "x2", (3,), (4,))
    assert "3" in problem.message
    assert "4" in problem.message


def test_concat_joins_the_last_dimension_only():
    network = engine.Network()
    x, join, loss = network.add("Input", shape=(6,)), network.add("Concat"), network.add("SquaredError")
    for shape in ((2, 3), (3, 2)):
        reshaped = network.add("Reshape", shape=shape)
        network.connect(x, reshaped)
        network.connect(reshaped, join)
    network.connect(join, loss)
    assert place(only(network)) == ("shape", "concat1", "x2")
    network.set("reshape2", shape=(2, 3))
    assert inspect(network).shapes["concat1"] == (2, 6)
    assert network.check() == []


def test_unreachable():
    network = nets.mlp((3, 4, 3))
    network.add("Add", id="island")
    problems = [place(problem) for problem in network.check()]
    assert ("unreachable", "island", None) in problems
    assert ("unconnected", "island", "x1") in problems


def test_unused_is_a_warning():
    network = nets.mlp((3, 4, 3))
    network.connect("dense1", network.add("Tanh"))
    problem = only(network)
    assert (*place(problem), problem.severity) == ("unused", "tanh1", None, "warning")
    session = engine.Session(network, nets.data("CrossEntropy"))
    session.train(steps=2)
    assert "tanh1.a" not in session.values


def test_two_inputs():
    network = nets.mlp((3, 4, 3))
    network.add("Input", id="second", shape=(3,))
    assert ("no_input", "second", None) in map(place, network.check())


def test_no_input_and_no_loss():
    network = nets.mlp((3, 4, 3))
    network.remove("cross_entropy1")
    assert only(network).code == "no_loss"
    network = nets.mlp((3, 4, 3))
    network.remove("input1")
    assert network.check()[0].code == "no_input"


MISMATCHES: list[tuple[engine.Network, Any, tuple[Any, ...]]] = [
    (nets.mlp((3, 4, 2)), nets.data("CrossEntropy"), ("label_mismatch", "cross_entropy1", (3,), (2,))),
    (nets.mlp((5, 4, 3)), nets.data("CrossEntropy"), ("shape", "input1", (3,), (5,))),
    (nets.mlp((3, 4, 3)), nets.data("SquaredError"), ("label_mismatch", "cross_entropy1", "classes", "numbers")),
    (nets.mlp((3, 2), loss="SquaredError"), nets.data("SquaredError"),
     ("label_mismatch", "squared_error1", (3,), (2,))),
    (nets.mlp((3, 3), loss="SquaredError"), nets.data("CrossEntropy"),
     ("label_mismatch", "squared_error1", (1,), (3,))),
    (nets.mlp((3, 3), loss="BinaryCrossEntropy"), nets.data("SquaredError"),
     ("label_mismatch", "binary_cross_entropy1", None, None)),
    (nets.mlp((3, 1), loss="BinaryCrossEntropy"), nets.data("CrossEntropy"),
     ("label_mismatch", "binary_cross_entropy1", None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("network", "data", "want"), MISMATCHES)
def test_data_that_does_not_fit(network: engine.Network, data: Any, want: tuple[Any, ...]):
    assert network.check() == []
    problem = only(network, data)
    assert (problem.code, problem.layer, problem.want, problem.got) == want
    assert problem.suggestion
    with pytest.raises(engine.ChainruleError) as caught:
        engine.Session(network, data)
    assert str(problem) in str(caught.value)


def test_images_may_be_taken_as_rows_and_rows_of_equal_size_as_images():
    x, y = np.zeros((4, 2, 2)), np.array([0, 1, 0, 1])
    assert nets.mlp((4, 2)).check((x.reshape(4, 4), y)) == []
    flat = nets.chain(("Input", {"shape": (2, 2)}), ("Flatten", {}), ("Dense", {"units": 2}), ("CrossEntropy", {}))
    assert flat.check((x, y)) == []
    assert flat.check((x.reshape(4, 4), y)) == []
    wide = nets.chain(("Input", {"shape": (1, 4)}), ("Flatten", {}), ("Dense", {"units": 2}), ("CrossEntropy", {}))
    assert only(wide, (x, y)).code == "shape"


def test_every_code_is_known_and_plain():
    problem = only(nets.mlp((3, 4, 2)), nets.data("CrossEntropy"))
    assert problem.code in get_args(Code)
    plain = problem.to_json()
    assert plain["want"] == [3]
    assert plain["got"] == [2]
    assert set(plain) == {"code", "severity", "layer", "port", "message", "suggestion", "want", "got"}
    assert str(replace(problem, layer=None, port=None, suggestion="")) == problem.message


def test_labels_of_wires():
    assert describe_shape((8, 8)) == "B×8×8"
    assert describe_shape(()) == "B"
    assert describe_shape(None) == "?"


def test_shape_errors_of_layers_name_a_port():
    for kind, shape in (("Dense", ()), ("Softmax", (2, 3)), ("CrossEntropy", (4, 2, 3))):
        layer = engine.layers.REGISTRY[kind]
        with pytest.raises(ShapeError) as caught:
            layer.shape(layer.complete({}), shape)
        assert caught.value.port in layer.ports(layer.complete({}))


def sequence(**tokens: Any) -> engine.Network:
    """Tokens that are turned into numbers by nothing but a layer that takes numbers."""
    return nets.chain(
        ("Tokens", {"length": 5, "vocabulary": 7, **tokens}), ("Dense", {"units": 7}), ("CrossEntropy", {})
    )


def test_tokens_are_no_numbers():
    problem = only(sequence())
    assert (problem.code, problem.layer, problem.port) == ("dtype", "dense1", "x")
    assert "Embedding" in problem.suggestion


def test_an_image_without_flatten_is_told_about_labels():
    network = nets.chain(("Input", {"shape": (8, 8)}), ("Dense", {"units": 3}), ("CrossEntropy", {}))
    problem = only(network, (np.zeros((6, 8, 8)), np.arange(6) % 3))
    assert (problem.code, problem.layer) == ("label_mismatch", "cross_entropy1")
    assert "Flatten" in problem.suggestion


STEPS = np.arange(20).reshape(4, 5) % 7
HALVES = (np.zeros((4, 5)), STEPS)


@pytest.mark.parametrize(("data", "words", "cure"), [
    (from_arrays(*HALVES, task="sequence"), "the data has numbers, but this takes tokens", "an Input layer of shape 5"),
    (from_arrays(STEPS[:, :4], STEPS[:, :4], task="sequence", vocabulary=7), "rows of 4 tokens, but this takes 5",
     "length to 4"),
    (from_arrays(STEPS, STEPS, task="sequence", vocabulary=9), "9 different tokens, but this only knows 7",
     "vocabulary to 9"),
])  # fmt: skip
def test_data_that_is_not_what_tokens_take(data: Any, words: str, cure: str):
    problem = first_misfit(sequence(), {"tokens1": (5,), "dense1": (5, 7)}, data)
    assert words in problem.message
    assert cure in problem.suggestion
    assert (problem.layer, problem.severity) == ("tokens1", "error")


def first_misfit(network: engine.Network, shapes: dict, data: Any):
    from engine.data_fit import fit_problems

    return fit_problems(network, shapes, data)[0]


def test_fewer_tokens_than_are_known_are_a_doubt():
    data = from_arrays(STEPS, STEPS, task="sequence", vocabulary=7)
    problem = first_misfit(sequence(vocabulary=8), {"tokens1": (5,), "dense1": (5, 7)}, data)
    assert (problem.severity, problem.layer) == ("warning", "tokens1")
    assert "7 different tokens, but this knows 8" in problem.message


def test_whole_numbers_enter_tokens_as_they_are():
    from engine.data_fit import fit_problems

    shapes = {"tokens1": (5,), "dense1": (5, 7)}
    assert fit_problems(sequence(), shapes, (STEPS, STEPS)) == []
    assert fit_problems(sequence(), shapes, (STEPS, np.where(STEPS == 3, -1, STEPS))) == []
    with pytest.raises(DataError, match=r"the token 9 at row 0, column 0; there are 0 to 6"):
        fit_problems(sequence(), shapes, (STEPS + 9, STEPS))


def test_tokens_do_not_enter_an_input():
    network = nets.chain(("Input", {"shape": (5,)}), ("Dense", {"units": 7}), ("CrossEntropy", {}))
    problem = only(network, from_arrays(STEPS, [0, 6, 1, 2], vocabulary=7))
    assert (problem.code, problem.layer) == ("dtype", "input1")
    assert problem.suggestion == "Begin with a Tokens layer of length 5 and vocabulary 7."


@pytest.mark.parametrize(("outputs", "y", "words"), [
    ((5, 7), np.arange(4), "one label a row, but 5×7 outputs"),
    ((7,), STEPS, "5 labels a row, but 7 outputs"),
    ((4, 7), STEPS, "5 labels a row, but 4×7 outputs"),
    ((5, 6), STEPS, "7 classes, but only 6 outputs"),
])  # fmt: skip
def test_labels_of_other_lengths(outputs: tuple[int, ...], y: np.ndarray, words: str):
    data = from_arrays(STEPS, y, task="sequence" if y.ndim > 1 else None, vocabulary=7)
    assert words in first_misfit(sequence(), {"tokens1": (5,), "dense1": outputs}, data).message
