"""How many windows fit along a dimension: what layers and ops of convolution and pooling both need to know."""

from __future__ import annotations


def output_size(n: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int = 1) -> int:
    """Places at which a kernel fits into n inputs and their padding; 0 or less where it fits nowhere."""
    return (n + sum(pads) - (kernel - 1) * dilation - 1) // stride + 1


def pooled_size(n: int, kernel: int, stride: int, pads: tuple[int, int], ceil: bool) -> int:
    """The same; with `ceil` a last window that is only partly filled counts too, if it begins before the padding."""
    if not ceil:
        return output_size(n, kernel, stride, pads)
    count = -(-(n + sum(pads) - kernel) // stride) + 1
    return count - 1 if (count - 1) * stride >= n + pads[0] else count
