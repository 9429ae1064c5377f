"""New, open, save: nothing is lost or overwritten without being asked."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QStyle, QToolButton

import engine
from app import files_dialogs, files_recent, theme
from app.files import is_lesson, stamp_of
from app.settings import stored
from engine.edits import SetTitle
from engine.files import LESSONS, lessons
from engine.network import Network

XOR = str(LESSONS / "xor.chainrule")


@pytest.fixture
def window(on_xor):
    return on_xor


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
    assert "first try" in window.canvas.crumbs.text()
    window.files.new()
    assert window.topbar.title.toolTip() == "untitled"
    window.control.open(str(tmp_path / "first try.chainrule"))
    assert window.topbar.title.toolTip() == "first try"
    window.document.apply(SetTitle("A name of its own", ""), "Title")
    assert window.document.name == "A name of its own"
    window.document.undo_stack.undo()
    assert window.document.name == "first try"
    window.files.dialogs = answers(saves=str(tmp_path / "no folder" / "lost.chainrule"))
    window.files.new()
    assert not window.files.save()
    assert window.document.name == "untitled"


def test_menu_holds_every_action(window):
    placed = [*window.menu.actions(), *(action for menu in window.menu.others for action in menu.actions())]
    assert set(window.actions_by_name.values()) <= set(placed)
    assert window.menu.actions()[-1] is window.actions_by_name["quit"]
    keys = [key.toString() for action in window.actions_by_name.values() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_dialogs_begin_where_the_user_was_last(app, dark, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: 1)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda dialog: [saved(tmp_path)])
    stored().remove(files_dialogs.FOLDER)
    assert files_dialogs.last_folder() == os.path.expanduser("~")
    assert files_dialogs.QtDialogs(None).pick_open() == saved(tmp_path)
    assert files_dialogs.last_folder() == str(tmp_path)
    stored().setValue(files_dialogs.FOLDER, str(tmp_path / "gone"))
    assert files_dialogs.last_folder() == os.path.expanduser("~")


@pytest.mark.parametrize("name", ["dark", "light"])
def test_buttons_of_the_file_dialog_are_readable(app, dark, qtbot, name):
    theme.set_theme(name)
    dialog = QFileDialog()
    qtbot.addWidget(dialog)
    files_dialogs.dress(dialog)
    for button in files_dialogs.ICONS:
        image = dialog.findChild(QToolButton, button).icon().pixmap(QSize(16, 16), 2.0).toImage()
        inked = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        assert theme.current().text in {color.name() for color in inked if color.alpha() == 255}
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Save)
    qtbot.addWidget(box)
    assert not box.style().styleHint(QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons, None, box)
