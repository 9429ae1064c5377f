"""Windows of a text: tokens, the ones that follow, three stretches, and every way in which a file may be unfit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data import Dataset, DataSpec, load
from engine.data.vocabulary import UNKNOWN
from engine.errors import DataError

TEXT = "The cat sat on the mat. The dog did not.\n" * 20


def file(folder: Path, content: str | bytes = TEXT) -> Path:
    path = folder / "a.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def text_of(folder: Path, content: str | bytes = TEXT, **options: object) -> Dataset:
    return load(DataSpec.of("text", path=file(folder, content), **{"length": 8, **options}))


def test_the_plays_that_come_along() -> None:
    dataset = load(DataSpec.of("text"))
    assert (dataset.name, dataset.task, dataset.shape) == ("shakespeare.txt", "sequence", (64,))
    assert dataset.classes == dataset.outputs == len(dataset.vocabulary) == 66
    assert dataset.vocabulary.decode(dataset.train.x[0]).startswith("THESEUS.\nNow, fair Hippolyta, our nuptial hour\n")
    assert len(dataset) == sum(map(len, (dataset.train, dataset.validation, dataset.open_test()))) > 18_000
    assert "66 classes" in dataset.summary
    assert "of 64 tokens" in dataset.summary


@pytest.mark.parametrize("stride", [0, 1, 3, 20])
def test_every_target_is_the_next_character(tmp_path: Path, stride: int) -> None:
    dataset = text_of(tmp_path, stride=stride, validation=0.2, test=0.1)
    numbers = dataset.vocabulary.encode(TEXT)
    step, begin = stride or 8, 0
    for part, tokens in ((dataset.train, 820 - 164 - 82), (dataset.validation, 164), (dataset.open_test(), 82)):
        assert part.x.dtype == part.y.dtype == np.int64
        assert len(part) == (tokens - 9) // step + 1
        for k, (x, y) in enumerate(zip(part.x, part.y, strict=True)):
            start = begin + k * step
            np.testing.assert_array_equal(x, numbers[start : start + 8])
            np.testing.assert_array_equal(y, numbers[start + 1 : start + 9])
            assert start + 9 <= begin + tokens  # no window reaches into the next stretch
        begin += tokens


def test_without_held_back_stretches(tmp_path: Path) -> None:
    dataset = text_of(tmp_path, validation=0, test=0)
    assert len(dataset.train) == len(dataset) == (820 - 9) // 8 + 1
    assert len(dataset.validation) == 0


def test_words_are_known_from_the_training_stretch_only(tmp_path: Path) -> None:
    text = "one two three four " * 20 + "five " * 40
    dataset = text_of(tmp_path, text, level="word", length=4, validation=1 / 3, test=0)
    assert dataset.vocabulary.itos == (UNKNOWN, "four", "one", "three", "two")
    assert (dataset.validation.y == 0).all()
    assert dataset.vocabulary.decode(dataset.train.x[0]) == "one two three four"
    assert "40 words (33.3%) are not among the 4 known ones" in dataset.describe()
    assert dataset.target_names == ("next word",)


def test_a_limit_and_small_letters(tmp_path: Path) -> None:
    dataset = text_of(tmp_path, lower=True, limit=6)
    assert len(dataset.vocabulary) == dataset.classes == 6
    assert dataset.vocabulary.unknown == UNKNOWN
    assert not any(token.isupper() for token in dataset.vocabulary.itos)
    assert dataset.x.max() < 6


def test_line_ends_and_encodings(tmp_path: Path) -> None:
    plain = text_of(tmp_path, "ab\ncd\n" * 40)
    for content in ("ab\r\ncd\r\n" * 40, ("ab\rcd\r" * 40).encode(), b"\xef\xbb\xbf" + b"ab\ncd\n" * 40,
                    ("ab\ncd\n" * 40).encode("utf-16")):  # fmt: skip
        np.testing.assert_array_equal(text_of(tmp_path, content).train.x, plain.train.x)
    latin = text_of(tmp_path, ("schön\n" * 40).encode("latin-1"), encoding="latin-1")
    assert "ö" in latin.vocabulary.stoi


def test_a_relative_path_is_sought_beside_the_project(tmp_path: Path) -> None:
    file(tmp_path)
    assert load(DataSpec.of("text", path="a.txt", length=8), tmp_path).name == "a.txt"
    with pytest.raises(DataError, match="elsewhere"):
        load(DataSpec.of("text", path="a.txt", length=8), tmp_path / "elsewhere")


def test_tokens_are_transformed_only_if_they_are_tokens(tmp_path: Path) -> None:
    dataset = text_of(tmp_path)
    row = dataset.vocabulary.encode("The cat ")
    np.testing.assert_array_equal(dataset.transform(row), row[None])
    for wrong, words in ((row[:3][None], "rows of 3 tokens"), (row.astype(float)[None], "whole numbers"),
                         (row[None] + 99, "there are 0 to"), ([[]], "tokens stand in rows")):  # fmt: skip
        with pytest.raises(DataError, match=words):
            dataset.transform(wrong)
    with pytest.raises(DataError, match="let its vocabulary encode"):
        dataset.encode_rows("rows.csv")


@pytest.mark.parametrize(("content", "options", "words"), [
    (b"", {}, "is empty"),
    (b" \n\n", {}, "is empty"),
    (b"short", {}, "the stretch for train has 5 characters, but a window and the character after it take 9"),
    (b"abcdefghij" * 5, {"length": 20}, "the stretch for validation has 5 characters.*or validation larger or 0"),
    (b"a" * 500, {}, "nothing to predict"),
    (b"abc" * 500, {"limit": 1}, "nothing to predict"),
    (b"\0\1\2\3" * 500, {}, "binary"),
    (b"ab\xff\xfecd" * 99, {}, "no utf-8 text: byte 2 does not fit"),
    (b"\xff\xfea\0\0\xd8" * 99, {}, "no utf-16 text"),
    (b"odd" * 99, {"encoding": "utf-16"}, "no utf-16 text: byte 296"),
    (b"x" * 1_000_001, {"max_megabytes": 1}, "max_megabytes allows 1 MB; raise it or use a shorter text"),
    (b"... " * 300, {"level": "word", "length": 2000}, "make length smaller"),
])  # fmt: skip
def test_unfit_texts(tmp_path: Path, content: bytes, options: dict, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        text_of(tmp_path, content, **options)
    assert "a.txt" in str(caught.value)


def test_too_many_windows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="make stride larger"):
        text_of(tmp_path, "to be or not to be " * 4000, length=1024, stride=1)


@pytest.mark.parametrize("name", ["gone.txt", ".", "a\0b"])
def test_what_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"cannot be read|folder"):
        load(DataSpec.of("text", path=str(tmp_path / name)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | st.text(max_size=300), level=st.sampled_from(["character", "word"]),
       encoding=st.sampled_from(["auto", "utf-8", "latin-1", "utf-16"]),
       limit=st.sampled_from([0, 1, 2, 9]))  # fmt: skip
def test_any_bytes_load_or_are_refused(
    tmp_path: Path, content: bytes | str, level: str, encoding: str, limit: int
) -> None:
    given_bytes = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    try:
        dataset = text_of(tmp_path, given_bytes, level=level, encoding=encoding, limit=limit, length=2)
    except DataError:
        return
    assert 0 <= dataset.x.min() <= dataset.x.max() < dataset.classes
    np.testing.assert_array_equal(dataset.x[:, 1:], dataset.y[:, :-1])
