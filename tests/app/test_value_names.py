"""By which value a layer is shown, also where it runs once for every step."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from app.value_names import owner, rank, shows_layer
from app.worker_pictures import main_names
from engine.files import LESSONS, SUFFIX


def test_the_last_step_of_a_loop_shows_a_layer_best():
    names = ["sum.z[0]", "sum.y[2]", "sum.y[10]", "sum.W", "sum.y[3].grad"]
    assert min(filter(shows_layer, names), key=rank) == "sum.y[10]"
    assert [owner(name) for name in filter(shows_layer, names)] == ["sum"] * 3
    assert rank("state.steps") < rank("state.a[9]")
    assert not shows_layer("memory.gates")


@pytest.mark.parametrize(
    ("lesson", "layer", "name"),
    [
        ("elman_rnn", "state", "state.steps"),
        ("elman_rnn", "sum", "sum.y[9]"),
        ("reversal", "decoder", "decoder.y"),
        ("cnn_digits", "strokes", "strokes.a"),
    ],
)
def test_every_card_has_a_picture(lesson: str, layer: str, name: str):
    session = engine.Session.from_network(engine.load(LESSONS / f"{lesson}{SUFFIX}"))
    found = main_names(session)
    assert found[layer] == name
    without = {id for id, node in session.network.nodes.items() if node.kind == "Delay" or node.layer.is_loss}
    assert set(found) == set(session.network.nodes) - without


def test_recurrent_layers_are_shown_by_their_states():
    network = engine.Network()
    for id, kind, attrs in (("x", "Input", {"shape": (3, 2)}), ("memory", "LSTM", {"units": 4}),
                            ("end", "LSTM", {"units": 4, "returns": "last"}),
                            ("loss", "SquaredError", {})):  # fmt: skip
        before = list(network.nodes)[-1:]
        network.add(kind, id=id, **attrs)
        if before:
            network.connect(before[0], id)
    found = main_names(engine.Session(network, (np.zeros((2, 3, 2)), np.zeros((2, 4)))))
    assert (found["memory"], found["end"]) == ("memory.h", "end.last")
