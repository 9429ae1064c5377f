"""How much gradient reaches every layer, how far it moves and how many of its units are stuck, over the steps."""

from __future__ import annotations

import math

import numpy as np

from app import theme
from app.plots import flow_words as words
from app.plots.card import Card
from app.plots.flow import short_norm
from app.plots.layer_lines import LayerLines
from app.plots.pace import Pace
from app.plots.share import Table
from app.plots.switch import Switch
from app.plots.views.kind import ViewKind

KINDS = ("gradient", "update", "dead", "saturated")  # as the watch calls them, in the order of the switch
EMPTY = {
    "gradient": "The size of every layer's gradient is drawn here over the steps, a line a layer. Press Space to run.",
    "update": "How far each step moves the weights of every layer, as a share of their size, is drawn here while the "
              "network trains. Press Space to run.",
    "dead": "The share of dead units is drawn here for layers with a ReLU or one of its kind. This network has none: "
            "choose such an activation on the right.",
    "saturated": "The share of saturated units is drawn here for layers with tanh or sigmoid. This network has none "
                 "(gates of LSTM and GRU are not counted): choose such an activation on the right.",
}  # fmt: skip
NOTHING = "Nothing in this network learns: there are no gradients to follow. Add a layer with weights."
SOON = "Drawn here as soon as the network has run. Press Space."


class FlowTimeCard(Card):
    """One line a layer, of what the switch says."""

    about = (
        "One line a layer, from the data (dark) to the loss (bright), over the steps of training. Gradient: the norm "
        "of the gradient of its parameters; lines far below that of the last layer tell of vanishing gradients, lines "
        "far above it of exploding ones. Update: how far a step moves the parameters, divided by their size, ‖Δθ‖ / "
        "‖θ‖, measured before and after; around 1e−3 is customary (the dashed line; Karpathy, CS231n notes, Neural "
        "networks 3), far more leaps about, far less learns nothing. Dead: the share of units whose rectifier has the "
        "slope 0 (below 1e−4) for all the training rows that are looked at, up to 256. Saturated: the share of units "
        "whose tanh or sigmoid has less than a twentieth of its largest slope for nine rows of ten or more. Of "
        "images, a unit is a channel. The gates of LSTM and GRU are not counted."
    )

    def __init__(self) -> None:
        self.lines = LayerLines()
        super().__init__("Gradient flow over time", self.lines, EMPTY["gradient"])
        self.switch = Switch(("Gradient", "Update", "Dead", "Saturated"), brief=("Grad", "Upd", "Dead", "Sat"))
        self.show_title(False)
        self.head.insertWidget(0, self.switch)
        self._found, self._steps, self._pointed, self._pace = None, -1.0, None, Pace()
        self.switch.chosen.connect(lambda _: self._draw(turned=True))
        self.lines.plot.pointed.connect(self._point)

    @property
    def kind(self) -> str:
        """What is shown."""
        return KINDS[self.switch.index]

    def name(self) -> str:
        return f"Gradient flow over time, {self.kind}"

    def select_layer(self, layer: str | None) -> None:
        """Set its line off."""
        self.lines.select(layer)

    def show_snapshot(self, snapshot) -> None:
        """Draw what was recorded; the same once more costs nothing."""
        found = snapshot.views.get("flow_time")
        if found is None:
            self.show_empty(SOON)
        elif found is not self._found:
            self._pace.draw(snapshot.state == "running", lambda: self._follow(found))

    def _follow(self, found) -> None:
        last = self._last(found)
        another_run, self._steps, self._found = last < self._steps, last, found
        self._draw(turned=another_run)

    def table(self) -> Table | None:
        """One line a point, one column a layer, of what is shown."""
        found = self._lines()
        if found is None:
            return None
        return Table(("step", *(f"{layer} {self.kind}" for layer in found.layers)), found.points.tolist())

    def _last(self, found) -> float:
        points = found.lines["gradient"].points
        return float(points[-1, 0]) if len(points) else 0.0

    def _lines(self):
        found = None if self._found is None else self._found.lines.get(self.kind)
        return found if found is not None and found.layers and len(found.points) else None

    def _draw(self, turned: bool = False) -> None:
        found = self._lines()
        if found is None:
            self.show_empty(self._missing())
            return
        log = self.kind in ("gradient", "update")
        self.lines.set_layers(found.layers)
        x = found.points[:, 0]
        self.lines.plot.draw(x, found.points[:, 1:], log, words.CUSTOMARY if self.kind == "update" else None)
        if turned:
            self.lines.plot.show_steps(float(x[-1]))
        self._say(found)
        told = self._told(found)
        self.remark.set_text(told)
        self.remark.set_brief(told.partition(" · ")[0].replace(" units ", " "))
        self.remark.setToolTip(told)
        self.show_content()

    def _missing(self) -> str:
        lines = None if self._found is None else self._found.lines.get(self.kind)
        if lines is None or lines.layers:
            return EMPTY[self.kind] if self.kind in ("gradient", "update") else SOON
        return NOTHING if self.kind in ("gradient", "update") else EMPTY[self.kind]

    def _told(self, found) -> str:
        last = dict(zip(found.layers, found.points[-1, 1:].tolist(), strict=True))
        if self.kind == "gradient":
            return words.of_gradients(last, self._found.chains)
        if self.kind == "update":
            return words.of_updates(last)
        counts = {id: count for id, count in self._found.counts.items() if id in last}
        return words.of_units(counts, self.kind)

    def _point(self, step: float | None) -> None:
        self._pointed = step
        found = self._lines()
        if found is not None and not self.is_empty:
            self._say(found)

    def _say(self, found) -> None:
        """The numbers of the last point, or of the one under the pointer."""
        row = -1 if self._pointed is None else int(np.abs(found.points[:, 0] - self._pointed).argmin())
        numbers = found.points[row, 1:].tolist()
        tell = short_norm if self.kind in ("gradient", "update") else per_cent
        rows = {layer: tell(number) for layer, number in zip(found.layers, numbers, strict=True)}
        bad = {layer for layer, number in zip(found.layers, numbers, strict=True) if not math.isfinite(number)}
        self.lines.legend.set_rows(rows, bad)


def per_cent(share: float) -> str:
    """A share in few signs: "62 %"."""
    return "NaN" if math.isnan(share) else f"{theme.format_count(round(100 * share))} %"


VIEW = ViewKind("Gradient flow over time", FlowTimeCard, "Training", 25, near="flow", tab="Over time")
