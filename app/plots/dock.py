"""The views at the foot of the window: which are open, what they are told, and in whose turn they are drawn."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QByteArray, QSize, QTimer, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from app.plots.area import Area
from app.plots.card import Card
from app.plots.layer_values import LayerValues
from app.plots.text import restyle
from app.plots.views import GROUPS, views
from app.watches.base import Trouble

SETTLED_MS = 150  # until the layout of a new window has come to rest
ROOMY = 330  # width that a view has at least when it is opened first
RAIL, NARROW = 30, 1180  # width of the column with the button; below it, gradients are a tab behind the activations
USUAL = {id: views()[id].stretch for id in ("curves", "flow", "judgement", "surface", "activations", "gradients")}
FIRST, OFTEN = "judgement", "surface"  # the plane is drawn with every snapshot, the surface with every second one


class PlotDock(QWidget):
    """Loss · Gradient flow · Decision boundary · Loss surface · Activations · Gradients, and what else is opened.

    `wanted_changed(set)`: names of the values to publish, or other views are seen; `element_chosen(tuple)`: an element
    of the result of the operation that is being explained, clicked in its heat map; `asked(str, object)`: what a view
    is to show.
    """

    wanted_changed = Signal(object)
    element_chosen = Signal(object)
    refused = Signal(str)
    asked = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.area, self.cards, self.document, self.layer = Area(), dict[str, Card](), None, None
        self.actions_by_id: dict[str, QAction] = {}
        self._snapshot, self._turn, self._arranged = None, 0, False
        self._new: list[str] = []  # opened for the first time, to be given room
        for id, kind in views().items():
            self._make_action(id, kind.title)
        for id in USUAL:
            self._make(id)
        self.values = LayerValues(self.activations, self.gradients)
        for card in (self.activations, self.gradients):
            card.element_chosen.connect(partial(self._choose, card))
        self.menu = QMenu("Views", self)
        fill_menu(self.menu, self.actions_by_id)
        self._lay_out()
        self.area.changed.connect(self._seen_changed)

    curves = property(lambda self: self.cards["curves"])
    flow = property(lambda self: self.cards["flow"])
    judgement = property(lambda self: self.cards["judgement"])
    surface = property(lambda self: self.cards["surface"])
    activations = property(lambda self: self.cards["activations"])
    gradients = property(lambda self: self.cards["gradients"])

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.area, 1)
        rail = QVBoxLayout()
        rail.setContentsMargins(0, 10, 6, 8)
        self.button = QToolButton()
        self.button.setText("+")
        self.button.setProperty("role", "icon")
        self.button.setFixedSize(RAIL - 8, RAIL - 8)
        self.button.setToolTip("More views")
        self.button.setAccessibleName("More views")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setMenu(self.menu)
        rail.addWidget(self.button)
        rail.addStretch(1)
        row.addLayout(rail)

    def _make_action(self, id: str, title: str) -> None:
        action = QAction(title, self)
        action.setObjectName(f"view_{id}")
        action.setCheckable(True)
        action.triggered.connect(lambda checked, id=id: self.show_view(id) if checked else self.area.put_away(id))
        self.actions_by_id[id] = action

    def _make(self, id: str) -> Card:
        kind = views()[id]
        card = kind.card()
        self.cards[id] = card
        card.refused.connect(self.refused)
        card.asked.connect(partial(self.asked.emit, id))
        card.opens.connect(self._open_for)
        self.area.add(id, kind.tab or kind.title, card, "" if kind.stretch else kind.near)
        dock = self.area.docks[id]
        card.deeds = {"In a window of its own": dock.open_window, "Full screen": lambda: dock.open_window(True),
                      "Close this view": lambda: self.area.put_away(id)}  # fmt: skip
        card.set_document(self.document)
        card.select_layer(self.layer)
        return card

    def minimumSizeHint(self) -> QSize:
        """Little: what has no room is cut."""
        return QSize(240, 96)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._arranged:
            self.arrange()

    def arrange(self) -> None:
        """The usual arrangement for this width."""
        self._arranged = True
        shares = dict(USUAL)
        for id in USUAL:
            self.area.docks[id].show()
        if self.width() < NARROW:
            del shares["gradients"]
            self.area.tabifyDockWidget(self.area.docks["activations"], self.area.docks["gradients"])
            self.area.docks["activations"].raise_()
        self.area.spread(shares)
        QTimer.singleShot(SETTLED_MS, self, self._seen_changed)

    def arrangement(self) -> str:
        """Which views are open and where, as text for `restore`."""
        state = bytes(self.area.arrangement().toBase64().data()).decode()
        return json.dumps({"open": self.area.open, "state": state})

    def restore(self, kept: object) -> bool:
        """Bring the views back to where they were; what cannot be read changes nothing."""
        try:
            found = json.loads(str(kept))
            opened = [id for id in found["open"] if id in views()]
            state = QByteArray.fromBase64(str(found["state"]).encode())
        except (ValueError, TypeError, KeyError):
            return False
        for id in opened:
            _ = self.cards.get(id) or self._make(id)
        if not self.area.restore(state):
            return False
        self._arranged = True
        return True

    # --- which views are open -------------------------------------------------------------------------------------

    def show_view(self, id: str) -> Card | None:
        """Open a view and bring it to the front; None if there is none of this name."""
        if id not in views():
            return None
        known = id in self.cards
        card = self.cards.get(id) or self._make(id)
        self.area.reveal(id)
        if not known:
            self._new.append(id)
        self._seen_changed()
        return card

    def open_views(self, ids: Iterable[str]) -> None:
        """Open what a lesson is about."""
        for id in ids:
            self.show_view(id)

    def _open_for(self, id: str, wish: object) -> None:
        """A card asks for another view to show something."""
        card = self.show_view(id)
        if card is not None:
            card.take_wish(wish)

    @property
    def seen(self) -> frozenset[str]:
        """The views that anyone can look at."""
        return self.area.seen

    def _seen_changed(self) -> None:
        opened = set(self.area.open)
        if self._arranged and self._new and self.area.seen >= set(self._new):
            new, self._new = self._new, []
            for id in new:
                self.area.widen(id, ROOMY)
        for id, action in self.actions_by_id.items():
            action.setChecked(id in opened)
        self.wanted_changed.emit(self.wanted)
        if self._snapshot is not None and self._snapshot.state != "running":
            self.show_snapshot(self._snapshot)

    # --- what they are told ---------------------------------------------------------------------------------------

    @property
    def wanted(self) -> set[str]:
        """Names of the values shown here."""
        return set(self.values.wanted)

    def set_document(self, document) -> None:
        """Show another document."""
        self.document = document
        self.values.set_document(document)
        self.layer = self.values.layer
        for card in self.cards.values():
            card.set_document(document)

    def select_layer(self, layer: str | None) -> None:
        """Show the values of this layer."""
        self.layer = layer
        for card in self.cards.values():
            card.select_layer(layer)
        if self.values.select_layer(layer):
            self.wanted_changed.emit(self.wanted)

    def show_snapshot(self, snapshot) -> None:
        """Draw what the worker published. While training runs, views other than the plane take turns, one a snapshot:
        painting holds the interpreter, and the worker waits for it between its stretches."""
        self._snapshot = snapshot
        if self.values.follow(snapshot.instructions):
            self.wanted_changed.emit(self.wanted)
        shown = [id for id in self.cards if id in self.seen and not self.cards[id].frozen]
        if FIRST in shown:
            shown.remove(FIRST)
            self._show(FIRST, snapshot)
        if snapshot.state != "running":
            for id in shown:
                self._show(id, snapshot)
            return
        if shown:
            self._turn += 1
            self._show(turn(shown, self._turn), snapshot)

    def _show(self, id: str, snapshot) -> None:
        card, found = self.cards[id], snapshot.views.get(id)
        if isinstance(found, Trouble):
            card.show_empty(found.message)
        elif card in (self.activations, self.gradients):
            self.values.show(card, snapshot)
        else:
            card.show_snapshot(snapshot)

    def _choose(self, card, element: tuple[int, ...]) -> None:
        if self.values.explains(card):
            self.element_chosen.emit(element)

    def apply_theme(self) -> None:
        """Take on the current theme."""
        restyle(self)
        for dock in self.area.docks.values():
            if dock.window_of_its_own is not None:
                restyle(dock.window_of_its_own)


def turn(ids: list[str], number: int) -> str:
    """Whose turn it is: the loss surface has every second one."""
    others = [id for id in ids if id != OFTEN]
    if OFTEN not in ids or not others:
        return ids[number % len(ids)]
    return OFTEN if number % 2 else others[number // 2 % len(others)]


def fill_menu(menu: QMenu, actions: dict[str, QAction]) -> None:
    """All views by group."""
    kinds = views()
    for group in GROUPS:
        ids = [id for id, kind in kinds.items() if kind.group == group]
        if ids:
            menu.addSection(group)
            for id in ids:
                menu.addAction(actions[id])
