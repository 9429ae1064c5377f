"""Training steps a second of small transformers on tokens, against PyTorch and JAX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine
from tests.benchmarks import peers
from tests.benchmarks.figures import RATE, Table
from tests.engine.sequences import dataset


@dataclass(frozen=True)
class Work:
    """A model that gives logits for every token, cross entropy, Adam, on a batch that stays the same."""

    name: str
    vocabulary: int
    width: int
    inner: int
    length: int
    batch: int
    goal: float | None = None
    heads: int = 4
    blocks: int = 2
    optimizer: str = "adam"

    def __str__(self) -> str:
        return f"{self.name}, width {self.width}, {self.heads} heads, {self.length} tokens, batch {self.batch}, Adam"

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and labels, int64 (batch, length)."""
        random = np.random.default_rng(0)
        shape = (self.batch, self.length)
        return random.integers(0, self.vocabulary, shape), random.integers(0, self.vocabulary, shape)

    @property
    def decodes_only(self) -> bool:
        """Whether there is no encoder."""
        return "encoder" not in self.name

    def session(self, threads: int = 1) -> engine.Session:
        """A session on one batch."""
        made = (decoder if self.decodes_only else encoder_decoder)(self)
        data = dataset(*self.rows(), self.vocabulary)
        return engine.Session(made, data, threads=threads, optimizer=self.optimizer, learning_rate=RATE)

    def torch_model(self, torch: Any) -> tuple[Any, Callable[[Any, Any], Any]]:
        """Its modules in PyTorch, and the loss."""
        modules, forward = (torch_decoder if self.decodes_only else torch_encoder_decoder)(torch, self)
        return modules, lambda x, t: torch.nn.functional.cross_entropy(forward(x).transpose(1, 2), t)

    @property
    def jax_model(self) -> tuple[str, dict[str, Any]]:
        """The same in JAX."""
        name = "decoder" if self.decodes_only else "encoder_decoder"
        return name, {"heads": self.heads, "blocks": self.blocks}


DECODER = Work("decoder, 2 blocks", 64, 64, 256, 64, 16, 2.2)
BOTH = Work("encoder–decoder, 2 + 2 blocks", 16, 32, 64, 16, 32, 5.0)
WORKS = (DECODER, BOTH)


def decoder(work: Work) -> engine.Network:
    """A decoder-only language model: tokens and learned positions, causal blocks with the norm first."""
    net = engine.Network()
    last = net.add("Tokens", length=work.length, vocabulary=work.vocabulary)
    for kind, attrs in (
        ("Embedding", {"vocabulary": work.vocabulary, "size": work.width}),
        ("PositionalEncoding", {"encoding": "learned", "longest": work.length}),
        ("EncoderBlock", {"heads": work.heads, "inner": work.inner, "activation": "gelu", "norm": "pre", "causal": True,
                          "repeat": work.blocks}),
        ("LayerNorm", {}), ("Dense", {"units": work.vocabulary}), ("CrossEntropy", {}),
    ):  # fmt: skip
        layer = net.add(kind, **attrs)
        net.connect(last, layer)
        last = layer
    return net


def encoder_decoder(work: Work) -> engine.Network:
    """torch.nn.Transformer on one sequence as source and as target, between an embedding and a dense layer."""
    net = engine.Network()
    block = {"heads": work.heads, "inner": work.inner, "repeat": work.blocks}
    tokens = net.add("Tokens", length=work.length, vocabulary=work.vocabulary)
    embedding = net.add("Embedding", vocabulary=work.vocabulary, size=work.width)
    encoder, memory = net.add("EncoderBlock", **block), net.add("LayerNorm")
    decoder, normed = net.add("DecoderBlock", **block), net.add("LayerNorm")
    out, loss = net.add("Dense", units=work.vocabulary), net.add("CrossEntropy")
    for source, target, port in [
        (tokens, embedding, "x"), (embedding, encoder, "x"), (encoder, memory, "x"), (embedding, decoder, "x"),
        (memory, decoder, "memory"), (decoder, normed, "x"), (normed, out, "x"), (out, loss, "x"),
    ]:  # fmt: skip
        net.connect(source, target, port)
    return net


def torch_decoder(torch: Any, work: Work) -> tuple[Any, Callable[[Any], Any]]:
    """Its modules, and what makes logits of tokens."""
    nn = torch.nn
    positions = nn.Embedding(work.length, work.width)
    blocks = [nn.TransformerEncoderLayer(work.width, work.heads, work.inner, 0.0, "gelu", batch_first=True,
                                         norm_first=True) for _ in range(work.blocks)]  # fmt: skip
    embedding, norm = nn.Embedding(work.vocabulary, work.width), nn.LayerNorm(work.width)
    out = nn.Linear(work.width, work.vocabulary)
    mask = nn.Transformer.generate_square_subsequent_mask(work.length)

    def forward(x: Any) -> Any:
        y = embedding(x) + positions.weight
        for block in blocks:
            y = block(y, src_mask=mask, is_causal=True)
        return out(norm(y))

    return nn.ModuleList([positions, *blocks, embedding, norm, out]), forward


def torch_encoder_decoder(torch: Any, work: Work) -> tuple[Any, Callable[[Any], Any]]:
    """Its modules, and what makes logits of tokens."""
    nn = torch.nn
    embedding, out = nn.Embedding(work.vocabulary, work.width), nn.Linear(work.width, work.vocabulary)
    model = nn.Transformer(work.width, work.heads, work.blocks, work.blocks, work.inner, 0.0, batch_first=True)
    mask = nn.Transformer.generate_square_subsequent_mask(work.length)

    def forward(x: Any) -> Any:
        y = embedding(x)
        return out(model(y, y, tgt_mask=mask, tgt_is_causal=True))

    return nn.ModuleList([embedding, model, out]), forward


def tables() -> list[Table]:
    """One thread, CPU time."""
    return [peers.training_table("Transformers", WORKS)]
