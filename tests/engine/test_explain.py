"""The operation panel's words and numbers, for every instruction of many networks."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.errors import SessionError
from engine.explain import Explanation, explain, show_number
from tests.engine import nets


def explained(session: engine.Session, op: str, phase: str, element: tuple[int, ...] | None = None) -> Explanation:
    """The first instruction of this op in this phase."""
    row = next(i.index for i in session.instructions if (i.op, i.phase) == (op, phase))
    return explain(session, row, element)


def session(activation: str = "tanh", loss: str = "CrossEntropy", **settings) -> engine.Session:
    """3-4-3 after its first backward pass."""
    made = engine.Session(nets.mlp((3, 4, 3), activation, loss), nets.data(loss), **settings)
    made.loss()
    return made


@pytest.mark.parametrize("loss", nets.LOSSES)
@pytest.mark.parametrize("activation", [*nets.ACTIVATIONS, "step"])
def test_every_instruction_is_explained(activation: str, loss: str):
    s = session(activation, loss, batch_size=5, optimizer="adam", l1=0.1, l2=0.1)
    for row, instruction in enumerate(s.instructions):
        for element in (None, (1, 2), (99, 99, 99)):
            e = explain(s, row, element)
            assert e.instruction is instruction
            assert all([e.title, e.formula, e.shapes, e.numbers])
            assert e.outgoing.shape == (s.call(row).outputs or s.call(row).inputs)[0].shape
            assert all(0 <= i < size for i, size in zip(e.element, e.outgoing.shape, strict=True))
            assert e.numbers.startswith((show_number(float(e.outgoing[e.element])), "θ"))


def test_incoming_times_local_is_outgoing():
    for activation in ("tanh", "sigmoid", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus"):
        e = explained(session(activation, dtype="float64"), f"{activation}_grad", "backward")
        np.testing.assert_allclose(e.incoming * e.local, e.outgoing, rtol=1e-12)
        assert e.link == "⊙"
        assert e.names[0] == "dense1.a.grad"
        assert e.names[2] == "dense1.z.grad"


def test_maxout_passes_the_gradient_to_the_largest():
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {"units": 6}), ("Maxout", {}), ("CrossEntropy", {}))
    s = engine.Session(network, nets.data("CrossEntropy"), dtype="float64")
    s.loss()
    forward, back = explained(s, "max", "forward", (2, 1)), explained(s, "max_grad", "backward", (2, 1, 1))
    first, second = s.values["dense1.z"][2, 2:4]
    assert forward.numbers.endswith(f"= max({show_number(first)}, {show_number(second)})")
    np.testing.assert_allclose(back.incoming * back.local, back.outgoing, rtol=1e-12)
    assert back.local.sum() == 12 * 3


def test_a_product_shows_its_terms():
    s = session(dtype="float64")
    e = explained(s, "linear", "forward", (2, 1))
    x, weights, bias = (array for _, array in e.operands)
    assert e.outgoing[2, 1] == pytest.approx(x[2] @ weights[:, 1] + bias[1])
    assert show_number(float(x[2, 0])) in e.numbers
    assert e.shapes == "[12, 4] = [12, 3] · [3, 4] + [4]"


def test_looking_copies_and_changes_nothing():
    s = session()
    e = explained(s, "tanh", "forward")
    before = s.values["dense1.a"].copy()
    e.outgoing[...] = 7
    np.testing.assert_array_equal(s.values["dense1.a"], before)


@pytest.mark.parametrize("index", [-1, 10_000])
def test_rows_that_do_not_exist(index: int):
    with pytest.raises(SessionError, match="no instruction"):
        explain(session(), index)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0.000"), (1.0, "1.000"), (-0.8069, "−0.8069"), (123.456, "123.5"), (99999.4, "99999"), (2.5e-7, "2.500e−7"),
     (0.9999516, "0.999952"), (-1.00002, "−1.000020"), (0.9985, "0.9985"), (0.9999999999, "1.000000000"),
     (-3e8, "−3.000e8"), (float("nan"), "NaN"), (float("inf"), "∞"), (float("-inf"), "−∞")],
)  # fmt: skip
def test_numbers_have_four_digits(number: float, text: str):
    assert show_number(number) == text
