"""Attention of one example, with the words of its tokens."""

from __future__ import annotations

import numpy as np
import pytest

import engine.files as files
from app.watches.attention import Watch, Wish
from engine.data.vocabulary import shown
from engine.errors import SessionError
from engine.session import Session


@pytest.fixture(scope="module")
def reversal():
    s = Session.from_network(files.load(str(files.LESSONS / f"reversal{files.SUFFIX}")))
    s.train(2)
    return s


def test_heads_of_the_chosen_layer_and_example(reversal):
    found = Watch(reversal, Wish("decoder", example=3)).look()
    assert (found.name, found.example, found.examples) == ("decoder.weights", 3, 32)
    np.testing.assert_array_equal(found.weights, reversal.values["decoder.weights"][3])
    assert found.gradient.shape == found.weights.shape
    assert np.abs(found.gradient).max() > 0
    assert [words for _, words in found.maps] == ["encoder", "decoder", "decoder, across"]


def test_queries_and_keys_are_called_by_their_tokens(reversal):
    found = Watch(reversal, Wish(name="decoder.weights_cross", example=1)).look()
    itos, row = reversal.dataset.vocabulary.itos, reversal.values["tokens.x"][1]
    words = [shown(itos[int(token)]) for token in row]
    assert list(found.keys) == words[:10]
    assert list(found.queries) == words[10:]


@pytest.mark.parametrize("wish", [None, Wish("gone"), Wish("output"), Wish(name="gone", example=999)])
def test_what_is_not_there_gives_way_to_the_first(reversal, wish):
    found = Watch(reversal, wish).look()
    assert found.name == "encoder.weights"
    assert 0 <= found.example < 32


def test_what_is_published_does_not_change_with_the_session(reversal):
    found = Watch(reversal).look()
    weights, gradient = found.weights.copy(), found.gradient.copy()
    reversal.train(1)
    np.testing.assert_array_equal(found.weights, weights)
    np.testing.assert_array_equal(found.gradient, gradient)
    assert not np.array_equal(Watch(reversal).look().weights, weights)


def test_a_network_without_attention_says_where_there_would_be_some():
    s = Session.from_network(files.load(str(files.LESSONS / f"xor{files.SUFFIX}")))
    with pytest.raises(SessionError, match="Try the lesson"):
        Watch(s).look()
