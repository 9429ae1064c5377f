"""Random networks out of the whole catalogue: output, losses, gradients and steps agree with PyTorch in float64.

CHAINRULE_NETWORKS: about how many; CHAINRULE_SEED: draw others than those of the suite.
"""

from __future__ import annotations

import contextlib
import os
from random import Random
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import engine
from engine.layers import REGISTRY
from tests.engine.against_torch import (  # noqa: F401  (they enter their mirrors)
    mirror_attention,
    mirror_basic,
    mirror_convolution,
    mirror_losses,
    mirror_normalisation,
    mirror_sequence,
)
from tests.engine.against_torch.mirror import MIRRORS, Run, torch
from tests.engine.drawn_networks import Maker

BOUND, STEPS, TOO_LARGE = 1e-8, 3, 1e6
NOISE = 1e-6  # rules that divide by the size of a gradient would bring out its rounding
LINEAR = ("sgd", "momentum", "nesterov")
COUNT = int(os.environ.get("CHAINRULE_NETWORKS", "260"))
SEED = os.environ.get("CHAINRULE_SEED")
ENTRIES = {"Input", "Tokens"}
WITHOUT_CHANCE = {
    "Dropout": "with a rate of 0", "GaussianNoise": "with a deviation of 0",
    "Augment": "with changes of 0",
    "AdversarialInput": "with steps of 0: signs of gradients that cancel are those of rounding; see test_penalties",
}  # fmt: skip
OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {}),
    "rmsprop": (torch.optim.RMSprop, {}),
}


class Twins:
    """A session on a drawn network, and the same tensors in PyTorch."""

    def __init__(self, maker: Maker) -> None:
        x, y = maker.data.train.x, maker.data.train.y
        self.network, self.steps = maker.network, maker.steps
        self.session = engine.Session(self.network, maker.data, dtype="float64", seed=2, optimizer=self.steps or "sgd",
                                      learning_rate=0.01)  # fmt: skip
        rng = np.random.default_rng(3)
        known = self.session._training.parameters()
        for name, array in self.session.parameters.items():
            more = 0.2 * rng.standard_normal(array.shape)
            self.session.parameters[name] = array + (np.abs(more) if name.endswith(".variance") else more)
        self.tensors = {name: torch.tensor(np.array(array), requires_grad=known[name][0].trained)
                        for name, array in self.session.parameters.items()}  # fmt: skip
        self.x = torch.tensor(np.array(x)).requires_grad_(x.dtype == np.float64)
        self.y = torch.tensor(np.array(y))

    def run(self, training: bool) -> Run:
        """The network in PyTorch."""
        return Run(self.network, self.tensors, self.x, self.y, training, self._drawn)

    def _drawn(self, name: str) -> np.ndarray | None:
        return np.array(self.session.values[name]) if name in self.session.values else None

    def agree(self) -> None:
        """Losses and gradients, steps if they are to be compared, then the output in use."""
        loss = self.session.loss()
        total, parts = self.run(True).total()
        require_moderate(total)
        found = self.session.losses()
        assert set(found) == set(parts)
        for name, part in parts.items():
            close(found[name], part.item(), name, max(1.0, abs(total.item())))
        close(loss, total.item(), "total")
        largest, smallest = self._gradients(total)
        if self.steps in LINEAR or (self.steps and smallest > NOISE * largest):
            self._steps(0.01 / max(1.0, largest))
        with torch.no_grad():
            want = self.run(False).output().numpy()
        close(self.session.predict(self.x.detach().numpy()), want, "output", np.abs(want).max(initial=1.0))

    def _gradients(self, total: Any) -> tuple[float, float]:
        """Compares all, relative to the largest; the sizes of the largest and of the smallest that is not 0."""
        learned = {name: tensor for name, tensor in self.tensors.items() if tensor.requires_grad}
        slopes = [None] * len(learned)
        if learned and total.requires_grad:
            slopes = list(torch.autograd.grad(total, list(learned.values()), allow_unused=True))
        wanted = {name: np.zeros(tuple(tensor.shape)) if slope is None else slope.numpy()
                  for (name, tensor), slope in zip(learned.items(), slopes, strict=True)}  # fmt: skip
        largest = max((float(np.abs(slope).max(initial=0.0)) for slope in wanted.values()), default=0.0)
        got = self.session.gradients()
        assert set(got) == set(wanted)
        for name, slope in wanted.items():
            close(got[name], slope, f"gradient of {name}", max(1.0, largest))
        sizes = np.concatenate([np.abs(slope).ravel() for slope in (*got.values(), *wanted.values())] or [np.zeros(0)])
        return largest, float(sizes[sizes > 0].min(initial=largest))

    def _steps(self, rate: float) -> None:
        self.session.learning_rate = rate
        kind, options = OPTIMIZERS[self.steps]
        groups = [{"params": [tensor], "lr": rate * self.network.nodes[name.rsplit(".", 1)[0]].attrs.get("rate", 1.0)}
                  for name, tensor in self.tensors.items() if tensor.requires_grad]  # fmt: skip
        if not groups:
            return
        update, losses = kind(groups, lr=rate, **options), []
        for _ in range(STEPS):
            run = self.run(True)
            total, _ = run.total()
            update.zero_grad()
            if total.requires_grad:
                total.backward()
            for group in groups:  # one that no gradient reaches has a gradient of zeros
                for tensor in group["params"]:
                    tensor.grad = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
            update.step()
            losses.append(total.item())
            for name, value in run.kept.items():
                self.tensors[name].copy_(value)
        self.session.train(steps=STEPS)
        close(self.session.loss_history()[1], losses, "losses of the steps", max(1.0, *map(abs, losses)))
        for name, tensor in self.tensors.items():
            close(self.session.parameters[name], tensor.detach().numpy(), f"{name} after {STEPS} steps")


class Unfair(Exception):
    """The network's numbers are too large to be compared."""


def require_moderate(total: Any) -> None:
    """Raises Unfair unless the loss is of moderate size."""
    if not abs(total.item()) < TOO_LARGE:
        raise Unfair


def close(got: Any, want: Any, what: str, scale: float = 1.0) -> None:
    """Equal to BOUND, relative to its own size or to `scale`."""
    np.testing.assert_allclose(got, want, rtol=BOUND, atol=BOUND * scale, err_msg=what)


def described(network: engine.Network) -> str:
    """The network, so that it can be made again."""
    lines = []
    for node in network.nodes.values():
        plain = node.layer.complete({})
        changed = {name: value for name, value in node.attrs.items() if value != plain[name]}
        lines.append(f"{node.id} = {node.kind}({changed}) ← {network.inputs_of(node.id)}")
    return "\n".join(lines)


def test_every_kind_has_a_mirror():
    assert set(MIRRORS) | ENTRIES == set(REGISTRY)
    assert set(WITHOUT_CHANCE) <= set(MIRRORS)


@pytest.mark.parametrize("kind", sorted(REGISTRY))
def test_random_networks_agree(kind: str):
    """Networks that have a layer of `kind`, among whatever else."""
    seen: set[str] = set()

    def agree(r: Random) -> None:
        maker = Maker(r, kind)
        hypothesis.note(described(maker.network))
        with contextlib.suppress(Unfair):
            Twins(maker).agree()
            seen.update(node.kind for node in maker.network.nodes.values())

    test = hypothesis.given(st.randoms(use_true_random=False))(agree)
    test = hypothesis.seed(int(SEED))(test) if SEED else test
    quiet = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
    hypothesis.settings(max_examples=-(-COUNT // len(REGISTRY)), derandomize=not SEED, database=None, deadline=None,
                        suppress_health_check=quiet)(test)()  # fmt: skip
    assert kind in seen
