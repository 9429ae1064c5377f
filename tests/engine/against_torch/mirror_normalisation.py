"""Mirrors of layers that normalise."""

from __future__ import annotations

from typing import Any

from tests.engine.against_torch.mirror import Attrs, Own, mirror, torch

functional = torch.nn.functional


@mirror("BatchNorm")
def batch_norm(own: Own, attrs: Attrs, x: Any) -> Any:
    """By its formula: PyTorch's own gives wrong gradients for some layouts that Transpose makes of images."""
    axis = x.dim() - 1 if attrs["channels"] == "last" else 1
    others, shape = [k for k in range(x.dim()) if k != axis], [-1 if k == axis else 1 for k in range(x.dim())]
    mean, variance = own["mean"], own["variance"]
    if own.training:
        variance, mean = torch.var_mean(x, others, correction=0)
        count, share = x.numel() / x.shape[axis], attrs["momentum"]
        own.keep("mean", (1 - share) * own["mean"] + share * mean)
        own.keep("variance", (1 - share) * own["variance"] + share * variance * count / (count - 1))
    y = (x - mean.reshape(shape)) / torch.sqrt(variance.reshape(shape) + attrs["eps"])
    return y * own["gamma"].reshape(shape) + own["beta"].reshape(shape)


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
