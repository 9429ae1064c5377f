"""The one kernel behind `matmul` and `linear`, so that the matrix product is compiled once for each dtype."""

from engine.machine.gemm import gemm, prepare, scratch_size
from engine.machine.pointers import at, load
from engine.numerals import operand, total


def kernel(arena, ints, args, worker, workers):
    """C = A·B (+ bias). args: a, b, bias, c, scratch, its length, m, n, k, a_row, a_col, b_row, b_col, bias_mode."""
    scratch = load(args, 4) + worker * load(args, 5)
    n = load(args, 7)
    gemm(at(arena, load(args, 3)), n, at(arena, load(args, 0)), load(args, 9), load(args, 10),
         at(arena, load(args, 1)), load(args, 11), load(args, 12), load(args, 6), n, load(args, 8),
         at(arena, load(args, 2)), load(args, 13), at(arena, scratch), worker, workers)  # fmt: skip


def product_sizes(call):
    """m, n, k, the four strides and the bias mode."""
    a, b = call.inputs[0].shape, call.inputs[1].shape
    ta, tb = call.attrs.get("ta", False), call.attrs.get("tb", False)
    m, n = call.outputs[0].shape
    k = a[0] if ta else a[1]
    a_strides = (1, a[1]) if ta else (a[1], 1)
    b_strides = (1, b[1]) if tb else (b[1], 1)
    return [m, n, k, *a_strides, *b_strides, len(call.inputs) - 2]


def product_scratch(call, dtype):
    """Elements of each worker's packing buffer; also makes sure that the product is compiled for `dtype`."""
    prepare(dtype)
    m, n, k = product_sizes(call)[:3]
    return scratch_size(m, n, k, 4 if dtype == "float32" else 8)


def product_flops(call):
    """Two for each multiply-add."""
    m, n, k = product_sizes(call)[:3]
    return 2 * m * n * k


def product_numbers(arrays, place, attrs):
    """The first products of the sum behind one element, and the bias if there is one."""
    a = arrays[0].T if attrs.get("ta") else arrays[0]
    b = arrays[1].T if attrs.get("tb") else arrays[1]
    row, column = a[place[0]], b[:, place[1]]
    products = (f"{operand(x)} · {operand(y)}" for x, y in zip(row, column, strict=True))
    text = total(products, len(row), "products")
    return f"{text} + {operand(arrays[2][place[1]])}" if len(arrays) > 2 else text
