"""The real window on the real engine: what a user sees after what a user does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app import theme
from app.window import MainWindow
from engine.network import Network


@pytest.fixture
def spirals(live):
    """Opened anew, at step 0."""
    live.open("spirals")
    return live


def test_opened_lesson_is_shown_everywhere(spirals):
    window = spirals.window
    assert window.topbar.title.text().startswith(window.document.network.title[:6])
    assert window.windowTitle() == f"{window.document.network.title} — Chainrule"
    assert set(window.canvas.scene.nodes) == set(window.document.network.nodes)
    assert window.footer.state.text() == "Ready"
    assert "parameters" in window.footer.size.text()
    assert window.sidebar.lessons.list.count() >= 8
    assert not window.banner.isVisible()
    assert window.topbar.figures["loss"].value.text() != "–"


def test_space_runs_and_pauses(spirals, qtbot):
    window = spirals.window
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_Space)
    spirals.until(lambda s: s.state == "running" and s.steps > 1000)
    assert window.footer.state.text() == "Training"
    assert "Pause" in window.actions_by_name["run"].toolTip()
    qtbot.keyClick(window.canvas.view, Qt.Key.Key_Space)
    snapshot = spirals.until(lambda s: s.state == "paused")
    shown = window.topbar.figures["step"].value.text().replace("\u2009", "")
    assert int(shown) == snapshot.steps
    assert window.topbar.figures["metric"].value.text().endswith(" %")
    assert any(item.card.picture is not None for item in window.canvas.scene.nodes.values())


def test_stepping_lights_the_operation_and_shows_its_numbers(spirals):
    window = spirals.window
    count = len(window.snapshot.instructions)
    middle = next(
        row.index for row in window.snapshot.instructions if row.phase == "backward" and row.layer == "output"
    )
    window.worker.run_to(middle)
    spirals.until(lambda s: s.focus == middle)
    spirals.act("step_back")
    spirals.act("step")
    snapshot = spirals.until(lambda s: s.focus == middle)
    assert window.canvas.scene.nodes["output"].card.phase == "backward"
    assert snapshot.explanation.outgoing is not None
    assert window.right.tabs.tabText(window.right.tabs.currentIndex()) == "Operation"
    assert f"operation {middle + 1} of {count}" in window.footer.where.text()
    assert window.footer.state.text() == "Stepping"


def test_selection_reaches_the_panels_and_values_come(spirals):
    window = spirals.window
    window.canvas.select_layer("hidden 2")
    snapshot = spirals.until(lambda s: "hidden 2.a" in s.values)
    assert snapshot.values["hidden 2.a"].shape[1] == 8
    assert np.any(snapshot.values["hidden 2.a"])


def test_reset_and_undo_of_the_rate(spirals):
    window = spirals.window
    rate = window.document.network.training.learning_rate
    window.control.set_rate(0.5)
    window.control.set_rate(0.6)
    spirals.until(lambda s: s.learning_rate == 0.6)
    assert "edited" in window.topbar.title.text()
    assert window.document.undo_stack.count() == 1
    spirals.act("undo")
    spirals.until(lambda s: s.learning_rate == rate)
    assert "edited" not in window.topbar.title.text()
    window.worker.run(20)
    spirals.until(lambda s: s.steps == 20)
    assert not window.actions_by_name["unreset"].isEnabled()
    spirals.act("reset")
    assert spirals.until(lambda s: s.steps == 0 and s.state == "ready").cursor == 0
    assert window.actions_by_name["unreset"].isEnabled()
    spirals.act("unreset")
    spirals.until(lambda s: s.steps == 20)
    spirals.act("reset")
    spirals.until(lambda s: s.steps == 0 and s.state == "ready")


def test_bad_file_is_told_and_the_window_lives(spirals, tmp_path):
    window = spirals.window
    path = tmp_path / "broken.chainrule"
    path.write_bytes(b"PK\x03\x04 nothing")
    window.control.open(str(path))
    assert window.banner.isVisible()
    assert "broken.chainrule" in window.banner.text.text()
    assert "spirals" in window.document.network.nodes
    window.worker.run(5)
    spirals.until(lambda s: s.steps == 5)
    window.control.open(str(tmp_path / "absent.chainrule"))
    assert "absent.chainrule" in window.banner.text.text()
    spirals.open("xor")
    assert not window.banner.isVisible()


def test_broken_network_says_why_and_recovers(spirals):
    window = spirals.window
    window.control.add_layer("ReLU")
    assert window.footer.state.text() == "Cannot run"
    assert "nothing is connected" in window.footer.message.toolTip()
    assert not window.actions_by_name["run"].isEnabled()
    assert not window.banner.isVisible()  # the card's badge says it
    assert window.canvas.scene.selected == "relu1"
    generation = window.document.generation
    spirals.act("undo")
    spirals.until(lambda s: s.state == "ready" and s.generation > generation)
    assert window.actions_by_name["run"].isEnabled()


def test_divergence_stands_above_the_canvas(live):
    live.open("linear_regression")
    live.window.control.set_rate(1e6)
    live.act("run")
    live.until(lambda s: s.state == "diverged")
    assert live.window.banner.isVisible()
    assert "diverged" in live.window.banner.text.text()
    assert not live.window.actions_by_name["run"].isEnabled()
    live.act("reset")
    live.until(lambda s: s.state == "ready")
    assert not live.window.banner.isVisible()


def test_theme_switch_repaints(spirals, dark):
    window = spirals.window
    before = window.grab().toImage()
    spirals.act("theme")
    after = window.grab().toImage()
    assert before.pixelColor(4, 4).name() == theme.DARK.panel
    assert after.pixelColor(4, 4).name() == theme.LIGHT.panel
    canvas = window.canvas.mapTo(window, window.canvas.rect().center())
    assert after.pixelColor(canvas.x(), canvas.y() - 150).lightness() > 200


@pytest.mark.parametrize("size", [(1280, 800), (1600, 1000), (2560, 1440)])
def test_nothing_is_cut_off(spirals, size):
    window = spirals.window
    window.resize(*size)
    window.suit_panels()
    spirals.app.processEvents()
    for bar in (window.topbar, window.footer):
        assert bar.width() >= bar.minimumSizeHint().width()
        assert bar.geometry().right() <= window.width()
    edges = sorted((child.geometry().left(), child.geometry().right()) for child in window.topbar.findChildren(
        type(window.topbar.rate), options=Qt.FindChildOption.FindDirectChildrenOnly))  # fmt: skip
    assert edges[-1][1] < window.topbar.buttons["open"].geometry().left()
    assert window.sidebar.width() >= 180
    assert window.right.width() >= 300
    assert window.plots.height() >= 180
    seen = window.canvas.view.mapToScene(window.canvas.view.viewport().rect()).boundingRect()
    assert seen.contains(window.canvas.scene.network_rect())


def test_lesson_is_saved_elsewhere(spirals, tmp_path, answers):
    window = spirals.window
    path = str(tmp_path / "mine")
    window.files.dialogs = answers(saves=path)
    asked = window.files.dialogs.asked
    window.control.set_rate(0.7)
    spirals.act("save")
    assert asked == ["pick_save"]
    assert window.document.path == f"{path}.chainrule"
    window.control.set_rate(0.8)
    spirals.act("save")
    assert asked == ["pick_save"]
    import engine

    assert engine.load(f"{path}.chainrule").training.learning_rate == 0.8


def test_saved_file_goes_on_where_it_was(spirals, tmp_path, answers):
    window = spirals.window
    path = str(tmp_path / "trained.chainrule")
    window.files.dialogs = answers(saves=path)
    window.worker.run(300)
    loss = spirals.until(lambda s: s.steps == 300 and s.state == "paused").metrics["train_loss"]
    spirals.act("save_as")
    spirals.open("xor")
    generation = window.document.generation
    window.control.open(path)
    snapshot = spirals.until(lambda s: s.state == "ready" and s.generation > generation)
    assert snapshot.steps == 300
    assert snapshot.metrics["train_loss"] == loss
    assert np.isfinite(snapshot.loss)
    window.worker.run(10)
    assert np.isfinite(spirals.until(lambda s: s.steps == 310).history.loss).all()


def test_close_asks_about_changes(spirals, answers):
    window = spirals.window
    window.control.set_rate(0.9)
    asking = window.files.dialogs = answers(unsaved="cancel")
    window.close()
    window.files.dialogs = answers()
    assert asking.asked == ["unsaved"]
    assert window.isVisible()


def test_older_generations_are_dropped(spirals):
    window = spirals.window
    old = window.snapshot
    window.document.replace(Network(title="empty"))
    window.show_snapshot(old)
    assert window.snapshot is not old


@pytest.mark.parametrize("fitted", [True, False])
def test_message_above_moves_no_card(spirals, app, fitted):
    window = spirals.window
    view = window.canvas.view
    view.fit()
    if not fitted:
        view.zoom(1.3)
    app.processEvents()

    def place() -> tuple[int, int]:
        for _ in range(3):
            app.processEvents()
        return view.mapTo(window, view.mapFromScene(window.canvas.scene.card("join").pos())).toTuple()

    before = place()
    window.banner.show_message("Something is wrong. " * 20)
    assert window.banner.isVisible()
    assert place() == pytest.approx(before, abs=1)
    window.banner.show_message("")
    assert place() == pytest.approx(before, abs=1)
    if fitted:
        window.resize(1000, 700)
        app.processEvents()
        assert view.viewport().rect().contains(view.mapFromScene(window.canvas.scene.network_rect()).boundingRect())
    window.resize(1280, 800)


def test_menu_tells_every_shortcut(spirals):
    window = spirals.window
    window.canvas.show_mode("layers")
    window.canvas.select_layer("join")
    from app import editing_actions

    menu = editing_actions.context_menu(window.canvas)
    told = {entry.text(): entry.shortcut().toString() for entry in menu.actions() if not entry.isSeparator()}
    assert told["Arrange the layers"] == "Ctrl+L"
    assert told["Show the whole network"] == "F"
    assert told["Duplicate"] == "Ctrl+D"
    menu.deleteLater()


def test_network_that_cannot_run_says_so_once_the_engine_is_loaded(app):
    from app.snapshot import Snapshot
    from app.window import MainWindow

    window = MainWindow()  # its worker is never started: what it publishes is put there by hand
    window.show()
    window.files.new()
    window.worker._loop.latest = Snapshot(state="loading", message="Loading the engine")
    window.tick()
    assert window.snapshot.state == "loading"
    window.worker._loop.latest = Snapshot(state="failed", message="No network is open.")
    window.tick()
    assert window.snapshot.state == "failed"
    assert "no loss" in window.snapshot.message
    window.document.undo_stack.setClean()
    window.close()
    window.deleteLater()


def test_bad_file_at_the_start_leaves_a_window_that_works(app, make_live, tmp_path):
    path = tmp_path / "first.chainrule"
    path.write_text("{}")
    window = MainWindow()
    window.control.to_open = str(path)
    window.show()
    alone = make_live(window)
    alone.until(lambda s: s.state == "failed")
    assert "first.chainrule" in window.banner.text.text()
    assert window.canvas.empty.isVisible()
    assert window.footer.state.text() == "Cannot run"
    alone.open("xor")
    assert not window.canvas.empty.isVisible()
    window.close()


def test_first_paint_comes_before_heavy_imports(root: Path):
    code = (
        "import sys\n"
        "from app.main import make_application\n"
        "from app.window import MainWindow\n"
        "app = make_application('dark')\n"
        "window = MainWindow()\n"
        "def look():\n"
        "    print(*sorted({'numpy', 'numba', 'pyqtgraph', 'networkx', 'scipy', 'sklearn'} & set(sys.modules)))\n"
        "    app.exit(0)\n"
        "window.begin = look\n"
        "window.show()\n"
        "app.exec()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""


def test_a_layer_selected_among_units_shows_its_values_at_once(live):
    live.open("spirals")
    window = live.window
    window.canvas.show_mode("units")
    live.until(lambda s: {"hidden 1.a", "hidden 2.a"} <= set(s.values))  # every unit's values are there already
    window.canvas.select_layer("hidden 2")
    assert window.plots.activations.map.picture is not None
    window.canvas.show_mode("layers")
    window.canvas.select_layer(None)
