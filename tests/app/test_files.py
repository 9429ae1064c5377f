"""New, open, save: nothing is lost or overwritten without being asked."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

import engine
from app import files_recent
from app.files import is_lesson, stamp_of
from engine.files import LESSONS, lessons
from engine.network import Network

XOR = str(LESSONS / "xor.chainrule")


@pytest.fixture
def window(live, answers):
    """Clean, on the lesson XOR; answers "cancel" to everything."""
    live.window.files.dialogs = answers()
    live.window.control.open(XOR)
    live.window.files.dialogs = answers(unsaved="cancel")
    yield live.window
    live.window.control.remembers = False
    live.window.banner.hide()
    live.window.files.dialogs = answers()


def saved(folder, title="mine") -> str:
    path = str(folder / f"{title}.chainrule")
    network = Network(title=title)
    network.add("Input", shape=(2,))
    network.save(path)
    return path


def edit(window, kind="ReLU") -> None:
    window.control.add_layer(kind)


def test_new_begins_with_an_input(window):
    window.actions_by_name["new"].trigger()
    assert [node.kind for node in window.document.network.nodes.values()] == ["Input"]
    assert window.document.path is None
    assert window.document.clean
    assert window.stack.currentIndex() == 0


def test_unsaved_changes_can_be_kept_discarded_or_saved(window, answers, tmp_path):
    edit(window)
    before = window.document.network.copy()
    for deed in (window.files.new, lambda: window.files.open(saved(tmp_path))):
        assert deed() is False
        assert window.document.network.same_document(before)
    path = str(tmp_path / "kept.chainrule")
    window.files.dialogs = answers(unsaved="save", saves=path)
    assert window.files.new()
    assert engine.load(path).same_document(before)
    edit(window)
    window.files.dialogs = answers(unsaved="discard")
    assert window.files.open(path)
    assert window.document.network.same_document(before)


def test_save_that_is_called_off_keeps_the_document_open(window, answers):
    edit(window)
    window.files.dialogs = answers(unsaved="save", saves="")
    assert window.files.new() is False
    assert not window.document.clean
    assert len(window.document.network.nodes) > 1


def test_lessons_are_never_written(window, answers):
    before = {path: stamp_of(path) for _, _, path in lessons()}
    edit(window)
    window.files.dialogs = answers(saves=XOR)
    assert window.files.save() is False
    assert "choose another folder" in window.banner.text.text()
    assert not window.document.clean
    assert {path: stamp_of(path) for path in before} == before
    assert is_lesson(os.path.join(LESSONS, "..", "lessons", "xor.chainrule"))


def test_broken_file_leaves_what_is_open(window, tmp_path):
    edit(window)
    before, path = window.document.network.copy(), tmp_path / "broken.chainrule"
    for content in (b"", b"{", b'{"format": "chainrule", "version": 99}', b"PK\x03\x04", os.urandom(200)):
        path.write_bytes(content)
        assert window.files.open(str(path)) is False
        assert "broken.chainrule" in window.banner.text.text()
    assert window.files.open(str(tmp_path)) is False
    assert window.files.dialogs.asked == []
    assert window.document.network.same_document(before)
    assert not window.document.clean


def test_file_changed_on_disk_is_not_overwritten_silently(window, answers, tmp_path):
    path = saved(tmp_path)
    window.files.open(path)
    edit(window)
    theirs = Network(title="theirs")
    theirs.save(path)
    window.files.dialogs = answers(changed="cancel")
    assert window.files.save() is False
    assert window.files.dialogs.asked == ["changed_on_disk"]
    assert engine.load(path).title == "theirs"
    other = str(tmp_path / "other.chainrule")
    window.files.dialogs = answers(changed="save_as", saves=other)
    assert window.files.save()
    assert engine.load(path).title == "theirs"
    assert engine.load(other).title == "mine"


def test_overwriting_what_changed_when_told_to(window, answers, tmp_path):
    path = saved(tmp_path)
    window.files.open(path)
    edit(window)
    Network(title="theirs").save(path)
    window.files.dialogs = answers(changed="overwrite")
    assert window.files.save()
    assert engine.load(path).title == "mine"
    edit(window)
    assert window.files.save()
    assert window.files.dialogs.asked == ["changed_on_disk"]


def test_file_that_was_removed_is_written_again(window, tmp_path):
    path = saved(tmp_path)
    window.files.open(path)
    edit(window)
    os.unlink(path)
    assert window.files.save()
    assert window.files.dialogs.asked == []
    assert len(engine.load(path).nodes) == 2


def test_suffix_added_later_is_asked_about(window, answers, tmp_path):
    path = saved(tmp_path)
    window.files.dialogs = answers(saves=path.removesuffix(".chainrule"), overwrite=False)
    assert window.files.save_as() is False
    assert engine.load(path).title == "mine"
    assert window.files.dialogs.asked == ["pick_save", "overwrite"]


def test_folder_that_cannot_be_written_is_told(window, answers, tmp_path):
    edit(window)
    window.files.dialogs = answers(saves=str(tmp_path / "nowhere" / "x.chainrule"))
    assert window.files.save() is False
    assert "cannot be written" in window.banner.text.text()
    assert not window.document.clean


def test_recent_files(window, tmp_path):
    window.control.remembers = True
    for number in range(10):
        assert window.files.open(saved(tmp_path, f"net {number}"))
    window.control.open(XOR)
    assert [os.path.basename(path) for path in files_recent.recent()] == [
        f"net {number}.chainrule" for number in range(9, 1, -1)
    ]
    os.unlink(tmp_path / "net 9.chainrule")
    window.menu.fill_recent()
    actions = window.menu.recent.actions()
    assert [action.isEnabled() for action in actions] == [False] + 7 * [True]
    actions[2].trigger()
    assert window.document.network.title == "net 7"
    assert files_recent.recent()[0].endswith("net 7.chainrule")
    files_recent.forget(files_recent.recent()[0])
    assert files_recent.recent()[0].endswith("net 9.chainrule")
    files_recent.stored().setValue(files_recent.KEY, "alone")
    assert files_recent.recent() == ["alone"]


def drop(window, paths, onto) -> bool:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
                            Qt.KeyboardModifier.NoModifier)  # fmt: skip
    QApplication.sendEvent(onto, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
                       Qt.KeyboardModifier.NoModifier)  # fmt: skip
    QApplication.sendEvent(onto, event)
    return event.isAccepted()


def test_dropped_network_is_opened(window, tmp_path):
    path = saved(tmp_path, "dropped")
    assert drop(window, [str(tmp_path / "notes.txt"), path], window)
    assert window.document.network.title == "dropped"
    assert not drop(window, [str(tmp_path / "notes.txt")], window)
    assert window.document.path == path


def test_title_tells_what_is_edited(window, tmp_path):
    window.files.open(saved(tmp_path))
    edit(window)
    assert window.topbar.title.toolTip() == "mine   • edited"
    assert "•" in window.windowTitle()
    assert window.files.save()
    assert window.topbar.title.toolTip() == "mine"


def test_a_network_without_a_name_is_called_like_its_file(window, tmp_path, answers):
    window.files.new()
    edit(window)
    window.files.dialogs = answers(saves=str(tmp_path / "first try.chainrule"))
    assert window.files.save()
    assert window.topbar.title.toolTip() == "first try"
    assert engine.load(str(tmp_path / "first try.chainrule")).title == "first try"
    window.files.dialogs = answers(saves=str(tmp_path / "copy.chainrule"))
    assert window.files.save_as()
    assert window.document.network.title == "first try"
    window.files.dialogs = answers(saves=str(tmp_path / "no folder" / "lost.chainrule"))
    window.files.new()
    assert not window.files.save()
    assert window.document.network.title == "untitled"


def test_menu_holds_every_action(window):
    placed = [*window.menu.actions(), *(action for menu in window.menu.others for action in menu.actions())]
    assert set(window.actions_by_name.values()) <= set(placed)
    assert window.menu.actions()[-1] is window.actions_by_name["quit"]
    keys = [key.toString() for action in window.actions_by_name.values() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


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
    bare.checkpoint = None
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
