"""Mirrors of layers that normalise."""

from __future__ import annotations

from typing import Any

from tests.engine.against_torch.mirror import Attrs, Own, mirror, torch

functional = torch.nn.functional


@mirror("BatchNorm")
def batch_norm(own: Own, attrs: Attrs, x: Any) -> Any:
    axis = -1 if attrs["channels"] == "last" else 1
    mean, variance = own["mean"].detach().clone(), own["variance"].detach().clone()
    y = functional.batch_norm(x.movedim(axis, 1), mean, variance, own["gamma"], own["beta"], own.training,
                              attrs["momentum"], attrs["eps"])  # fmt: skip
    if own.training:
        own.keep("mean", mean)
        own.keep("variance", variance)
    return y.movedim(1, axis)


@mirror("LayerNorm")
def layer_norm(own: Own, attrs: Attrs, x: Any) -> Any:
    shape = x.shape[1:] if attrs["over"] == "row" else x.shape[-1:]
    return functional.layer_norm(x, shape, own["gamma"], own["beta"], attrs["eps"])


@mirror("RMSNorm")
def rms_norm(own: Own, attrs: Attrs, x: Any) -> Any:
    axes = tuple(range(1, x.dim())) if attrs["over"] == "row" else (-1,)
    return own["gamma"] * x / torch.sqrt((x**2).mean(axes, keepdim=True) + attrs["eps"])


@mirror("GroupNorm")
def group_norm(own: Own, attrs: Attrs, x: Any) -> Any:
    parts = x.reshape(len(x), attrs["groups"] or x.shape[1], -1)
    variance, mean = torch.var_mean(parts, 2, keepdim=True, correction=0)
    y = ((parts - mean) / torch.sqrt(variance + attrs["eps"])).reshape(x.shape)
    ones = [1] * (x.dim() - 2)
    return y * own["gamma"].reshape(-1, *ones) + own["beta"].reshape(-1, *ones)
