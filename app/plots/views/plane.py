"""The network's answer on a plane through data of many features."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app import theme
from app.plots.boundary import BoundaryMap
from app.plots.card import Card
from app.plots.share import Table
from app.plots.switch import Switch
from app.plots.text import Elided
from app.plots.views.kind import ViewKind
from app.watches.plane import PlaneWish

EMPTY = "What the network says on a plane through its data, of two features or of principal components, is drawn here."


class PlaneCard(Card):
    """Principal components, or two features that are chosen."""

    about = (
        "The answer of the network at every point of a plane through data of more than two features, and the training "
        "rows as they lie over it. PCA: the plane through their mean in which they differ most; Features: two of them, "
        "all others at their mean. Rows lie off the plane: the remark tells which share of their variance it holds."
    )

    def __init__(self) -> None:
        content = QWidget()
        super().__init__("Plane of the data", content, EMPTY)
        self.map, self.switch = BoundaryMap(), Switch(("PCA", "Features"))
        self.across, self.up = QComboBox(), QComboBox()
        self.axes = Elided("", 10.5, role="dim")
        self.show_title(False)
        self.head.insertWidget(0, self.switch)
        row = QHBoxLayout()
        row.setSpacing(6)
        for box, what in ((self.across, "Feature across"), (self.up, "Feature up")):
            box.setAccessibleName(what)
            box.setToolTip(what)
            box.setFixedHeight(22)
            box.setMinimumWidth(40)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(4)
            box.activated.connect(lambda _: self._ask())
            box.hide()
            row.addWidget(box, 1)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.map, 1)
        column.addWidget(self.axes)
        self.switch.chosen.connect(lambda _: self._turn())
        self.found, self._features = None, ()

    def name(self) -> str:
        return "Plane of the data"

    def _turn(self) -> None:
        for box in (self.across, self.up):
            box.setVisible(self.switch.index == 1)
        self._ask()

    def _ask(self) -> None:
        features = self.switch.index == 1
        self.asked.emit(PlaneWish(self.across.currentIndex(), self.up.currentIndex()) if features else PlaneWish())

    def show_snapshot(self, snapshot) -> None:
        """Draw what the watch has found."""
        found = snapshot.views.get("plane")
        if found is None:
            self.show_empty(EMPTY)
            return
        if found.features != self._features:
            self._offer(found.features)
        if found is not self.found:
            self.found = found
            self.map.set_boundary(found.boundary, found.data)
            first, second = found.data.feature_names
            self.axes.set_text(f"→ {first}   ↑ {second}")
            share = theme.format_percent(found.share)
            self.remark.set_text(f"{share} of the variance")
            self.remark.set_brief(share)
            self.remark.setToolTip(f"The rows lie off this plane: it holds {share} of their variance. "
                                   "Numbers are the network's own, scaled as its data are.")  # fmt: skip
        self.show_content()

    def _offer(self, features: tuple[str, ...]) -> None:
        """Other data: its features to choose from."""
        self._features = features
        for k, box in enumerate((self.across, self.up)):
            box.blockSignals(True)
            box.clear()
            box.addItems(features)
            box.setCurrentIndex(min(k, len(features) - 1))
            box.blockSignals(False)
        if self.switch.index == 1:
            self._ask()

    def table(self) -> Table | None:
        """One line a point of the picture."""
        if self.found is None:
            return None
        values, (x0, x1, y0, y1) = self.found.boundary.values, self.found.boundary.extent
        high, wide, outputs = values.shape
        rows = ((x0 + (x1 - x0) * j / (wide - 1), y0 + (y1 - y0) * i / (high - 1), *values[i, j])
                for i in range(high) for j in range(wide))  # fmt: skip
        return Table((*self.found.data.feature_names, *(f"answer {k}" for k in range(outputs))), rows)


VIEW = ViewKind("Plane of the data", PlaneCard, "Answers", 15, near="judgement", tab="Plane")
