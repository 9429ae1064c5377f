"""Every op against its NumPy or SciPy reference: values, shapes, numbers of workers, values that are not finite."""

from __future__ import annotations

import numpy as np
import pytest

from engine.ops import REGISTRY
from engine.ops.samples import Sample, labels
from engine.optimizers import OPTIMIZERS
from tests.engine.ops.table import Case, as_list, declared, draw, enlarged, params, run

DECLARED, ENLARGED = declared(), enlarged()
ALL = DECLARED + ENLARGED
WITH_FLOATS = [case for case in DECLARED if not all(case.integer)]

# inputs whose NaN a result need not show, and why
HIDES_NAN = {
    ("step", "x"): "a comparison: NaN is not above 0",
    ("relu_grad", "x"): "x decides which branch is taken; the forward value shows the NaN",
    ("leaky_relu_grad", "x"): "x decides which branch is taken; the forward value shows the NaN",
    ("max_grad", "x"): "x is compared only; the maximum itself shows the NaN",
    ("max_grad", "y"): "y is compared only, and is the value that shows the NaN",
    ("masked_softmax", "mask"): "a comparison: what is not above 0 is hidden",
    ("masked_attention", "mask"): "a comparison: what is not above 0 is hidden",
    ("less", "x"): "a comparison: NaN is not less",
    ("less", "y"): "a comparison: nothing is less than NaN",
    ("equal", "x"): "a comparison: NaN equals nothing",
    ("equal", "y"): "a comparison: NaN equals nothing",
    ("where", "c"): "a comparison: NaN is not above 0",
    ("argmax", "x"): "an integer: the place of the NaN",
    ("whole", "x"): "an integer, which cannot be NaN",
} | dict.fromkeys(
    [(name, "mask") for name in ("rnn", "rnn_grad", "lstm", "lstm_grad", "gru", "gru_grad")],
    "a comparison: a step whose mask is NaN carries the state on",
)
# inputs at which a result that is not finite in the plain formula is finite here, and why
SELECTS = {
    ("relu_grad", "dy"): "units that are off pass nothing on, not even 0 · NaN",
    ("max_grad", "dy"): "elements that are not the maximum get 0, not 0 · NaN",
}


def close(got: np.ndarray, want: np.ndarray, tolerance: float) -> None:
    """Equal to `tolerance`, relative to the element or to the largest one."""
    scale = max(1.0, float(np.abs(want).max(initial=0.0)))
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * scale)


def test_only_what_overwrites_and_the_batch_have_no_samples():
    without = {op.name for op in REGISTRY.values() if not op.samples}
    updates = {op.name for op in REGISTRY.values() if op.category == "optimizer"}
    assert without == {op.name for op in REGISTRY.values() if op.mutates} | {
        "batch_indices", "curriculum_indices", "lane_indices",
    }  # fmt: skip
    assert updates == set(OPTIMIZERS)


def test_every_op_with_samples_has_a_reference():
    assert [op.name for op in REGISTRY.values() if op.samples and op.reference is None] == []


def test_every_differentiable_op_says_how():
    silent = [op.name for op in REGISTRY.values() if op.differentiable and op.vjp is None and op.expand is None]
    assert silent == []


@pytest.mark.parametrize("case", params(ALL))
def test_float64_equals_the_reference(case: Case):
    arrays = case.arrays()
    for got, want in zip(run(case.build, arrays), case.reference(arrays), strict=True):
        assert got.shape == want.shape
        close(got, want, 1e-12)


@pytest.mark.parametrize("case", params(ALL))
def test_float32_is_near_the_reference(case: Case):
    arrays = case.arrays("float32")
    for got, want in zip(run(case.build, arrays, "float32"), case.reference(arrays), strict=True):
        assert got.dtype == (np.int64 if want.dtype == np.int64 else np.float32)
        close(got, want, case.op.tolerance)


@pytest.mark.parametrize("case", params(ALL))
def test_shape_rule_gives_the_shapes_of_the_results(case: Case):
    promised = case.op.shapes(*(sample.shape for sample in case.samples), **case.attrs)
    promised = promised if isinstance(promised, list) else [promised]
    assert promised == [result.shape for result in case.reference(case.arrays())]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", params([case for case in ALL if case.op.kernel is not None]))
def test_bits_do_not_depend_on_the_number_of_workers(case: Case, dtype: str):
    arrays = case.arrays(dtype)
    alone = run(case.build, arrays, dtype)
    for workers in (2, 3):
        for got, want in zip(run(case.build, arrays, dtype, workers), alone, strict=True):
            assert got.tobytes() == want.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", params(WITH_FLOATS))
def test_nan_survives(case: Case, dtype: str):
    for place, port in enumerate(case.op.inputs):
        if case.integer[place]:
            continue
        arrays = case.arrays(dtype)
        arrays[place] = np.full_like(arrays[place], np.nan)
        shown = any(np.isnan(result).any() for result in run(case.build, arrays, dtype) if result.dtype != np.int64)
        assert shown != ((case.op.name, port) in HIDES_NAN), port


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("case", params(WITH_FLOATS))
def test_what_is_not_finite_stays_where_the_formula_has_it(case: Case, bad: float):
    for place, port in enumerate(case.op.inputs):
        if case.integer[place] or (case.op.name, port) in SELECTS | HIDES_NAN:
            continue
        arrays = case.arrays()
        flat = arrays[place].reshape(-1)
        flat[case.rng(7).integers(flat.size)] = bad
        with np.errstate(all="ignore"):
            wanted = case.reference(arrays)
        for got, want in zip(run(case.build, arrays), wanted, strict=True):
            finite = np.isfinite(want)
            np.testing.assert_array_equal(np.isfinite(got), finite, err_msg=port)
            close(got[finite], want[finite], 1e-12)


@pytest.mark.parametrize(("name", "port"), SELECTS)
def test_exceptions_are_needed(name: str, port: str):
    case = next(case for case in DECLARED if case.op.name == name)
    place = case.op.inputs.index(port)
    arrays = case.arrays()
    arrays[place][...] = np.nan
    (got,), (want,) = run(case.build, arrays), case.reference(arrays)
    assert np.isfinite(got).any()
    assert np.isnan(got).any()
    assert not np.isfinite(want).any()


@pytest.mark.parametrize("case", params([case for case in DECLARED if case.samples]))
def test_the_sampler_varies(case: Case):
    first, second = case.arrays(), case.arrays(salt=1)
    assert any(not np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    for sample, array in zip(case.samples, first, strict=True):
        assert array.shape == sample.shape
        assert array.size == 1 or len(np.unique(array)) > 1


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("normal", lambda x: abs(x.mean()) < 0.1 and abs(x.std() - 1) < 0.1),
        ("away", lambda x: np.abs(x).min() >= 0.1 and x.min() < 0 < x.max()),
        ("positive", lambda x: 0.2 <= x.min() < 0.3 and 2.9 < x.max() <= 3),
        ("above one", lambda x: 1.2 <= x.min() < 1.3 and 3.9 < x.max() <= 4),
        ("steps", lambda x: set(np.unique(x)) == {-1, 0, 1}),
        ("unit", lambda x: 0.05 <= x.min() < 0.1 and 0.9 < x.max() <= 0.95),
        ("large", lambda x: x.std() > 20),
        ("spread", lambda x: np.diff(np.sort(x, None)).min() > 0.1),
    ],
)
def test_samples_are_distributed_as_named(kind, holds):
    assert holds(draw(Sample(kind, (40, 50)), np.random.default_rng(0)))


def test_labels_reach_all_classes():
    assert set(draw(labels(500, high=4), np.random.default_rng(0)).tolist()) == {0, 1, 2, 3}


def test_outputs_are_listed():
    assert as_list((1, 2)) == [1, 2]
    assert as_list(3) == [3]
