"""Networks that cannot run, or only with more memory than there is: each ends in an error that says where, never in
another exception, in a hang or in gigabytes."""

from __future__ import annotations

import itertools
import os
import resource
import time
from random import Random
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import engine
import engine.program
from engine.attributes import Attribute
from engine.errors import AttributeValueError, ChainruleError, ConnectError, NetworkError, SessionError
from engine.layers import REGISTRY
from tests.engine.drawn_networks import Maker
from tests.engine.nets import chain

ROOM = 2**28  # bytes that a session may take here
EXTREME = (0, 1, 2, 3, 7, 100, 1000, 2**16, 2**20, 2**24)
COUNT = int(os.environ.get("CHAINRULE_NETWORKS", "120"))
SEED = os.environ.get("CHAINRULE_SEED")
Data = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with ROOM bytes of memory."""
    monkeypatch.setattr(engine.program, "available_bytes", lambda: ROOM)


def odd_value(r: Random, attribute: Attribute) -> Any:
    """A value at the ends of what an attribute takes, or far out in between."""
    if attribute.kind in ("bool", "choice"):
        return r.choice(attribute.choices or (False, True))
    if attribute.kind == "text":
        return r.choice(("", "dense1", "nothing"))
    low = attribute.low if attribute.low is not None else -(2.0**24)
    high = attribute.high if attribute.high is not None else 2.0**24
    if attribute.kind == "float":
        return r.choice((low, high, attribute.default))
    numbers = [n for n in (*EXTREME, int(low), int(high)) if low <= n <= high]
    if attribute.kind == "int":
        return r.choice(numbers)
    return tuple(r.choice(numbers) for _ in range(r.choice((1, 1, 2, 3))))


def spoil(r: Random, network: engine.Network) -> None:
    """Set attributes of a few layers to odd values, and move a wire."""
    for _ in range(r.randint(1, 3)):
        node = r.choice(list(network.nodes.values()))
        if node.layer.attributes:
            attribute = r.choice(node.layer.attributes)
            try:
                network.set(node.id, **{attribute.name: odd_value(r, attribute)})
            except AttributeValueError:
                continue
    if r.random() < 0.3:
        wire = r.choice(network.wires)
        network.disconnect(wire.target, wire.port)
        if r.random() < 0.7:
            try:
                network.connect(r.choice(list(network.nodes)), wire.target, wire.port)
            except ConnectError:
                return


def answer(network: engine.Network, data: Any) -> str:
    """What check and Session say: "" if the network runs. Every problem names its place, or is the network's."""
    problems = network.check(data)
    for problem in problems:
        assert problem.message
        assert problem.suggestion
        assert problem.layer in (*network.nodes, None)
    errors = [problem for problem in problems if problem.severity == "error"]
    try:
        engine.Session(network, data, dtype="float64")
    except NetworkError as error:
        return str(error)
    except SessionError as error:
        assert not errors
        return str(error)
    assert not errors
    return ""


def test_drawn_networks_end_in_a_clear_answer(little_room: None):
    kinds, answers = sorted(REGISTRY), []

    def say(r: Random, number: int) -> None:
        maker = Maker(r, kinds[number])
        spoil(r, maker.network)
        hypothesis.note("\n".join(f"{node.id} {node.kind} {node.attrs} {maker.network.inputs_of(node.id)}"
                                  for node in maker.network.nodes.values()))  # fmt: skip
        answers.append(answer(maker.network, maker.data))

    test = hypothesis.given(st.randoms(use_true_random=False), st.integers(0, len(kinds) - 1))(say)
    test = hypothesis.seed(int(SEED))(test) if SEED else test
    quiet = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
    hypothesis.settings(max_examples=COUNT, derandomize=not SEED, database=None, deadline=None,
                        suppress_health_check=quiet)(test)()  # fmt: skip
    assert any(answers)
    assert not all(answers)


def behind_image(kind: str, shape: tuple[int, ...] = (1, 4, 4), **attrs: Any) -> tuple[engine.Network, Data]:
    """A layer behind an image, and data."""
    return behind((kind, attrs), shape=shape)


def behind(*layers: tuple[str, dict[str, Any]], shape: tuple[int, ...] = (2,)) -> tuple[engine.Network, Data]:
    """Layers behind an Input, with a loss that needs no target, and data."""
    network = chain(("Input", {"shape": shape}), *layers, ("HalfSquaredError", {"against": "number"}))
    return network, (np.ones((2, *shape)), np.ones((2, 1)))


def wide(
    *layers: tuple[str, dict[str, Any]], shape: tuple[int, ...], units: int = 2**24
) -> tuple[engine.Network, Data]:
    """Layers behind many numbers."""
    return behind(("Dense", {"units": units}), ("Reshape", {"shape": shape}), *layers)


def contractive() -> tuple[engine.Network, Data]:
    network, data = behind(("Dense", {"units": 2**15}), ("ContractivePenalty", {"method": "exact"}))
    network.connect("input1", "contractive_penalty1", "x")
    return network, data


def long_loop() -> tuple[engine.Network, Data]:
    network = engine.Network()
    ids = [network.add("Input", shape=(2,)), network.add("Dense", units=2**20)]
    ids += [network.add("Reshape", shape=(2**20, 1)), network.add("Add")]
    ids.append(network.add("HalfSquaredError", against="number"))
    for source, target in itertools.pairwise(ids):
        network.connect(source, target)
    network.connect("add1", network.add("Delay", size=1))
    network.connect("delay1", "add1")
    return network, (np.ones((2, 2)), np.ones((2, 1)))


HUGE = {
    "conv2d1": behind_image("Conv2D", kernel=(4096, 4096)),
    "conv1d1": behind_image("Conv1D", (1, 4), kernel=(2**20,)),
    "conv_transpose1d1": behind_image("ConvTranspose1D", (1, 4), stride=(2**20,)),
    "conv_transpose2d1": behind_image("ConvTranspose2D", stride=(2**12,)),
    "conv_transpose3d1": behind_image("ConvTranspose3D", (1, 2, 2, 2), stride=(2**10,)),
    "tiled_conv1d1": behind_image("TiledConv1D", (1, 4), tile=(2**20,)),
    "upsample2d1": behind_image("Upsample2D", factor=(2**20,)),
    "positional_encoding1": wide(("PositionalEncoding", {}), shape=(2**24, 1)),
    "multi_head_attention1": wide(("MultiHeadAttention", {"heads": 7}), shape=(1, 2**24)),
    "group_norm1": wide(("GroupNorm", {"groups": 7}), shape=(2**24,)),
    "contractive_penalty1": contractive(),
    "delay1": long_loop(),
}
TOO_MUCH = {
    "dense": wide(("Dense", {"units": 2**24}), shape=(2**24,)),
    "image": behind_image("Conv2D", dilation=(2**20,)),
    "padding": behind_image("Conv2D", padding="given", pads=(2**15,)),
    "state": behind_image("RNN", (3, 2), units=2**24),
    "attention": wide(("MultiHeadAttention", {"heads": 1}), shape=(2**20, 1), units=2**20),
    "random": behind(("NormalSample", {"units": 2**24})),
    "linear": behind_image("Upsample2D", factor=(2**12,), mode="linear"),
}


@pytest.mark.parametrize("layer", HUGE)
def test_what_would_be_listed_without_end_is_a_problem_of_its_layer(layer: str):
    network, data = HUGE[layer]
    start = time.process_time()
    assert layer in [problem.layer for problem in network.check(data) if problem.severity == "error"]
    assert time.process_time() - start < 1.0
    with pytest.raises(NetworkError, match=layer):
        engine.Session(network, data)


@pytest.mark.parametrize("name", TOO_MUCH)
def test_too_much_memory_is_refused_with_the_figure_before_it_is_taken(name: str, little_room: None):
    network, data = TOO_MUCH[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SessionError, match="One step of this network needs"):
        engine.Session(network, data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < ROOM // 1024


def test_what_is_as_large_as_allowed_still_runs():
    for network, data in (behind_image("Conv2D", kernel=(64, 64)), behind_image("TiledConv1D", (1, 4), tile=(64,)),
                          behind_image("ConvTranspose2D", (1, 2, 2), stride=(16,), filters=1)):  # fmt: skip
        engine.Session(network, data).train(steps=1)


def test_memory_that_runs_out_while_building_is_an_error_of_the_session(monkeypatch: pytest.MonkeyPatch):
    def build(*args: Any, **options: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("engine.session.build_training", build)
    with pytest.raises(ChainruleError, match="no room"):
        engine.Session(*behind(("Dense", {})))


def test_a_delay_outside_a_loop_takes_a_sequence():
    network, data = behind(("Delay", {"size": 2}))
    with pytest.raises(NetworkError, match="delay1"):
        engine.Session(network, data)


@pytest.mark.parametrize("between", [("GaussianNoise", {}), ("Dropout", {}), ("Dropout", {"scaling": "use"})])
def test_a_loss_reads_the_same_in_training_and_in_use(between: tuple[str, dict[str, Any]]):
    """Probabilities are probabilities, whatever disturbs them on the way in training."""
    network = chain(("Input", {"shape": (3,)}), ("Dense", {"units": 3, "activation": "softmax"}), between,
                    ("CrossEntropy", {}))  # fmt: skip
    session = engine.Session(network, (np.eye(3), np.arange(3)))
    assert session.metrics.reads_probabilities
