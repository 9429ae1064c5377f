"""What the command palette offers: commands, layers to add, data to use, lessons and files to open, layers to go to."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import files_recent
from app.commands import menu_of
from app.palette_match import Match, match
from app.settings import stored
from engine.layers import REGISTRY

if TYPE_CHECKING:
    from app.window import MainWindow

KEY, REMEMBERED, SHOWN = "palette", 12, 60
COMMAND, LAYER, LESSON, FILE, PLACE, DATA = "command", "add layer", "lesson", "file", "go to", "use data"
ORDER = (COMMAND, PLACE, LESSON, FILE, LAYER, DATA)
BEHIND = {DATA: 2.0}  # less than a letter is worth: a lesson that fits as well but has a longer title goes first
FIRST = 1000.0  # recent ones stand above all others while nothing is typed


@dataclass(frozen=True)
class Entry:
    """One line. `key` names it for good; `do` is what Enter does; `also`: words that find it as well."""

    key: str
    title: str
    kind: str
    do: Callable[[], object]
    keys: str = ""
    also: str = ""
    category: str = ""
    enabled: bool = True


def entries(window: MainWindow) -> list[Entry]:
    """Everything there is now."""
    return [*_commands(window), *_places(window), *_lessons(window), *_files(window), *_layers(window), *_data(window)]


def _commands(window: MainWindow) -> list[Entry]:
    found = []
    for name, action in window.actions_by_name.items():
        if name != "palette":
            keys = action.shortcuts()[0].toString() if action.shortcuts() else ""
            found.append(Entry(f"command/{name}", action.text(), COMMAND, action.trigger, keys, menu_of(name),
                               enabled=action.isEnabled()))  # fmt: skip
    return found


def _layers(window: MainWindow) -> list[Entry]:
    def add(kind: str) -> None:
        window.show_work()
        window.sidebar.layer_chosen.emit(kind)

    return [
        Entry(f"layer/{layer.kind}", layer.title, LAYER, lambda kind=layer.kind: add(kind),
              also=f"{layer.kind} {layer.category} add", category=layer.category)
        for layer in REGISTRY.values()
    ]  # fmt: skip


def _data(window: MainWindow) -> list[Entry]:
    def use(kind: str) -> None:
        if window.document.network.nodes or window.files.new():
            window.show_work()
            window.sidebar.data.use(kind)

    settings = window.sidebar.data.settings
    return [] if settings is None else [
        Entry(f"data/{kind}", title, DATA, lambda kind=kind: use(kind), also=f"{kind} data set")
        for kind, title in settings.offered()
    ]  # fmt: skip


def _lessons(window: MainWindow) -> list[Entry]:
    return [
        Entry(f"lesson/{os.path.basename(card.path)}", card.title, LESSON,
              lambda path=card.path: window.control.open(path), also=f"open {os.path.basename(card.path)}")
        for card in window.welcome.cards
    ]  # fmt: skip


def _files(window: MainWindow) -> list[Entry]:
    return [
        Entry(f"file/{path}", os.path.basename(path).removesuffix(".chainrule"), FILE,
              lambda path=path: window.control.open(path), files_recent.short(path), "open recent",
              enabled=os.path.isfile(path))
        for path in files_recent.recent()
    ]  # fmt: skip


def _places(window: MainWindow) -> list[Entry]:
    return [
        Entry(f"go/{id}", id, PLACE, lambda id=id: go_to(window, id), node.layer.title, "go layer",
              node.layer.category)
        for id, node in window.document.network.nodes.items()
    ]  # fmt: skip


def go_to(window: MainWindow, id: str) -> None:
    """Select a layer and bring it into view."""
    window.show_work()
    if window.canvas.scene.has(id):
        window.canvas.show_mode("layers")
        window.canvas.view.reveal(id)


def find(query: str, offered: list[Entry], recent: list[str]) -> list[tuple[Entry, Match]]:
    """The entries that fit `query`, best first; those chosen lately before others that fit as well.

    First of all stands what is called exactly so, then what begins with these words.
    """
    typed = query.strip().lower()
    rank = {key: len(recent) - i for i, key in enumerate(recent)}
    found = []
    for place, entry in enumerate(offered):
        fit = match(query, entry.title)
        if fit is None:
            about = f"{entry.title} {entry.also} {entry.kind}".lower()
            fit = Match(0.0) if all(word in about for word in query.lower().split()) else None
        if fit is not None:
            lately = rank.get(entry.key, 0)
            bonus = lately * (1.0 if typed else FIRST)
            base = fit.score - BEHIND.get(entry.kind, 0.0) if typed else 0.0
            exact = entry.title.lower() == typed
            begins = bool(typed) and f"{entry.title.lower()} ".startswith(f"{typed} ")
            found.append((not exact, not begins, -(base + bonus), ORDER.index(entry.kind), place, entry, fit))
    found.sort(key=lambda line: line[:5])
    return [(entry, fit) for *_, entry, fit in found[:SHOWN]]


def recent_keys() -> list[str]:
    """What was chosen lately, newest first."""
    kept = stored().value(KEY)
    return [kept] if isinstance(kept, str) else [key for key in kept or [] if isinstance(key, str)]


def remember(key: str) -> None:
    """`key` was chosen."""
    stored().setValue(KEY, [key, *(other for other in recent_keys() if other != key)][:REMEMBERED])
