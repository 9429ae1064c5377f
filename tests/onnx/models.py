"""Whole models: nodes in their order, operators that ONNX defines by others through that definition."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import function_expand_helper

from engine.graph import Value
from tests.onnx.adapter import MAPPINGS, SINGLE, Adapter, Node, Unsupported, read, run

_numbers = count()


def compute(model: onnx.ModelProto, inputs: Sequence[Any]) -> list[Any]:
    """The model's outputs: arrays of the engine's floating type with the dtype they stand for, or lists of such."""
    graph = model.graph
    g = Adapter(precision=precision(graph, inputs))
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 1)
    scope: dict[str, Any] = {item.name: g.given(numpy_helper.to_array(item)) for item in graph.initializer}
    scope |= {item.name: given(g, array) for item, array in zip(graph.input, inputs, strict=False)}
    for node in graph.node:
        build_node(g, node, scope, opset, alone=len(graph.node) == 1)
    return results(g, [scope[item.name] for item in graph.output])


def given(g: Adapter, array: Any) -> Any:
    """An input of the model as a value, a list as a list of values."""
    if array is None:
        return None
    return [given(g, item) for item in array] if isinstance(array, list) else g.given(array)


def results(g: Adapter, outputs: Sequence[Any]) -> list[Any]:
    """(numbers, dtype) of each output, or a list of such."""
    flat = [value for output in outputs for value in (output if isinstance(output, list) else [output])]
    if any(value is None for value in flat):
        raise Unsupported("element type", "optional")
    arrays = iter(zip(run(g, flat), map(g.dtype_of, flat), strict=True))
    return [[next(arrays) for _ in output] if isinstance(output, list) else next(arrays) for output in outputs]


def precision(graph: onnx.GraphProto, inputs: Sequence[Any]) -> str:
    """float32 where the model's floats are that or shorter; float64 where one is longer, or all are integers."""
    kinds = {array.dtype.name for item in inputs if item is not None for array in np.atleast_1d(_arrays(item))}
    for item in (*graph.output, *graph.input):
        if item.type.HasField("tensor_type"):
            kinds.add(onnx.helper.tensor_dtype_to_np_dtype(item.type.tensor_type.elem_type).name)
    return "float32" if kinds & set(SINGLE) and "float64" not in kinds else "float64"


def _arrays(item: Any) -> np.ndarray:
    found = np.empty(len(item) if isinstance(item, list) else 1, object)
    for i, array in enumerate(item if isinstance(item, list) else [item]):
        found[i] = np.asarray(array)
    return found


def attribute(proto: onnx.AttributeProto) -> Any:
    """The value of an attribute, tensors as arrays, texts as str."""
    if proto.type == onnx.AttributeProto.TENSOR:
        return numpy_helper.to_array(proto.t)
    value = onnx.helper.get_attribute_value(proto)
    if isinstance(value, bytes):
        return value.decode()
    if proto.type in (onnx.AttributeProto.INTS, onnx.AttributeProto.FLOATS):
        return list(value)
    return [item.decode() for item in value] if proto.type == onnx.AttributeProto.STRINGS else value


def build_node(g: Adapter, proto: onnx.NodeProto, scope: dict[str, Any], opset: int, alone: bool = False) -> None:
    """Append the calls of one node; its results enter `scope`."""
    inputs = [scope[name] if name else None for name in proto.input]
    if proto.op_type not in MAPPINGS:
        build_definition(g, proto, scope, opset, inputs)
        return
    attrs = {item.name: attribute(item) for item in proto.attribute}
    node = Node(proto.op_type, attrs, [bool(name) for name in proto.output], opset, alone, scope)
    mapping, gives = MAPPINGS[proto.op_type]
    found = mapping(g, node, *inputs)
    found = found if isinstance(found, tuple) else (found,)
    for name, value in zip(proto.output, found, strict=False):
        if isinstance(value, Value) and id(value) not in g.dtypes:
            g.dtypes[id(value)] = g.dtype_of(inputs[0]) if gives is None else gives
        scope[name] = value
    if missing := [name for name in proto.output[len(found) :] if name]:
        raise Unsupported("attribute", f"{proto.op_type} with output {missing[0]}")


def build_definition(g: Adapter, proto: onnx.NodeProto, scope: dict[str, Any], opset: int, inputs: list[Any]) -> None:
    """A node whose operator ONNX itself defines by others. Raises Unsupported where it does not."""
    try:
        schema = onnx.defs.get_schema(proto.op_type, opset, proto.domain)
    except onnx.defs.SchemaError:
        raise Unsupported("operator", proto.op_type) from None
    node = onnx.NodeProto()
    node.CopyFrom(proto)
    present = {item.name for item in proto.attribute}
    defaults = [item.default_value for name, item in schema.attributes.items() if name not in present]
    node.attribute.extend(value for value in defaults if value.name)
    text = _definition(schema, node, [_type(g, value) for value in inputs])
    if text is None:
        raise Unsupported("operator", proto.op_type)
    function = onnx.FunctionProto.FromString(text)
    version = next((entry.version for entry in function.opset_import if entry.domain == ""), opset)
    for inner in function_expand_helper(node, function, f"{proto.op_type}_{next(_numbers)}_"):
        build_node(g, inner, scope, version)


def _definition(schema: Any, node: onnx.NodeProto, types: list[onnx.TypeProto]) -> bytes | None:
    """The newest definition of `schema`, serialised."""
    if versions := schema.function_opset_versions:
        return schema.get_function_with_opset_version(max(versions))
    if versions := schema.context_dependent_function_opset_versions:
        kinds = [kind.SerializeToString() for kind in types]
        return schema.get_context_dependent_function_with_opset_version(max(versions), node.SerializeToString(), kinds)
    return None


def _type(g: Adapter, value: Any) -> onnx.TypeProto:
    if isinstance(value, list):
        return onnx.helper.make_sequence_type_proto(_type(g, value[0]))
    if value is None:
        return onnx.TypeProto()
    kind = onnx.helper.np_dtype_to_tensor_dtype(read(g.dtype_of(value)))
    return onnx.helper.make_tensor_type_proto(kind, value.shape)
