"""Heat map of a layer's value, with its colour scale and histogram: used for activations and for gradients."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app import theme
from app.plots.card import Card
from app.plots.heatmap import AHEAD, HeatMap
from app.plots.scale import ScaleBar
from app.plots.share import Table

NO_LAYER = "Select a layer on the canvas to see {what} here: a row for each example, a column for each unit."
MOST = 96  # rows: as many as can be told apart in a plot of this height


class ValuesCard(Card):
    """Shows the value called `name` of the snapshot; says why if there is none."""

    about = (
        "The numbers of the selected layer for the rows of the batch: blue below 0, orange above, on the scale at the "
        "side, where their histogram stands too. Click an element to have it explained."
    )

    element_chosen = Signal(tuple)

    def __init__(self, title: str, empty: str, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(title, content, empty, parent)
        self.map, self.scale = HeatMap(), ScaleBar()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.map, 1)
        row.addWidget(self.scale)
        self.name = ""
        self._array: np.ndarray | None = None
        self.map.element_chosen.connect(self._choose)

    def set_name(self, name: str) -> None:
        """Which value to show from now on."""
        if name != self.name:
            self.name = self.map.name = name
            self.map.set_mark(None)
            self._array = None

    def show_array(self, array: np.ndarray | None, missing: str, image_shape: tuple[int, ...] | None = None) -> None:
        """Show `array` (None: the message `missing`); rows of `image_shape` are drawn as pictures."""
        if array is None or np.asarray(array).size == 0:
            self._array = None
            self.show_empty(missing)
            return
        if array is not self._array:
            self._array = array
            pictured = as_images(np.asarray(array), image_shape)
            self.map.set_array(pictured, most=MOST)
            self.scale.set_values(array, self.map.limit)
            self.remark.set_text(self._remark(array))
        self.show_content()

    def table(self) -> Table | None:
        """One line an element: its place, then its number."""
        if self._array is None:
            return None
        array = np.asarray(self._array)
        axes = [f"axis {i}" for i in range(array.ndim)]
        return Table((*axes, self.name), ((*place, value) for place, value in np.ndenumerate(array)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the value shown; () if there is none."""
        return np.shape(self._array)

    def show_ahead(self, ahead: bool) -> None:
        """Whether these numbers are those of the run before, which this step has not come to yet."""
        self.map.set_faint(ahead)
        if self._array is not None:
            self.remark.set_text("from the last run" if ahead else self._remark(self._array))
            if ahead:
                self.remark.setToolTip(f"{self.name}: {AHEAD}")

    def _choose(self, element: tuple[int, ...]) -> None:
        """Pictures are cut from rows: the element is told in the value's own shape."""
        drawn, shape = self.map.picture.shape, np.shape(self._array)
        if drawn != shape:
            element = tuple(int(i) for i in np.unravel_index(np.ravel_multi_index(element, drawn), shape))
        self.element_chosen.emit(element)

    def _remark(self, array: np.ndarray) -> str:
        bad = int(np.count_nonzero(~np.isfinite(array)))
        if bad:
            return f"{theme.format_count(bad)} not finite · {self.name}"
        size = "×".join(map(str, np.shape(array))) or "scalar"
        drawn = self.map.picture
        self.remark.setToolTip(f"{self.name} {size}" + (f", {drawn.note}" if drawn is not None and drawn.note else ""))
        short = self.name.removesuffix(".grad")
        if self.map.limit == 0:
            return f"{short} all 0"
        few = drawn is not None and drawn.note and len(array) > MOST
        return f"{short} {MOST} of {len(array)}" if few else f"{short} {size}"


def as_images(array: np.ndarray, image_shape: tuple[int, ...] | None) -> np.ndarray:
    """Rows (n, pixels) as pictures (n, height, width) where `image_shape` fits; `array` itself otherwise."""
    if image_shape is None or array.ndim != 2 or len(image_shape) < 2 or array.shape[1] != int(np.prod(image_shape)):
        return array
    return array.reshape(len(array), *image_shape)
