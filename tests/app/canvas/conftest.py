"""A small document with a fork and a join, and its scene."""

from __future__ import annotations

import pytest

from app.canvas import CanvasPanel
from app.document import Document
from engine.network import Network
from tests.app.canvas.hands import Hands


@pytest.fixture
def document(app) -> Document:
    network = Network(title="fork")
    network.add("Input", shape=(2,), id="points")
    network.add("Dense", units=8, activation="tanh", id="left")
    network.add("Dense", units=8, id="right")
    network.add("Concat", id="join")
    network.add("CrossEntropy", id="loss")
    for source, target in (
        ("points", "left"),
        ("points", "right"),
        ("left", "join"),
        ("right", "join"),
        ("join", "loss"),
    ):
        network.connect(source, target)
    return Document(network)


@pytest.fixture(params=["each card an item", "a crowd"])
def panel(request, monkeypatch, document, dark, qtbot) -> CanvasPanel:
    """Both kinds of canvas obey the same tests: that of small networks and that of large ones."""
    if request.param == "a crowd":
        monkeypatch.setattr("app.canvas.population.LARGE", 0)
    canvas = CanvasPanel(document)
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    return canvas


@pytest.fixture
def hands(panel) -> Hands:
    return Hands(panel)
