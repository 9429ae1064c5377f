"""Weights, gradients and values of layers as tiles, out of real sessions."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from app.watches.filters import GRADIENTS, MAPS, WEIGHTS, Watch, Wish
from engine.errors import SessionError
from tests.engine import nets


def session(*layers, shape=(3, 6, 6), rows=5, outputs=2):
    net = nets.chain(("Input", {"shape": shape}), *layers, ("Dense", {"units": outputs}), ("SquaredError", {}))
    rng = np.random.default_rng(0)
    s = engine.Session(net, (rng.normal(size=(rows, *shape)), rng.normal(size=(rows, outputs))), batch_size=3)
    s.loss()
    return s


@pytest.fixture(scope="module")
def conv():
    return session(("Conv2D", {"filters": 4, "kernel": 3}), ("Flatten", {}))


def look(s, *args, **wish):
    return Watch(s, Wish(*args, **wish)).look()


def test_kernels_over_colours_are_pictures_in_colour_and_channel_by_channel(conv):
    w = conv.parameters["conv2d1.W"]
    found = look(conv)
    assert (found.layer, found.sheet.total, found.sheet.what) == ("conv2d1", 4, "filters")
    assert found.sheet.channels == ("colour", "all channels", "channel 0", "channel 1", "channel 2")
    np.testing.assert_array_equal(found.sheet.tiles[2].cells, np.moveaxis(w[2], 0, -1))
    one = look(conv, channel=3)
    np.testing.assert_array_equal(one.sheet.tiles[3].cells, w[3, 1])
    every = look(conv, channel=1).sheet
    assert (every.total, every.across, len(every.tiles)) == (12, 3, 12)
    np.testing.assert_array_equal(every.tiles[7].cells, w[2, 1])
    assert every.tiles[7].name == "filter 2 channel 1"
    assert look(conv, channel=99).channel == 4


def test_a_dense_layer_behind_maps_is_drawn_in_their_shape(conv):
    w = conv.parameters["dense1.W"]
    size = conv.shapes["conv2d1"]
    found = look(conv, "dense1", channel=1).sheet
    assert found.tiles[0].cells.shape == size[1:]
    np.testing.assert_array_equal(found.tiles[1].cells, w[:, 1].reshape(size)[0])


def test_gradients_are_those_of_the_weights(conv):
    found = look(conv, "conv2d1", GRADIENTS, channel=2)
    np.testing.assert_array_equal(found.sheet.tiles[1].cells, conv.values["conv2d1.W.grad"][1, 0])


def test_feature_maps_of_one_example(conv):
    found = look(conv, "conv2d1", MAPS, example=2)
    assert (found.example, found.examples, found.sheet.total) == (2, 3, 4)
    np.testing.assert_array_equal(found.sheet.tiles[3].cells, conv.values["conv2d1.z"][2, 3])
    assert look(conv, "conv2d1", MAPS, example=99).example == 2
    flat = look(conv, "flatten1", MAPS).sheet.tiles[0]
    np.testing.assert_array_equal(flat.cells.ravel(), conv.values["flatten1.y"][0])


def test_tiles_are_copies(conv):
    before = look(conv).sheet.tiles[0].cells.copy()
    found = look(conv)
    conv.parameters["conv2d1.W"][...] *= 2
    np.testing.assert_array_equal(found.sheet.tiles[0].cells, before)


def test_a_layer_without_weights_gives_way_to_the_first_that_has_any(conv):
    for wished in (None, "input1", "gone"):
        assert look(conv, wished, WEIGHTS).layer == "conv2d1"
        assert look(conv, wished, MAPS).layer == ("input1" if wished == "input1" else "conv2d1")


def test_a_dense_layer_on_images_has_a_picture_a_unit():
    from engine.data import DataSpec

    net = nets.chain(("Input", {"shape": (64,)}), ("GaussianNoise", {}), ("Dense", {"units": 7}),
                     ("Dense", {"units": 10}), ("CrossEntropy", {}))  # fmt: skip
    s = engine.Session(net, DataSpec("digits", {}))
    found = look(s, "dense1").sheet
    assert (found.total, found.tiles[0].cells.shape) == (7, (8, 8))
    np.testing.assert_array_equal(found.tiles[4].cells, s.parameters["dense1.W"][:, 4].reshape(8, 8))
    (matrix,) = look(s, "dense2").sheet.tiles
    np.testing.assert_array_equal(matrix.cells, s.parameters["dense2.W"])
    s.loss()
    assert look(s, "input1", MAPS).sheet.tiles[0].cells.shape == (8, 8)


@pytest.mark.parametrize(("kind", "gates"), [("RNN", 1), ("LSTM", 4), ("GRU", 3)])
def test_recurrent_layers_are_drawn_gate_by_gate(kind, gates):
    s = session((kind, {"units": 5, "returns": "last"}), shape=(4, 3))
    tiles = look(s, f"{kind.lower()}1").sheet.tiles
    assert len(tiles) == 2 * gates
    w = s.parameters[f"{kind.lower()}1.W_h"]
    np.testing.assert_array_equal(tiles[-1].cells, w[:, -5:])
    assert [tile.cells.shape for tile in tiles] == [(3, 5)] * gates + [(5, 5)] * gates


@pytest.mark.parametrize("layers", [
    [("Conv1D", {"filters": 4, "kernel": 3}), ("Flatten", {})],
    [("LayerNorm", {}), ("Flatten", {})],
    [("MultiHeadAttention", {"heads": 2}), ("Flatten", {})],
])  # fmt: skip
def test_every_kind_of_weights_has_tiles(layers):
    s = session(*layers, shape=(6, 4))
    for layer in {name.rpartition(".")[0] for name in s.parameters}:
        for what in (WEIGHTS, GRADIENTS, MAPS):
            found = look(s, layer, what)
            assert found.layer == layer
            assert all(tile.cells.ndim in (2, 3) and tile.cells.size for tile in found.sheet.tiles)


def test_volumes_and_transposed_kernels():
    deep = session(("Conv3D", {"filters": 2, "kernel": 2}), ("Flatten", {}), shape=(3, 4, 4, 4))
    assert look(deep, channel=1).sheet.tiles[0].cells.shape == (2, 2)
    back = session(("ConvTranspose2D", {"filters": 5, "kernel": 2}), ("Flatten", {}))
    found = look(back, channel=2).sheet
    assert found.total == 5
    np.testing.assert_array_equal(found.tiles[4].cells, back.parameters["conv_transpose2d1.W"][0, 4])


def test_what_cannot_be_drawn_is_told():
    net = nets.chain(("Input", {"shape": (3,)}), ("ReLU", {}), ("SquaredError", {}))
    s = engine.Session(net, (np.zeros((4, 3)), np.zeros((4, 3))))
    with pytest.raises(SessionError, match="No layer of this network learns"):
        look(s)


def test_a_huge_matrix_is_thinned():
    s = session(("Dense", {"units": 1500}), shape=(1200,))
    (tile,) = look(s, "dense1").sheet.tiles
    assert tile.cells.shape == (400, 500)
    assert tile.step == (3, 3)
    assert tile.limit == pytest.approx(np.abs(s.parameters["dense1.W"]).max())
