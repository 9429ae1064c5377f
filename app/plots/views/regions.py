"""Linear regions of ReLU networks, beside their bounds."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from app import theme
from app.plots.card import Card
from app.plots.regions import BoundsPlot, RegionsPlot
from app.plots.share import Table
from app.plots.switch import Switch
from app.plots.views.kind import ViewKind

EMPTY = (
    "Into how many pieces, on each of which it is straight, a ReLU network of one or two inputs cuts its inputs is "
    "drawn here once it runs."
)


class RegionsCard(Card):
    """The pieces, or the bounds of their number."""

    about = (
        "A network of ReLUs is straight on pieces of its inputs. With one number in, the dots are its bends; with two, "
        "every colour is a piece. Above: how many there are here, of how many there can be at most. Bounds: how many "
        "pieces some network of so many parameters has at least, by its hidden layers (Montúfar et al. 2014); the dot "
        "is this network, the ring its upper bound. Trained networks stay far below."
    )

    def __init__(self) -> None:
        self.plot, self.bounds, self.pages = RegionsPlot(), BoundsPlot(), QStackedWidget()
        self.pages.addWidget(self.plot)
        self.pages.addWidget(self.bounds)
        super().__init__("Linear regions", self.pages, EMPTY)
        self.switch = Switch(("Regions", "Bounds"))
        self.switch.chosen.connect(self.pages.setCurrentIndex)
        self.show_title(False)
        self.head.insertWidget(0, self.switch)
        self.regions = None

    def name(self) -> str:
        return "Linear regions"

    def show_snapshot(self, snapshot) -> None:
        """Draw what the watch has cut."""
        found = snapshot.views.get("regions")
        if found is None:
            self.show_empty(EMPTY)
            return
        self.regions = found
        self.plot.set_regions(found, snapshot.extra.get("answered", snapshot.dataset))
        self.bounds.set_regions(found)
        number = theme.format_count
        most = number(found.upper) if found.upper < 1e6 else f"{found.upper:.1e}".replace("e+", "e")
        self.remark.set_text(f"{number(found.count)} of ≤ {most}")
        self.remark.set_brief(number(found.count))
        here = f"{number(found.count)} regions here at step {number(found.step)}"
        self.remark.setToolTip(f"{here}; at most {most}; the best of this shape have {number(found.lower)} or more")
        self.show_content()

    def table(self) -> Table | None:
        """The bends, or the pieces with their functions."""
        found = self.regions
        if found is None:
            return None
        if found.inputs == 1:
            return Table(("bend at",), [(x,) for x in found.bends])
        outputs = [f"{name} {k}" for k in range(found.outputs) for name in ("slope x", "slope y", "constant")]
        rows = [(i, *region.corners.mean(0), *(value for k in range(found.outputs)
                                               for value in (*region.A[:, k], region.c[k])))
                for i, region in enumerate(found.found)]  # fmt: skip
        return Table(("region", "middle x", "middle y", *outputs), rows)


VIEW = ViewKind("Linear regions", RegionsCard, "Answers", 60, near="judgement", tab="Regions")
