"""Attention and the blocks of transformers against PyTorch, in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest

import engine
from tests.engine.against_torch.twins import Place, Twin, attention, linear, norm, torch
from tests.engine.nets import chain

ROWS, LENGTH, WIDTH, HEADS, INNER = 6, 7, 8, 2, 12


def data(seed: int = 0, shape: tuple[int, ...] = (LENGTH, WIDTH)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((ROWS, *shape)), rng.standard_normal((ROWS, math.prod(shape)))


def session(network: engine.Network, x: np.ndarray, y: np.ndarray) -> engine.Session:
    return engine.Session(network, (x, y), dtype="float64", optimizer="adam", learning_rate=0.01, seed=1)


def sequence_of(kind: str, **attrs) -> engine.Network:
    return chain(("Input", {"shape": (LENGTH, WIDTH)}), (kind, attrs), ("Flatten", {}), ("SquaredError", {}))


def triangle(length: int = LENGTH):
    return torch.triu(torch.full((length, length), float("-inf"), dtype=torch.float64), 1)


def masked_network(kind: str, **attrs) -> engine.Network:
    """x and its mask come in side by side: the last column of the rows is the mask."""
    network = engine.Network()
    whole = network.add("Input", shape=(LENGTH, WIDTH))
    mask = network.add("Dense", units=1, bias=False, rate=0.0)
    flat, layer = network.add("Flatten"), network.add(kind, masked=True, **attrs)
    out, loss = network.add("Flatten"), network.add("SquaredError")
    for source, target, port in [(whole, mask, "x"), (mask, flat, "x"), (whole, layer, "x"), (flat, layer, "mask"),
                                 (layer, out, "x"), (out, loss, "x")]:  # fmt: skip
        network.connect(source, target, port)
    return network


@pytest.mark.parametrize("causal", [False, True])
def test_self_attention(causal: bool):
    module = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True, dtype=torch.float64)
    mask = triangle() if causal else None
    s = session(sequence_of("MultiHeadAttention", heads=HEADS, causal=causal), *data())
    name = next(id for id in s.network.nodes if "attention" in id)
    twin = Twin(s, lambda x: module(x, x, x, attn_mask=mask)[0], attention(name, module), [module])
    twin.check_output()
    twin.check_gradients()
    twin.check_steps()
    weights = module(twin.x, twin.x, twin.x, attn_mask=mask, average_attn_weights=False)[1]
    s.loss()
    np.testing.assert_allclose(s.values[f"{name}.weights"], weights.detach().numpy(), atol=1e-9)


@pytest.mark.parametrize("causal", [False, True])
def test_self_attention_with_hidden_keys(causal: bool):
    """A frozen Dense layer reads the mask off the first column, whose sign decides."""
    module = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True, dtype=torch.float64)
    x, y = data(1)
    x[:, 0, 0] = np.abs(x[:, 0, 0])  # the first key stays visible, so that every row sees one
    s = session(masked_network("MultiHeadAttention", heads=HEADS, causal=causal), x, y)
    s.parameters["dense1.W"] = np.eye(WIDTH)[:, :1]
    name = next(id for id in s.network.nodes if "attention" in id)
    selector = torch.nn.Linear(WIDTH, 1, bias=False, dtype=torch.float64)

    def forward(x):
        hidden = x[:, :, 0] <= 0
        return module(x, x, x, key_padding_mask=hidden, attn_mask=triangle() == float("-inf") if causal else None)[0]

    twin = Twin(s, forward, attention(name, module) | {"dense1.W": Place(selector.weight, True)}, [module, selector])
    s.parameters["dense1.W"] = np.eye(WIDTH)[:, :1]
    twin.places.pop("dense1.W")
    assert 0.2 < float((twin.x[:, :, 0] <= 0).double().mean()) < 0.8
    twin.check_output()
    total = twin.loss()
    total.backward()
    gradients = s.gradients()
    assert not gradients.pop("dense1.W").any()
    np.testing.assert_allclose(s.loss(), total.item(), rtol=1e-10)
    for tensor, gradient in gradients.items():
        np.testing.assert_allclose(gradient, twin.places[tensor].of(twin.places[tensor].parameter.grad), atol=1e-9)
    twin.check_steps()


def encoder(name: str, layer, place: str = "") -> dict[str, Place]:
    return (attention(name, layer.self_attn, place) | norm(name, layer.norm1, f"_1{place}")
            | norm(name, layer.norm2, f"_2{place}")
            | linear(f"{name}.W_in{place}", f"{name}.b_in{place}", layer.linear1)
            | linear(f"{name}.W_out{place}", f"{name}.b_out{place}", layer.linear2))  # fmt: skip


def decoder(name: str, layer, place: str = "") -> dict[str, Place]:
    return (attention(name, layer.self_attn, place) | attention(name, layer.multihead_attn, f"_cross{place}")
            | norm(name, layer.norm1, f"_1{place}") | norm(name, layer.norm2, f"_2{place}")
            | norm(name, layer.norm3, f"_3{place}")
            | linear(f"{name}.W_in{place}", f"{name}.b_in{place}", layer.linear1)
            | linear(f"{name}.W_out{place}", f"{name}.b_out{place}", layer.linear2))  # fmt: skip


@pytest.mark.parametrize("order", ["post", "pre"])
@pytest.mark.parametrize(("activation", "causal"), [("relu", False), ("gelu", True)])
def test_two_encoder_blocks(order: str, activation: str, causal: bool):
    layers = [
        torch.nn.TransformerEncoderLayer(
            WIDTH, HEADS, INNER, 0.0, activation, batch_first=True, norm_first=order == "pre", dtype=torch.float64
        )
        for _ in range(2)
    ]
    s = session(sequence_of("EncoderBlock", heads=HEADS, inner=INNER, activation=activation, norm=order, repeat=2,
                            causal=causal), *data(2))  # fmt: skip

    def forward(x):
        for layer in layers:
            x = layer(x, src_mask=triangle() if causal else None)
        return x

    twin = Twin(s, forward, encoder("encoder_block1", layers[0]) | encoder("encoder_block1", layers[1], "_2"), layers)
    twin.check_output()
    twin.check_gradients()
    twin.check_steps()


@pytest.mark.parametrize("order", ["post", "pre"])
def test_a_decoder_block_that_looks_at_another_sequence(order: str):
    layer = torch.nn.TransformerDecoderLayer(WIDTH, HEADS, INNER, 0.0, batch_first=True, norm_first=order == "pre",
                                             dtype=torch.float64)  # fmt: skip
    dense = torch.nn.Linear(WIDTH, WIDTH, dtype=torch.float64)
    network = engine.Network()
    x, memory = network.add("Input", shape=(LENGTH, WIDTH)), network.add("Dense", units=WIDTH)
    block = network.add("DecoderBlock", heads=HEADS, inner=INNER, norm=order)
    flat, loss = network.add("Flatten"), network.add("SquaredError")
    for source, target, port in [(x, memory, "x"), (x, block, "x"), (memory, block, "memory"), (block, flat, "x"),
                                 (flat, loss, "x")]:  # fmt: skip
        network.connect(source, target, port)
    s = session(network, *data(3))
    twin = Twin(s, lambda x: layer(x, dense(x), tgt_mask=triangle()), decoder(block, layer)
                | linear("dense1.W", "dense1.b", dense), [layer, dense])  # fmt: skip
    twin.check_output()
    twin.check_gradients()
    twin.check_steps()


def test_a_whole_transformer():
    """torch.nn.Transformer: two encoder and two decoder blocks, and a norm behind each stack."""
    module = torch.nn.Transformer(WIDTH, HEADS, 2, 2, INNER, 0.0, batch_first=True, dtype=torch.float64)
    network = engine.Network()
    x = network.add("Input", shape=(LENGTH, WIDTH))
    stack = network.add("EncoderBlock", heads=HEADS, inner=INNER, repeat=2)
    norm1 = network.add("LayerNorm")
    block = network.add("DecoderBlock", heads=HEADS, inner=INNER, repeat=2)
    norm2, flat, loss = network.add("LayerNorm"), network.add("Flatten"), network.add("SquaredError")
    for source, target, port in [(x, stack, "x"), (stack, norm1, "x"), (x, block, "x"), (norm1, block, "memory"),
                                 (block, norm2, "x"), (norm2, flat, "x"), (flat, loss, "x")]:  # fmt: skip
        network.connect(source, target, port)
    s = session(network, *data(4))
    places = norm(norm1, module.encoder.norm) | norm(norm2, module.decoder.norm)
    for i, place in enumerate(("", "_2")):
        places |= encoder(stack, module.encoder.layers[i], place) | decoder(block, module.decoder.layers[i], place)
    twin = Twin(s, lambda x: module(x, x, tgt_mask=triangle()), places, [module])
    twin.check_output()
    twin.check_gradients()
    twin.check_steps()


def test_a_memory_network_against_its_formula():
    """Sukhbaatar et al. 2015, section 2: adjacent sharing, three hops."""
    network = engine.Network()
    x = network.add("Input", shape=(LENGTH, WIDTH))
    flat = network.add("Flatten")
    net, out, loss = network.add("MemoryNetwork", width=5, hops=3, order=True), network.add("Dense", units=4), \
        network.add("SquaredError")  # fmt: skip
    for source, target, port in [(x, flat, "x"), (flat, net, "query"), (x, net, "facts"), (net, out, "x"),
                                 (out, loss, "x")]:  # fmt: skip
        network.connect(source, target, port)
    rng = np.random.default_rng(6)
    s = session(network, rng.standard_normal((ROWS, LENGTH, WIDTH)), rng.standard_normal((ROWS, 4)))
    tensors = torch.nn.ParameterDict({name.replace(".", "/"): torch.nn.Parameter(torch.tensor(np.array(array)))
                                      for name, array in s.parameters.items()})  # fmt: skip
    t = {name: tensors[name.replace(".", "/")] for name in s.parameters}

    def forward(x):
        u = x.flatten(1) @ t[f"{net}.W_query"]
        stored = [x @ t[f"{net}.W_{k}"] + t[f"{net}.T_{k}"] for k in range(1, 5)]
        for hop in range(3):
            p = torch.softmax(torch.einsum("bd,bsd->bs", u, stored[hop]), 1)
            u = u + torch.einsum("bs,bsd->bd", p, stored[hop + 1])
        return u @ t[f"{out}.W"] + t[f"{out}.b"]

    twin = Twin(s, forward, {name: Place(t[name]) for name in s.parameters}, [tensors])
    twin.check_output()
    twin.check_gradients()
    twin.check_steps()
