"""Every differentiable op: first and second derivatives against finite differences, expansions against fused ops."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from engine.graph import Graph, Value
from tests.engine.ops.table import (
    Case,
    Machine,
    declared,
    differentiable,
    gradients_of,
    params,
    random_weights,
    run,
    weighted,
)

CASES = differentiable(declared())
EXPANDED = [case for case in declared() if case.op.expand is not None]
STEP, ELEMENTS, BOUND = 1e-3, 60, 1e-6


def moved(case: Case) -> list[bool]:
    """Which inputs a derivative can be taken by."""
    return [not whole and not derived for whole, derived in zip(case.integer, case.derived, strict=True)]


def shifted(case: Case, arrays: Sequence[np.ndarray], way: Sequence[np.ndarray], by: float) -> list[np.ndarray]:
    """arrays + by·way for the moved inputs; derived ones follow."""
    ways = iter(way)
    pairs = zip(arrays, moved(case), strict=True)
    return case.derive([array + by * next(ways) if move else array for array, move in pairs])


def slope(f: Callable[[float], np.ndarray]) -> np.ndarray:
    """f'(0) from four points; the error falls with the fourth power of the step."""
    near, far = f(STEP) - f(-STEP), f(2 * STEP) - f(-2 * STEP)
    return (8 * near - far) / (12 * STEP)


def agree(got: np.ndarray, want: np.ndarray, floor: float = 1e-3) -> None:
    """Equal to BOUND, relative to the largest element; elements all below `floor` count absolutely."""
    scale = max(float(np.abs(want).max(initial=0.0)), float(np.abs(got).max(initial=0.0)), floor)
    np.testing.assert_allclose(got, want, rtol=0, atol=BOUND * scale)


def directions(case: Case, arrays: Sequence[np.ndarray], salt: int) -> list[np.ndarray]:
    """Random directions for the moved inputs, no element longer than 1."""
    rng = case.rng(salt)
    return [rng.uniform(-1, 1, array.shape) for array, move in zip(arrays, moved(case), strict=True) if move]


@pytest.mark.parametrize("case", params(CASES))
def test_directional_derivative(case: Case):
    arrays = case.arrays()
    weights = random_weights(case, arrays)
    machine = Machine(gradients_of(case.build, len(arrays), moved(case)), [*arrays, *weights])
    gradients = machine([*arrays, *weights])[1:]
    for salt in range(3):
        way = directions(case, arrays, salt)
        numeric = slope(lambda by, way=way: machine([*shifted(case, arrays, way, by), *weights])[0])
        agree(sum(np.sum(g * v) for g, v in zip(gradients, way, strict=True)), numeric)


@pytest.mark.parametrize("case", params(CASES))
def test_every_element_of_the_gradient(case: Case):
    arrays = case.arrays()
    weights = random_weights(case, arrays)
    machine = Machine(gradients_of(case.build, len(arrays), moved(case)), [*arrays, *weights])
    gradients = machine([*arrays, *weights])[1:]
    for k, gradient in enumerate(gradients):
        places = case.rng(5).permutation(gradient.size)[:ELEMENTS]
        numeric = []
        for place in places:
            way = [np.zeros_like(other) for other in gradients]
            way[k].reshape(-1)[place] = 1.0
            numeric.append(slope(lambda by, way=way: machine([*shifted(case, arrays, way, by), *weights])[0]))
        agree(gradient.reshape(-1)[places], np.array(numeric))


@pytest.mark.parametrize("case", params(CASES))
def test_second_derivative(case: Case):
    """The gradient of (gradient · v) is the rate at which the gradient changes along v."""
    arrays = case.arrays()
    weights, way = random_weights(case, arrays), directions(case, arrays, 8)
    first = Machine(gradients_of(case.build, len(arrays), moved(case), curved=True), [*arrays, *weights])
    count = len(arrays) + len(weights)

    def along(graph: Graph, *values: Value) -> list[Value]:
        inputs, vectors = values[:count], values[count:]
        gradients = gradients_of(case.build, len(arrays), moved(case), curved=True)(graph, *inputs)[1:]
        return [weighted(graph, gradients, vectors)]

    second = gradients_of(along, count + len(way), [*moved(case), *[False] * (len(weights) + len(way))])
    given = [*arrays, *weights, *way]
    products = run(second, [*given, np.ones(())])[1:]
    for k, product in enumerate(products):
        numeric = slope(lambda by, k=k: first([*shifted(case, arrays, way, by), *weights])[1 + k])
        agree(product, numeric)


@pytest.mark.parametrize("case", params(EXPANDED))
def test_expansion_gives_the_same_values(case: Case):
    arrays = case.arrays()
    for fused, finer in zip(run(case.build, arrays), run(case.expansion, arrays), strict=True):
        assert fused.shape == finer.shape
        agree_closely(fused, finer)


@pytest.mark.parametrize("case", params(differentiable(EXPANDED)))
def test_expansion_gives_the_same_gradients(case: Case):
    arrays = case.arrays()
    weights = random_weights(case, arrays)
    builds = (case.build, case.expansion)
    both = [run(gradients_of(build, len(arrays), moved(case)), [*arrays, *weights]) for build in builds]
    for fused, finer in zip(*both, strict=True):
        agree_closely(fused, finer)


def agree_closely(got: np.ndarray, want: np.ndarray) -> None:
    """Equal but for the rounding of a few operations."""
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12 * max(1.0, float(np.abs(want).max(initial=0.0))))


@pytest.mark.parametrize("case", params(CASES))
def test_gradients_of_several_uses_add_up(case: Case):
    """Every input also goes into Σ x², whose gradient is 2x, before and behind the op."""
    arrays = case.arrays()
    weights = random_weights(case, arrays)
    moves = moved(case)

    def shared(graph: Graph, *inputs: Value) -> list[Value]:
        squares = [graph.square(x) for x, move in zip(inputs, moves, strict=True) if move]
        outputs = list(case.build(graph, *inputs))
        again = [graph.square(x) for x, move in zip(inputs, moves, strict=True) if move]
        return [*outputs, *squares, *again]

    ones = [np.ones(array.shape) for array, move in zip(arrays, moves, strict=True) if move]
    alone = run(gradients_of(case.build, len(arrays), moves), [*arrays, *weights])[1:]
    both = run(gradients_of(shared, len(arrays), moves), [*arrays, *weights, *ones, *ones])[1:]
    own = [array for array, move in zip(arrays, moves, strict=True) if move]
    for x, single, total in zip(own, alone, both, strict=True):
        agree_closely(total, single + 4 * x)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "concat", "squared_error"])
def test_one_value_as_both_inputs(name: str):
    case = next(case for case in CASES if case.op.name == name)
    x = case.arrays()[1]
    weights = random_weights(case, [x, x])
    apart = run(gradients_of(case.build, 2, [True, True]), [x, x, *weights])
    same = run(gradients_of(lambda graph, v: case.build(graph, v, v), 1, [True]), [x, *weights])
    agree_closely(same[0], apart[0])
    agree_closely(same[1], apart[1] + apart[2])
