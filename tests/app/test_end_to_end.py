"""A real window on a screen of its own, driven by a real mouse: from nothing to a wired network, with a real QDrag."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MISSING = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
ASKED = bool(os.environ.get("CHAINRULE_BY_HAND"))
pytestmark = pytest.mark.skipif(
    bool(MISSING) or not ASKED,
    reason=f"a real window needs {' and '.join(MISSING)}, not installed here" if MISSING and ASKED else
    "a real mouse wants the machine to itself: set CHAINRULE_BY_HAND=1, as CI does",
)  # fmt: skip

# Runs in the process of the window: answers questions about places and about the document, one line each.
HELPER = """
import json, sys
from PySide6.QtCore import QPointF, QSocketNotifier, Qt
from app.main import catch_exceptions, make_application
app = make_application("dark")
from app.canvas.ports import Port, place_of
from app.window import MainWindow
window = MainWindow()
catch_exceptions(window)
window.control.ask = lambda *_: True
window.resize(1280, 800)
window.move(0, 0)
window.show()
view, scene, tree = window.canvas.view, window.canvas.scene, window.sidebar.layers.tree
FIND = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive

def screen(spot):
    where = view.viewport().mapToGlobal(view.mapFromScene(spot))
    return [where.x(), where.y()]

def row(title):
    item = tree.findItems(title, FIND)[0]
    tree.scrollToItem(item)
    where = tree.viewport().mapToGlobal(tree.visualItemRect(item).center())
    return [where.x(), where.y()]

ANSWERS = {
    "ready": lambda: window.isVisible() and window.plots is not None,
    "work": lambda: window.show_work(),
    "row": row,
    "port": lambda id, name: screen(place_of(scene, Port(id, name))),
    "card": lambda id: screen(scene.nodes[id].pos() + QPointF(92, 120)),
    "middle": lambda: screen(view.mapToScene(view.viewport().rect().center())),
    "layers": lambda: list(window.document.network.nodes),
    "wires": lambda: [[w.source, w.target, w.port] for w in window.document.network.wires],
    "tip": lambda: view.tip.text() if view.tip.isVisible() else "",
    "errors": lambda: [str(p) for p in window.document.report.errors],
    "undo": lambda: window.document.undo_stack.count(),
    "undone": lambda: window.document.undo_stack.index(),
    "state": lambda: [window.snapshot.state, window.snapshot.steps, window.snapshot.cursor],
    "data": lambda: window.document.network.data.kind if window.document.network.data else "",
    "saved": lambda: [window.document.path, window.document.clean],
    "selected": lambda: scene.selected or "",
    "focus": lambda: app.focusWidget().accessibleName() if app.focusWidget() else "",
    "window": lambda: int(window.winId()),
    "dialog": lambda: type(app.activeModalWidget()).__name__,
    "message": lambda: window.banner.text.text() if "Something went wrong" in window.banner.text.text() else "",
}

def answer():
    line = sys.stdin.readline()
    if not line:
        app.quit()
        return
    name, *arguments = json.loads(line)
    print(json.dumps(ANSWERS[name](*arguments)), flush=True)

notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
notifier.activated.connect(answer)
app.exec()
window.worker.stop(5.0)
"""


class Screen:
    """The window, and a mouse for it."""

    def __init__(self, process: subprocess.Popen, environment: dict[str, str], folder: Path) -> None:
        self.process, self.environment, self.folder = process, environment, folder

    def ask(self, *question):
        """Ask the window's process."""
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the window has gone"
        return json.loads(line)

    def until(self, wanted, *question, seconds: float = 10.0):
        """Ask until the answer is `wanted` (or satisfies it)."""
        end = time.monotonic() + seconds
        while True:
            answer = self.ask(*question)
            if wanted(answer) if callable(wanted) else answer == wanted:
                return answer
            assert time.monotonic() < end, f"{question} stayed {answer}"
            time.sleep(0.02)

    def reach(self, place, wanted, *question) -> None:
        """Move about `place` as a hand does, until the answer satisfies `wanted`."""
        for turn in range(40):
            self.mouse("mousemove", place[0] + turn % 2, place[1])
            if wanted(self.ask(*question)):
                return
            time.sleep(0.2)
        raise AssertionError(f"{question} stayed {self.ask(*question)}")

    def mouse(self, *words) -> None:
        """An xdotool command."""
        subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True, timeout=10)
        time.sleep(0.02)

    def pull(self, start, end) -> None:
        """Press at `start` and move to `end`."""
        self.mouse("mousemove", *start)
        self.mouse("mousedown", 1)
        for part in range(1, 6):
            self.mouse("mousemove", *(round(a + (b - a) * part / 5) for a, b in zip(start, end, strict=True)))
        time.sleep(0.05)

    def keys(self, *keys: str) -> None:
        """Press these, one after the other."""
        for key in keys:
            self.mouse("key", key)

    def take_focus(self) -> None:
        """Give the keys to the window, as a window manager does; there is none on this screen."""
        self.mouse("windowfocus", "--sync", self.ask("window"))

    def write(self, text: str, then: str = "Return") -> None:
        """Type `text` and end it."""
        self.mouse("type", "--delay", "15", text)
        self.keys(then)

    def command(self, text: str) -> None:
        """Find a command by Ctrl K and run it."""
        self.keys("ctrl+k")
        self.until("Search commands, layers, lessons and files", "focus")
        self.write(text)

    def drag(self, start, end) -> None:
        """The same and let go."""
        self.pull(start, end)
        self.mouse("mouseup", 1)


@pytest.fixture
def screen(tmp_path):
    reader, writer = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
                              pass_fds=[writer], stderr=subprocess.DEVNULL)  # fmt: skip
    os.close(writer)
    with os.fdopen(reader) as pipe:
        display = pipe.readline().strip()
    environment = {
        **os.environ, "DISPLAY": f":{display}", "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path),
    }  # fmt: skip
    with open(tmp_path / "errors.txt", "w+") as errors:
        window = subprocess.Popen([sys.executable, "-c", HELPER], env=environment, cwd=ROOT, text=True, stderr=errors,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        try:
            made = Screen(window, environment, tmp_path)
            made.until(True, "ready", seconds=30)
            yield made
            window.stdin.close()
            assert window.wait(15) == 0
        finally:
            for process in (window, server):
                if process.poll() is None:
                    process.kill()
                process.wait(10)
            window.stdout.close()
        errors.seek(0)
        assert "Traceback" not in errors.read()


def test_from_an_empty_canvas_to_a_wired_network(screen):
    screen.ask("work")
    x, y = screen.ask("middle")
    for title, id, across in (
        ("Input", "input1", -220),
        ("Dense", "dense1", 0),
        ("Cross entropy", "cross_entropy1", 220),
    ):
        screen.drag(screen.ask("row", title), (x + across, y))
        screen.until(lambda layers, id=id: id in layers, "layers")
    assert screen.ask("wires") == []
    screen.drag(screen.ask("port", "input1", ""), screen.ask("port", "dense1", "x"))
    screen.until([["input1", "dense1", "x"]], "wires")
    screen.drag(screen.ask("port", "cross_entropy1", "x"), screen.ask("port", "dense1", ""))
    wired = screen.until(lambda wires: len(wires) == 2, "wires")
    assert screen.ask("errors") == []

    screen.pull(screen.ask("port", "dense1", ""), screen.ask("port", "dense1", "x"))
    screen.reach(screen.ask("port", "dense1", "x"), lambda tip: "would close a cycle" in tip, "tip")
    screen.mouse("mouseup", 1)
    assert screen.ask("wires") == wired
    assert "would close a cycle" in screen.ask("tip")
    assert screen.ask("undo") == 5

    screen.mouse("mousemove", *screen.ask("card", "dense1"))
    screen.mouse("click", 1)
    screen.keys("Delete")
    screen.until(["input1", "cross_entropy1"], "layers")
    screen.keys("ctrl+z")
    screen.until(lambda wires: sorted(wires) == sorted(wired), "wires")
    assert screen.ask("message") == ""

    train_step_and_keep(screen)


def train_step_and_keep(screen) -> None:
    """From a wired network on: data, training, steps to and fro, undo, save and open again."""
    screen.command("spirals data")
    screen.until("spirals", "data")
    screen.until(lambda state: state[0] == "ready", "state", seconds=60)
    edits = screen.ask("undone")

    screen.keys("space")
    screen.until(lambda state: state[0] == "running" and state[1] > 200, "state", seconds=60)
    screen.keys("space")
    steps = screen.until(lambda state: state[0] == "paused", "state")[1]
    screen.keys("Right", "Right", "Right", "Left")
    screen.until(["stepping", steps, 2], "state")
    screen.keys("Left", "Left", "Left")
    screen.until(lambda state: state[1] == steps - 1 and state[2] > 0, "state")  # back over the update
    screen.keys("Right")
    screen.until(["paused", steps, 0], "state")

    screen.keys("ctrl+z")
    screen.until(edits - 1, "undone")
    screen.keys("ctrl+shift+z")
    screen.until(edits, "undone")
    layers, wires = screen.ask("layers"), screen.ask("wires")
    screen.keys("ctrl+s")
    screen.until("QFileDialog", "dialog")
    path = f"{screen.folder}/spirals of my own.chainrule"
    screen.keys("ctrl+a")
    screen.write(path)
    screen.until([path, True], "saved")
    screen.take_focus()

    screen.keys("ctrl+n")
    screen.until(["input1"], "layers")
    screen.keys("ctrl+o")
    screen.until("QFileDialog", "dialog")
    screen.write(path)
    screen.until([path, True], "saved")
    screen.take_focus()
    assert (screen.ask("layers"), screen.ask("wires")) == (layers, wires)
    assert screen.until(lambda state: state[0] == "ready", "state", seconds=60)[1] == steps  # what it learned is there
    assert screen.ask("message") == ""


def test_the_same_with_only_the_keyboard(screen):
    screen.take_focus()
    screen.keys("ctrl+n")
    screen.until(["input1"], "layers")
    for title, id in (("dense", "dense1"), ("cross entropy", "cross_entropy1")):
        screen.keys("alt+1")
        screen.until("Search layers", "focus")
        screen.keys("ctrl+a")
        screen.write(title)
        screen.until(lambda layers, id=id: id in layers, "layers")
    wired = [["input1", "dense1", "x"], ["dense1", "cross_entropy1", "x"]]
    screen.until(wired, "wires")  # a layer goes behind the one that was selected

    screen.command("dense1")
    screen.until("dense1", "selected")
    screen.keys("Delete")
    screen.until([], "wires")
    screen.command("input1")
    screen.until("input1", "selected")
    screen.keys("c")
    screen.until("Search layers to connect to", "focus")
    screen.keys("Return")
    screen.until([["input1", "cross_entropy1", "x"]], "wires")
    screen.keys("ctrl+z", "ctrl+z")
    screen.until(lambda wires: sorted(wires) == sorted(wired), "wires")
    train_step_and_keep(screen)
