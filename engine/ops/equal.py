"""Whether x = y: 1 or 0, with broadcasting; NaN equals nothing. Its derivative is 0 wherever it has one."""

import numpy as np

from engine.ops.op import Op, broadcast, register
from engine.ops.pairs import EQUAL, kernel, pair_sizes
from engine.ops.samples import normal

OP = register(Op(
    "equal", "elementwise", ("x", "y"), broadcast, kernel, r"z = [x = y]",
    outputs=("z",), sizes=pair_sizes(EQUAL),
    vjp=lambda g, c, dz: (None, None),
    reference=lambda x, y: np.equal(x, y).astype(float),
    derivative=r"\bar x = 0,\quad \bar y = 0",
    numbers="[{x} = {y}]",
    samples=[dict(inputs=[normal(7, 3), normal(3)])],
    smooth=False,
    source="ONNX operator Equal",
))  # fmt: skip
