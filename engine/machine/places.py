"""Reads and writes that tell the compiler which of them cannot meet: a loop over several outputs becomes vectors.

Left to itself, the compiler must check before every loop that no output lies on an input or on another output, and
gives up where there are many. Here each access names its *place*, a number: within one kernel, memory that is reached
under two numbers must be different memory, whatever the loop.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

PLACES = 16


def _mark(instruction: Any, module: ir.Module, place: int) -> None:
    """Put `instruction` into the scope of its place, and apart from all others."""
    domain = module.add_metadata(["chainrule.places"])
    scopes = [module.add_metadata([f"chainrule.place{k}", domain]) for k in range(PLACES)]
    instruction.set_metadata("alias.scope", module.add_metadata([scopes[place]]))
    instruction.set_metadata("noalias", module.add_metadata([s for k, s in enumerate(scopes) if k != place]))


def _number(place: types.Type) -> int | None:
    fits = isinstance(place, types.IntegerLiteral) and 0 <= place.literal_value < PLACES
    return place.literal_value if fits else None


@intrinsic(prefer_literal=True)
def take(typingctx, pointer, offset, place):
    """The element `offset` behind `pointer`, which belongs to `place` (a literal below PLACES)."""
    number = _number(place)
    if number is None or not isinstance(pointer, types.CPointer):
        return None
    sig = pointer.dtype(pointer, types.int64, place)

    def codegen(context, builder, signature, args):
        found = builder.load(builder.gep(args[0], [args[1]]))
        _mark(found, builder.module, number)
        return found

    return sig, codegen


@intrinsic(prefer_literal=True)
def put(typingctx, pointer, offset, value, place):
    """Write `value` (cast to the element type) `offset` behind `pointer`, which belongs to `place`."""
    number = _number(place)
    if number is None or not isinstance(pointer, types.CPointer):
        return None
    sig = types.void(pointer, types.int64, pointer.dtype, place)

    def codegen(context, builder, signature, args):
        _mark(builder.store(args[2], builder.gep(args[0], [args[1]])), builder.module, number)
        return context.get_dummy_value()

    return sig, codegen
