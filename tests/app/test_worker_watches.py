"""Watches: who is looked at when, what is made beside, what goes wrong, and what outlives a session."""

from __future__ import annotations

import threading
import time

import pytest

from app.watches.base import Trouble, Watch
from app.worker_watches import Threads, Watching
from engine.errors import SessionError


class Plain(Watch):
    looks = 0

    def look(self):
        self.looks += 1
        return self.wish, self.session, self.looks


class Recorder(Watch):
    always, least, share = True, 0.0, 1.0

    def __init__(self, session, wish=None, before=None):
        super().__init__(session, wish, before)
        self.seen = [] if before is None else before.seen

    def look(self):
        self.seen.append(self.session)
        return tuple(self.seen)


class Beside(Watch):
    go_on = threading.Event()
    refuses = None

    def look(self):
        wish = self.wish

        def make():
            self.go_on.wait(5)
            return wish, threading.current_thread().name

        return make


class Refusing(Watch):
    def look(self):
        raise SessionError("There is nothing to see.")


class Broken(Watch):
    def look(self):
        return 1 / 0


KINDS = {"plain": Plain, "recorder": Recorder, "beside": Beside, "refusing": Refusing, "broken": Broken}


@pytest.fixture
def make(monkeypatch):
    monkeypatch.setattr("app.watches.watches", lambda: KINDS)
    news = []
    threads = Threads(lambda: news.append(time.perf_counter()))

    def make(session="one", wishes=None, before=None):
        found = Watching(session, threads, {} if wishes is None else wishes, before)
        found.news = news
        return found

    yield make
    Beside.go_on.set()
    threads.stop()
    Beside.go_on.clear()


def test_only_what_is_seen_or_records_is_looked_at(make):
    watching = make(wishes={"plain": 7})
    watching.take(True, {"plain"})
    assert watching.data == {"plain": (7, "one", 1), "recorder": ("one",)}


def test_while_training_runs_a_budget_says_when(make):
    watching = make()
    for _ in range(50):
        watching.take(False, {"plain"})
    assert watching.data["plain"][2] == 1
    assert len(watching.data["recorder"]) > 1
    watching.take(True, {"plain"})
    assert watching.data["plain"][2] == 2


def test_a_wish_is_kept_for_the_next_session(make):
    wishes = {}
    first = make(wishes=wishes)
    first.take(True, {"plain"})
    first.ask("plain", "b")
    first.take(True, {"plain"})
    assert first.data["plain"][0] == "b"
    second = make("two", wishes)
    second.take(True, {"plain"})
    assert second.data["plain"] == ("b", "two", 1)


def test_a_recorder_goes_on_with_the_session_before_and_begins_anew_otherwise(make):
    first = make()
    first.take(True, ())
    second = make("two", before=first)
    second.take(True, ())
    assert second.data["recorder"] == ("one", "two")
    again = second.anew()
    again.take(True, ())
    assert again.data["recorder"] == ("two",)


def test_heavy_work_is_done_beside_and_tells_when_it_is_ready(make):
    watching = make(wishes={"beside": "a"})
    watching.take(True, {"beside"})
    assert "beside" not in watching.data
    watching.ask("beside", "b")
    watching.take(True, {"beside"})  # its thread is busy: later
    Beside.go_on.set()
    until(lambda: len(watching.news) == 1)
    assert watching.data["beside"] == ("a", "chainrule-beside")
    watching.take_late()
    until(lambda: len(watching.news) == 2)
    assert watching.data["beside"][0] == "b"
    watching.take_late()
    time.sleep(0.02)
    assert len(watching.news) == 2  # nothing was late any more


def test_what_goes_wrong_is_told_in_the_view_s_place(make, caplog):
    watching = make()
    for _ in range(3):
        watching.take(True, {"refusing", "broken", "plain"})
    assert watching.data["refusing"] == Trouble("There is nothing to see.")
    assert "ZeroDivisionError" in watching.data["broken"].message
    assert watching.data["plain"][2] == 3
    assert len(caplog.records) == 1


def until(ready) -> None:
    end = time.perf_counter() + 5
    while not ready():
        assert time.perf_counter() < end
        time.sleep(0.002)


def test_a_watch_knows_whether_anything_runs(make, monkeypatch):
    seen = []
    monkeypatch.setattr(Recorder, "look", lambda self: seen.append(self.standing))
    watching = make()
    watching.take(True, ())
    for _ in range(50):
        watching.take(False, ())
    assert seen[0] is True
    assert set(seen[1:]) == {False}
