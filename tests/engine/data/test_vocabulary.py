"""Characters and words as numbers and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.vocabulary import UNKNOWN, Vocabulary, join, learn, tokenise
from engine.errors import DataError


def test_words_keep_apostrophes_hyphens_numbers_and_lines() -> None:
    text = "  It's well-known: I have 12\tponies.\n\n'Tis so_so… Ähre!"
    want = ["It's", "well-known", ":", "I", "have", "12", "ponies", ".", "\n", "\n",
            "'", "Tis", "so", "_", "so", "…", "Ähre", "!"]  # fmt: skip
    assert tokenise(text, "word") == want


def test_joined_words_read_like_text() -> None:
    text = "To be (or not), that's it:\nWhether 12 ponies?"
    assert join(tokenise(text, "word"), "word") == text


@given(st.text())
def test_characters_come_back(text: str) -> None:
    known = learn(text or "a")
    assert known.decode(known.encode(text)) == text
    assert list(known.itos) == sorted(set(text or "a"))


@given(st.text(min_size=1))
def test_joined_words_cut_into_the_same_words(text: str) -> None:
    words = tokenise(text, "word")
    assert [w for w in tokenise(join(words, "word"), "word") if w.isalpha()] == [w for w in words if w.isalpha()]


def test_a_limit_keeps_the_most_frequent() -> None:
    words = tokenise("a a a b b c d the the the the", "word")
    known = learn(words, "word", 3)
    assert known.itos == (UNKNOWN, "the", "a")
    np.testing.assert_array_equal(known.encode("a zebra the b"), [2, 0, 1, 0])
    assert learn("aaabbc", "character", 3).itos == (UNKNOWN, "a", "b")
    assert learn(words, "word").itos == (UNKNOWN, "the", "a", "b", "c", "d")


def test_what_is_not_known_is_refused_without_an_unknown_token() -> None:
    known = learn("abc")
    with pytest.raises(DataError, match=r"'z' at place 2"):
        known.encode("abz")


def test_numbers_outside_are_left_out() -> None:
    assert learn("abc").decode([0, -1, 2, 99]) == "ac"


@pytest.mark.parametrize(("itos", "unknown", "words"), [((), None, "empty"), (("a", "b", "a"), None, "'a' twice"),
                                                        (("a",), UNKNOWN, "unknown token")])  # fmt: skip
def test_wrong_vocabularies(itos: tuple[str, ...], unknown: str | None, words: str) -> None:
    with pytest.raises(DataError, match=words):
        Vocabulary(itos, "character", unknown)


def test_equality_takes_everything_into_account() -> None:
    assert Vocabulary("ab") == Vocabulary(("a", "b"))
    assert Vocabulary("ab") != Vocabulary("ba")
    assert Vocabulary(("a", "b"), "word") != Vocabulary("ab")
