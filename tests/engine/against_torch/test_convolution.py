"""Convolutional networks against PyTorch, from the same weights on the same data, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import engine
from tests.engine.nets import Layers, chain

torch = pytest.importorskip("torch", reason="PyTorch is a peer to compare with, not a dependency")

F = torch.nn.functional
BOUND = 1e-8
CLASSES = 3
Weights = dict[str, Any]
NETWORKS: dict[str, tuple[tuple[int, ...], Layers, Callable[[Any, Weights], Any]]] = {
    "LeNet": (
        (1, 14, 14),
        [("Conv2D", {"filters": 6, "kernel": (5,), "activation": "relu"}), ("MaxPool2D", {}),
         ("Conv2D", {"filters": 8, "kernel": (3,), "padding": "valid", "activation": "relu"}), ("MaxPool2D", {})],
        lambda x, w: F.max_pool2d(F.relu(F.conv2d(
            F.max_pool2d(F.relu(F.conv2d(x, w["conv2d1.W"], w["conv2d1.b"], padding=2)), 2), w["conv2d2.W"],
            w["conv2d2.b"])), 2),
    ),
    "stride, dilation, groups": (
        (4, 11, 12),
        [("Conv2D", {"filters": 6, "kernel": (3, 2), "stride": (2, 1), "dilation": (1, 3), "groups": 2,
                     "padding": "given", "pads": (1, 2), "activation": "tanh"}),
         ("Conv2D", {"filters": 6, "kernel": (3,), "groups": 6, "stride": (2,), "padding": "given",
                     "pads": (0, 1, 2, 0), "bias": False})],
        lambda x, w: F.conv2d(F.pad(torch.tanh(F.conv2d(
            x, w["conv2d1.W"], w["conv2d1.b"], (2, 1), (1, 2), (1, 3), 2)), (2, 0, 0, 1)), w["conv2d2.W"], None,
            2, 0, 1, 6),
    ),
    "one dimension": (
        (2, 17),
        [("Conv1D", {"filters": 5, "kernel": (4,), "stride": (2,), "padding": "valid"}),
         ("AveragePool1D", {"window": (3,), "stride": (2,), "padding": "given", "pads": (1,), "include_pad": False}),
         ("ConvTranspose1D", {"filters": 3, "kernel": (5,), "stride": (3,), "padding": "given", "pads": (2,),
                              "extra": (1,)})],
        lambda x, w: F.conv_transpose1d(
            F.avg_pool1d(F.conv1d(x, w["conv1d1.W"], w["conv1d1.b"], 2), 3, 2, 1, count_include_pad=False),
            w["conv_transpose1d1.W"], w["conv_transpose1d1.b"], 3, 2, 1),
    ),
    "three dimensions": (
        (2, 5, 6, 7),
        [("Conv3D", {"filters": 4, "kernel": (2, 3, 3), "padding": "given", "pads": (1, 1, 0)}), ("MaxPool3D", {}),
         ("ConvTranspose3D", {"filters": 2, "kernel": (3,), "stride": (2,), "padding": "valid"}),
         ("AveragePool3D", {"window": (2, 3, 2), "stride": (1, 2, 2), "padding": "given", "pads": (1, 1, 0)})],
        lambda x, w: F.avg_pool3d(F.conv_transpose3d(
            F.max_pool3d(F.conv3d(x, w["conv3d1.W"], w["conv3d1.b"], 1, (1, 1, 0)), 2), w["conv_transpose3d1.W"],
            w["conv_transpose3d1.b"], 2), (2, 3, 2), (1, 2, 2), (1, 1, 0)),
    ),
    "transposed": (
        (3, 7, 6),
        [("ConvTranspose2D", {"filters": 4, "kernel": (4,), "stride": (2,), "groups": 1, "activation": "tanh"}),
         ("ConvTranspose2D", {"filters": 4, "kernel": (3,), "stride": (1, 2), "dilation": (2, 1), "groups": 2,
                              "padding": "valid", "extra": (0, 1)}),
         ("MaxPool2D", {"window": (3,), "stride": (2,), "padding": "given", "pads": (1,), "partial": True})],
        lambda x, w: F.max_pool2d(F.conv_transpose2d(
            torch.tanh(F.conv_transpose2d(x, w["conv_transpose2d1.W"], w["conv_transpose2d1.b"], 2, 1)),
            w["conv_transpose2d2.W"], w["conv_transpose2d2.b"], (1, 2), 0, (0, 1), 2, (2, 1)), 3, 2, 1, 1, True),
    ),
    "up and down": (
        (3, 5, 4),
        [("Upsample2D", {"factor": (2, 3)}), ("Conv2D", {"filters": 4, "kernel": (1,)}),
         ("Upsample2D", {"mode": "linear", "factor": (3, 2)}),
         ("AveragePool2D", {"window": (3,), "stride": (2,), "partial": True}), ("GlobalAveragePool", {})],
        lambda x, w: F.avg_pool2d(F.interpolate(
            F.conv2d(F.interpolate(x, scale_factor=(2, 3)), w["conv2d1.W"], w["conv2d1.b"]), scale_factor=(3, 2),
            mode="bilinear"), 3, 2, 0, True).mean((2, 3)),
    ),
    "global maximum": (
        (3, 5, 6),
        [("Conv2D", {"filters": 4}), ("GlobalMaxPool", {})],
        lambda x, w: F.conv2d(x, w["conv2d1.W"], w["conv2d1.b"], padding=1).amax((2, 3)),
    ),
}  # fmt: skip


class Peer:
    """A session and the same network in PyTorch."""

    def __init__(self, name: str, **settings: Any) -> None:
        shape, layers, self.forward = NETWORKS[name]
        rng = np.random.default_rng(1)
        x, y = rng.standard_normal((8, *shape)), rng.integers(0, CLASSES, 8)
        flat = [] if name in ("up and down", "global maximum") else [("Flatten", {})]
        ends: Layers = [*flat, ("Dense", {"units": CLASSES}), ("CrossEntropy", {})]
        network = chain(("Input", {"shape": shape}), *layers, *ends)
        self.session = engine.Session(network, (x, y), dtype="float64", seed=2, **settings)
        for parameter, array in self.session.parameters.items():
            self.session.parameters[parameter] = array + 0.05 * rng.standard_normal(array.shape)
        self.weights = {
            parameter: torch.tensor(np.array(array), requires_grad=True)
            for parameter, array in self.session.parameters.items()
        }
        self.x, self.y = torch.tensor(x), torch.tensor(y)

    def output(self) -> Any:
        """Logits of all rows."""
        return self.forward(self.x, self.weights).flatten(1) @ self.weights["dense1.W"] + self.weights["dense1.b"]

    def loss(self) -> Any:
        """Loss of all rows."""
        return F.cross_entropy(self.output(), self.y)


def close(got: Any, want: Any, name: str = "") -> None:
    """Equal to BOUND, relative and absolute."""
    np.testing.assert_allclose(got, want.detach().numpy(), rtol=BOUND, atol=BOUND, err_msg=name)


@pytest.mark.parametrize("name", NETWORKS)
def test_output_loss_and_gradients(name: str):
    peer = Peer(name)
    total = peer.loss()
    total.backward()
    close(peer.session.predict(peer.x.numpy()), peer.output())
    close(peer.session.loss(), total)
    gradients = peer.session.gradients()
    assert set(gradients) == set(peer.weights)
    for parameter, value in peer.weights.items():
        close(gradients[parameter], value.grad, parameter)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", NETWORKS)
def test_ten_steps(name: str, optimizer: str):
    peer = Peer(name, optimizer=optimizer, learning_rate=0.02)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[optimizer]
    update, losses = kind(list(peer.weights.values()), lr=0.02), []
    for _ in range(10):
        update.zero_grad()
        total = peer.loss()
        total.backward()
        losses.append(total.item())
        update.step()
    peer.session.train(steps=10)
    np.testing.assert_allclose(peer.session.loss_history()[1], losses, rtol=BOUND)
    for parameter, value in peer.weights.items():
        close(peer.session.parameters[parameter], value, parameter)


@pytest.mark.parametrize("name", ["LeNet", "transposed", "one dimension"])
def test_hessian_times_a_vector(name: str):
    peer, rng = Peer(name), np.random.default_rng(4)
    vector = {parameter: rng.standard_normal(value.shape) for parameter, value in peer.weights.items()}
    values = list(peer.weights.values())
    gradients = torch.autograd.grad(peer.loss(), values, create_graph=True)
    slope = sum((g * torch.tensor(v)).sum() for g, v in zip(gradients, vector.values(), strict=True))
    products = torch.autograd.grad(slope, values)
    found = peer.session.hessian_vector_product(vector)
    for parameter, want in zip(peer.weights, products, strict=True):
        close(found[parameter], want, parameter)
