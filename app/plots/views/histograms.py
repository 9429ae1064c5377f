"""How the numbers of the selected layer are distributed, over the steps."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent

from app import theme
from app.plots.card import Card
from app.plots.distribution import Shares, shares_of
from app.plots.distribution_plot import DistributionPlot
from app.plots.pace import Pace
from app.plots.share import Table
from app.plots.switch import Switch
from app.plots.views.kind import ViewKind
from app.watches.histograms import KINDS, Distribution, Recorded

SOON = "How the numbers of a layer are distributed is drawn here over the steps. Press Space to run."
MISSING = {
    "activation": "{layer} has no activations that could be counted. Select another layer on the canvas.",
    "gradient": "The backward pass gives {layer} no gradient that could be counted. Select another on the canvas.",
    "weight": "{layer} has no weights. Select a layer on the canvas that has some.",
}  # fmt: skip
NARROW = 190  # narrower, and both switches have no room
COLOURS = {"activation": "forward", "gradient": "backward", "weight": "dim"}


class HistogramsCard(Card):
    """A map or ridges of activations, of their gradients, or of weights."""

    about = (
        "How the numbers of the selected layer (without one, of the first that learns) are distributed, over the "
        "steps of training: its activations and their gradients for the rows of the batch, or its largest parameter. "
        "Of large ones some hundred numbers are counted, spread evenly. In the map time runs to the right and values "
        "upwards; what stands out is frequent. As ridges, the newest stands in front. The axis is even, or, where "
        "sizes reach over many powers of two, logarithmic to either side of 0 (a bin a power of two). A band that "
        "gathers at 0 tells of dead ReLUs, bands at −1 and 1 of a saturated tanh, gradients that sink towards 0 of a "
        "layer that nothing reaches. Red along the upper edge: some numbers were not finite."
    )

    def __init__(self) -> None:
        self.plot = DistributionPlot()
        super().__init__("Histograms over time", self.plot, SOON)
        self.switch = Switch(("Activations", "Gradients", "Weights"), brief=("Act", "Grad", "Wts"))
        self.form = Switch(("Map", "Ridges"), size=11.5)
        self.show_title(False)
        self.head.insertWidget(0, self.switch)
        self.head.addWidget(self.form)
        self.wish = Distribution()
        self._found: Recorded | None = None
        self._pace = Pace()
        self._shares: Shares | None = None
        self.switch.chosen.connect(lambda _: self._ask(self.wish.layer))
        self.form.chosen.connect(lambda index: self.plot.set_ridges(index == 1))

    def name(self) -> str:
        return f"Histograms over time, {self.switch.words[self.switch.index].lower()}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a very narrow place, what is shown matters more than how."""
        super().resizeEvent(event)
        self.form.setVisible(self.width() >= NARROW)

    def select_layer(self, layer: str | None) -> None:
        """Show the numbers of this layer."""
        if layer != self.wish.layer:
            self._ask(layer)

    def _ask(self, layer: str | None) -> None:
        self.wish = Distribution(layer, KINDS[self.switch.index])
        self.asked.emit(self.wish)

    def show_snapshot(self, snapshot) -> None:
        """Draw what was recorded; the same once more costs nothing."""
        found = snapshot.views.get("histograms")
        if found is None:
            self.show_empty(SOON)
        elif found is not self._found:
            wished = self._found is None or found.wish != self._found.wish
            self._pace.draw(snapshot.state == "running" and not wished, lambda: self._draw(found))

    def _draw(self, found: Recorded) -> None:
        self._found = found
        self._shares = None if found.columns is None else shares_of(found.columns)
        if self._shares is None:
            missing = SOON if found.name or not found.layer else MISSING[found.wish.what].format(layer=found.layer)
            self.show_empty(missing)
            return
        self.plot.set_shares(self._shares, COLOURS[found.wish.what])
        told = remark(found.name, self._shares)
        self.remark.set_text(told)
        self.remark.set_brief(told.partition(" · ")[0])
        self.remark.setToolTip(told)
        self.show_content()

    def table(self) -> Table | None:
        """One line a column and bin that holds anything."""
        shares = self._shares
        if shares is None or self._found is None:
            return None
        header = ("first step", "last step", "from", "to", f"share of {self._found.name}")
        return Table(header, [
            (int(first), int(last), shares.value(shares.edges[i]), shares.value(shares.edges[i + 1]), float(share))
            for (first, last), column in zip(shares.spans, shares.cells, strict=True)
            for i, share in enumerate(column) if share
        ])  # fmt: skip


def remark(name: str, shares: Shares) -> str:
    """What is certain of the last column first, then the name and the axis."""
    bad, zeros = float(shares.bad[-1]), float(shares.zeros[-1])
    axis = "log axis" if shares.log else "even axis"
    if bad:
        return f"{theme.format_percent(bad)} not finite · {name} · {axis}"
    if zeros == 1:
        return f"{name} all 0 · {axis}"
    return f"{name}{f' {round(100 * zeros)} % are 0' if zeros >= 0.01 else ''} · {axis}"


VIEW = ViewKind("Histograms over time", HistogramsCard, "Training", 30, near="activations", tab="Histograms")
