"""Networks learn from images and from tokens as the sources give them."""

from __future__ import annotations

from engine.data import DataSpec, load
from engine.session import Session
from tests.engine import nets


def losses(network, data, steps: int = 30, **options) -> tuple[float, float]:
    session = Session(network, data, optimizer="adam", learning_rate=0.01, batch_size=50, **options)
    before = session.evaluate("validation")["loss"]
    session.train(steps=steps)
    return before, session.evaluate("validation")["loss"]


def test_images_are_flattened() -> None:
    data = load(DataSpec.of("digits", layout="image"))
    network = nets.chain(("Input", {"shape": (8, 8)}), ("Flatten", {}), ("Dense", {"units": 10}),
                         ("CrossEntropy", {}))  # fmt: skip
    assert network.check(data) == []
    before, after = losses(network, data)
    assert after < 0.7 * before


def test_a_language_model() -> None:
    data = load(DataSpec.of("text", length=16))
    network = nets.chain(("Tokens", {"length": 16, "vocabulary": 66}), ("Embedding", {"vocabulary": 66, "size": 8}),
                         ("Dense", {"units": 66}), ("CrossEntropy", {}))  # fmt: skip
    assert network.check(data) == []
    before, after = losses(network, data, 150)
    assert after < before - 1.0


def test_a_decoder_says_strings_backwards() -> None:
    data = load(DataSpec.of("reversal", length=3, symbols=4, samples=60, variable=True))
    network = nets.chain(
        ("Tokens", {"length": 7, "vocabulary": 7}), ("Embedding", {"vocabulary": 7, "size": 8}), ("GRU", {"units": 24}),
        ("SliceSteps", {"start": 3}), ("Dense", {"units": 7}), ("CrossEntropy", {}),
    )  # fmt: skip
    assert network.check(data) == []
    before, after = losses(network, data, 300)
    assert after < 0.3 * before
