"""Norms against PyTorch, in float64: in training, their running statistics, and in use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from tests.engine.against_torch.twins import Twin, close, linear, norm, torch
from tests.engine.nets import chain

ROWS = 9
DOUBLE = {"dtype": torch.float64}


def session(layers: list[tuple[str, dict[str, Any]]], shape: tuple[int, ...], outputs: int, **settings: Any):
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((ROWS, *shape)), rng.standard_normal((ROWS, outputs))
    network = chain(("Input", {"shape": shape}), *layers, ("SquaredError", {}))
    return engine.Session(network, (x, y), dtype="float64", optimizer="adam", learning_rate=0.01, **settings)


def dense_norm_dense(kind: str, **attrs: Any) -> tuple[engine.Session, str]:
    """8 → 6, the norm, tanh, 6 → 4."""
    layers = [("Dense", {"units": 6}), (kind, attrs), ("Tanh", {}), ("Dense", {"units": 4})]
    s = session(layers, (8,), 4)
    return s, next(id for id, node in s.network.nodes.items() if node.kind == kind)


MLP_NORMS = {
    "BatchNorm": lambda: torch.nn.BatchNorm1d(6, **DOUBLE),
    "LayerNorm": lambda: torch.nn.LayerNorm(6, **DOUBLE),
    "RMSNorm": lambda: torch.nn.RMSNorm(6, eps=1e-5, **DOUBLE),
}


@pytest.mark.parametrize("kind", MLP_NORMS)
def test_a_norm_between_dense_layers(kind: str):
    first, between, last = torch.nn.Linear(8, 6, **DOUBLE), MLP_NORMS[kind](), torch.nn.Linear(6, 4, **DOUBLE)
    s, name = dense_norm_dense(kind)
    module = torch.nn.Sequential(first, between, torch.nn.Tanh(), last)
    twin = Twin(s, module, linear("dense1.W", "dense1.b", first) | norm(name, between)
                | linear("dense2.W", "dense2.b", last), [module])  # fmt: skip
    twin.check_gradients()
    if kind == "BatchNorm":
        between.reset_running_stats()  # asking for gradients moved PyTorch's averages
    twin.check_steps()
    module.eval()
    twin.check_output()


IMAGE_NORMS = {
    "batch": ("BatchNorm", {"momentum": 0.3}, lambda: torch.nn.BatchNorm2d(4, momentum=0.3, **DOUBLE)),
    "groups": ("GroupNorm", {"groups": 2}, lambda: torch.nn.GroupNorm(2, 4, **DOUBLE)),
    "instance": ("GroupNorm", {"groups": 0}, lambda: torch.nn.InstanceNorm2d(4, affine=True, **DOUBLE)),
    "row": ("LayerNorm", {"over": "row"}, lambda: torch.nn.LayerNorm((4, 3, 5), **DOUBLE)),
    "rms of row": ("RMSNorm", {"over": "row"}, lambda: torch.nn.RMSNorm((4, 3, 5), eps=1e-5, **DOUBLE)),
}


@pytest.mark.parametrize("which", IMAGE_NORMS)
def test_a_norm_of_images(which: str):
    kind, attrs, make = IMAGE_NORMS[which]
    between, last = make(), torch.nn.Linear(60, 4, **DOUBLE)
    s = session([(kind, attrs), ("ReLU", {}), ("Flatten", {}), ("Dense", {"units": 4})], (4, 3, 5), 4)
    name = next(id for id, node in s.network.nodes.items() if node.kind == kind)
    module = torch.nn.Sequential(between, torch.nn.ReLU(), torch.nn.Flatten(), last)
    twin = Twin(s, module, norm(name, between) | linear("dense1.W", "dense1.b", last), [module])
    twin.check_gradients()
    if kind == "BatchNorm":
        between.reset_running_stats()
    twin.check_steps()
    module.eval()
    twin.check_output()


def test_running_statistics_after_ten_steps():
    """They start at 0 and 1 and move as PyTorch's do, the variance by its unbiased estimate."""
    between = torch.nn.BatchNorm1d(6, **DOUBLE)
    first, last = torch.nn.Linear(8, 6, **DOUBLE), torch.nn.Linear(6, 4, **DOUBLE)
    s, name = dense_norm_dense("BatchNorm")
    module = torch.nn.Sequential(first, between, torch.nn.Tanh(), last)
    twin = Twin(s, module, linear("dense1.W", "dense1.b", first) | norm(name, between)
                | linear("dense2.W", "dense2.b", last), [module])  # fmt: skip
    assert not np.any(s.parameters[f"{name}.mean"])
    assert np.all(s.parameters[f"{name}.variance"] == 1)
    twin.check_steps()
    assert np.abs(s.parameters[f"{name}.mean"]).max() > 0.05
    close(s.parameters[f"{name}.mean"], between.running_mean.numpy(), "mean")
    close(s.parameters[f"{name}.variance"], between.running_var.numpy(), "variance")


def test_batch_norm_of_a_sequence_by_its_last_dimension():
    between, last = torch.nn.BatchNorm1d(5, **DOUBLE), torch.nn.Linear(15, 4, **DOUBLE)
    s = session([("BatchNorm", {"channels": "last"}), ("Flatten", {}), ("Dense", {"units": 4})], (3, 5), 4)

    def forward(x):
        return last(between(x.transpose(1, 2)).transpose(1, 2).flatten(1))

    twin = Twin(s, forward, norm("batch_norm1", between) | linear("dense1.W", "dense1.b", last), [between, last])
    twin.check_gradients()
    twin.check_steps()


def test_hessian_times_a_vector_through_norms():
    first, last = torch.nn.Linear(8, 6, **DOUBLE), torch.nn.Linear(6, 4, **DOUBLE)
    between, after = torch.nn.BatchNorm1d(6, **DOUBLE), torch.nn.LayerNorm(6, **DOUBLE)
    layers = [("Dense", {"units": 6}), ("BatchNorm", {}), ("Tanh", {}), ("LayerNorm", {}), ("Dense", {"units": 4})]
    s = session(layers, (8,), 4)
    module = torch.nn.Sequential(first, between, torch.nn.Tanh(), after, last)
    twin = Twin(s, module, linear("dense1.W", "dense1.b", first) | norm("batch_norm1", between)
                | norm("layer_norm1", after) | linear("dense2.W", "dense2.b", last), [module])  # fmt: skip
    rng = np.random.default_rng(4)
    vector = {name: rng.standard_normal(s.parameters[name].shape) for name in twin.places}
    tensors = [twin.places[name].parameter for name in vector]
    ways = [torch.tensor(v.T if twin.places[name].turned else v) for name, v in vector.items()]
    gradients = torch.autograd.grad(twin.loss(), tensors, create_graph=True)
    slope = sum((g * v).sum() for g, v in zip(gradients, ways, strict=True))
    found = s.hessian_vector_product(vector)
    for name, want in zip(vector, torch.autograd.grad(slope, tensors), strict=True):
        close(found[name], twin.places[name].of(want), name)
