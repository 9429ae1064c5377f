"""The running average overwrites its state, whatever the number of workers."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import ShapeError
from engine.graph import Graph
from engine.machine.run import Runner
from engine.program import Program


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_moves_towards_what_comes_in(dtype: str, workers: int):
    graph = Graph()
    average, x = graph.source((300,), "state"), graph.source((300,), "data")
    graph.running_average(average, x, momentum=0.1, factor=1.5)
    program = Program(dtype, workers)
    program.place([average, x])
    program.finish(graph)
    runner = Runner(program.arena, program.ints, program.table, workers)
    rng = np.random.default_rng(0)
    want = rng.standard_normal(300)
    program.fill(average, want)
    for _ in range(3):
        news = rng.standard_normal(300)
        program.fill(x, news)
        runner.rows(0, 1)
        want = 0.9 * want + 0.1 * 1.5 * news
    np.testing.assert_allclose(program.view(average), want, rtol=1e-5 if dtype == "float32" else 1e-13)


def test_the_average_is_as_large_as_what_comes_in():
    graph = Graph()
    with pytest.raises(ShapeError, match=r"\(3,\).*\(4,\)"):
        graph.running_average(graph.source((4,), "state"), graph.source((3,), "data"), momentum=0.1)
