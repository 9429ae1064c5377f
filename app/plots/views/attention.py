"""Attention, head by head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import theme
from app.plots.card import Card
from app.plots.mosaic import Mosaic
from app.plots.share import Table
from app.plots.stepper import Stepper
from app.plots.switch import Switch
from app.plots.views.kind import ViewKind
from app.tiles import Tile
from app.watches.attention import NONE, Heads, Wish

NO_GRADIENT = "No gradient goes through these weights: nothing that leads to them learns."
WEIGHTS, GRADIENT, BOTH = range(3)


class AttentionTile(Tile):
    """A head: its tip is a sentence."""

    def describe(self, row: int, column: int, number: str) -> str:
        """'e' looks at 'h': 0.41."""
        if self.step != (1, 1):
            return super().describe(row, column, number)
        query, key = _told(self.row_names, row, "step"), _told(self.column_names, column, "step")
        verb = "looks at" if self.magnitude else "at"
        return f"{self.name}   {query} {verb} {key}: {number}"


def _told(names: tuple[str, ...], index: int, what: str) -> str:
    return f"‘{names[index]}’ ({index})" if index < len(names) and names[index] else f"{what} {index}"


class AttentionCard(Card):
    """A tile a head, its gradient instead or beside it, with the choices of layer and example."""

    about = (
        "How the heads of attention look at a sequence, for one example of the batch: each row is a step that asks "
        "(queries, downwards), each column one it looks at (keys, across); a row sums to 1. Bright: looks there. "
        "Gradient shows how the loss depends on each weight, ∂L/∂A: orange wants less of it, blue more. Click a head "
        "to see it alone, with its words where they have room."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__("Attention", content, NONE, parent)
        self.show_title(False)
        self.switch = Switch(("Attention", "Gradient", "Both"))
        self.switch.chosen.connect(lambda _: self._draw())
        self.head.insertWidget(0, self.switch)
        self.mosaic = Mosaic(name="attention of every head")
        self.layer, self.example = Stepper("layer with attention"), Stepper("example of the batch")
        self.layer.chosen.connect(lambda place: self._wish(name=self.found.maps[place][0]))
        self.example.chosen.connect(lambda example: self._wish(example=example))
        rows, controls = QVBoxLayout(content), QHBoxLayout()
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        controls.setSpacing(12)
        for widget in (self.layer, self.example):
            controls.addWidget(widget)
            widget.hide()
        controls.addStretch(1)
        rows.addLayout(controls)
        rows.addWidget(self.mosaic, 1)
        self.mosaic.laid_out.connect(self._tell)
        self.wish, self.found = Wish(), None

    def name(self) -> str:
        return "Attention"

    def select_layer(self, layer: str | None) -> None:
        """Show this layer's, or where it has none, the one shown before."""
        if layer is not None and layer != self.wish.layer:
            self._wish(layer=layer, name="")

    def take_wish(self, wish: Wish) -> None:
        """Another view asks it to show something."""
        self.wish = wish
        self.asked.emit(wish)

    def _wish(self, **changes) -> None:
        wish = replace(self.wish, **changes)
        if wish != self.wish:
            self.wish = wish
            self.asked.emit(wish)

    def show_snapshot(self, snapshot) -> None:
        """Draw what the watch found."""
        found = snapshot.views.get("attention")
        if not isinstance(found, Heads):
            self.found = None
            self.show_empty(NONE)
            return
        if found is not self.found:
            self.found = found
            self.layer.set_choices(tuple(words for _, words in found.maps),
                                   [name for name, _ in found.maps].index(found.name))  # fmt: skip
            self.example.set_choices(tuple(f"example {k + 1} of {found.examples}" for k in range(found.examples)),
                                     found.example)  # fmt: skip
            self._draw()

    def _draw(self) -> None:
        if self.found is None:
            return
        if self.switch.index == GRADIENT and self.found.gradient is None:
            self.show_empty(NO_GRADIENT)
            return
        both = self.switch.index == BOTH and self.found.gradient is not None
        self.mosaic.set_tiles(self._tiles(self.found), len(self.found.weights) if both else 0)
        self._tell()
        self.show_content()

    def _tiles(self, found: Heads) -> list[Tile]:
        axes = {"rows": "query", "columns": "key", "row_names": found.queries, "column_names": found.keys}
        tiles: list[Tile] = []
        if self.switch.index != GRADIENT:
            tiles += [
                AttentionTile(f"head {k + 1}", one, magnitude=True, **axes) for k, one in enumerate(found.weights)
            ]
        if self.switch.index != WEIGHTS and found.gradient is not None:
            tiles += [AttentionTile(f"∂L/∂A {k + 1}", one, **axes) for k, one in enumerate(found.gradient)]
        return tiles

    def _tell(self) -> None:
        if self.found is None or not self.mosaic.shown:
            return
        heads, queries, keys = self.found.weights.shape
        words = dict(self.found.maps)[self.found.name]
        alone = self.mosaic.shown[0].name if self.mosaic.alone is not None else f"{heads} heads"
        few = self.mosaic.count < len(self.mosaic.shown)
        shown = f"{self.mosaic.count} of {len(self.mosaic.shown)} tiles" if few else alone
        bad = sum(int(np.count_nonzero(~np.isfinite(tile.cells))) for tile in self.mosaic.shown)
        shown = f"{theme.format_count(bad)} not finite · {shown}" if bad else shown
        self.remark.set_text(f"{words} · {shown} · {queries}×{keys}")
        self.remark.set_brief(shown)
        self.remark.setToolTip(f"{words}: {shown}, {queries} queries down, {keys} keys across")
        self.mosaic.setAccessibleName(f"{self.switch.words[self.switch.index]} of {words}, {shown}")

    def table(self) -> Table | None:
        """One line a weight: head, query, key, both words, the weight and its gradient."""
        found = self.found
        if found is None:
            return None
        gradient = found.gradient
        rows = ((h + 1, q, k, *(names[i] if i < len(names) else "" for names, i in ((found.queries, q), (found.keys, k))),
                 weight, "" if gradient is None else gradient[h, q, k])
                for (h, q, k), weight in np.ndenumerate(found.weights))  # fmt: skip
        return Table(("head", "query", "key", "query's token", "key's token", "weight", "gradient"), rows)


VIEW = ViewKind("Attention", AttentionCard, "Inside", 40, near="activations")
