"""Truncated backpropagation through time against PyTorch: the states of a batch, detached, begin the next one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from tests.engine.sequences import dataset

torch = pytest.importorskip("torch", reason="PyTorch is a peer to compare with, not a dependency")

LANES, LENGTH, STEPS, SIZE, UNITS, CLASSES = 3, 4, 5, 2, 6, 3
CELLS = {"RNN": 1, "LSTM": 4, "GRU": 3}
ORDER = {"RNN": (0,), "LSTM": (0, 1, 3, 2), "GRU": (0, 1, 2)}  # of the gates in PyTorch


def session(kind: str, **attrs: Any) -> tuple[engine.Session, np.ndarray, np.ndarray]:
    """Numbers in two rows more than the lanes take → recurrent layer → Dense → cross entropy."""
    rng = np.random.default_rng(3)
    rows = LANES * LENGTH + 2
    x, y = rng.standard_normal((rows, STEPS, SIZE)), rng.integers(0, CLASSES, (rows, STEPS))
    net = engine.Network()
    entry, cell = net.add("Input", shape=(STEPS, SIZE)), net.add(kind, id="cell", units=UNITS, carry=True, **attrs)
    out = net.add("Dense", id="output", units=CLASSES)
    for source, target in ((entry, cell), (cell, out), (out, net.add("CrossEntropy"))):
        net.connect(source, target)
    s = engine.Session(net, dataset(x, y, CLASSES), dtype="float64", batch_size=LANES, optimizer="sgd",
                       learning_rate=0.3, seed=1)  # fmt: skip
    return s, x, y


class Peer:
    """The same in PyTorch, cell by cell."""

    def __init__(self, kind: str, s: engine.Session) -> None:
        self.kind = kind
        self.weights = {name: torch.tensor(np.array(array)).requires_grad_() for name, array in s.parameters.items()}
        self.state: tuple[Any, ...] = ()

    def begin(self) -> None:
        """Zeros."""
        self.state = tuple(torch.zeros(LANES, UNITS, dtype=torch.float64) for _ in range(1 + (self.kind == "LSTM")))

    def _cell(self, x: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
        w = self.weights
        z, product = x @ w["cell.W_x"] + w["cell.b"], states[0] @ w["cell.W_h"]
        if self.kind == "RNN":
            return (torch.tanh(z + product),)
        if self.kind == "LSTM":
            i, f, o, g = (z + product).chunk(4, 1)
            c = torch.sigmoid(f) * states[1] + torch.sigmoid(i) * torch.tanh(g)
            return torch.sigmoid(o) * torch.tanh(c), c
        (r, u, n), (pr, pu, pn) = z.chunk(3, 1), product.chunk(3, 1)
        r, u = torch.sigmoid(r + pr), torch.sigmoid(u + pu)
        if "cell.b_h" in w:
            new = torch.tanh(n + r * (pn + w["cell.b_h"]))
        else:
            new = torch.tanh(n + (r * states[0]) @ w["cell.W_h"][:, 2 * UNITS :])
        return ((1 - u) * new + u * states[0],)

    def step(self, x: Any, y: Any, rate: float) -> float:
        """Loss of a batch, an update, and the states for the next one."""
        states, outputs = tuple(state.detach() for state in self.state), []
        for t in range(STEPS):
            states = self._cell(x[:, t], states)
            outputs.append(states[0] @ self.weights["output.W"] + self.weights["output.b"])
        self.state = states
        loss = torch.nn.functional.cross_entropy(torch.stack(outputs, 1).reshape(-1, CLASSES), y.reshape(-1))
        gradients = torch.autograd.grad(loss, list(self.weights.values()))
        with torch.no_grad():
            for weight, gradient in zip(self.weights.values(), gradients, strict=True):
                weight -= rate * gradient
        return loss.item()


@pytest.mark.parametrize(("kind", "attrs"), [("RNN", {}), ("LSTM", {}), ("GRU", {}), ("GRU", {"reset": "before"})])
def test_three_epochs(kind: str, attrs: dict[str, Any]):
    s, x, y = session(kind, **attrs)
    peer, losses = Peer(kind, s), []
    for step in range(3 * LENGTH):
        if step % LENGTH == 0:
            peer.begin()
        rows = np.arange(LANES) * LENGTH + step % LENGTH
        losses.append(peer.step(torch.tensor(x[rows]), torch.tensor(y[rows]), 0.3))
    assert s.steps_per_epoch == LENGTH
    s.train(epochs=3)
    assert s.steps == 3 * LENGTH
    np.testing.assert_allclose(s.loss_history()[1], losses, rtol=1e-8)
    for name, weight in peer.weights.items():
        np.testing.assert_allclose(s.parameters[name], weight.detach().numpy(), rtol=1e-8, atol=1e-10)
    names = ("cell.state", "cell.cell")[: len(peer.state)]
    for name, state in zip(names, peer.state, strict=True):
        np.testing.assert_allclose(s.values[name], state.detach().numpy(), rtol=1e-8)
