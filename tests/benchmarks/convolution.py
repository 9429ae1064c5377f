"""Convolution and its two gradients on five shapes, and whole steps of small convolutional networks, against PyTorch.

PyTorch runs each shape with channels first and with channels last, and each network in the ways that `peers` knows; the
fastest one counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.graph import Graph, Value
from engine.machine.run import Runner
from engine.program import Program
from tests.benchmarks import images, peers
from tests.benchmarks.figures import NO_TORCH, Row, Run, Table, alternate, torch_or_none

KINDS = ("forward", "input's gradient", "weights' gradient")


@dataclass(frozen=True)
class Shape:
    """Square images and kernels, padded so that images keep their size."""

    batch: int
    channels: int
    filters: int
    size: int
    kernel: int

    def __str__(self) -> str:
        return f"{self.batch} × {self.channels} → {self.filters}, {self.size}², {self.kernel} × {self.kernel}"

    @property
    def work(self) -> int:
        """Floating-point operations."""
        return 2 * self.batch * self.channels * self.filters * self.size**2 * self.kernel**2

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, w, dy in float32."""
        rng = np.random.default_rng(0)
        x, w, dy = (self.batch, self.channels), (self.filters, self.channels), (self.batch, self.filters)
        image, kernel = (self.size,) * 2, (self.kernel,) * 2
        shapes = (*x, *image), (*w, *kernel), (*dy, *image)
        first, second, third = (rng.standard_normal(shape, dtype=np.float32) for shape in shapes)
        return first, second, third

    def build(self, kind: str, graph: Graph, x: Value, w: Value, dy: Value) -> Value:
        """One call."""
        attrs = {"pads": ((self.kernel // 2,) * 2,) * 2}
        if kind == "forward":
            return graph.conv(x, w, **attrs)  # type: ignore[no-any-return]
        if kind == "input's gradient":
            return graph.conv_input_grad(dy, w, size=x.shape[2:], **attrs)  # type: ignore[no-any-return]
        return graph.conv_weight_grad(x, dy, kernel=w.shape[2:], **attrs)  # type: ignore[no-any-return]


SHAPES = (Shape(64, 1, 16, 28, 3), Shape(64, 16, 32, 14, 3), Shape(32, 32, 64, 14, 3), Shape(64, 3, 32, 32, 5),
          Shape(16, 64, 64, 28, 3))  # fmt: skip


class Ours:
    """One call on the machine."""

    def __init__(self, shape: Shape, kind: str) -> None:
        graph, arrays = Graph(), shape.arrays()
        inputs = [graph.source(array.shape, "data") for array in arrays]
        self.result = shape.build(kind, graph, *inputs)
        self.program = Program("float32", 1)
        self.program.place([*inputs, self.result])
        self.program.finish(graph)
        self.runner = Runner(self.program.arena, self.program.ints, self.program.table, 1)
        for value, array in zip(inputs, arrays, strict=True):
            self.program.fill(value, array)

    def __call__(self, count: int) -> None:
        for _ in range(count):
            self.runner.rows(0, 1)

    def value(self) -> np.ndarray:
        """The result after a call."""
        return np.array(self.program.view(self.result))


def layouts(torch: Any, shape: Shape, kind: str) -> dict[str, Callable[[], Any]]:
    """The same in PyTorch, channels first and channels last."""
    runs = {}
    for name, layout in (("first", torch.contiguous_format), ("last", torch.channels_last)):
        x, w, dy = (torch.from_numpy(array).contiguous(memory_format=layout) for array in shape.arrays())
        pad = [shape.kernel // 2] * 2
        mask = [kind == "input's gradient", kind == "weights' gradient", False]

        def forward(x: Any = x, w: Any = w, pad: Any = pad) -> Any:
            return torch.nn.functional.conv2d(x, w, padding=pad)

        def back(x: Any = x, w: Any = w, dy: Any = dy, pad: Any = pad, mask: Any = mask) -> Any:
            found = torch.ops.aten.convolution_backward(dy, x, w, None, [1, 1], pad, [1, 1], False, [0, 0], 1, mask)
            return next(each for each, wanted in zip(found, mask, strict=True) if wanted)

        runs[name] = forward if kind == "forward" else back
    return runs


def _repeated(torch: Any, call: Callable[[], Any]) -> Run:
    def run(count: int) -> None:
        with torch.no_grad():
            for _ in range(count):
                call()

    return run


def _row(shape: Shape, kind: str) -> Row:
    torch = torch_or_none()
    runs: dict[str, Run] = {"ours": Ours(shape, kind)}
    runs |= {name: _repeated(torch, call) for name, call in layouts(torch, shape, kind).items()}
    seconds = alternate(runs)
    theirs = min(seconds[name] for name in runs if name != "ours")
    return Row(f"{shape}, {kind}", "GFLOP/s", shape.work / seconds["ours"] / 1e9, shape.work / theirs / 1e9, 1.0)


def tables() -> list[Table]:
    """GFLOP/s of single calls, then training steps a second; one thread, CPU time."""
    return [_single(), peers.training_table("Convolutional networks", images.WORKS)]


def _single() -> Table:
    title, torch = "Convolution, one thread, CPU time", torch_or_none()
    if torch is None:
        return Table(title, remark=NO_TORCH)
    torch.set_num_threads(1)
    return Table(title, tuple(_row(shape, kind) for shape in SHAPES for kind in KINDS))
