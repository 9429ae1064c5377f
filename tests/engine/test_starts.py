"""Embeddings that start from a file of word vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import engine
from engine.data import DataSpec
from engine.errors import DataError
from tests.engine import nets

TEXT = "the cat sat on the mat. the dog sat on the cat. " * 4
VECTORS = "the 1 2 3\ncat -1 0.5 0\nbird 9 9 9\n"


@pytest.fixture
def network(tmp_path: Path) -> engine.Network:
    """A word model whose Embedding names a file beside the project."""
    (tmp_path / "text.txt").write_text(TEXT)
    (tmp_path / "words.txt").write_text(VECTORS)
    data = DataSpec.of("text", path="text.txt", level="word", length=4, validation=0.0, test=0.0)
    made = nets.chain(
        ("Tokens", {"length": 4, "vocabulary": 8}), ("Embedding", {"vocabulary": 8, "size": 3, "vectors": "words.txt"}),
        ("Dense", {"units": 8}), ("CrossEntropy", {}),
    )  # fmt: skip
    made.data, made.folder = data, str(tmp_path)
    return made


def test_words_of_the_file_start_there_and_others_at_random(network: engine.Network):
    s = engine.Session.from_network(network, dtype="float64")
    itos, table = s.dataset.vocabulary.itos, s.parameters["embedding1.W"]
    assert len(itos) == 8
    np.testing.assert_array_equal(table[itos.index("the")], [1, 2, 3])
    np.testing.assert_array_equal(table[itos.index("cat")], [-1, 0.5, 0])
    network.set("embedding1", vectors="")
    plain = engine.Session.from_network(network, dtype="float64").parameters["embedding1.W"]
    others = [k for k, word in enumerate(itos) if word not in ("the", "cat")]
    np.testing.assert_array_equal(table[others], plain[others])
    s.train(steps=3)
    assert not np.array_equal(s.parameters["embedding1.W"][itos.index("the")], [1, 2, 3])
    s.reset()
    np.testing.assert_array_equal(s.parameters["embedding1.W"], table)


def test_a_trained_network_opens_without_the_file(network: engine.Network, tmp_path: Path):
    s = engine.Session.from_network(network)
    s.train(steps=2)
    s.save(tmp_path / "net.chainrule")
    (tmp_path / "words.txt").unlink()
    again = engine.Session.from_network(engine.load(tmp_path / "net.chainrule"))
    np.testing.assert_array_equal(again.parameters["embedding1.W"], s.parameters["embedding1.W"])
    with pytest.raises(DataError, match=r"embedding1: .*words\.txt cannot be read"):
        again.reset()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("bird 1 2 3\n", "none of the 8 tokens"),
        ("the 1 2\n", "set its size"),
        ("the 1 2 x\n", "line 1"),
        ("", "is empty"),
    ],
)
def test_files_that_do_not_fit_are_named(network: engine.Network, tmp_path: Path, content: str, words: str):
    (tmp_path / "words.txt").write_text(content)
    with pytest.raises(DataError, match=words) as caught:
        engine.Session.from_network(network)
    assert str(caught.value).startswith("embedding1: ")
