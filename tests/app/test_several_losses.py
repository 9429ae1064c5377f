"""Networks with several losses, or without any that reads the data's target: what is published and shown of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.canvas.cards import card_of, live_card
from app.document import Document
from app.panels.cost import costs
from app.plots.judgement import JudgementCard
from app.snapshot import Snapshot
from app.units.plan import called_by, unfold
from app.worker_beside import Beside
from app.worker_looks import Looks
from engine.data import DataSpec
from engine.network import Network
from engine.session import Session


def network(**classifier) -> Network:
    """An autoencoder of the plane with a penalty on its code, and a classifier beside it."""
    net = Network(title="both")
    net.data = DataSpec.of("circles", samples=120)
    for kind, id, attrs in (
        ("Input", "points", {"shape": (2,)}), ("Dense", "code", {"units": 3, "activation": "tanh"}),
        ("ActivityL1", "sparse", {"strength": 0.01}), ("Dense", "back", {"units": 2}),
        ("SquaredError", "restore", {"against": "input", "weight": 2.0}),
    ):  # fmt: skip
        net.add(kind, id=id, **attrs)
    for source, target in (("points", "code"), ("code", "sparse"), ("sparse", "back"), ("back", "restore")):
        net.connect(source, target)
    if classifier:
        net.connect("sparse", net.add("Dense", units=2, id="out"))
        net.connect("out", net.add("CrossEntropy", id="tell", weight=classifier["weight"]))
    return net


def looks_at(net: Network) -> Looks:
    looks = Looks(Session.from_network(net), Beside())
    looks.take(everything=True, boundary=True)
    return looks


def snapshot(looks: Looks) -> Snapshot:
    return Snapshot(
        state="paused", loss=looks.loss(), losses=looks.losses(), metrics=looks.metrics, boundary=looks.boundary,
        dataset=looks.session.dataset, extra=looks.extra(), thumbnails=looks.thumbnails,
    )  # fmt: skip


def test_every_loss_card_shows_its_own_figure_and_a_penalty_its_own():
    looks = looks_at(network(weight=0.5))
    shown, document = snapshot(looks), Document(looks.session.network)
    parts = looks.session.losses()
    assert set(shown.losses) == {"restore", "tell", "sparse"}
    assert shown.loss == pytest.approx(2 * parts["restore"] + 0.5 * parts["tell"] + parts["sparse"], rel=1e-5)
    cards = {id: live_card(document, id, card_of(document, id, ()), shown) for id in ("restore", "tell", "sparse")}
    figures = [cards[id].figure.removeprefix("L = ").replace("−", "-") for id in ("restore", "tell")]
    assert [float(text) for text in figures] == pytest.approx([parts["restore"], parts["tell"]], rel=1e-2)
    assert cards["sparse"].foot.startswith("Ω = ")
    assert {"train_restore.loss", "train_tell.loss", "train_loss", "train_r2"} <= set(looks.metrics)


def test_a_single_loss_needs_no_figures_by_layer():
    net = network()
    net.set("restore", weight=1.0)
    net.disconnect("back", "x")
    net.connect("code", "back")
    net.remove("sparse")
    assert looks_at(net).losses() == {}


def test_an_autoencoder_of_the_plane_has_predictions_and_no_boundary(app, qtbot):
    looks = looks_at(network())
    assert looks.boundary is None
    true, answers, where = looks.extra()["validation_predictions"]
    assert true.shape == answers.shape
    assert "rows" in where
    np.testing.assert_allclose(answers, looks.session.predict(true), rtol=1e-5)
    card = JudgementCard()
    qtbot.addWidget(card)
    card.show_snapshot(snapshot(looks))
    assert card.views.currentWidget() is card.predictions
    assert len(card.predictions.true) == min(2000, true.size)
    assert math.isfinite(looks.metrics["train_r2"])


def test_losses_of_the_input_read_no_classes_and_cost_something():
    net = network(weight=1.0)
    names = called_by(net, ("x", "y"), ("inner", "outer"))
    assert names["out"] == ("inner", "outer")
    assert "back" not in names
    document = Document(net)
    plan = unfold(net, document.report.shapes)
    assert [column.layer for column in plan.columns if column.is_loss] == ["restore", "tell"]
    net.set("restore", against="wire")
    net.connect("points", "restore", "target")
    document = Document(net)
    assert not document.report.errors
    for id in ("restore", "tell", "sparse"):
        assert all(row[1] for row in costs(net, document.report, id))


@pytest.mark.parametrize("first", ["kind", "size"])
def test_of_classes_and_numbers_at_once_the_main_loss_is_pictured(app, qtbot, first):
    rows = [(0.1 * k, 0.3 * (k % 3), "abc"[k % 3], 2.0 * k) for k in range(30)]
    net = Network(data=DataSpec.of("table", columns=["p", "q", "kind", "size"], rows=rows, targets=["kind", "size"]))
    net.add("Input", id="in", shape=(2,))
    heads = [("kind", 3, "CrossEntropy", {}), ("size", 1, "SquaredError", {"first_column": 1, "columns": 1})]
    for id, units, loss, attrs in heads if first == "kind" else heads[::-1]:
        net.connect("in", net.add("Dense", id=id, units=units))
        net.connect(id, net.add(loss, id=f"{id} loss", **attrs))
    looks = looks_at(net)
    assert {"train_kind loss.accuracy", "train_size loss.r2"} <= set(looks.metrics)
    card = JudgementCard()
    qtbot.addWidget(card)
    card.show_snapshot(snapshot(looks))
    assert card.title.text() == ("Decision boundary" if first == "kind" else "Predictions")
    seen = card.boundary.dataset
    assert seen.task == ("classification" if first == "kind" else "regression")
    assert seen.target_names == (first,)
    card.resize(300, 300)
    card.grab()
    told = card.boundary.describe(card.boundary.area().center().toPoint())
    assert "predicts" in told if first == "size" else any(f"\n{name}: " in told for name in "abc")
