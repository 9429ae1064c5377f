"""Watch and card of the linear regions: both kinds of data, bounds, and networks that have none."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import engine
from app import theme
from app.plots.views.regions import RegionsCard
from app.watches.regions import Watch
from engine.errors import SessionError
from engine.files import LESSONS, load


def session(lesson="circles", activation="relu", steps=50):
    net = load(LESSONS / f"{lesson}.chainrule")
    for id, node in net.nodes.items():
        if node.kind == "Dense" and node.attrs["activation"] != "linear":
            net.nodes[id] = replace(node, attrs=node.attrs | {"activation": activation})
    made = engine.Session.from_network(net)
    made.train(steps=steps)
    return made


def shot(made, found):
    return SimpleNamespace(views={"regions": found}, dataset=made.dataset, extra={})


@pytest.fixture
def card(qtbot):
    made = RegionsCard()
    qtbot.addWidget(made)
    made.resize(320, 240)
    made.show()
    return made


def test_a_plane_is_tiled_by_the_network_s_own_answers(card):
    made = session()
    found = Watch(made).look()()
    assert (found.inputs, found.widths) == (2, (6,))
    assert 1 < found.count <= found.upper == 22
    rng = np.random.default_rng(0)
    for region in found.found:
        inside = rng.dirichlet(np.ones(len(region.corners)), 3) @ region.corners
        logits = inside @ region.A + region.c
        said = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        np.testing.assert_allclose(said, made.probabilities(inside.astype(np.float32)), atol=1e-4)
    card.show_snapshot(shot(made, found))
    card.grab()
    assert card.remark.text() == f"{found.count} of ≤ 22"
    assert len(list(card.table().rows)) == len(found.found)


def test_a_curve_bends_where_the_watch_says(card):
    made = session("drawn_curve")
    found = Watch(made).look()()
    assert found.inputs == 1
    said = made.metrics.probabilities(
        made.evaluator.outputs(made.parameter_block(), found.x[:, None].astype(np.float32))
    )
    np.testing.assert_allclose(found.y, said.reshape(-1), atol=1e-3)
    assert found.count == len(found.bends) + 1 <= found.upper == 25
    card.show_snapshot(shot(made, found))
    card.grab()
    assert [row[0] for row in card.table().rows] == list(found.bends)


def test_bounds_are_a_page_of_their_own(card):
    made = session()
    card.show_snapshot(shot(made, Watch(made).look()()))
    card.switch.choose(1)
    lines = card.bounds.lines()
    assert set(lines) == {1, 2, 3, 4, 8}
    deep, flat = lines[8], lines[1]
    assert deep[1][-1] > 2 * flat[1][-1]  # of about as many parameters
    card.grab()
    theme.set_theme("light")
    card.plot.apply_theme()
    card.grab()
    theme.set_theme("dark")


def test_networks_without_regions_say_why():
    with pytest.raises(SessionError, match="not made of straight pieces"):
        Watch(session(activation="tanh", steps=1)).look()
    with pytest.raises(SessionError, match=r"rows of one or two numbers; these have 4"):
        Watch(session("iris", steps=1)).look()


def test_nothing_and_odd_numbers(card):
    card.show_snapshot(SimpleNamespace(views={}, dataset=None, extra={}))
    assert card.is_empty
    made = session()
    found = Watch(made).look()()
    card.show_snapshot(
        shot(made, replace(found, inputs=1, x=np.array([0.0, 1.0]), y=np.full(2, np.nan), bends=np.zeros(0)))
    )
    card.grab()
    card.show_snapshot(shot(made, replace(found, found=(), count=0, upper=10**30)))
    card.grab()
