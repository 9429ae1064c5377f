"""Weights, their gradients, and feature maps as images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import theme
from app.plots.card import Card
from app.plots.mosaic import Mosaic
from app.plots.scale import ScaleBar
from app.plots.share import Table
from app.plots.stepper import Stepper
from app.plots.switch import Switch
from app.plots.views.kind import ViewKind
from app.watches.filters import GRADIENTS, MAPS, Images, Wish

EMPTY = (
    "The weights of the selected layer are drawn here as images once the network runs: kernels of convolutions, what "
    "a unit looks for in an image, matrices. Select a layer on the canvas."
)
NARROW, TINY = 400, 260  # widths below which words are shorter, and below which they are shortest and the scale goes
WORDS, SHORT, SHORTEST = ("Weights", "Gradients", "Feature maps"), ("Weights", "Gradients", "Maps"), ("W", "∂W", "Maps")
OF = {GRADIENTS: "gradient of "}


class FiltersCard(Card):
    """A mosaic of tiles, with the choices of what and of which example, channel and scale."""

    about = (
        "The weights of the selected layer as images, blue below 0, orange above: a kernel of a convolution, or what a "
        "unit of a dense layer weighs in an image, is a tile; other layers are matrices, inputs down, units across, "
        "without biases. Gradients shows how the loss depends on each of them, Feature maps what the layer makes of "
        "one example of the batch. Click a tile to see it alone. Each gives every tile a scale of its own."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__("Weights as images", content, EMPTY, parent)
        self.show_title(False)
        self.switch = Switch(WORDS)
        self.switch.chosen.connect(lambda what: self._wish(what=what))
        self.head.insertWidget(0, self.switch)
        self.mosaic, self.bar = Mosaic(name="weights as images"), ScaleBar()
        self.example, self.channel = Stepper("example of the batch"), Stepper("channels")
        self.scale = Switch(("One scale", "Each"), size=11)
        self.scale.setToolTip("One scale for all tiles, or each its own")
        self._lay_out(content)
        self.example.chosen.connect(lambda example: self._wish(example=example))
        self.channel.chosen.connect(lambda channel: self._wish(channel=channel))
        self.scale.chosen.connect(self._set_each)
        self.mosaic.laid_out.connect(self._tell)
        self.wish, self.found = Wish(), None

    def _lay_out(self, content: QWidget) -> None:
        rows = QVBoxLayout(content)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        controls = QHBoxLayout()
        controls.setSpacing(12)
        for widget in (self.scale, self.channel, self.example):
            controls.addWidget(widget)
        controls.addStretch(1)
        plot = QHBoxLayout()
        plot.setSpacing(8)
        plot.addWidget(self.mosaic, 1)
        plot.addWidget(self.bar)
        rows.addLayout(controls)
        rows.addLayout(plot, 1)
        for stepper in (self.example, self.channel):
            stepper.hide()

    def name(self) -> str:
        return "Weights as images"

    def select_layer(self, layer: str | None) -> None:
        """Show this layer's, or where it has none, the first that has."""
        if layer != self.wish.layer:
            self._wish(layer=layer, channel=0)

    def take_wish(self, wish: Wish) -> None:
        """Another view asks it to show something."""
        self.wish = wish
        self.switch.choose(wish.what)
        self.asked.emit(wish)

    def _wish(self, **changes) -> None:
        wish = replace(self.wish, **changes)
        if wish != self.wish:
            self.wish = wish
            self.asked.emit(wish)

    def show_snapshot(self, snapshot) -> None:
        """Draw what the watch found."""
        found = snapshot.views.get("filters")
        if not isinstance(found, Images):
            self.found = None
            self.show_empty(EMPTY)
            return
        if found is not self.found:
            self.found = found
            self.mosaic.set_tiles(list(found.sheet.tiles), found.sheet.across)
            self._choices(found)
            self._tell()
        self.show_content()

    def _choices(self, found: Images) -> None:
        examples = tuple(f"example {k + 1} of {found.examples}" for k in range(found.examples))
        self.example.set_choices(examples if found.what == MAPS else (), found.example)
        self.channel.set_choices(found.sheet.channels if found.what != MAPS else (), found.channel)
        self.scale.setVisible(len(found.sheet.tiles) > 1)

    def _set_each(self, index: int) -> None:
        self.mosaic.set_each(bool(index))
        self._tell()

    def _tell(self) -> None:
        """What is drawn, how many of how many, and on which scale."""
        found, shown = self.found, self.mosaic.shown
        if found is None or not shown:
            return
        alone, sheet = self.mosaic.alone is not None, found.sheet
        self.bar.setVisible(self.width() >= TINY and (alone or self.scale.index == 0 or len(shown) == 1))
        self.bar.set_values(self.mosaic.numbers, self.mosaic.limit)
        count = theme.format_count(sheet.total)
        if self.mosaic.count < sheet.total:
            count = f"{theme.format_count(self.mosaic.count)} of {count}"
        what = f"{found.layer} · {count} {sheet.what}"
        if alone or len(sheet.tiles) == 1:
            size = "×".join(str(n * step) for n, step in zip(shown[0].cells.shape, shown[0].step, strict=False))
            what = (
                f"{found.layer} · {shown[0].name} {size}" if shown[0].name != found.layer else f"{found.layer} {size}"
            )
        bad = int(np.count_nonzero(~np.isfinite(self.mosaic.numbers)))
        self.remark.set_text(f"{theme.format_count(bad)} not finite · {what}" if bad else what)
        self.remark.set_brief(count if self.mosaic.count < sheet.total else found.layer)
        self.remark.setToolTip(f"{OF.get(found.what, '')}{what}")
        self.mosaic.setAccessibleName(f"{WORDS[found.what]} of {what}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for i, word in enumerate(SHORTEST if self.width() < TINY else SHORT if self.width() < NARROW else WORDS):
            self.switch.set_text(i, word)
        self._tell()

    def table(self) -> Table | None:
        """One line a number: its tile, its place, and what it is."""
        if self.found is None:
            return None
        rows = ((tile.name, *(i * step for i, step in zip(place[:2], tile.step, strict=True)), *place[2:], value)
                for tile in self.found.sheet.tiles for place, value in np.ndenumerate(tile.cells))  # fmt: skip
        more = ("colour",) if self.found.sheet.tiles[0].cells.ndim > 2 else ()
        return Table(("tile", "row", "column", *more, "value"), rows)


VIEW = ViewKind("Weights as images", FiltersCard, "Inside", 30, near="activations", tab="Weights")
