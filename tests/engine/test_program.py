"""The memory plan: alignment, aliases, constants, and the proof that every operand lies inside its arena."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.errors import SessionError
from engine.graph import Graph
from engine.machine.run import Runner
from engine.program import ALIGN, Program
from tests.engine.nets import mlp


def finished(graph: Graph, dtype: str = "float64", workers: int = 1) -> Program:
    """The program of a graph."""
    program = Program(dtype, workers)
    program.place(graph.sources)
    program.finish(graph)
    return program


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_are_aligned_and_apart(dtype: str):
    graph = Graph()
    x, t = graph.source((7, 3), "data"), graph.source((7,), "data", dtype="int")
    graph.softmax_cross_entropy(graph.tanh(x), t)
    program = finished(graph, dtype)
    assert program.arena.ctypes.data % 64 == 0
    ends = {"float": 0, "int": 0}
    for value, offset in sorted(program.placed, key=lambda entry: entry[1]):
        assert offset % ALIGN == 0
        assert offset >= ends[value.dtype]
        ends[value.dtype] = offset + value.size


def test_reshape_is_the_same_memory():
    graph = Graph()
    x = graph.source((2, 3), "data")
    y = graph.reshape(graph.exp(x), shape=(3, 2))
    program = finished(graph)
    assert [call.op.name for call in program.calls] == ["exp"]
    Runner(program.arena, program.ints, program.table, 1).rows(0, 1)
    np.testing.assert_array_equal(program.view(y), np.ones((3, 2)))
    assert np.shares_memory(program.view(y), program.view(y.call.inputs[0]))


def test_constants_are_filled_and_scalars_are_each_calls_own():
    graph = Graph()
    one = graph.constant(1.5, (3,))
    outputs = [graph.scale(one, factor=factor) for factor in (2.0, -4.0)]
    program = finished(graph)
    Runner(program.arena, program.ints, program.table, 1).rows(0, 2)
    assert [program.view(value).tolist() for value in outputs] == [[3.0] * 3, [-6.0] * 3]


def test_every_worker_has_scratch_of_its_own():
    graph = Graph()
    graph.matmul(graph.source((40, 30), "data"), graph.source((30, 20), "data"))
    one, three = finished(graph), finished(graph, workers=3)
    assert three.float_size - one.float_size == 2 * one.scratch[1] >= 0


@pytest.mark.parametrize("offset", [-16, 10**9])
def test_operands_outside_the_arena_are_found(offset: int):
    graph = Graph()
    x = graph.source((5,), "data", "x")
    graph.exp(x)
    program = Program("float64", 1)
    program.put(x, offset)
    with pytest.raises(SessionError, match="x lies outside"):
        program.finish(graph)


def test_labels_cannot_lie_on_the_clock():
    graph = Graph()
    t = graph.source((3,), "data", "t", dtype="int")
    graph.one_hot(t, classes=2)
    program = Program("float64", 1)
    program.put(t, 0)
    with pytest.raises(SessionError, match="t lies outside"):
        program.finish(graph)


def test_too_large_a_program_says_how_large(monkeypatch):
    monkeypatch.setattr("engine.program.available_bytes", lambda: 2**30)
    graph = Graph()
    graph.exp(graph.source((2**33,), "data"))
    with pytest.raises(SessionError, match=r"needs 128\.0 GiB of memory, but 1\.0 GiB are free; use fewer"):
        finished(graph)


def test_large_batches_are_gathered_where_the_data_lies():
    x = np.random.default_rng(0).standard_normal((3000, 128)).astype(np.float32)
    y = np.arange(3000) % 3
    net = mlp((128, 4, 3))
    lent = engine.Session(net, (x, y), batch_size=50)
    copied = engine.Session(net, (x.astype(np.float64), y), batch_size=50)
    assert lent.arena_bytes < copied.arena_bytes - x.nbytes // 2
    lent.train(steps=5)
    copied.train(steps=5)
    np.testing.assert_array_equal(lent.parameters["dense1.W"], copied.parameters["dense1.W"])
