"""What kernels stand on: typed pointers into the arenas, calls through addresses, and constants of the arena's type.

Every kernel has the signature ``kernel(arena, ints, args, worker, workers)``:

* ``arena``    pointer to the floating-point arena (float32 or float64);
* ``ints``     pointer to the int64 arena (labels, indices, counters);
* ``args``     pointer to this instruction's int64 arguments: operand offsets first, then sizes;
* ``worker, workers``  which slice of the outputs this call computes.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np import arrayobj

INT_POINTER = types.CPointer(types.int64)
FLOAT_POINTERS = {"float32": types.CPointer(types.float32), "float64": types.CPointer(types.float64)}


def kernel_signature(dtype: str):
    """Numba signature of a kernel for an arena of `dtype` ("float32" or "float64")."""
    pointer = FLOAT_POINTERS[dtype]
    return types.void(pointer, INT_POINTER, INT_POINTER, types.int64, types.int64)


@intrinsic
def at(typingctx, pointer, offset):
    """`pointer + offset` elements."""
    if not isinstance(pointer, types.CPointer):
        return None
    sig = pointer(pointer, types.int64)

    def codegen(context, builder, signature, args):
        return builder.gep(args[0], [args[1]])

    return sig, codegen


@intrinsic
def load(typingctx, pointer, offset):
    """The element `offset` places behind `pointer`."""
    if not isinstance(pointer, types.CPointer):
        return None
    sig = pointer.dtype(pointer, types.int64)

    def codegen(context, builder, signature, args):
        return builder.load(builder.gep(args[0], [args[1]]))

    return sig, codegen


@intrinsic
def store(typingctx, pointer, offset, value):
    """Write `value` (cast to the element type) `offset` places behind `pointer`."""
    if not isinstance(pointer, types.CPointer):
        return None
    sig = types.void(pointer, types.int64, pointer.dtype)

    def codegen(context, builder, signature, args):
        builder.store(args[2], builder.gep(args[0], [args[1]]))
        return context.get_dummy_value()

    return sig, codegen


@intrinsic
def const(typingctx, pointer, number):
    """`number` in the element type of `pointer`, so that float32 kernels stay in float32."""
    if not isinstance(pointer, types.CPointer):
        return None
    sig = pointer.dtype(pointer, types.float64)

    def codegen(context, builder, signature, args):
        return context.cast(builder, args[1], types.float64, pointer.dtype)

    return sig, codegen


@intrinsic
def call_kernel(typingctx, address, arena, ints, args, worker, workers):
    """Call the compiled kernel at `address`."""
    sig = types.void(types.int64, arena, INT_POINTER, INT_POINTER, types.int64, types.int64)

    def codegen(context, builder, signature, values):
        kinds = [value.type for value in values[1:]]
        function = ir.FunctionType(ir.VoidType(), kinds).as_pointer()
        builder.call(builder.inttoptr(values[0], function), values[1:])
        return context.get_dummy_value()

    return sig, codegen


@intrinsic
def pointer_to(typingctx, array):
    """Pointer to the first element of a contiguous array."""
    if not isinstance(array, types.Array):
        return None
    sig = types.CPointer(array.dtype)(array)

    def codegen(context, builder, signature, args):
        return arrayobj.make_array(signature.args[0])(context, builder, args[0]).data

    return sig, codegen


@intrinsic
def fetch_add(typingctx, pointer, offset, amount):
    """Atomically add `amount` to an int64 and return what was there before."""
    sig = types.int64(INT_POINTER, types.int64, types.int64)

    def codegen(context, builder, signature, args):
        where = builder.gep(args[0], [args[1]])
        return builder.atomic_rmw("add", where, args[2], "seq_cst")

    return sig, codegen


@intrinsic
def load_atomic(typingctx, pointer, offset):
    """Atomic (acquire) read of an int64 that another thread may write."""
    sig = types.int64(INT_POINTER, types.int64)

    def codegen(context, builder, signature, args):
        return builder.load_atomic(builder.gep(args[0], [args[1]]), "acquire", 8)

    return sig, codegen


@intrinsic
def store_atomic(typingctx, pointer, offset, value):
    """Atomic (release) write of an int64 that another thread may read."""
    sig = types.void(INT_POINTER, types.int64, types.int64)

    def codegen(context, builder, signature, args):
        builder.store_atomic(args[2], builder.gep(args[0], [args[1]]), "release", 8)
        return context.get_dummy_value()

    return sig, codegen
