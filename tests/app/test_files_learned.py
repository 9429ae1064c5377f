"""What a network has learned: saved, recovered and opened again, and never taken for another one's."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QPointF

import engine
from engine.edits import SetTraining


@pytest.fixture
def window(on_xor):
    return on_xor


@pytest.fixture
def learned(live, window, tmp_path, answers):
    """XOR, trained and saved in a file of its own; then a layer that leads nowhere is dropped onto it."""
    window.files.dialogs = answers(saves=str(tmp_path / "learned.chainrule"))
    live.until(lambda s: s.state == "ready" and s.generation == window.document.generation)
    window.worker.run(400)
    live.until(lambda s: s.state == "paused" and s.steps == 400)
    assert window.files.save()
    loss = window.snapshot.metrics["train_loss"]
    window.canvas.editor.drop("Add", QPointF(0, 400), None)
    assert window.document.report.errors
    return loss


def whole_again(live, window, stray="add1"):
    """Without the stray layer the network runs."""
    window.canvas.select_layer(stray)
    window.canvas.editor.delete()
    return live.until(lambda s: s.state in ("ready", "paused") and s.generation == window.document.generation)


def test_saving_a_network_with_problems_keeps_what_it_learned(live, window, learned, tmp_path):
    path = str(tmp_path / "learned.chainrule")
    assert window.files.save()
    assert engine.load(path).checkpoint.steps == 400
    live.open("circles")
    window.control.open(path)
    assert whole_again(live, window).metrics["train_loss"] == learned


def test_another_document_knows_nothing_of_the_one_before(live, window, learned, tmp_path):
    bare = engine.load(str(tmp_path / "learned.chainrule"))
    bare.checkpoint = bare.timeline = None
    bare.add("Add", id="add1")
    bare.save(tmp_path / "bare.chainrule")
    whole_again(live, window)
    window.document.undo_stack.setClean()
    window.control.open(str(tmp_path / "bare.chainrule"))
    assert window.document.report.errors
    snapshot = whole_again(live, window)
    assert snapshot.steps == 0
    assert snapshot.metrics["train_loss"] != learned
    assert len(snapshot.history.steps) == 0


def test_recovered_work_has_what_was_learned(live, window, learned, tmp_path):
    window.recovery.start(tmp_path / "recovery")
    window.recovery.keep()
    window.recovery.flush()
    (work,) = (tmp_path / "recovery").glob("*.chainrule")
    assert engine.load(str(work)).checkpoint.steps == 400
    window.recovery._place = None


def test_a_stray_layer_that_goes_again_leaves_curves_and_clock(live, window, learned):
    snapshot = whole_again(live, window)
    assert snapshot.steps == 400
    assert snapshot.metrics["train_loss"] == learned
    assert snapshot.history.steps[-1] >= 390


def test_a_run_that_ended_in_nan_takes_nothing_from_the_file(live, window, learned, tmp_path):
    whole_again(live, window)
    name, weights = next(iter(window.worker._loop.session.parameters.items()))
    window.worker._loop.session.parameters[name] = weights * float("nan")
    window.worker.run(200)
    live.until(lambda s: s.state == "diverged")
    assert window.files.save()
    checkpoint = engine.load(str(tmp_path / "learned.chainrule")).checkpoint
    assert checkpoint.steps == 400
    window.control.reset()
    live.until(lambda s: s.state == "ready" and s.steps == 0)
    assert window.files.save()
    assert engine.load(str(tmp_path / "learned.chainrule")).checkpoint is None


def test_saving_while_the_next_session_is_built_keeps_what_was_learned(live, window, learned, tmp_path):
    whole_again(live, window)
    window.document.apply(SetTraining(dataclasses.replace(window.document.network.training, l2=0.01)), "L2")
    live.until(lambda s: s.state in ("ready", "paused") and s.steps == 400)
    window.worker._loop.latest = dataclasses.replace(window.worker.latest, state="compiling")
    assert window.files.save()
    assert engine.load(str(tmp_path / "learned.chainrule")).checkpoint.steps == 400
    window.worker.pause()


def test_another_seed_begins_anew(live, window, learned, tmp_path):
    whole_again(live, window)
    assert window.files.save()
    window.control.open(str(tmp_path / "learned.chainrule"))
    live.until(lambda s: s.state == "ready" and s.steps == 400)
    window.document.apply(SetTraining(dataclasses.replace(window.document.network.training, seed=77)), "Seed")
    snapshot = live.until(lambda s: s.state == "ready" and s.steps == 0)
    assert snapshot.metrics["train_loss"] != learned
