"""Shape rules: what does not fit together is refused with a ShapeError that names both sides."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ChainruleError, ShapeError
from engine.graph import Graph
from engine.ops import REGISTRY

EQUAL = [op for op in REGISTRY.values() if op.shapes.__name__ == "same" and len(op.inputs) > 1]
BROADCAST = [op for op in REGISTRY.values() if op.shapes.__name__ == "broadcast"]
MISFITS: list[tuple[str, list[tuple[int, ...]], dict[str, Any]]] = [
    ("matmul", [(2, 3), (4, 5)], {}),
    ("matmul", [(2, 3), (2, 5)], {}),
    ("matmul", [(2, 3), (3, 5)], {"ta": True}),
    ("matmul", [(2, 3), (3, 5)], {"tb": True}),
    ("matmul", [(2,), (2, 5)], {}),
    ("matmul", [(5, 2), (2,)], {}),
    ("linear", [(2, 3), (4, 5), (5,)], {}),
    ("linear", [(2, 3), (3, 5), (4,)], {}),
    ("linear", [(3,), (3, 5), (5,)], {}),
    ("linear", [(), (3, 5), (5,)], {}),
    ("concat", [(2, 3), (3, 3)], {}),
    ("concat", [(), ()], {}),
    ("slice", [(2, 5)], {"start": 3, "stop": 3}),
    ("slice", [(2, 5)], {"start": 3, "stop": 6}),
    ("slice", [(2, 5)], {"start": -1, "stop": 2}),
    ("slice", [()], {"start": 0, "stop": 1}),
    ("pad", [(2, 3)], {"start": 4, "total": 6}),
    ("pad", [(2, 3)], {"start": -1, "total": 6}),
    ("pad", [()], {"start": 0, "total": 6}),
    ("reshape", [(2, 3)], {"shape": (4,)}),
    ("softmax_cross_entropy", [(7, 3), (6,)], {}),
    ("softmax_cross_entropy", [(7,), (7,)], {}),
    ("softmax_cross_entropy_grad", [(7, 3), (6,), (7,)], {}),
    ("softmax_cross_entropy_grad", [(7, 3), (7,), (7, 3)], {}),
    ("sigmoid_cross_entropy", [(7, 1), (7,)], {}),
    ("squared_error", [(7, 1), (7,)], {"scale": 1.0}),
    ("squared_error_grad", [(7, 1), (7,), ()], {"scale": 1.0}),
    ("squared_error_grad", [(7, 1), (7, 1), (7,)], {"scale": 1.0}),
    ("max", [()], {}),
    ("max", [(3, 0)], {}),
    ("max_grad", [(7, 3), (7, 3), (7, 1)], {}),
    ("max_grad", [(7, 1), (7, 3), (7, 3)], {}),
    ("softmax", [()], {}),
    ("softmax", [(3, 0)], {}),
    ("pick", [(7, 3), (6,)], {}),
    ("pick", [(7,), (7,)], {}),
    ("one_hot", [()], {"classes": 3}),
    ("gather_rows", [(), (7,)], {}),
    ("gather_rows", [(4, 3), (7, 2, 2)], {}),
    ("gather_labels", [(4, 3), (7, 2)], {}),
    ("scatter_rows", [(7, 3), (6,)], {"rows": 5}),
    ("scatter_rows", [(7, 3, 2), (7, 2)], {"rows": 5}),
    ("delay", [(7, 3), (7, 3)], {}),
    ("delay", [(7, 0, 3), (7, 3)], {}),
    ("delay", [(7, 2, 3), (7, 2)], {}),
    ("flip", [(7, 3)], {}),
    ("rnn", [(7, 2, 4), (3, 3), (7, 3), (7, 2)], {}),
    ("rnn", [(7, 0, 3), (3, 3), (7, 3), (7, 0)], {}),
    ("rnn_grad", [(7, 1, 3), (7, 2, 3), (3, 3), (7, 2)], {}),
    ("lstm", [(7, 2, 12), (3, 12), (7, 3), (7, 2), (7, 2)], {}),
    ("lstm", [(7, 2, 12), (3, 11), (7, 3), (7, 3), (7, 2)], {}),
    ("lstm_grad", [(7, 2, 2), (7, 2, 12), (7, 2, 3), (7, 3), (3, 12), (7, 2)], {}),
    ("gru", [(7, 2, 9), (3, 9), (4,), (7, 3), (7, 2)], {}),
    ("gru", [(7, 2, 9), (3, 9), (3,), (7, 3), (7, 3)], {}),
    ("gru_grad", [(7, 2, 3), (7, 2, 3), (7, 3), (7, 2, 9), (3, 9), (7, 2)], {}),
    ("prelu", [(7, 3), (2, 7, 3)], {}),
    ("sum", [(7, 3)], {"start": 1, "stop": 1}),
    ("sum", [(7, 3)], {"start": 0, "stop": 3}),
    ("repeat", [(3,)], {"start": 2, "sizes": (4,)}),
    ("mean", [(0,)], {}),
    ("layer_norm", [(7, 3), (7,), (7,)], {"eps": 1e-5}),
    ("layer_norm", [(7, 3), (3,), (7,)], {"eps": 1e-5}),
    ("rms_norm", [(3,), (7, 3)], {"eps": 1e-5}),
    ("batch_norm", [(7, 3), (7,), (7,)], {"eps": 1e-5}),
    ("batch_norm", [(7,), (7,), (7,)], {"eps": 1e-5}),
    ("group_norm", [(2, 5, 3), (5,), (5,)], {"groups": 2, "eps": 1e-5}),
    ("batch_matmul", [(2, 3, 4), (3, 4, 5)], {}),
    ("batch_matmul", [(2, 3, 4), (2, 3, 5)], {}),
    ("transpose", [(2, 3)], {"axes": (0, 0)}),
    ("transpose", [(2, 3)], {"axes": (0,)}),
    ("masked_softmax", [(2, 3, 4), (2, 3)], {}),
    ("attention", [(2, 3, 4), (2, 5, 4), (2, 6, 4)], {"heads": 2}),
    ("attention", [(2, 3, 4), (2, 5, 6), (2, 5, 4)], {"heads": 2}),
    ("attention", [(2, 3, 5), (2, 5, 5), (2, 5, 5)], {"heads": 2}),
    ("masked_attention", [(2, 3, 4), (2, 5, 4), (2, 5, 4), (2, 3)], {"heads": 2}),
    ("dropout", [(7, 3), (2,)], {"rate": 0.5, "scale": 2.0, "seed": 0, "stream": 0}),
    ("conv", [(2, 3), (4, 3)], {}),
    ("conv", [(2, 3, 9), (4, 3, 3, 3)], {}),
    ("conv", [(2, 3, 9), (4, 2, 3)], {}),
    ("conv", [(2, 4, 9), (5, 2, 3)], {"groups": 2}),
    ("conv", [(2, 3, 2), (4, 3, 3)], {}),
    ("conv", [(2, 3, 9), (4, 3, 3)], {"stride": (1, 1)}),
    ("conv", [(2, 3, 9), (5, 3, 3)], {"tile": (2,)}),
    ("conv_bias", [(2, 3, 9), (4, 3, 3), (3,)], {}),
    ("conv_input_grad", [(2, 4, 8), (4, 3, 3)], {"size": (9,)}),
    ("conv_input_grad", [(2, 4, 7), (4, 3, 3)], {"size": (9, 9)}),
    ("conv_weight_grad", [(2, 3, 9), (2, 4, 8)], {"kernel": (3,)}),
    ("conv_weight_grad", [(2, 3, 9), (2, 4, 7, 7)], {"kernel": (3,)}),
    ("max_pool", [(2, 3, 9)], {"kernel": (2, 2)}),
    ("max_pool", [(2, 3, 2)], {"kernel": (3,)}),
    ("average_pool", [(2, 3, 9)], {"kernel": (2,), "pads": ((2, 0),)}),
    ("average_pool_grad", [(2, 3, 4)], {"kernel": (2,), "size": (7,)}),
    ("max_pool_grad", [(2, 3, 4), (2, 3, 5)], {"size": (7,)}),
    ("max_pool_pick", [(2, 3, 4), (2, 2, 5)], {}),
    ("upsample", [(2, 3, 4)], {"factors": (2, 2)}),
    ("interpolate", [(2, 3, 5)], {"axis": 2, "factor": 2, "back": True}),
]


def refused(name: str, shapes: list[tuple[int, ...]], attrs: dict[str, Any]) -> ShapeError:
    graph = Graph()
    with pytest.raises(ShapeError) as caught:
        graph.apply(REGISTRY[name], *(graph.source(shape, "data") for shape in shapes), **attrs)
    assert graph.calls == []
    return caught.value


@pytest.mark.parametrize(("name", "shapes", "attrs"), MISFITS)
def test_misfits_are_refused(name: str, shapes: list[tuple[int, ...]], attrs: dict[str, Any]):
    error = refused(name, shapes, attrs)
    assert isinstance(error, ChainruleError)
    named = [str(part) for shape in shapes for part in (shape, shape[-1:], *shape)]
    assert any(text in str(error) for text in named)


@pytest.mark.parametrize("op", EQUAL, ids=lambda op: op.name)
def test_unequal_shapes_are_refused(op):
    for place in range(1, len(op.inputs)):
        shapes = [(7, 3)] * len(op.inputs)
        shapes[place] = (3, 7)
        error = refused(op.name, shapes, dict.fromkeys(op.scalars, 0.5))
        assert (error.want, error.got) == ((7, 3), (3, 7))


@pytest.mark.parametrize("op", BROADCAST, ids=lambda op: op.name)
def test_shapes_that_do_not_broadcast_are_refused(op):
    error = refused(op.name, [(7, 3), (7, 2)], {})
    assert (error.want, error.got) == ((7, 3), (7, 2))
    assert "(7, 3)" in str(error)
    assert "(7, 2)" in str(error)


def test_the_equal_and_the_broadcast_rule_are_in_use():
    assert len(EQUAL) >= 5
    assert {op.name for op in BROADCAST} >= {"add", "sub", "mul", "div"}


def test_an_op_that_does_not_exist_is_no_method_of_the_graph():
    with pytest.raises(AttributeError, match="convolve"):
        Graph().convolve(None)
