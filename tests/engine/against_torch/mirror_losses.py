"""Mirrors of the losses."""

from __future__ import annotations

from typing import Any

from tests.engine.against_torch.mirror import MIRRORS, Attrs, Own, mirror, torch
from tests.engine.against_torch.mirror_basic import LEAST, OFFSET, log_and_variance, log_probabilities, unit

functional = torch.nn.functional
MIRRORS["SquaredError"] = lambda own, attrs, x, y: functional.mse_loss(x, y, reduction=attrs["reduction"])
MIRRORS["HalfSquaredError"] = lambda own, attrs, x, y: 0.5 * ((x - y) ** 2).sum() / len(x)
MIRRORS["AbsoluteError"] = lambda own, attrs, x, y: functional.l1_loss(x, y, reduction=attrs["reduction"])
MIRRORS["HuberLoss"] = lambda own, attrs, x, y: functional.huber_loss(x, y, attrs["reduction"], attrs["threshold"])


@mirror("BinaryCrossEntropy")
def binary(own: Own, attrs: Attrs, x: Any, y: Any) -> Any:
    if own.reads_probabilities(attrs):
        return functional.binary_cross_entropy(x, y)
    return functional.binary_cross_entropy_with_logits(x, y)


@mirror("CrossEntropy")
def cross_entropy(own: Own, attrs: Attrs, x: Any, y: Any) -> Any:
    x, y, smoothing = x.flatten(0, -2), y.flatten(), attrs["smoothing"]
    if not own.reads_probabilities(attrs):
        return functional.cross_entropy(x, y, ignore_index=-1, label_smoothing=smoothing)
    logarithms = torch.log(torch.clamp(x, min=LEAST))[y >= 0]
    picked = logarithms.gather(1, y[y >= 0][:, None])[:, 0]
    return -((1 - smoothing) * picked + smoothing * logarithms.mean(1)).mean()


@mirror("ContrastiveLoss")
def contrastive(own: Own, attrs: Attrs, x: Any, y: Any) -> Any:
    return 0.5 * (y * x**2 + (1 - y) * torch.relu(attrs["margin"] - x) ** 2).mean()


@mirror("TripletLoss")
def triplet(own: Own, attrs: Attrs, anchor: Any, positive: Any, negative: Any) -> Any:
    near, far = (functional.pairwise_distance(anchor, other, eps=OFFSET) for other in (positive, negative))
    return torch.relu(near - far + attrs["margin"]).mean()


@mirror("InfoNCE")
def info_nce(own: Own, attrs: Attrs, x: Any, y: Any) -> Any:
    similar, partners = unit(x) @ unit(y).T / attrs["temperature"], torch.arange(len(x))
    there = functional.cross_entropy(similar, partners)
    return (there + functional.cross_entropy(similar.T, partners)) / 2 if attrs["both_ways"] else there


@mirror("GaussianNLL")
def gaussian(own: Own, attrs: Attrs, mean: Any, spread: Any, y: Any) -> Any:
    logarithm, variance = log_and_variance(attrs, spread)
    losses = 0.5 * (logarithm + (mean - y) ** 2 / variance)
    return losses.mean() if attrs["reduction"] == "mean" else losses.sum()


@mirror("PoissonNLL")
def poisson(own: Own, attrs: Attrs, x: Any, y: Any) -> Any:
    rate, logarithm = (torch.exp(x), x) if attrs["rates"] == "logarithms" else (x, torch.log(torch.clamp(x, min=LEAST)))
    losses = rate - y * logarithm
    return losses.mean() if attrs["reduction"] == "mean" else losses.sum()


@mirror("KLDivergence")
def divergence(own: Own, attrs: Attrs, x: Any, y: Any) -> Any:
    log_p, _ = log_probabilities(own, attrs, x)
    return (y * (torch.log(torch.clamp(y, min=LEAST)) - log_p)).sum(-1).mean()


@mirror("GaussianKL")
def gaussian_divergence(own: Own, attrs: Attrs, mean: Any, spread: Any) -> Any:
    logarithm, variance = log_and_variance(attrs, spread)
    return 0.5 * (mean**2 + variance - logarithm - 1).sum() / len(mean)
