"""The ready-made networks: each loads, fits its data, has right gradients, and reaches the figure its text names."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.files import LESSONS, SUFFIX, to_json
from engine.gradient_check import gradcheck
from tests.figures import FIGURES, trained

SEEDS = range(5)
CARD = (180.0, 150.0)  # room for a layer's card

# lessons whose full run takes longer than a test should: steps, and a bound on the validation loss after them, which
# a network that learns nothing, or misses what its text names, does not reach
SHORT = {"reversal": (1500, 0.1), "char_lstm": (120, 2.35), "decoder_transformer": (200, 2.6)}


def path_of(name: str) -> Path:
    """The lesson's file."""
    return LESSONS / f"{name}{SUFFIX}"


@pytest.fixture(params=sorted(FIGURES))
def lesson(request: pytest.FixtureRequest) -> tuple[str, engine.Network]:
    """Name and network of every lesson in turn."""
    return request.param, engine.load(path_of(request.param))


def test_every_lesson_has_a_figure() -> None:
    assert {path.stem for path in LESSONS.glob(f"*{SUFFIX}")} == set(FIGURES)


def test_it_is_text_as_the_program_writes_it(lesson: tuple[str, engine.Network]) -> None:
    name, network = lesson
    written = json.dumps(to_json(network), indent=1, ensure_ascii=False) + "\n"
    assert path_of(name).read_text(encoding="utf-8") == written
    assert network.checkpoint is None


def test_its_text_is_short_and_whole(lesson: tuple[str, engine.Network]) -> None:
    _, network = lesson
    sentences = re.findall(r"[.!?](?= |$)", network.description)
    assert network.title
    assert 2 <= len(sentences) <= 5
    assert network.description == " ".join(network.description.split())


def test_no_problems_with_its_data(lesson: tuple[str, engine.Network]) -> None:
    _, network = lesson
    assert network.check() == []
    assert network.check(network.data) == []


def test_cards_lie_left_to_right_or_below_without_overlap(lesson: tuple[str, engine.Network]) -> None:
    _, network = lesson
    for wire in network.wires:
        source, target = network.nodes[wire.source], network.nodes[wire.target]
        across, down = (b - a for a, b in zip(source.position, target.position, strict=True))
        assert across >= CARD[0] or down >= CARD[1] or target.kind == "Delay"
    places = [node.position for node in network.nodes.values()]
    for i, (x, y) in enumerate(places):
        assert all(abs(x - u) >= CARD[0] or abs(y - v) >= CARD[1] for u, v in places[:i])


def test_spirals_branch() -> None:
    network = engine.load(path_of("spirals"))
    sources = [wire.source for wire in network.wires]
    assert sources.count("spirals") == 2
    assert set(network.inputs_of("join").values()) == {"hidden 1", "skip"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", sorted(set(FIGURES) - set(SHORT)))
def test_it_reaches_its_figure(name: str, seed: int) -> None:
    session = trained(name, seed)
    reached = {figure: figure.of(session) for figure in FIGURES[name]}
    assert all(figure.met(value) for figure, value in reached.items()), reached


@pytest.mark.parametrize("name", sorted(SHORT))
def test_it_is_on_its_way(name: str) -> None:
    session, (steps, bound) = engine.Session.from_network(engine.load(path_of(name))), SHORT[name]
    session.train(steps=steps)
    assert session.evaluate("validation")["loss"] < bound


def test_it_has_right_gradients(lesson: tuple[str, engine.Network], monkeypatch: pytest.MonkeyPatch) -> None:
    name, network = lesson
    many = name in {"cnn_digits", *SHORT}  # of many rows, some unit stands at a kink of its ReLU
    if many:
        monkeypatch.setattr("engine.gradient_check.ELEMENTS", 6)
        network.training = replace(network.training, batch_size=2)
    if network.training.second_losses:  # two sums, each with gradients of its own: here, those of all losses together
        network.training = replace(network.training, second_optimizer="none")
    session = engine.Session.from_network(network, dtype="float64")
    session.train(steps=3)
    if name == "vanishing_gradients":  # behind a layer of zeros, ReLUs without a bias stand at their kink
        for k in range(1, 5):
            session.parameters[f"relu {k}.b"] = np.linspace(-0.01, 0.02, 8)
    errors = gradcheck(session)
    assert set(errors) == set(session.parameters)
    assert max(errors.values()) <= (5e-6 if many else 1e-6)  # deep ones: rounding beside small gradients


def test_four_neuron_chain_against_the_chain_rule_by_hand() -> None:
    session = engine.Session.from_network(engine.load(path_of("four_neuron_chain")), dtype="float64")
    gradients = session.gradients()
    a = {k: float(session.values[f"a{k}.a"].item()) for k in (2, 3, 4)}
    a[1] = 0.5
    incoming = a[4] - 0.8  # dL/da4
    for k in (4, 3, 2):
        local = incoming * a[k] * (1 - a[k])
        assert gradients[f"a{k}.b"].item() == pytest.approx(local, rel=1e-12)
        assert gradients[f"a{k}.W"].item() == pytest.approx(local * a[k - 1], rel=1e-12)
        incoming = local * session.parameters[f"a{k}.W"].item()


def test_perceptron_finds_the_rule_of_the_vote() -> None:
    session = engine.Session.from_network(engine.load(path_of("perceptron")))
    session.train(epochs=500)
    weights, bias = session.parameters["weighted sum.W"], session.parameters["weighted sum.b"].item()
    assert weights.min() == pytest.approx(weights.max(), rel=1e-3)
    assert bias / weights.mean() == pytest.approx(-1.5, abs=0.05)


def test_training_makes_most_of_the_linear_regions() -> None:
    from tests.figures import pieces

    session = engine.Session.from_network(engine.load(path_of("linear_regions")))
    assert pieces(session) < 120


def test_two_units_do_not_bend_often_enough() -> None:
    network = engine.load(path_of("drawn_curve"))
    network.set("hidden", units=2)
    session = engine.Session.from_network(network)
    session.train(epochs=network.training.epochs)
    assert session.evaluate("validation")["r2"] < 0.7


def test_a_linear_network_cannot_close_a_circle() -> None:
    network = engine.load(path_of("circles"))
    network.set("hidden 1", activation="linear")
    session = engine.Session.from_network(network)
    session.train(epochs=network.training.epochs)
    assert session.evaluate("validation")["accuracy"] < 0.7
