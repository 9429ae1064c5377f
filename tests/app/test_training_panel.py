"""The Train page, and the runs it asks for."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt


@pytest.fixture
def spirals(live):
    """Opened anew, at step 0."""
    live.open("spirals")
    return live


def test_settings_are_edits_and_keep_the_weights(spirals, qtbot):
    window = spirals.window
    form = window.sidebar.training.form
    assert form.value_of("batch_size") == window.document.network.training.batch_size
    window.worker.run(50)
    spirals.until(lambda s: s.steps == 50 and s.state == "paused")
    weights = window.worker.checkpoint(window.document.network).parameters
    form.changed.emit("batch_size", 25, "a")
    form.changed.emit("batch_size", 30, "a")
    assert window.document.network.training.batch_size == 30
    assert window.document.undo_stack.count() == 1
    spirals.until(lambda s: s.state == "ready" and s.steps == 50)
    kept = window.worker.checkpoint(window.document.network).parameters
    assert all(np.array_equal(weights[name], kept[name]) for name in weights)
    form.changed.emit("seed", 5, "b")
    spirals.until(lambda s: s.state == "ready" and s.steps == 0)
    window.document.undo_stack.undo()
    window.document.undo_stack.undo()
    spirals.until(lambda s: s.state == "ready")


def test_settings_belong_to_their_optimiser(spirals):
    window = spirals.window
    form = window.sidebar.training.form
    own = ("momentum", "alpha", "beta1", "beta2", "weight_decay")
    for optimizer, wanted in (
        ("sgd", []), ("nesterov", ["momentum"]), ("adagrad", []), ("rmsprop", ["alpha"]),
        ("adamw", ["beta1", "beta2", "weight_decay"]),
    ):  # fmt: skip
        form.changed.emit("optimizer", optimizer, optimizer)
        assert [name for name in form.shown() if name in own] == wanted
    form.changed.emit("weight_decay", 0.5, "decay")
    spirals.until(lambda s: s.state == "ready" and s.generation == window.document.generation)
    assert window.document.network.training.weight_decay == 0.5


def test_settings_of_schedules_clipping_and_a_second_optimiser(spirals):
    form = spirals.window.sidebar.training.form
    own = ("decay", "period", "minimum_rate", "patience", "smoothing", "clip_limit", "damping", "cg_iterations",
           "second_layers", "beta1")  # fmt: skip
    for name, value, wanted in (
        ("schedule", "step", ["decay", "period"]), ("schedule", "cosine", ["period", "minimum_rate"]),
        ("schedule", "plateau", ["decay", "minimum_rate", "patience", "smoothing"]), ("schedule", "constant", []),
        ("clipping", "norm", ["clip_limit"]), ("clipping", "none", []),
        ("optimizer", "newton", ["damping", "cg_iterations"]), ("optimizer", "sgd", []),
        ("second_optimizer", "adam", ["second_layers", "beta1"]), ("second_optimizer", "none", []),
    ):  # fmt: skip
        form.changed.emit(name, value, f"{name} {value}")
        assert sorted(entry for entry in form.shown() if entry in own) == sorted(wanted)


def test_the_rate_of_the_step_is_shown(spirals):
    window = spirals.window
    form, bar = window.sidebar.training.form, window.topbar.rate
    spirals.until(lambda s: s.state == "ready")
    assert bar.name.text() == "learning rate"
    for name, value in (("learning_rate", 0.5), ("decay", 0.1), ("period", 10), ("schedule", "step")):
        form.changed.emit(name, value, name)
    spirals.until(lambda s: s.state == "ready" and s.generation == window.document.generation)
    window.worker.run(25)
    spirals.until(lambda s: s.steps == 25 and s.state == "paused")
    assert window.snapshot.step_rate == 0.005
    assert (bar.field.text(), bar.name.text()) == ("0.5", "now 0.005")
    form.changed.emit("schedule", "constant", "back")
    spirals.until(lambda s: s.state in ("ready", "paused") and s.step_rate == 0.5)
    assert bar.name.text() == "learning rate"


def test_newtons_method_trains_steps_and_goes_back(spirals):
    window = spirals.window
    form = window.sidebar.training.form
    for name, value in (("learning_rate", 1.0), ("cg_iterations", 3), ("optimizer", "newton")):
        form.changed.emit(name, value, name)
    spirals.until(lambda s: s.state == "ready" and s.generation == window.document.generation)
    window.worker.run(5)
    snapshot = spirals.until(lambda s: s.steps == 5 and s.state == "paused")
    assert any(row.op == "cg_length" for row in snapshot.instructions)
    weights = window.worker.checkpoint(window.document.network).parameters
    window.worker.run(1)
    spirals.until(lambda s: s.steps == 6 and s.state == "paused")
    window.worker.step(back=True)
    snapshot = spirals.until(lambda s: s.steps == 5 and s.cursor == len(s.instructions) - 1)
    again = window.worker.checkpoint(window.document.network).parameters
    assert all(np.array_equal(weights[name], again[name]) for name in weights)


def test_the_rate_of_the_bar_and_of_the_page_are_one(spirals):
    window = spirals.window
    window.sidebar.training.form.changed.emit("learning_rate", 0.25, "c")
    spirals.until(lambda s: s.learning_rate == 0.25)
    assert window.topbar.rate.field.text() == "0.25"
    window.control.set_rate(0.125)
    assert window.sidebar.training.form.value_of("learning_rate") == 0.125


def test_one_epoch_and_all(spirals, qtbot):
    window = spirals.window
    panel = window.sidebar.training
    window.sidebar.tabs.setCurrentIndex(2)
    rows, batch = len(window.snapshot.dataset.train), window.document.network.training.batch_size
    spirals.until(lambda s: panel.one.isEnabled())
    qtbot.mouseClick(panel.one, Qt.MouseButton.LeftButton)
    snapshot = spirals.until(lambda s: s.steps > 0 and s.state == "paused")
    assert snapshot.steps == -(-rows // batch)
    spirals.act("epoch")
    spirals.until(lambda s: s.steps == 2 * -(-rows // batch) and s.state == "paused")
    assert f"{-(-rows // batch)} steps" in panel.words.text()


def test_a_run_goes_on_through_an_edit(spirals):
    window = spirals.window
    window.worker.run()
    spirals.until(lambda s: s.state == "running" and s.steps > 100)
    generation = window.document.generation
    window.sidebar.data.settings.form.changed.emit("noise", 0.3, "d")
    spirals.until(lambda s: s.state == "running" and s.generation > generation and s.steps > 20)
    window.worker.pause()
    spirals.until(lambda s: s.state == "paused")


def test_the_test_set_is_opened_after_asking_and_counted(spirals, qtbot):
    window = spirals.window
    data = window.sidebar.data
    window.sidebar.show_data()
    data.settings.form.changed.emit("test", 0.3, "e")
    spirals.until(lambda s: s.state == "ready")
    window.control.ask = lambda *_: False
    data.test_asked.emit()
    assert not window.control.training._poll.isActive()
    asked = []
    window.control.ask = lambda _, question: asked.append(question) or True
    for opened in (1, 2):
        data.test_asked.emit()
        qtbot.waitUntil(lambda opened=opened: f"opened {opened} ×" in data.settings.judged.text(), timeout=20_000)
    assert "counted" in asked[0]
    assert "accuracy" in data.settings.judged.text()


def test_without_test_rows_the_reason_is_told(spirals, qtbot):
    window = spirals.window
    window.control.ask = lambda *_: True
    window.sidebar.data.test_asked.emit()
    qtbot.waitUntil(lambda: "no test rows" in window.banner.text.text())
    window.banner.hide()


def test_ctrl_z_in_a_field_is_the_documents_undo(spirals, qtbot):
    window = spirals.window
    window.sidebar.tabs.setCurrentIndex(2)
    window.activateWindow()
    line = window.sidebar.training.form.fields["epochs"].line
    before = window.document.network.training.epochs
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "77")
    qtbot.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.document.undo_stack.count() == 1
    assert window.document.network.training.epochs == before
    assert line.text() == str(before)
