"""The real window on a real network, made once for each test file that asks for it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

LESSONS = Path(__file__).resolve().parents[2] / "assets" / "lessons"


class Answers:
    """Answers the questions of opening and saving, in place of dialogs; `asked` holds their names."""

    def __init__(self, unsaved="discard", changed="cancel", overwrite=True, opens="", saves="") -> None:
        self.answers = {"unsaved": unsaved, "changed_on_disk": changed, "overwrite": overwrite}
        self.opens, self.saves = opens, saves
        self.asked: list[str] = []

    def __getattr__(self, name: str):
        def answer(*_):
            self.asked.append(name)
            return self.answers[name]

        return answer

    def pick_open(self) -> str:
        """The path to open."""
        self.asked.append("pick_open")
        return self.opens

    def pick_save(self, suggested: str) -> str:
        """The path to save at."""
        self.asked.append("pick_save")
        return self.saves


class Live:
    """A MainWindow with ways to wait for what it shows."""

    def __init__(self, window, app) -> None:
        self.window, self.app = window, app

    def until(self, ready, seconds: float = 60.0):
        """Let the window live until `ready(snapshot)`; returns the snapshot."""
        end = time.monotonic() + seconds
        while not ready(self.window.snapshot):
            self.app.processEvents()
            assert time.monotonic() < end, (
                f"waited in vain: {self.window.snapshot.state} {self.window.snapshot.message}"
            )
            time.sleep(0.002)
        return self.window.snapshot

    def open(self, lesson: str):
        """Open a lesson and wait until it can run."""
        before = self.window.document.generation
        self.window.control.open(str(LESSONS / f"{lesson}.chainrule"))
        return self.until(lambda s: s.state == "ready" and s.generation > before)

    def act(self, name: str) -> None:
        """Trigger one of the window's actions."""
        self.window.actions_by_name[name].trigger()


@pytest.fixture(scope="session")
def app(qapp):
    """The themed application."""
    from app import theme

    theme.install(qapp, "dark")
    return qapp


@pytest.fixture(autouse=True)
def no_widgets_left(request):
    """What a test has let go really goes: without a running event loop, Qt would keep it all to the end."""
    yield
    if "qapp" in request.fixturenames:
        from PySide6.QtCore import QCoreApplication, QEvent

        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def dark(app):
    """Starts in the dark theme and leaves it so."""
    from app import theme

    if theme.current() is not theme.DARK:
        theme.set_theme("dark")
    yield
    if theme.current() is not theme.DARK:
        theme.set_theme("dark")


@pytest.fixture
def answers() -> type[Answers]:
    """Makes answers to the questions of opening and saving."""
    return Answers


@pytest.fixture
def make_live(app):
    """Wrap a window of the test's own."""
    return lambda window: Live(window, app)


@pytest.fixture(scope="module")
def live(app):
    """A window on the spirals lesson, ready to run. It may be left in any state."""
    from app.window import MainWindow

    window = MainWindow()
    window.control.to_open = str(LESSONS / "spirals.chainrule")
    window.control.ask = lambda *_: True
    window.files.dialogs = Answers()
    window.resize(1280, 800)
    window.show()
    running = Live(window, app)
    running.until(lambda s: s.state == "ready" and window.plots is not None)
    yield running
    window.files.dialogs = Answers()
    window.close()
    app.processEvents()
    assert not window.worker.alive
    window.deleteLater()


@pytest.fixture
def on_xor(live, answers):
    """Clean, on the lesson XOR; answers "cancel" to everything."""
    live.window.files.dialogs = answers()
    live.window.control.open(str(LESSONS / "xor.chainrule"))
    live.window.files.dialogs = answers(unsaved="cancel")
    yield live.window
    live.window.control.remembers = False
    live.window.banner.hide()
    live.window.files.dialogs = answers()
