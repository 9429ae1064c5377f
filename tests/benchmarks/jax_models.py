"""The benchmarks' networks in jax.numpy. What each gives takes parameters by this project's names and rows to logits.

`jax` is the module, so that importing this file does not need it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Parameters = dict[str, Any]
Forward = Callable[[Parameters, Any], Any]


def dense(p: Parameters, name: str, x: Any) -> Any:
    """x W + b."""
    return x @ p[f"{name}.W"] + p[f"{name}.b"]


def perceptron(jax: Any, layers: int, activation: str) -> Forward:
    """Dense layers, the last one linear."""
    bend = {"tanh": jax.numpy.tanh, "relu": jax.nn.relu}[activation]

    def forward(p: Parameters, x: Any) -> Any:
        for depth in range(1, layers):
            x = bend(dense(p, f"dense{depth}", x))
        return dense(p, f"dense{layers}", x)

    return forward


def convolved(jax: Any, x: Any, w: Any, pad: int = 0, stride: int = 1) -> Any:
    """Images and kernels with their channels first."""
    layout = ("NCHW", "OIHW", "NCHW")
    return jax.lax.conv_general_dilated(x, w, (stride, stride), ((pad, pad),) * 2, dimension_numbers=layout)


def transposed(jax: Any, x: Any, w: Any, pad: int, stride: int) -> Any:
    """The transposed convolution with kernels (channels, filters, …), as the gradient of a convolution."""
    flipped, rest = jax.numpy.flip(w, (2, 3)).swapaxes(0, 1), w.shape[2] - 1 - pad
    return jax.lax.conv_general_dilated(x, flipped, (1, 1), ((rest, rest),) * 2, lhs_dilation=(stride, stride),
                                        dimension_numbers=("NCHW", "OIHW", "NCHW"))  # fmt: skip


def channelled(b: Any) -> Any:
    """A number for each channel against images."""
    return b[:, None, None]


def halved(jax: Any, x: Any) -> Any:
    """Max pooling, 2 × 2."""
    window = (1, 1, 2, 2)
    return jax.lax.reduce_window(x, -jax.numpy.inf, jax.lax.max, window, window, "VALID")


def lenet(jax: Any) -> Forward:
    """Two convolutions with pooling, three dense layers."""
    relu = jax.nn.relu

    def forward(p: Parameters, x: Any) -> Any:
        x = halved(jax, relu(convolved(jax, x, p["conv2d1.W"], 2) + channelled(p["conv2d1.b"])))
        x = halved(jax, relu(convolved(jax, x, p["conv2d2.W"]) + channelled(p["conv2d2.b"])))
        x = relu(dense(p, "dense1", x.reshape(len(x), -1)))
        return dense(p, "dense3", relu(dense(p, "dense2", x)))

    return forward


def autoencoder(jax: Any) -> Forward:
    """Two convolutions down, two transposed ones up."""
    relu = jax.nn.relu

    def forward(p: Parameters, x: Any) -> Any:
        for name in ("conv2d1", "conv2d2"):
            x = relu(convolved(jax, x, p[f"{name}.W"], 1, 2) + channelled(p[f"{name}.b"]))
        x = relu(transposed(jax, x, p["conv_transpose2d1.W"], 1, 2) + channelled(p["conv_transpose2d1.b"]))
        x = transposed(jax, x, p["conv_transpose2d2.W"], 1, 2) + channelled(p["conv_transpose2d2.b"])
        return x.reshape(len(x), -1)

    return forward


def resnet(jax: Any) -> Forward:
    """Three residual blocks with batch normalisation; the running statistics are left out."""
    relu, shortcuts = jax.nn.relu, {4: "conv2d6", 7: "conv2d9"}

    def normed(p: Parameters, x: Any, conv: int, norm: int, stride: int = 1) -> Any:
        x = convolved(jax, x, p[f"conv2d{conv}.W"], 1, stride)
        mean, variance = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
        scaled = (x - mean) * jax.lax.rsqrt(variance + 1e-5)
        return scaled * channelled(p[f"batch_norm{norm}.gamma"]) + channelled(p[f"batch_norm{norm}.beta"])

    def forward(p: Parameters, x: Any) -> Any:
        x, norm = relu(normed(p, x, 1, 1)), 2
        for conv, stride in ((2, 1), (4, 2), (7, 2)):
            through = normed(p, relu(normed(p, x, conv, norm, stride)), conv + 1, norm + 1)
            past = convolved(jax, x, p[f"{shortcuts[conv]}.W"], 0, stride) if stride > 1 else x
            x, norm = relu(through + past), norm + 2
        return dense(p, "dense1", x.mean((2, 3)))

    return forward


def lstm_cell(jax: Any, h: Any, c: Any, x: Any, w: Any) -> tuple[Any, Any]:
    """One step; the gates lie in the order i, f, o, g."""
    gates = x + h @ w
    n = h.shape[1]
    i, f, o = (jax.nn.sigmoid(gates[:, k * n : (k + 1) * n]) for k in range(3))
    c = f * c + i * jax.numpy.tanh(gates[:, 3 * n :])
    return o * jax.numpy.tanh(c), c


def gru_cell(jax: Any, h: Any, x: Any, w: Any, b: Any) -> Any:
    """One step; the gates lie in the order r, z, n."""
    n, product = h.shape[1], h @ w
    r, z = (jax.nn.sigmoid(x[:, k * n : (k + 1) * n] + product[:, k * n : (k + 1) * n]) for k in range(2))
    new = jax.numpy.tanh(x[:, 2 * n :] + r * (product[:, 2 * n :] + b))
    return (1 - z) * new + z * h


def recurrent(jax: Any, kind: str, units: int) -> Forward:
    """Embedding, recurrent layer by `scan`, dense layer at every step."""
    name = kind.lower()

    def step(p: Parameters, state: Any, x: Any) -> tuple[Any, Any]:
        w = p[f"{name}1.W_h"]
        if kind == "LSTM":
            state = lstm_cell(jax, *state, x, w)
            return state, state[0]
        state = gru_cell(jax, state, x, w, p["gru1.b_h"]) if kind == "GRU" else jax.numpy.tanh(x + state @ w)
        return state, state

    def forward(p: Parameters, x: Any) -> Any:
        projected = p["embedding1.W"][x] @ p[f"{name}1.W_x"] + p[f"{name}1.b"]
        zero = jax.numpy.zeros((len(x), units), projected.dtype)
        first = (zero, zero) if kind == "LSTM" else zero
        _, h = jax.lax.scan(lambda state, now: step(p, state, now), first, projected.swapaxes(0, 1))
        return dense(p, "dense1", h.swapaxes(0, 1))

    return forward


def layer_norm(jax: Any, x: Any, gamma: Any, beta: Any) -> Any:
    """Over the last dimension."""
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * gamma + beta


class Transformer:
    """Blocks of attention and feed-forward networks."""

    def __init__(self, jax: Any, heads: int, blocks: int) -> None:
        self.jax, self.heads = jax, heads
        self.places = ["", *(f"_{block}" for block in range(2, blocks + 1))]

    def norm(self, p: Parameters, x: Any, layer: str, which: str = "") -> Any:
        """One of a layer's norms."""
        return layer_norm(self.jax, x, p[f"{layer}.gamma{which}"], p[f"{layer}.beta{which}"])

    def attention(self, p: Parameters, x: Any, context: Any, layer: str, place: str, causal: bool) -> Any:
        """Scaled dot products in heads."""
        jnp = self.jax.numpy

        def heads(source: Any, what: str) -> Any:
            y = source @ p[f"{layer}.W_{what}{place}"] + p[f"{layer}.b_{what}{place}"]
            return y.reshape(*y.shape[:2], self.heads, -1).swapaxes(1, 2)

        q, k, v = heads(x, "q"), heads(context, "k"), heads(context, "v")
        scores = q @ k.swapaxes(2, 3) / q.shape[-1] ** 0.5
        if causal:
            scores = jnp.where(jnp.tri(*scores.shape[2:], dtype=bool), scores, -jnp.inf)
        y = (self.jax.nn.softmax(scores) @ v).swapaxes(1, 2).reshape(x.shape)
        return y @ p[f"{layer}.W_o{place}"] + p[f"{layer}.b_o{place}"]

    def feed_forward(self, p: Parameters, x: Any, layer: str, place: str, bend: Callable[[Any], Any]) -> Any:
        """Two dense layers for every place."""
        inner = bend(x @ p[f"{layer}.W_in{place}"] + p[f"{layer}.b_in{place}"])
        return inner @ p[f"{layer}.W_out{place}"] + p[f"{layer}.b_out{place}"]

    def decoder(self, p: Parameters, tokens: Any) -> Any:
        """Decoder only, with learned positions and the norms in front."""

        def gelu(x: Any) -> Any:
            return self.jax.nn.gelu(x, approximate=False)

        x, layer = p["embedding1.W"][tokens] + p["positional_encoding1.P"], "encoder_block1"
        for place in self.places:
            y = self.norm(p, x, layer, f"_1{place}")
            x = x + self.attention(p, y, y, layer, place, causal=True)
            x = x + self.feed_forward(p, self.norm(p, x, layer, f"_2{place}"), layer, place, gelu)
        return dense(p, "dense1", self.norm(p, x, "layer_norm1"))

    def encoder_decoder(self, p: Parameters, tokens: Any) -> Any:
        """Encoder and decoder on one sequence, with the norms behind the sums."""
        x = p["embedding1.W"][tokens]
        memory = self.norm(p, self._blocks(p, x, "encoder_block1"), "layer_norm1")
        return dense(p, "dense1", self.norm(p, self._blocks(p, x, "decoder_block1", memory), "layer_norm2"))

    def _blocks(self, p: Parameters, x: Any, layer: str, memory: Any = None) -> Any:
        for place in self.places:
            crossed = memory is not None
            x = self.norm(p, x + self.attention(p, x, x, layer, place, causal=crossed), layer, f"_1{place}")
            if crossed:
                seen = self.attention(p, x, memory, layer, f"_cross{place}", causal=False)
                x = self.norm(p, x + seen, layer, f"_2{place}")
            thought = self.feed_forward(p, x, layer, place, self.jax.nn.relu)
            x = self.norm(p, x + thought, layer, f"_{3 if crossed else 2}{place}")
        return x


def decoder(jax: Any, heads: int, blocks: int) -> Forward:
    """A decoder-only language model."""
    return Transformer(jax, heads, blocks).decoder


def encoder_decoder(jax: Any, heads: int, blocks: int) -> Forward:
    """torch.nn.Transformer on one sequence as source and as target."""
    return Transformer(jax, heads, blocks).encoder_decoder
