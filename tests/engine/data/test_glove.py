"""Word vectors: what is read, what is refused with its line, and how an Embedding begins with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import engine
from engine.data import from_arrays, glove
from engine.data.glove import read_glove
from engine.data.vocabulary import Vocabulary
from engine.errors import DataError

TEXT = "the 0.5 -1 2e-1\ncat 1 2 3\n, -0.25 0 4\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "vectors.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("text", [TEXT, TEXT.rstrip("\n"), TEXT.replace("\n", "\r\n"), TEXT.replace("\n", " \n\n")])
def test_words_and_vectors(tmp_path: Path, text: str):
    read = read_glove(written(tmp_path, text))
    assert read.words == ("the", "cat", ",")
    assert read.size == 3
    np.testing.assert_array_equal(read.vectors, np.array([[0.5, -1, 0.2], [1, 2, 3], [-0.25, 0, 4]], np.float32))


def test_only_what_a_vocabulary_can_use_is_kept(tmp_path: Path):
    read = read_glove(written(tmp_path, TEXT), Vocabulary(["Cat", "dog"], "word"))
    assert read.words == ("cat",)
    none = read_glove(written(tmp_path, TEXT), ["dog"])
    assert (none.words, none.vectors.shape) == ((), (0, 3))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 1 2\nb 1 2 3\n", "line 2 has 3 numbers.*have 2"),
        ("a 1 2\nb 1\n", "line 2 has 1 numbers"),
        ("a 1 2\n\nb 1 x\n", "line 3 has 'x'"),
        ("a 1 2\nb 1  2\n", "line 2 has"),
        ("a 1 nan\n", "line 1 has 'nan'"),
        ("a 1 1e99\n", "line 1 has '1e99'"),
        ("a 1\nb 2\na 3\n", "line 3 gives 'a' again, which line 1"),
        ("a\n", "line 1 is not a word and"),
        (" 1 2\n", "line 1 is not a word and"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        (b"\xff\xfe1 2", "no UTF-8"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, text: str | bytes, message: str):
    with pytest.raises(DataError, match=message) as caught:
        read_glove(written(tmp_path, text))
    assert "vectors.txt" in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be read"):
        read_glove(tmp_path / "none.txt")
    with pytest.raises(DataError, match="cannot be read"):
        read_glove(tmp_path)


def test_sizes_are_capped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = written(tmp_path, TEXT)
    caps = [("MAX_WORDS", 2, "line 3 is one word too many"), ("MAX_SIZE", 2, "line 1 is not"),
            ("MAX_BYTES", 10, "more than"), ("MAX_LINE", 8, "line 1 has more than 8")]  # fmt: skip
    for name, value, message in caps:
        with monkeypatch.context() as patch:
            patch.setattr(glove, name, value)
            with pytest.raises(DataError, match=message):
                read_glove(path)


def test_an_embedding_begins_with_the_vectors(tmp_path: Path):
    words = Vocabulary(["<unk>", "The", "cat", "sat"], "word", "<unk>")
    made = engine.Network()
    made.add("Tokens", id="tokens", length=2, vocabulary=4)
    made.add("Embedding", id="embedding", vocabulary=4, size=3)
    made.add("Flatten", id="flat")
    made.add("Dense", id="output", units=1)
    made.add("SquaredError", id="loss")
    for source, target in (("tokens", "embedding"), ("embedding", "flat"), ("flat", "output"), ("output", "loss")):
        made.connect(source, target)
    session = engine.Session(made, from_arrays(np.array([[1, 2], [3, 0]]), np.array([0.0, 1.0]), vocabulary=words))
    before = session.parameters["embedding.W"].copy()
    table, known = read_glove(written(tmp_path, TEXT), words).table(words, before)
    session.parameters["embedding.W"] = table
    assert known == 2
    after = session.parameters["embedding.W"]
    np.testing.assert_array_equal(after[[1, 2]], np.array([[0.5, -1, 0.2], [1, 2, 3]], np.float32))
    np.testing.assert_array_equal(after[[0, 3]], before[[0, 3]])


def test_a_table_of_another_size_is_refused(tmp_path: Path):
    vectors = read_glove(written(tmp_path, TEXT))
    with pytest.raises(DataError, match=r"3 numbers for 2 tokens.*4 for 2"):
        vectors.table(["the", "cat"], np.zeros((2, 4)))
