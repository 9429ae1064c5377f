"""A board on which one draws the curve that the network is to learn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QMenu, QToolButton

from app.numbers import format_number
from app.plots.board import Board
from app.plots.card import Card
from app.plots.share import Table
from app.plots.views.kind import ViewKind
from app.watches.base import Trouble
from app.watches.curve import Fit
from engine.data.curve import READY
from engine.errors import ChainruleError

if TYPE_CHECKING:
    from engine.network import Network

EMPTY = ("Draw a curve here, and the network learns it. That is there for networks of one number in, as in the lesson "
         "Draw a curve: an Input of shape 1, hidden layers, a Dense layer of one unit and SquaredError.")  # fmt: skip


class CurveCard(Card):
    """What is drawn becomes the training data, by one edit that can be undone."""

    about = (
        "Draw y(x) with the mouse, over the whole board or only a part of it: on release it becomes the training data "
        "(Ctrl Z takes it back). Dotted: the curve; blue: what the network says now. The faint lines are what each "
        "hidden unit adds, its weight times its activation, where there is one hidden layer before a linear output: "
        "their sum and the bias are the blue line. With the keyboard, ← and → move along the curve, ↑ and ↓ bend it."
    )

    def __init__(self, parent=None) -> None:
        self.board = Board()
        super().__init__("Draw a curve", self.board, EMPTY, parent)
        self.document = None
        self.ready = QToolButton()
        self.ready.setText("Ready curves")
        self.ready.setProperty("role", "small")
        self.ready.setToolTip("Curves to begin with")
        self.ready.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        for name, points in READY.items():
            menu.addAction(name).triggered.connect(partial(self.learn, points))
        self.ready.setMenu(menu)
        self.head.addWidget(self.ready)
        self.board.drawn.connect(self._take)
        self._shown: object = ()

    def set_document(self, document) -> None:
        """Show the curve that this document learns from."""
        if self.document is not None and self.document is not document:
            self.document.changed.disconnect(self._follow)
        if document is not None and self.document is not document:
            document.changed.connect(self._follow)
        self.document = document
        self._follow()

    def _follow(self, change: object = None) -> None:
        network = self._network()
        spec = None if network is None else network.data
        points = spec.options["points"] if spec is not None and spec.kind == "curve" else None
        if points != self._shown and not self.board.drawing:
            self._shown = points
            self.board.set_points(points)
        if not takes_one(network):
            self.show_empty(EMPTY)

    def _network(self) -> Network | None:
        return getattr(self.document, "network", None)

    def _take(self, points: tuple, by_keys: bool) -> None:
        self.learn(points, merge="curve: keys" if by_keys else None)

    def learn(self, points: tuple, _checked: bool = False, merge: str | None = None) -> None:
        """Make the curve through `points` the training data; its other options stay."""
        from engine.data import DataSpec
        from engine.edits import SetData

        network = self._network()
        if self.document is None or network is None:
            return
        try:
            kept = network.data is not None and network.data.kind == "curve"
            spec = network.data.with_options(points=points) if kept else DataSpec.of("curve", points=points)
            if spec != network.data:
                self._shown = spec.options["points"]
                self.document.apply(SetData(spec), "Draw a curve", merge)
                self.board.set_points(self._shown)
        except ChainruleError as error:
            self.refused.emit(str(error))

    def show_snapshot(self, snapshot) -> None:
        """What the network says now."""
        if not takes_one(self._network()):
            self.show_empty(EMPTY)
            return
        fit = snapshot.views.get("curve")
        if isinstance(fit, Trouble):
            self.show_empty(fit.message)
            return
        self.board.set_fit(fit if isinstance(fit, Fit) else None)
        self.remark.set_text(told(fit, snapshot.metrics) if isinstance(fit, Fit) else "")
        self.show_content()

    def table(self) -> Table | None:
        """A line for each place: the answer, then what each unit adds."""
        fit = self.board.fit
        if fit is None:
            return None
        curve = np.interp(fit.x, self.board.across, self.board.up, left=np.nan, right=np.nan)
        header = ("x", "curve", "network", *(f"unit {k + 1}" for k in range(len(fit.units))))
        return Table(header, np.concatenate([[fit.x, curve, fit.y], fit.units]).T.tolist())


def takes_one(network: Network | None) -> bool:
    """Whether one number a row comes in."""
    entries = [node for node in network.nodes.values() if node.layer.is_input] if network is not None else []
    return len(entries) == 1 and entries[0].kind == "Input" and tuple(entries[0].attrs["shape"]) == (1,)


def told(fit: Fit, metrics: dict[str, float]) -> str:
    """How many units, and how well it fits."""
    units = f"{len(fit.units)} units" if len(fit.units) else ""
    r2 = metrics.get("val_r2", metrics.get("train_r2"))
    return ", ".join(filter(None, (units, "" if r2 is None else f"R² {format_number(r2)}")))


VIEW = ViewKind("Draw a curve", CurveCard, "Answers", 40, near="judgement")
