"""Whether x < y: 1 or 0, with broadcasting. Its derivative is 0 wherever it has one."""

import numpy as np

from engine.ops.op import Op, broadcast, register
from engine.ops.pairs import LESS, kernel, pair_sizes
from engine.ops.samples import broadcasting

OP = register(Op(
    "less", "elementwise", ("x", "y"), broadcast, kernel, r"z = [x < y]",
    outputs=("z",), sizes=pair_sizes(LESS),
    vjp=lambda g, c, dz: (None, None),
    reference=lambda x, y: np.less(x, y).astype(float),
    derivative=r"\bar x = 0,\quad \bar y = 0",
    numbers="[{x} < {y}]",
    samples=broadcasting(),
    smooth=False,
    source="ONNX operator Less",
))  # fmt: skip
