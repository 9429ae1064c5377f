"""The one edit that fits a network to its data."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from app.data_fitting import mending, misfits
from engine.check import check
from engine.data import DataSpec, from_arrays, load
from engine.network import Network
from engine.session import Session


def network(loss: str, units: int = 2, width: int = 2, *middle: str) -> Network:
    net = Network()
    ids = [net.add("Input", shape=(width,)), net.add("Dense", units=5, activation="tanh"),
           net.add("Dense", id="out", units=units), *(net.add(kind) for kind in middle), net.add(loss)]  # fmt: skip
    for one, other in itertools.pairwise(ids):
        net.connect(one, other)
    return net


def numbers(outputs: int):
    x = np.random.default_rng(0).normal(size=(40, 3))
    return from_arrays(x, x @ np.ones((3, outputs)))


@pytest.mark.parametrize("loss", ["CrossEntropy", "BinaryCrossEntropy", "SquaredError", "AbsoluteError"])
@pytest.mark.parametrize("kind", ["iris", "breast_cancer", "diabetes", "digits", "spirals"])
def test_every_loss_meets_every_data_set(loss, kind):
    net, data = network(loss, 7, 11), load(DataSpec.of(kind))
    found = mending(net, data)
    before = net.copy()
    inverse = net.apply(found.edit)
    assert check(net, data) == []
    assert mending(net, data) is None
    assert np.isfinite(Session(net, data).loss())
    net.apply(inverse)
    assert net.same_document(before)


def test_an_autoencoder_gives_back_what_comes_in():
    net = network("SquaredError", 2, 2, "Sigmoid")
    net.set("squared_error1", against="input")
    assert mending(net, load(DataSpec.of("circles"))) is None
    data = load(DataSpec.of("iris"))
    found = mending(net, data)
    assert found.words == "Set input1 to 4, give out 4 units"
    net.apply(found.edit)
    assert check(net, data) == []
    assert np.isfinite(Session(net, data).loss())


def test_another_loss_keeps_the_weight():
    net = network("CrossEntropy", 1, 10)
    net.set("cross_entropy1", weight=0.25)
    net.apply(mending(net, load(DataSpec.of("diabetes"))).edit)
    assert (net.nodes["cross_entropy1"].kind, net.nodes["cross_entropy1"].attrs["weight"]) == ("SquaredError", 0.25)


def test_words():
    net = network("CrossEntropy")
    found = mending(net, load(DataSpec.of("iris")))
    assert found.words == "Set input1 to 4, give out 3 units"
    assert {problem.code for problem in misfits(net, load(DataSpec.of("iris")))} == {"shape", "label_mismatch"}
    assert mending(net, load(DataSpec.of("diabetes"))).words == "Set input1 to 10, use Squared error, give out 1 unit"


def test_what_hands_the_units_on_is_passed_over():
    net = network("CrossEntropy", 2, 4, "Softmax", "Flatten")
    assert mending(net, load(DataSpec.of("iris"))).words == "Give out 3 units"
    net.set("softmax1", fix_first=True)
    assert mending(net, load(DataSpec.of("digits"))).words == "Set input1 to 64, give out 9 units"


def test_maxout_wants_a_unit_for_each_piece():
    net = network("CrossEntropy", 2, 4, "Maxout")
    net.set("maxout1", pieces=3)
    assert mending(net, load(DataSpec.of("iris"))).words == "Give out 9 units"


def test_several_targets():
    net = network("SquaredError", 1, 3)
    assert mending(net, numbers(2)).words == "Give out 2 units"


def test_more_outputs_than_classes_are_a_doubt_that_can_be_mended():
    data = load(DataSpec.of("spirals"))
    net = network("CrossEntropy", 4, 2)
    (doubt,) = misfits(net, data)
    assert (doubt.severity, doubt.layer) == ("warning", "cross_entropy1")
    assert "4 outputs come in, but the data has 2 classes" in str(doubt)
    found = mending(net, data)
    assert found.words == "Give out 2 units"
    net.apply(found.edit)
    assert misfits(net, data) == []
    assert mending(net, data) is None


def test_nothing_is_offered_where_nothing_helps():
    data = load(DataSpec.of("iris"))
    assert mending(network("CrossEntropy", 3, 4), data) is None
    assert mending(Network(), data) is None
    net = network("CrossEntropy", 3, 4)
    net.disconnect("out", "x")
    assert mending(net, data) is None
    assert misfits(net, data) == []


def test_a_network_that_is_only_begun_is_fitted_as_far_as_it_stands():
    net = Network()
    net.add("Input")
    assert mending(net, load(DataSpec.of("iris"))).words == "Set input1 to 4"
    net.set("input1", shape=(4,))
    assert mending(net, load(DataSpec.of("iris"))) is None


def entry(kind: str, **attrs) -> Network:
    net = Network()
    net.add(kind, id="entry", **attrs)
    return net


def test_tokens_and_numbers_enter_at_layers_of_their_own():
    tokens, flowers = load(DataSpec.of("reversal", length=4)), load(DataSpec.of("iris"))
    net = entry("Tokens")
    assert mending(net, tokens).words == "Set entry to length 9 and vocabulary 13"
    net.apply(mending(net, tokens).edit)
    assert net.nodes["entry"].attrs == {"length": 9, "vocabulary": 13}
    assert mending(net, tokens) is None
    assert mending(net, flowers).words == "Use Input"
    net.apply(mending(net, flowers).edit)
    assert (net.nodes["entry"].kind, net.nodes["entry"].attrs["shape"]) == ("Input", (4,))
    assert mending(net, tokens).words == "Use Tokens"


def test_what_looks_tokens_up_grows_with_the_vocabulary():
    tokens = load(DataSpec.of("reversal", length=4))
    net = entry("Tokens", length=9, vocabulary=5)
    net.add("Embedding", id="look", vocabulary=5)
    net.connect("entry", "look")
    found = mending(net, tokens)
    assert found.words == "Set entry to vocabulary 13, set look to vocabulary 13"
    net.apply(found.edit)
    assert net.nodes["look"].attrs["vocabulary"] == 13


def test_masks_hide_what_the_data_fills_rows_up_with():
    data = load(DataSpec.of("reversal", length=4, samples=40, variable=True))
    net = Network()
    for kind, id, attrs in (("Tokens", "in", {"length": data.shape[0], "vocabulary": 13}),
                            ("PaddingMask", "mask", {})):  # fmt: skip
        net.add(kind, id=id, **attrs)
    net.connect("in", "mask")
    net.add("Embedding", id="look", vocabulary=13, size=4)
    net.add("MultiHeadAttention", id="see", masked=True, heads=2)
    net.add("SliceSteps", id="answer", start=4)
    net.add("Dense", id="out", units=13)
    net.add("CrossEntropy", id="loss")
    for source, target, port in (("in", "look", None), ("look", "see", "x"), ("mask", "see", "mask"),
                                 ("see", "answer", None), ("answer", "out", None), ("out", "loss", None)):  # fmt: skip
        net.connect(source, target, port)
    found = mending(net, data)
    assert found.words == "Set mask to padding 12"
    net.apply(found.edit)
    assert check(net, data) == []
