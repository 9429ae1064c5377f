"""Mirrors of dense layers, activations, and layers that join, reshape, disturb or penalise."""

from __future__ import annotations

from typing import Any

from tests.engine.against_torch.mirror import MIRRORS, Attrs, Own, mirror, torch

functional = torch.nn.functional
LEAST = 1e-30  # probabilities below count as this much
OFFSET = 1e-6  # in distances


def activation(name: str, z: Any, attrs: Attrs) -> Any:
    """The activation called `name`, as layers take it by that name."""
    known = {
        "linear": z.clone,
        "relu": z.relu,
        "leaky_relu": lambda: functional.leaky_relu(z, attrs["slope"]),
        "elu": lambda: torch.where(z > 0, z, attrs["alpha"] * torch.expm1(torch.clamp(z, max=0))),
        "gelu": lambda: functional.gelu(z),
        "silu": lambda: functional.silu(z),
        "softplus": lambda: torch.logaddexp(z, torch.zeros_like(z)),
        "sigmoid": z.sigmoid,
        "tanh": z.tanh,
        "absolute": z.abs,
        "step": (z > 0).double,
        "softmax": lambda: torch.softmax(z, -1),
    }
    return known[name]()


@mirror("Dense")
def dense(own: Own, attrs: Attrs, x: Any) -> Any:
    z = x @ own.weights("W", x.shape[-1], attrs["units"])
    return activation(attrs["activation"], z + own["b"] if attrs["bias"] else z, attrs)


PLAIN = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "GELU": "gelu", "SiLU": "silu", "Linear": "linear",
         "Softplus": "softplus", "Tanh": "tanh", "Sigmoid": "sigmoid", "AbsoluteValue": "absolute",
         "Step": "step"}  # fmt: skip
for _kind, _name in PLAIN.items():
    MIRRORS[_kind] = lambda own, attrs, x, name=_name: activation(name, x, attrs)


@mirror("Softmax")
def softmax(own: Own, attrs: Attrs, x: Any) -> Any:
    return torch.softmax(functional.pad(x, (1, 0)) if attrs["fix_first"] else x, -1)


@mirror("PReLU")
def prelu(own: Own, attrs: Attrs, x: Any) -> Any:
    return torch.relu(x) - own["slope"] * torch.relu(-x)


@mirror("Maxout")
def maxout(own: Own, attrs: Attrs, x: Any) -> Any:
    return x.unflatten(-1, (-1, attrs["pieces"])).max(-1).values


@mirror("Add")
def add(own: Own, attrs: Attrs, *inputs: Any) -> Any:
    return torch.stack(inputs).sum(0)


@mirror("Multiply")
def multiply(own: Own, attrs: Attrs, *inputs: Any) -> Any:
    return torch.stack(inputs).prod(0)


@mirror("Concat")
def concat(own: Own, attrs: Attrs, *inputs: Any) -> Any:
    return torch.cat(inputs, 1 if attrs["along"] == "first" else -1)


@mirror("CosineSimilarity")
def cosine(own: Own, attrs: Attrs, x: Any, y: Any) -> Any:
    return (unit(x) * unit(y)).sum(1, keepdim=True)


def unit(x: Any) -> Any:
    """Rows of length 1."""
    return x / torch.sqrt(torch.clamp((x**2).sum(1, keepdim=True), min=1e-16))


@mirror("PairwiseDistance")
def distance(own: Own, attrs: Attrs, x: Any, y: Any) -> Any:
    return functional.pairwise_distance(x, y, eps=OFFSET, keepdim=True)


@mirror("Flatten")
def flatten(own: Own, attrs: Attrs, x: Any) -> Any:
    return x.flatten(1)


@mirror("Reshape")
def reshape(own: Own, attrs: Attrs, x: Any) -> Any:
    return x.reshape(len(x), *attrs["shape"])


@mirror("Slice")
def part(own: Own, attrs: Attrs, x: Any) -> Any:
    return x[(slice(None),) * attrs["dimension"] + (slice(attrs["start"], attrs["stop"] or None),)]


@mirror("Transpose")
def transpose(own: Own, attrs: Attrs, x: Any) -> Any:
    return x.permute(0, *attrs["order"])


@mirror("StopGradient")
def stop(own: Own, attrs: Attrs, x: Any) -> Any:
    return x.detach()


class _Reversed(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Any, factor: float) -> Any:
        context.factor = factor
        return x.view_as(x)

    @staticmethod
    def backward(context: Any, dy: Any) -> Any:
        return -context.factor * dy, None


@mirror("GradientReversal")
def reversal(own: Own, attrs: Attrs, x: Any) -> Any:
    return _Reversed.apply(x, attrs["factor"])


@mirror("Dropout", "GaussianNoise", "AdversarialInput", "Augment")
def unchanged(own: Own, attrs: Attrs, x: Any) -> Any:
    """Of layers whose random part is drawn as nothing."""
    random = ("p", "sigma", "size", "rotate", "shift", "zoom", "flip", "brightness", "noise")
    assert not any(attrs.get(name) for name in random)
    return x


@mirror("Sampling")
def sampling(own: Own, attrs: Attrs, mean: Any, spread: Any) -> Any:
    if not own.training:
        return mean
    _, variance = log_and_variance(attrs, spread)
    return mean + torch.sqrt(variance) * own.drawn("noise", mean.shape)


def log_and_variance(attrs: Attrs, spread: Any) -> tuple[Any, Any]:
    """log σ², σ²."""
    if attrs["spread"] == "log_variance":
        return spread, torch.exp(spread)
    variance = torch.clamp(spread, min=1e-6)
    return torch.log(variance), variance


@mirror("NormalSample")
def normal_sample(own: Own, attrs: Attrs, x: Any) -> Any:
    shape = (len(x), attrs["units"])
    return own.drawn("y", shape) if own.training else torch.zeros(shape, dtype=x.dtype)


@mirror("ActivityL1")
def activity_l1(own: Own, attrs: Attrs, x: Any) -> Any:
    own.penalty(attrs["strength"] * x.abs().sum() / len(x))
    return x


@mirror("ActivityL2")
def activity_l2(own: Own, attrs: Attrs, x: Any) -> Any:
    own.penalty(attrs["strength"] * (x**2).sum() / len(x))
    return x


@mirror("KLSparsity")
def sparsity(own: Own, attrs: Attrs, x: Any) -> Any:
    rho, mean = torch.tensor(attrs["activity"], dtype=x.dtype), x.flatten(1).mean(0)
    on = rho * (torch.log(rho) - torch.log(torch.clamp(mean, min=LEAST)))
    off = (1 - rho) * (torch.log(1 - rho) - torch.log(torch.clamp(1 - mean, min=LEAST)))
    own.penalty(attrs["strength"] * (on + off).sum())
    return x


def log_probabilities(own: Own, attrs: Attrs, x: Any) -> tuple[Any, Any]:
    """log p, p."""
    if own.reads_probabilities(attrs):
        return torch.log(torch.clamp(x, min=LEAST)), x
    return torch.log_softmax(x, -1), torch.softmax(x, -1)


@mirror("EntropyPenalty")
def entropy(own: Own, attrs: Attrs, x: Any) -> Any:
    log_p, p = log_probabilities(own, attrs, x)
    own.penalty(-attrs["strength"] * (p * log_p).sum(-1).mean())
    return x


@mirror("ContractivePenalty")
def contractive(own: Own, attrs: Attrs, h: Any, x: Any) -> Any:
    if own.training:
        columns = h.flatten(1)
        slopes = [torch.autograd.grad(columns[:, k].sum(), x, create_graph=True)[0] for k in range(columns.shape[1])]
        own.penalty(attrs["strength"] * sum((slope**2).sum() for slope in slopes) / len(h))
    return h
