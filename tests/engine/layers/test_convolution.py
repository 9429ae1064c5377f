"""Convolution, pooling and upsampling as layers: shapes, learned tensors, paddings, what does not fit."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import ChainruleError, ShapeError
from engine.layers import REGISTRY, find
from tests.engine.nets import chain

SPATIAL = [kind for kind, layer in REGISTRY.items() if layer.category == "convolution"]


def shape(kind: str, x: tuple[int, ...], **attrs: Any) -> tuple[int, ...]:
    layer = find(kind)
    return layer.shape(layer.complete(attrs), x)


def learned(kind: str, x: tuple[int, ...], **attrs: Any) -> dict[str, Any]:
    layer = find(kind)
    return {p.name: p for p in layer.parameters(layer.complete(attrs), x)}


def output(kind: str, x: np.ndarray, **attrs: Any) -> np.ndarray:
    """What the layer gives for a batch, in float64."""
    network = chain(("Input", {"shape": x.shape[1:]}), (kind, attrs), ("Flatten", {}), ("SquaredError", {}))
    wanted = shape(kind, x.shape[1:], **attrs)
    session = engine.Session(network, (x, np.zeros((len(x), math.prod(wanted)))), dtype="float64")
    return session.predict(x).reshape(len(x), *wanted)


@pytest.mark.parametrize(
    ("kind", "x", "attrs", "want"),
    [
        ("Conv2D", (3, 9, 8), {}, (8, 9, 8)),
        ("Conv2D", (9, 8), {"filters": 5, "kernel": (4, 3)}, (5, 9, 8)),
        ("Conv2D", (3, 9, 8), {"stride": (2,), "kernel": (5,)}, (8, 5, 4)),
        ("Conv2D", (3, 9, 8), {"padding": "valid", "kernel": (3,), "dilation": (2, 1)}, (8, 5, 6)),
        ("Conv2D", (3, 9, 8), {"padding": "given", "pads": (2, 0, 1, 1)}, (8, 9, 8)),
        ("Conv2D", (3, 9, 8), {"padding": "given", "pads": (2, 0)}, (8, 11, 6)),
        ("Conv1D", (4, 10), {"groups": 2, "padding": "valid"}, (8, 8)),
        ("Conv1D", (10,), {}, (8, 10)),
        ("Conv3D", (2, 4, 5, 6), {"stride": (1, 2, 2)}, (8, 4, 3, 3)),
        ("ConvTranspose2D", (3, 7, 6), {"kernel": (4,)}, (8, 14, 12)),
        ("ConvTranspose2D", (3, 7, 6), {"kernel": (2,), "stride": (3,)}, (8, 21, 18)),
        ("ConvTranspose2D", (3, 7, 6), {"padding": "valid", "extra": (1, 0)}, (8, 16, 13)),
        ("ConvTranspose1D", (3, 7), {"padding": "given", "pads": (1,)}, (8, 13)),
        ("TiledConv2D", (3, 9, 8), {"tile": (2, 3)}, (8, 9, 8)),
        ("MaxPool2D", (3, 9, 8), {}, (3, 4, 4)),
        ("MaxPool2D", (9, 8), {"partial": True}, (5, 4)),
        ("MaxPool1D", (12,), {"window": (3,)}, (4,)),
        ("AveragePool2D", (3, 9, 8), {"window": (3, 2), "stride": (1,), "padding": "same"}, (3, 9, 8)),
        ("GlobalAveragePool", (3, 9, 8), {}, (3,)),
        ("GlobalMaxPool", (3, 9), {}, (3,)),
        ("Upsample2D", (3, 9, 8), {"factor": (2, 3)}, (3, 18, 24)),
        ("Upsample1D", (9,), {"mode": "linear"}, (18,)),
    ],
)
def test_shapes(kind: str, x: tuple[int, ...], attrs: dict[str, Any], want: tuple[int, ...]):
    assert shape(kind, x, **attrs) == want
    assert output(kind, np.random.default_rng(0).standard_normal((2, *x)), **attrs).shape == (2, *want)


@pytest.mark.parametrize(
    ("kind", "x", "attrs", "part"),
    [
        ("Conv2D", (2, 3), {"padding": "valid", "kernel": (3,)}, "3×3"),
        ("Conv2D", (5, 4, 4), {"padding": "valid", "dilation": (4,)}, "9×9"),
        ("Conv2D", (3, 9, 8), {"groups": 2}, "3 channels"),
        ("Conv2D", (4, 9, 8), {"groups": 4, "filters": 6}, "6 filters"),
        ("Conv2D", (4, 9, 8), {"kernel": (3, 3, 3)}, "kernel has 3 numbers"),
        ("Conv2D", (4, 9, 8), {"padding": "given", "pads": (1, 1, 1)}, "pads has 3 numbers"),
        ("Conv2D", (4,), {}, "channels × height × width"),
        ("Conv2D", (4, 4, 4, 4), {}, "4×4×4×4"),
        ("Conv2D", (4, 0, 4), {}, "4×0×4"),
        ("Conv2D", (4, 2**20, 2**20), {"filters": 2**20}, "too many"),
        ("Conv3D", (2**20, 9, 9, 9), {"filters": 2**20, "kernel": (9,)}, "weights"),
        ("ConvTranspose2D", (4, 9, 8), {"padding": "valid", "extra": (2,)}, "extra"),
        ("ConvTranspose1D", (4, 1), {"padding": "given", "pads": (3,)}, "leaves nothing"),
        ("ConvTranspose3D", (4, 2**10, 2**10, 2**10), {"stride": (2**10,)}, "too many"),
        ("MaxPool2D", (4, 2, 2), {"window": (3,)}, "3×3"),
        ("MaxPool2D", (4, 9, 9), {"padding": "given", "pads": (2,)}, "hold nothing"),
        ("GlobalMaxPool", (4,), {}, "channels"),
        ("Upsample2D", (4, 2**20, 2**20), {"factor": (2**10,)}, "too many"),
    ],
)
def test_what_does_not_fit_is_refused(kind: str, x: tuple[int, ...], attrs: dict[str, Any], part: str):
    with pytest.raises(ShapeError) as caught:
        shape(kind, x, **attrs)
    assert part in str(caught.value)
    assert caught.value.cure
    assert caught.value.port == "x"


def test_the_check_tells_where_it_is():
    network = chain(("Input", {"shape": (1, 4, 4)}), ("Conv2D", {"kernel": (9,), "padding": "valid"}), ("Flatten", {}),
                    ("Dense", {"units": 3}), ("CrossEntropy", {}))  # fmt: skip
    problem = next(problem for problem in network.check() if problem.code == "shape")
    assert problem.layer == "conv2d1"
    assert problem.port == "x"


@pytest.mark.parametrize("name", ["kernel", "stride", "dilation", "filters", "groups"])
def test_zero_is_refused(name: str):
    with pytest.raises(ChainruleError, match=name):
        find("Conv2D").complete({name: 0})


def test_weights_know_what_comes_in_and_goes_out():
    conv = learned("Conv2D", (6, 9, 9), filters=8, kernel=(3, 5), groups=2, activation="relu")
    assert conv["W"].shape == (8, 3, 3, 5)
    assert (conv["W"].fan_in, conv["W"].fan_out) == (3 * 15, 4 * 15)
    assert conv["W"].init == "he_normal"
    assert conv["b"].shape == (8,)
    back = learned("ConvTranspose2D", (6, 9, 9), filters=8, kernel=(4,), bias=False)
    assert set(back) == {"W"}
    assert back["W"].shape == (6, 8, 4, 4)
    assert (back["W"].fan_in, back["W"].fan_out) == (6 * 16 // 4, 8 * 16)
    assert learned("TiledConv2D", (2, 9, 9), filters=3, tile=(2,))["W"].shape == (4 * 3, 2, 3, 3)


@pytest.mark.parametrize("kind", ["Conv2D", "ConvTranspose2D"])
def test_starting_weights_keep_the_size_of_what_flows(kind: str):
    """With weights as He et al. have it, numbers behind ReLU keep their mean square."""
    attrs = {"filters": 48, "kernel": (4,), "activation": "relu", "bias": False}
    y = output(kind, np.abs(np.random.default_rng(0).standard_normal((4, 40, 12, 12))), **attrs)
    inner = y[:, :, 4:-4, 4:-4]
    assert 0.6 < np.mean(inner**2) < 1.6


def test_max_pool_is_maxout_along_a_line():
    x = np.random.default_rng(0).standard_normal((5, 12))
    for width in (2, 3, 4):
        np.testing.assert_array_equal(output("MaxPool1D", x, window=(width,)), output("Maxout", x, pieces=width))


def test_a_tiled_convolution_repeats_its_kernels():
    """Outputs that are `tile` apart see through the same kernel."""
    x = np.random.default_rng(0).standard_normal((2, 1, 13))
    network = chain(("Input", {"shape": (1, 13)}), ("TiledConv1D", {"filters": 2, "tile": (3,)}), ("Flatten", {}),
                    ("SquaredError", {}))  # fmt: skip
    session = engine.Session(network, (x, np.zeros((2, 26))), dtype="float64")
    weights = session.parameters["tiled_conv1d1.W"].reshape(3, 2, 1, 3)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1)))
    found = session.predict(x).reshape(2, 2, 13)
    for p in range(13):
        np.testing.assert_allclose(found[:, :, p], padded[:, 0, p : p + 3] @ weights[p % 3, :, 0].T, atol=1e-12)


def test_small_shifts_change_little_behind_max_pooling():
    """Of a single bright pixel moved inside its window nothing changes (Goodfellow et al. 2016, figure 9.8)."""
    images = np.zeros((4, 6, 6))
    for image, (i, j) in zip(images, itertools.product((2, 3), (4, 5)), strict=True):
        image[i, j] = 1.0
    pooled = output("MaxPool2D", images)
    assert (pooled == pooled[0]).all()
    assert pooled.sum() == 4


@pytest.mark.parametrize("kind", SPATIAL)
def test_a_row_of_any_size_trains(kind: str):
    dimensions = next((int(c) for c in kind if c.isdigit()), 2)
    x = np.random.default_rng(0).standard_normal((7, 2, *(5, 6, 4)[:dimensions]))
    network = chain(("Input", {"shape": x.shape[1:]}), (f"Conv{dimensions}D", {}), (kind, {}), ("Flatten", {}),
                    ("Dense", {"units": 3}), ("CrossEntropy", {}))  # fmt: skip
    session = engine.Session(network, (x, np.arange(7) % 3), learning_rate=0.1, optimizer="adam")
    before = session.loss()
    session.train(steps=30)
    assert session.loss() < before


@pytest.mark.parametrize("workers", [2, 3])
def test_training_does_not_depend_on_the_number_of_workers(workers: int):
    x = np.random.default_rng(0).standard_normal((9, 3, 11, 7))
    network = chain(("Input", {"shape": (3, 11, 7)}), ("Conv2D", {"activation": "relu"}), ("MaxPool2D", {}),
                    ("ConvTranspose2D", {"filters": 4}), ("AveragePool2D", {}), ("TiledConv2D", {"filters": 2}),
                    ("Flatten", {}), ("Dense", {"units": 3}), ("CrossEntropy", {}))  # fmt: skip
    runs = []
    for threads in (1, workers):
        session = engine.Session(network, (x, np.arange(9) % 3), threads=threads, batch_size=4, seed=3)
        session.train(steps=6)
        runs.append({name: value.tobytes() for name, value in session.parameters.items()})
    assert runs[0] == runs[1]
