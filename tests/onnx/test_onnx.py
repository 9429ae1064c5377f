"""ONNX's operator tests on the engine: what it has must not fail, and what once passed must pass."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed: pip install -r requirements-bench.txt")

from onnx import TensorProto, helper

from tests.onnx.__main__ import table
from tests.onnx.adapter import Adapter, Unsupported, run
from tests.onnx.cases import ROUNDED, Outcome, collect, compare, run_case
from tests.onnx.mappings import FAMILIES, compute, family

PASSED = 1516
RULES = ("operator", "element type", "attribute")


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [run_case(case) for case in collect()]


def test_none_fails(outcomes: list[Outcome]):
    assert [outcome for outcome in outcomes if outcome.status == "failed"] == []


def test_as_many_pass_as_ever(outcomes: list[Outcome]):
    assert sum(outcome.status == "passed" for outcome in outcomes) >= PASSED


def test_what_is_not_supported_falls_under_a_rule(outcomes: list[Outcome]):
    left = [outcome for outcome in outcomes if outcome.status == "unsupported"]
    assert left
    assert [outcome for outcome in left if outcome.reason.split(":")[0] not in RULES] == []
    mapped = [outcome for outcome in left if outcome.reason == f"operator: {outcome.op}" and family(outcome.op)]
    assert mapped == []


def test_cases_named_as_exceptions_need_to_be(outcomes: list[Outcome]):
    status = {outcome.name: outcome.status for outcome in outcomes}
    assert {status[name] for name in ROUNDED} == {"unsupported"}


def test_the_table_counts_every_case_once(outcomes: list[Outcome]):
    rows = [[int(cell) for cell in line.split("|")[2:5]] for line in table(outcomes)[2:]]
    counts = Counter(outcome.status for outcome in outcomes)
    assert rows[-1] == [counts["passed"], counts["unsupported"], counts["failed"]]
    assert np.array_equal(np.sum(rows[:-1], 0), rows[-1])
    assert len(rows) == len(FAMILIES) + 3


def model(*nodes, inputs, outputs):
    """A model of `nodes` on float32 tensors."""
    infos = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in side.items()]
             for side in (inputs, outputs)]  # fmt: skip
    opset = [helper.make_opsetid("", 20)]
    return helper.make_model(helper.make_graph(nodes, "graph", *infos), opset_imports=opset)


def test_a_model_of_several_nodes():
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Relu", ["z"], ["y"])]
    built = model(*nodes, inputs={"x": [2, 3], "w": [3, 4]}, outputs={"y": [2, 4]})
    x, w = (np.random.default_rng(0).standard_normal(shape).astype(np.float32) for shape in ((2, 3), (3, 4)))
    ((got, dtype),) = compute(built, [x, w])
    assert dtype == np.float32
    np.testing.assert_allclose(got, np.maximum(x @ w, 0), rtol=1e-6, atol=1e-6)


def test_an_operator_that_is_not_there_is_named():
    built = model(helper.make_node("NoSuchThing", ["x"], ["y"]), inputs={"x": [2]}, outputs={"y": [2]})
    with pytest.raises(Unsupported, match="NoSuchThing"):
        compute(built, [np.zeros(2, np.float32)])


@pytest.mark.parametrize(
    "result",
    [
        (np.array([1.0, 2.1]), np.dtype("float32")), (np.array([1.0, 2.0]), np.dtype("int64")),
        (np.array([[1.0, 2.0]]), np.dtype("float32")), (np.array([1.0, np.nan]), np.dtype("float32")),
    ],
)  # fmt: skip
def test_a_wrong_result_is_noticed(result):
    wanted = [np.array([1.0, 2.0], np.float32)]
    compare([(np.array([1.0, 2.0]), np.dtype("float32"))], wanted, 1e-3, 1e-7)
    with pytest.raises(AssertionError):
        compare([result], wanted, 1e-3, 1e-7)


def test_values_are_broadcast_over_many_dimensions():
    g = Adapter(precision="float64")
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 1, 2, 1, 2, 1, 2)), rng.standard_normal((1, 3, 1, 3, 1, 3, 1))
    (got,) = run(g, [g.pair("add", g.given(x), g.given(y))])
    np.testing.assert_array_equal(got, x + y)
