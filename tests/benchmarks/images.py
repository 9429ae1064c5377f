"""Small convolutional networks and their batches, here and in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine
from tests.benchmarks.figures import RATE


@dataclass(frozen=True)
class Work:
    """A network here and in its peers, with a batch that stays the same, trained by Adam."""

    name: str
    network: Callable[[], engine.Network]
    modules: Callable[[Any], Any]
    in_jax: str
    rows: Callable[[], tuple[np.ndarray, np.ndarray]]
    goal: float
    optimizer: str = "adam"

    def __str__(self) -> str:
        return self.name

    def session(self, threads: int = 1) -> engine.Session:
        """A session on the batch."""
        return engine.Session(
            self.network(), self.rows(), threads=threads, optimizer=self.optimizer, learning_rate=RATE
        )

    def torch_model(self, torch: Any) -> tuple[Any, Callable[[Any, Any], Any]]:
        """Its modules in PyTorch, and the loss."""
        modules, labels = self.modules(torch), self.rows()[1].dtype == np.int64
        criterion = torch.nn.functional.cross_entropy if labels else torch.nn.functional.mse_loss
        return modules, lambda x, t: criterion(modules(x), t)

    @property
    def jax_model(self) -> tuple[str, dict[str, Any]]:
        """The same in JAX."""
        return self.in_jax, {}


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


WORKS = (
    Work("LeNet-5, batch 64, Adam", lenet, torch_lenet, "lenet", _digits, 2.5),
    Work(
        "convolutional autoencoder, batch 64, Adam",
        autoencoder,
        torch_autoencoder,
        "autoencoder",
        _images,
        2.0,
    ),
    Work("ResNet-8, batch 32, Adam", resnet, torch_resnet, "resnet", _coloured, 1.2),
)  # fmt: skip
