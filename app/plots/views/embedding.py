"""Points of a layer in two dimensions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QWidget

from app import theme
from app.plots.card import Card
from app.plots.cloud import CloudMap
from app.plots.share import Table
from app.plots.switch import Switch
from app.plots.views.kind import ViewKind
from app.watches.embedding import METHODS, PCA, Points, Wish

EMPTY = (
    "What a layer makes of the data is drawn here as points once the network runs: the rows of an embedding table, or "
    "one point for each validation row. Select a layer on the canvas."
)
NOTHING = "None of the points of {layer} is finite."
MEANINGLESS = "distances within {method} say who is near whom, not how far"


class EmbeddingCard(Card):
    """A cloud of points, with the choice of method."""

    about = (
        "Each point is a row of an embedding table, or what the selected layer makes of one row of the data, coloured "
        "by its class or number; rows that the layer takes for alike lie close. PCA shows the two directions in which "
        "the points differ most, and their share of all variance; t-SNE draws neighbours together, whatever it costs "
        "the distances between groups. Point at one to see what it is."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        self.cloud = CloudMap()
        super().__init__("Embedding", self.cloud, EMPTY, parent)
        self.switch = Switch(METHODS)
        self.switch.chosen.connect(lambda place: self._wish(method=METHODS[place]))
        self.head.insertWidget(1, self.switch)
        self.wish, self.found = Wish(), None

    def select_layer(self, layer: str | None) -> None:
        """Show this layer's points."""
        self._wish(layer=layer)

    def take_wish(self, wish: Wish) -> None:
        """Another view asks it to show something."""
        self._wish(layer=wish.layer, method=wish.method)
        if wish.method in METHODS:
            self.switch.choose(METHODS.index(wish.method))

    def _wish(self, **changes) -> None:
        wish = replace(self.wish, **changes)
        if wish != self.wish:
            self.wish = wish
            self.asked.emit(wish)
            self._tell()

    def show_snapshot(self, snapshot) -> None:
        """Draw what the watch found."""
        found = snapshot.views.get("embedding")
        if not isinstance(found, Points) or not len(found.points):
            self.found = None
            self.show_empty(EMPTY if not isinstance(found, Points) else NOTHING.format(layer=found.layer))
            return
        if found is not self.found:
            self.found = found
            axes = ("", "")
            if found.shares is not None:
                axes = tuple(f"PC {k + 1} · {theme.format_percent(share)}" for k, share in enumerate(found.shares))
            self.cloud.set_points(found.points, found.told, found.words, found.colours, found.classes, axes)
            self._tell()
        self.show_content()

    def _tell(self) -> None:
        found = self.found
        if found is None:
            return
        words = f"{found.layer} · {found.what}"
        if found.method != self.wish.method:
            words = f"{self.wish.method} is being worked out …"
        if found.left_out:
            words = f"{theme.format_count(found.left_out)} not finite · {words}"
        self.remark.set_text(words)
        self.remark.set_brief(found.layer if found.method == self.wish.method else "…")
        self.remark.setToolTip(words if found.method == PCA else f"{words}; {MEANINGLESS.format(method=found.method)}")
        self.cloud.setAccessibleName(f"{found.method} of {words}")

    def table(self) -> Table | None:
        """One line a point: what it is, where it lies, and its class or number."""
        found = self.found
        if found is None:
            return None
        values = [""] * len(found.points) if found.colours is None else found.colours
        first = found.words or found.told
        rows = ((word, told, *place, value) for word, told, place, value in
                zip(first, found.told, np.asarray(found.points), values, strict=True))  # fmt: skip
        return Table(("point", "what it is", "x", "y", "value"), rows)


VIEW = ViewKind("Embedding", EmbeddingCard, "Inside", 50, near="activations")
