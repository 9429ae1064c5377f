"""Unsaved work survives a process that is killed, and only that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.recovery import AFTER_MS, Recovery
from app.recovery_files import Slot, abandoned, about_now, new_slot
from app.window import MainWindow
from engine.errors import FileError
from engine.network import Network

CHILD = """
import sys, time
from pathlib import Path
from app.main import make_application
from app.window import MainWindow
app = make_application("dark")
window = MainWindow()
window.control.to_open = sys.argv[2]
window.recovery.start(Path(sys.argv[1]))
window.files.open(sys.argv[2])
window.control.add_layer("ReLU")
print("edited", flush=True)
while True:
    app.processEvents()
    time.sleep(0.01)
"""


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def window(app, answers):
    """A window whose worker was never started."""
    made = MainWindow()
    made.files.dialogs = answers()
    yield made
    made.close()
    made.deleteLater()


def project(folder) -> str:
    network = Network(title="killed")
    network.add("Input", shape=(2,))
    network.save(folder / "killed.chainrule")
    return str(folder / "killed.chainrule")


def files(place: Path) -> list[str]:
    return sorted(path.suffix for path in place.glob("*")) if place.is_dir() else []


def test_work_of_a_killed_process_is_offered_and_restored(window, place, tmp_path, root):
    path = project(tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(place), path], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "edited\n"
    begin = time.monotonic()
    while ".json" not in files(place):
        assert time.monotonic() - begin < 10, "unsaved work must be on disk within ten seconds"
        time.sleep(0.05)
    window.recovery.start(place)
    assert window.notice.isHidden()  # its window still lives
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    window.recovery.start(place)
    assert "killed" in window.notice.text.text()
    assert not window.notice.isHidden()
    window.notice.restore.click()
    assert list(window.document.network.nodes) == ["input1", "relu1"]
    assert window.document.path == path
    assert not window.document.clean
    assert window.notice.isHidden()
    assert window.files.save()  # nobody touched the file meanwhile: nothing is asked
    assert window.files.dialogs.asked == []
    window.recovery.flush()
    assert files(place) == [".lock"]


def test_file_that_changed_after_the_crash_is_asked_about(window, place, tmp_path):
    path = project(tmp_path)
    slot = new_slot(place)
    slot.write(Network(title="kept"), about_now("kept", path, (1, 2, 3)))
    slot.release()
    window.recovery.start(place)
    assert window.recovery.restore()
    assert window.files.save() is False
    assert window.files.dialogs.asked == ["changed_on_disk"]


def test_restored_work_is_kept_before_the_old_copy_goes(window, place, tmp_path):
    slot = new_slot(place)
    slot.write(Network(title="kept"), about_now("kept", None, None))
    slot.release()
    window.recovery.start(place)
    assert window.recovery.restore()
    window.recovery.flush()
    assert files(place).count(".chainrule") == 1
    assert not slot.work.exists()


def test_several_are_offered_one_after_the_other_newest_first(window, place):
    for number in range(3):
        slot = new_slot(place)
        slot.write(Network(title=f"net {number}"), about_now(f"net {number}", None, None))
        slot.release()
        time.sleep(0.01)
    window.recovery.start(place)
    for number, more in ((2, "2 more"), (1, "1 more"), (0, "kept.")):
        assert f"net {number}" in window.notice.text.text()
        assert more in window.notice.text.text()
        window.notice.discard.click()
    assert window.notice.isHidden()
    window.recovery.flush()
    assert ".chainrule" not in files(place)


def test_saving_undoing_and_closing_leave_nothing(window, place, tmp_path):
    window.recovery.start(place)
    window.files.open(project(tmp_path))
    for end in (window.files.save, window.document.undo_stack.undo):
        window.control.add_layer("ReLU")
        window.recovery.keep()
        window.recovery.flush()
        assert ".chainrule" in files(place)
        end()
        window.recovery.flush()
        assert files(place) == [".lock"]
    window.control.add_layer("ReLU")
    window.recovery.keep()
    window.close()
    assert files(place) == []


def test_clean_documents_are_not_kept(window, place, tmp_path):
    window.recovery.start(place)
    window.files.open(project(tmp_path))
    window.recovery.keep()
    window.recovery.flush()
    assert files(place) == []
    assert AFTER_MS < 10_000


def test_folder_that_cannot_be_written_is_told_once(window, tmp_path, app):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    window.recovery.start(blocked / "kept")
    window.control.add_layer("ReLU")
    window.recovery.keep()
    window.recovery.flush()
    app.processEvents()
    assert "cannot be kept" in window.banner.text.text()
    window.banner.hide()
    window.recovery.keep()
    window.recovery.flush()
    app.processEvents()
    assert window.banner.isHidden()


@pytest.mark.parametrize("note", ["", "{", "[1, 2]", '["a", 3, null, 0]', '["a", null, [1], "soon"]'])
def test_damaged_note_still_leaves_the_work(place, note):
    slot = new_slot(place)
    slot.write(Network(title="kept"), about_now("kept", None, None))
    slot.about.write_text(note)
    slot.release()
    ((found, about),) = abandoned(place)
    assert found.work.is_file()
    assert about.path is None
    found.release()


def test_damaged_work_is_told_and_can_be_discarded(window, place):
    slot = new_slot(place)
    slot.work.write_bytes(b"PK\x03\x04 nothing")
    slot.about.write_text(json.dumps(["gone", None, None, 1.0]))
    slot.release()
    window.recovery.start(place)
    assert window.recovery.restore() is False
    assert not window.banner.isHidden()
    window.recovery.discard()
    window.recovery.flush()
    assert ".chainrule" not in files(place)


def test_two_windows_do_not_take_the_same_work(place):
    slot = new_slot(place)
    slot.write(Network(title="kept"), about_now("kept", None, None))
    slot.release()
    ((first, _),) = abandoned(place)
    assert abandoned(place) == []
    first.release()
    assert Slot(place, first.work.stem).take()


def test_large_network_does_not_hold_up_the_window(window, place):
    network = Network()
    for _ in range(2000):
        network.add("ReLU")
    window.recovery.start(place)
    window.files.show_network(network, None, None, saved=False)
    begin = time.perf_counter()
    window.recovery.keep()
    assert time.perf_counter() - begin < 0.03
    window.recovery.flush()
    assert ".chainrule" in files(place)


def test_recovery_does_nothing_until_it_is_started(window, place):
    assert isinstance(window.recovery, Recovery)
    window.control.add_layer("ReLU")
    window.recovery.keep()
    window.recovery.flush()
    assert not os.path.exists(place)


def test_a_full_disk_leaves_the_old_copy(window, place, tmp_path, monkeypatch):
    slot = new_slot(place)
    slot.write(Network(title="kept"), about_now("kept", None, None))
    slot.release()
    window.recovery.start(place)

    def full(*_):
        raise FileError("No space left on device.")

    monkeypatch.setattr("app.recovery_files.Slot.write", full)
    assert window.recovery.restore()
    window.recovery.flush()
    assert ".chainrule" in files(place)
