"""RNN, LSTM and GRU against PyTorch's, from the same weights on the same data, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from tests.engine.sequences import dataset

torch = pytest.importorskip("torch", reason="PyTorch is a peer to compare with, not a dependency")

BOUND = 1e-8
ROWS, STEPS, SIZE, UNITS, CLASSES = 7, 5, 4, 6, 3
KINDS = {"RNN": 1, "LSTM": 4, "GRU": 3}
OURS_IN_TORCH = {"RNN": (0,), "LSTM": (0, 1, 3, 2), "GRU": (0, 1, 2)}  # our i, f, o, g against its i, f, g, o


def network(kind: str, **attrs: Any) -> engine.Network:
    """Numbers, or with `masked` tokens whose token 0 fills rows up → recurrent layer → Dense → cross entropy."""
    made = engine.Network()
    if attrs.get("masked"):
        tokens = made.add("Tokens", length=STEPS, vocabulary=9)
        first, mask = made.add("Embedding", vocabulary=9, size=SIZE), made.add("PaddingMask")
        made.connect(tokens, first)
        made.connect(tokens, mask)
    else:
        first = made.add("Input", shape=(STEPS, SIZE))
    layer = made.add(kind, id="cell", units=UNITS, **attrs)
    made.connect(first, layer, "x")
    if attrs.get("masked"):
        made.connect(mask, layer, "mask")
    output = made.add("Dense", id="output", units=CLASSES)
    made.connect(layer, output)
    made.connect(output, made.add("CrossEntropy"))
    return made


class Peer:
    """The session's network in PyTorch, with copies of its weights in PyTorch's layout."""

    def __init__(self, session: engine.Session, kind: str, lengths: np.ndarray | None, **attrs: Any) -> None:
        self.kind, self.attrs, self.lengths = kind, attrs, lengths
        self.both = attrs.get("direction") == "both"
        options = {"nonlinearity": attrs["activation"]} if "activation" in attrs else {}
        self.cell = getattr(torch.nn, kind)(SIZE, UNITS, batch_first=True, bias=attrs.get("bias", True),
                                            bidirectional=self.both, dtype=torch.float64, **options)  # fmt: skip
        with torch.no_grad():
            for _, parameter in self.cell.named_parameters():
                parameter.zero_()
            for name, value in self.pairs(session.parameters):
                value.copy_(name)
        weights = {name: torch.tensor(np.array(array)) for name, array in session.parameters.items()}
        self.output_weights = [weights[f"output.{name}"].requires_grad_() for name in ("W", "b")]
        self.table = weights["embedding1.W"].requires_grad_() if lengths is not None else None

    def pairs(self, arrays: Any) -> list[tuple[Any, Any]]:
        """Our tensors (as PyTorch lays them out) with its parameters; its second bias is 0 but for that of GRU's n."""
        found, cell = [], dict(self.cell.named_parameters())
        for suffix, theirs in (("", "_l0"), ("_back", "_l0_reverse"))[: 1 + self.both]:
            found.append((self.turned(arrays[f"cell.W_x{suffix}"]), cell[f"weight_ih{theirs}"]))
            found.append((self.turned(arrays[f"cell.W_h{suffix}"]), cell[f"weight_hh{theirs}"]))
            if self.attrs.get("bias", True):
                found.append((self.turned(arrays[f"cell.b{suffix}"]), cell[f"bias_ih{theirs}"]))
                if self.kind == "GRU":
                    found.append((torch.tensor(np.array(arrays[f"cell.b_h{suffix}"])),
                                  cell[f"bias_hh{theirs}"][2 * UNITS :]))  # fmt: skip
        return found

    def turned(self, array: np.ndarray) -> Any:
        """(…, gates·H) in our order → (gates·H, …) in PyTorch's."""
        gates = np.split(np.array(array), KINDS[self.kind], -1)
        return torch.tensor(np.concatenate([gates[k].T for k in OURS_IN_TORCH[self.kind]], 0))

    def states(self, x: Any) -> Any:
        """What the recurrent layer gives."""
        if self.lengths is None:
            backward = self.attrs.get("direction") == "backward"
            x = x.flip(1) if backward else x
            h, last = self.cell(x)
            h = h.flip(1) if backward else h
        else:
            pack = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(self.lengths), True, False)
            packed, last = self.cell(pack)
            h, _ = torch.nn.utils.rnn.pad_packed_sequence(packed, True, total_length=STEPS)
        last = last[0] if self.kind == "LSTM" else last
        return torch.cat(list(last), 1) if self.attrs.get("returns") == "last" else h

    def logits(self, x: Any) -> Any:
        """Logits of all rows (and steps)."""
        x = torch.tensor(x)
        x = self.table[x] if self.table is not None else x
        return self.states(x) @ self.output_weights[0] + self.output_weights[1]

    def loss(self, x: Any, y: Any) -> Any:
        """Cross entropy over all labels that count."""
        logits = self.logits(x).reshape(-1, CLASSES)
        return torch.nn.functional.cross_entropy(logits, torch.tensor(y).reshape(-1), ignore_index=-1)

    def parameters(self) -> list[Any]:
        """All that learn."""
        return [*self.cell.parameters(), *self.output_weights, *([] if self.table is None else [self.table])]


def pair(kind: str, **attrs: Any) -> tuple[engine.Session, Peer, np.ndarray, np.ndarray]:
    """A session, its peer and their data."""
    rng = np.random.default_rng(5)
    masked, last = attrs.get("masked", False), attrs.get("returns") == "last"
    y = rng.integers(0, CLASSES, ROWS if last else (ROWS, STEPS))
    lengths = None
    if masked:
        lengths = np.array([5, 1, 3, 2, 5, 4, 1])
        x = rng.integers(1, 9, (ROWS, STEPS))
        x[np.arange(STEPS) >= lengths[:, None]] = 0
        y = y if last else np.where(x == 0, -1, y)
    else:
        x = rng.standard_normal((ROWS, STEPS, SIZE))
    data = dataset(x, y, CLASSES, 9 if masked else 0)
    session = engine.Session(network(kind, **attrs), data, dtype="float64", seed=2, optimizer="sgd", learning_rate=0.1)
    for name, array in session.parameters.items():
        session.parameters[name] = array + 0.3 * rng.standard_normal(array.shape)
    return session, Peer(session, kind, lengths, **attrs), x, y


def compare(session: engine.Session, peer: Peer, found: Any, wanted: Any) -> None:
    """Arrays by the names of our parameters against what `wanted` gives for PyTorch's."""
    for ours, theirs in peer.pairs(found):
        got = wanted(theirs)
        np.testing.assert_allclose(ours.numpy(), got, rtol=BOUND, atol=BOUND)
    for name, theirs in zip(("W", "b"), peer.output_weights, strict=True):
        np.testing.assert_allclose(found[f"output.{name}"], wanted(theirs), rtol=BOUND, atol=BOUND)
    if peer.table is not None:
        np.testing.assert_allclose(found["embedding1.W"], wanted(peer.table), rtol=BOUND, atol=BOUND)


CASES = [
    *({"kind": kind, "direction": way, "returns": returns} for kind in KINDS
      for way in ("forward", "backward", "both") for returns in ("every step", "last")),
    *({"kind": kind, "direction": way, "returns": returns, "masked": True} for kind in KINDS
      for way in ("forward", "both") for returns in ("every step", "last")),
    *({"kind": kind, "bias": False} for kind in KINDS),
    {"kind": "RNN", "activation": "relu"},
]  # fmt: skip


def gradient_of(peer: Peer) -> Any:
    """Looks the gradient of a parameter (or of a part of one) up."""
    whole = {id(parameter): parameter.grad for parameter in peer.parameters()}
    biases = {parameter.data_ptr(): parameter for parameter in peer.cell.parameters()}

    def found(parameter: Any) -> np.ndarray:
        if id(parameter) in whole:
            return whole[id(parameter)].numpy()
        owner = next(p for p in biases.values() if p.untyped_storage().data_ptr() ==
                     parameter.untyped_storage().data_ptr())  # fmt: skip
        return owner.grad[2 * UNITS :].numpy()

    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(map(str, case.values())))
def test_output_loss_gradients_and_ten_steps(case: dict[str, Any]):
    session, peer, x, y = pair(**case)
    total = peer.loss(x, y)
    total.backward()
    np.testing.assert_allclose(session.loss(), total.item(), rtol=BOUND)
    logits, got = peer.logits(x).detach().numpy(), session.predict(x)
    counts = np.ones(got.shape[:-1], bool) if peer.lengths is None or got.ndim == 2 else x != 0
    np.testing.assert_allclose(got[counts], logits[counts], rtol=BOUND, atol=BOUND)
    compare(session, peer, session.gradients(), gradient_of(peer))
    update = torch.optim.SGD(peer.parameters(), lr=0.1)
    frozen = [parameter for name, parameter in peer.cell.named_parameters() if name.startswith("bias_hh")]
    losses = []
    for _ in range(10):
        update.zero_grad()
        total = peer.loss(x, y)
        total.backward()
        losses.append(total.item())
        for parameter in frozen:  # a second bias on the same sums, which we do not have
            parameter.grad[: 2 * UNITS if peer.kind == "GRU" else None] = 0
        update.step()
    session.train(steps=10)
    np.testing.assert_allclose(session.loss_history()[1], losses, rtol=BOUND)
    compare(session, peer, session.parameters, lambda parameter: parameter.detach().numpy())
