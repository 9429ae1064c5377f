"""What has been learned outlives an edit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.worker_keep import Handed, Memory, fitted, renamed
from engine.data import DataSpec
from engine.edits import MoveLayers, RemoveLayer, RenameLayer, SetAttributes, SetTraining
from engine.network import Network
from engine.session import Session


@pytest.fixture
def network() -> Network:
    net = Network(data=DataSpec.of("gaussians", samples=60))
    a = net.add("Input", shape=(2,))
    b = net.add("Dense", id="hidden", units=5, activation="tanh")
    c = net.add("Dense", id="out", units=2)
    d = net.add("CrossEntropy")
    for pair in ((a, b), (b, c), (c, d)):
        net.connect(*pair)
    return net


def trained(network: Network) -> tuple[Session, Memory]:
    session, memory = Session.from_network(network), Memory()
    session.train(steps=20)
    memory.keep(session, learned=True)
    return session, memory


def same(one: Session, other: Session, names: list[str]) -> bool:
    return all(np.array_equal(one.parameters[name], other.parameters[name]) for name in names)


def test_unchanged_layers_keep_their_weights(network):
    old, memory = trained(network)
    network.apply(SetAttributes("hidden", {"activation": "relu"}))
    new = Session.from_network(network)
    assert memory.hand_over(new) == Handed(learned=True, whole=False)
    assert same(old, new, list(old.parameters))
    assert new.steps == 0
    network.apply(SetAttributes("hidden", {"units": 6}))
    wider = Session.from_network(network)
    memory.hand_over(wider)
    assert same(old, wider, ["out.b"])
    assert np.any(wider.parameters["hidden.W"])


def test_stepping_back_comes_to_what_was_handed_over(network):
    old, memory = trained(network)
    network.apply(SetAttributes("hidden", {"activation": "relu"}))
    new = Session.from_network(network)
    memory.hand_over(new)
    new.train(steps=3)
    for _ in range(3 * len(new.instructions)):
        new.step_back()
    assert same(old, new, list(old.parameters))


def test_renamed_layers_keep_theirs(network):
    old, memory = trained(network)
    before = network.copy()
    network.apply(RenameLayer("hidden", "first"))
    assert renamed(before, network) == {"hidden": "first"}
    new = Session.from_network(network)
    assert memory.hand_over(new) == Handed(learned=True, whole=True)
    assert np.array_equal(new.parameters["first.W"], old.parameters["hidden.W"])
    assert new.steps == 20
    for session in (old, new):
        session.train(steps=7)  # the optimiser goes on as if nothing had happened
    assert np.array_equal(new.parameters["first.W"], old.parameters["hidden.W"])


def test_renaming_draws_no_other_weights(network):
    old, memory = Session.from_network(network), Memory()
    memory.keep(old, learned=False)
    network.apply(RenameLayer("hidden", "first"))
    new = Session.from_network(network)
    assert memory.hand_over(new) == Handed(learned=False, whole=True)
    assert np.array_equal(new.parameters["first.W"], old.parameters["hidden.W"])
    network.apply(SetAttributes("first", {"activation": "relu"}))
    other = Session.from_network(network)
    assert memory.hand_over(other) == Handed()


def test_undo_of_a_removal_brings_the_weights_back(network):
    old, memory = trained(network)
    back = network.apply(RemoveLayer("hidden"))
    network.connect("input1", "out")
    between = Session.from_network(network)
    memory.hand_over(between)
    memory.keep(between, learned=True)
    network.disconnect("out", "x")
    network.apply(back)
    new = Session.from_network(network)
    memory.hand_over(new)
    assert np.array_equal(new.parameters["hidden.W"], old.parameters["hidden.W"])


def test_other_settings_keep_the_clock_too(network):
    old, memory = trained(network)
    network.apply(SetTraining(dataclasses.replace(network.training, batch_size=10, optimizer="adam", l2=0.01)))
    new = Session.from_network(network)
    assert memory.hand_over(new).whole
    assert new.steps == 20
    assert same(old, new, list(old.parameters))
    new.train(steps=5)
    assert np.isfinite(new.loss())


def test_what_is_not_finite_is_not_kept(network):
    session, memory = Session.from_network(network), Memory()
    session.parameters["out.b"] = np.array([np.nan, 0])
    memory.keep(session, learned=True)
    assert memory.last is None
    assert memory.hand_over(session) == Handed()


def test_a_file_of_an_unfinished_network_gives_what_fits(network):
    old, _ = trained(network)
    network.apply(SetAttributes("out", {"units": 3}))
    network.checkpoint = old.checkpoint()
    memory, new = Memory.of(network), Session.from_network(network_without_weights(network))
    assert memory.hand_over(new) == Handed(learned=True, whole=False)
    assert same(old, new, ["hidden.W", "hidden.b"])
    assert new.parameters["out.W"].shape == (5, 3)
    assert Memory.of(network_without_weights(network)).hand_over(new) == Handed()


def network_without_weights(network: Network) -> Network:
    plain = network.copy()
    plain.checkpoint = None
    return plain


def test_a_file_gets_what_fits_its_network(network):
    session, memory = trained(network)
    before, moved = memory.last, network.copy()
    moved.apply(RenameLayer("hidden", "first"))
    moved.apply(MoveLayers((("first", (500.0, 40.0)),)))
    moved.disconnect("out", "x")  # it cannot run: nobody knows what comes into `out`
    told = fitted(before, moved)
    assert set(told.parameters) == {"first.W", "first.b", "out.W", "out.b"}
    assert np.array_equal(told.parameters["first.W"], session.parameters["hidden.W"])
    wider = network.copy()
    wider.apply(SetAttributes("hidden", {"units": 9}))
    assert set(fitted(before, wider).parameters) == {"out.b"}
    shorter = network.copy()
    shorter.apply(RemoveLayer("hidden"))
    assert set(fitted(before, shorter).parameters) == {"out.W", "out.b"}
    assert all(set(slot) == set(told.parameters) for slot in told.slots)
