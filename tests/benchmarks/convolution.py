"""Convolution and its two gradients on five shapes, and whole steps of small convolutional networks, against PyTorch.

PyTorch runs each shape with channels first and with channels last, and each network eager and through torch.compile;
the faster one counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine
from engine.graph import Graph, Value
from engine.machine.run import Runner
from engine.program import Program
from tests.benchmarks.figures import NO_TORCH, Row, Run, Table, alternate, say, torch_or_none

RATE = 1e-3
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


def peers(torch: Any, shape: Shape, kind: str) -> dict[str, Callable[[], Any]]:
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
    runs |= {name: _repeated(torch, call) for name, call in peers(torch, shape, kind).items()}
    seconds = alternate(runs)
    theirs = min(seconds[name] for name in runs if name != "ours")
    return Row(f"{shape}, {kind}", "GFLOP/s", shape.work / seconds["ours"] / 1e9, shape.work / theirs / 1e9, 1.0)


@dataclass(frozen=True)
class Model:
    """A network here and in PyTorch, with a batch that stays the same, trained by Adam."""

    name: str
    network: Callable[[], engine.Network]
    modules: Callable[[Any], Any]
    rows: Callable[[], tuple[np.ndarray, np.ndarray]]
    goal: float

    def session(self) -> engine.Session:
        """A session on the batch, one thread."""
        return engine.Session(self.network(), self.rows(), threads=1, optimizer="adam", learning_rate=RATE)

    def torch_run(self, torch: Any, compiled: bool = False) -> Run:
        """Forward, backward and update in PyTorch, eager or through torch.compile."""
        torch.manual_seed(0)
        modules = self.modules(torch)
        optimizer = torch.optim.Adam(modules.parameters(), lr=RATE)
        rows, target = (torch.from_numpy(array) for array in self.rows())
        labels = target.dtype == torch.int64
        criterion = torch.nn.functional.cross_entropy if labels else torch.nn.functional.mse_loss

        def error(x: Any, t: Any) -> Any:
            return criterion(modules(x), t)

        forward = torch.compile(error) if compiled else error

        def run(steps: int) -> None:
            for _ in range(steps):
                optimizer.zero_grad()
                forward(rows, target).backward()
                optimizer.step()

        return run


def _chain(*layers: tuple[str, dict[str, Any]]) -> engine.Network:
    made, last = engine.Network(), None
    for kind, attrs in layers:
        layer = made.add(kind, **attrs)
        if last is not None:
            made.connect(last, layer)
        last = layer
    return made


def lenet() -> engine.Network:
    """LeCun et al. 1998, with ReLU and max pooling."""
    first = {"filters": 6, "kernel": (5,), "activation": "relu"}
    second = {"filters": 16, "kernel": (5,), "padding": "valid", "activation": "relu"}
    return _chain(
        ("Input", {"shape": (1, 28, 28)}), ("Conv2D", first), ("MaxPool2D", {}), ("Conv2D", second), ("MaxPool2D", {}),
        ("Flatten", {}), ("Dense", {"units": 120, "activation": "relu"}),
        ("Dense", {"units": 84, "activation": "relu"}), ("Dense", {"units": 10}), ("CrossEntropy", {}),
    )  # fmt: skip


def torch_lenet(torch: Any) -> Any:
    """The same in PyTorch."""
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def autoencoder() -> engine.Network:
    """Two convolutions down, two transposed ones up."""
    down, up = {"stride": (2,), "padding": "given", "activation": "relu"}, {"kernel": (4,), "stride": (2,)}
    return _chain(("Input", {"shape": (1, 28, 28)}), ("Conv2D", {"filters": 16, **down}),
                  ("Conv2D", {"filters": 32, **down}), ("ConvTranspose2D", {"filters": 16, "activation": "relu", **up}),
                  ("ConvTranspose2D", {"filters": 1, **up}), ("Flatten", {}), ("SquaredError", {}))  # fmt: skip


def torch_autoencoder(torch: Any) -> Any:
    """The same in PyTorch."""
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(16, 1, 4, 2, 1), nn.Flatten(),
    )  # fmt: skip


def resnet() -> engine.Network:
    """He et al. 2015 in small: three residual blocks of 16, 32 and 64 channels on images of 32²."""
    net = engine.Network()

    def behind(last: Any, kind: str, **attrs: Any) -> Any:
        layer = net.add(kind, **attrs)
        net.connect(last, layer)
        return layer

    def convolved(last: Any, filters: int, kernel: int, stride: int) -> Any:
        return behind(last, "Conv2D", filters=filters, kernel=(kernel,), stride=(stride,), padding="given",
                      pads=(kernel // 2,), bias=False)  # fmt: skip

    def normed(last: Any, filters: int, stride: int = 1) -> Any:
        return behind(convolved(last, filters, 3, stride), "BatchNorm")

    last, channels = behind(normed(net.add("Input", shape=(3, 32, 32)), 16), "ReLU"), 16
    for filters in (16, 32, 64):
        stride = 1 if filters == channels else 2
        through = normed(behind(normed(last, filters, stride), "ReLU"), filters)
        past = last if filters == channels else convolved(last, filters, 1, stride)
        joined = net.add("Add")
        net.connect(through, joined, "x1")
        net.connect(past, joined, "x2")
        last, channels = behind(joined, "ReLU"), filters
    behind(behind(behind(last, "GlobalAveragePool"), "Dense", units=10), "CrossEntropy")
    return net


def torch_resnet(torch: Any) -> Any:
    """The same in PyTorch."""
    nn = torch.nn

    def normed(channels: int, filters: int, stride: int = 1) -> tuple[Any, Any]:
        return nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters)

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, channels: int, filters: int) -> None:
            super().__init__()
            stride = 1 if filters == channels else 2
            self.through = nn.Sequential(*normed(channels, filters, stride), nn.ReLU(), *normed(filters, filters))
            self.past = nn.Identity() if stride == 1 else nn.Conv2d(channels, filters, 1, stride, bias=False)

        def forward(self, x: Any) -> Any:
            return torch.relu(self.through(x) + self.past(x))

    blocks = Block(16, 16), Block(16, 32), Block(32, 64)
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)
    return nn.Sequential(*normed(3, 16), nn.ReLU(), *blocks, *head)


def _coloured() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((32, 3, 32, 32), dtype=np.float32), rng.integers(0, 10, 32)


def _digits() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((64, 1, 28, 28), dtype=np.float32), rng.integers(0, 10, 64)


def _images() -> tuple[np.ndarray, np.ndarray]:
    images = _digits()[0]
    return images, images.reshape(len(images), -1)


MODELS = (
    Model("LeNet-5, batch 64, Adam", lenet, torch_lenet, _digits, 2.5),
    Model("convolutional autoencoder, batch 64, Adam", autoencoder, torch_autoencoder, _images, 2.0),
    Model("ResNet-8, batch 32, Adam", resnet, torch_resnet, _coloured, 1.2),
)


def _compiled(model: Model, torch: Any) -> Run | None:
    """The model through torch.compile, already compiled; None where that does not work (it needs a C++ compiler)."""
    run = model.torch_run(torch, compiled=True)
    try:
        run(1)
    except Exception as error:  # whatever it raises, eager PyTorch is left to compare with
        say(f"torch.compile fails on {model.name}: {type(error).__name__}")
        return None
    return run


def _model_row(model: Model) -> Row:
    torch, session = torch_or_none(), model.session()
    compiled = _compiled(model, torch)
    runs: dict[str, Run] = {"ours": lambda steps: session.train(steps=steps), "eager": model.torch_run(torch)}
    if compiled is not None:
        runs["compiled"] = compiled
    seconds = alternate(runs)
    theirs = min(seconds[name] for name in runs if name != "ours")
    return Row(model.name, "steps/s", 1 / seconds["ours"], 1 / theirs, model.goal)


def tables() -> list[Table]:
    """GFLOP/s of single calls, then training steps a second; one thread, CPU time."""
    titles = "Convolution, one thread, CPU time", "Convolutional networks, one thread, CPU time"
    torch = torch_or_none()
    if torch is None:
        return [Table(title, remark=NO_TORCH) for title in titles]
    torch.set_num_threads(1)
    single = tuple(_row(shape, kind) for shape in SHAPES for kind in KINDS)
    return [Table(titles[0], single), Table(titles[1], tuple(_model_row(model) for model in MODELS))]
