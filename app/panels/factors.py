"""Three linked heat maps: incoming gradient ⊙ local derivative = outgoing gradient, or operands → result."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app import theme
from app.panels.links import Link, Mark, Window, links_of
from app.panels.wording import captions, signs
from app.plots.heatmap import LARGEST_CELL, HeatMap
from app.plots.text import Elided, Text

MOST = 48  # rows: a click should meet the one that was meant
COLUMNS = (0, 2, 4)
QWIDGETSIZE_MAX = (1 << 24) - 1
LEAST, USUAL = 48, 140  # height of the maps


class Factors(QWidget):
    """`element_chosen(tuple)` is an element of the result, whichever map was clicked."""

    element_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.maps = [HeatMap() for _ in COLUMNS]
        self.captions = [Elided("", 10.5, role="dim") for _ in COLUMNS]
        self.limits = [Elided("", 10.5, role="dim", mono=True) for _ in COLUMNS]
        self.signs = [Text("", 13, role="dim", mono=True) for _ in range(2)]
        self.element: tuple[int, ...] = ()
        self.links: tuple[Link | Window | None, Link | None] = (None, None)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._lay_out()
        for number, heat in enumerate(self.maps):
            heat.element_chosen.connect(lambda clicked, number=number: self._choose(number, clicked))

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(3)
        for column, (caption, heat, limit) in zip(COLUMNS, zip(self.captions, self.maps, self.limits, strict=True),
                                                  strict=True):  # fmt: skip
            heat.setMinimumHeight(LEAST)
            grid.addWidget(caption, 0, column)
            grid.addWidget(heat, 1, column)
            grid.addWidget(limit, 2, column)
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(1, 100)
        grid.setRowStretch(3, 1)  # takes what maps of one row leave
        for column, sign in zip((1, 3), self.signs, strict=True):
            grid.addWidget(sign, 1, column, Qt.AlignmentFlag.AlignCenter)

    def show_explanation(self, explanation) -> None:
        """Fill the maps; those without an array are left out."""
        self.element, self.links = explanation.element, links_of(explanation)
        arrays = (explanation.incoming, explanation.local, explanation.outgoing)
        marks = (*(None if link is None else link.mark(self.element) for link in self.links), self.element)
        for i, (array, mark, text) in enumerate(zip(arrays, marks, captions(explanation), strict=True)):
            shown = array is not None and array.size > 0
            for widget in (self.captions[i], self.maps[i], self.limits[i]):
                widget.setVisible(shown)
            self.layout().setColumnStretch(COLUMNS[i], 1 if shown else 0)
            self.maps[i].picture = None
            if shown:
                self._fill(i, array, mark, text, explanation.names[i])
        flat = all(heat.picture is None or len(heat.picture.cells) == 1 for heat in self.maps)
        for heat in self.maps:
            heat.setMaximumHeight(int(LARGEST_CELL) if flat else QWIDGETSIZE_MAX)
        first, last = signs(explanation)
        self.signs[0].setVisible(explanation.local is not None)
        self.signs[0].set_text(first)
        self.signs[1].setVisible(explanation.incoming is not None)
        self.signs[1].set_text(last if explanation.local is not None or last != "=" else "→")

    @property
    def map_height(self) -> int:
        """How high the maps would like to be."""
        return self.maps[0].preferred.height()

    def set_map_height(self, height: int) -> None:
        """Let the maps be so high, within reason."""
        for heat in self.maps:
            heat.preferred = QSize(heat.preferred.width(), max(LEAST, min(USUAL, height)))
            heat.updateGeometry()

    def show_ahead(self, ahead: frozenset[str], names: tuple[str, ...]) -> None:
        """Draw faintly what this step has not computed yet: the values of these `names` that lie `ahead`."""
        for heat, name in zip(self.maps, names, strict=True):
            heat.set_faint(name in ahead)

    def _fill(self, i: int, array, mark: Mark | None, text: str, name: str) -> None:
        heat = self.maps[i]
        heat.name = name
        heat.set_array(array, most=MOST, show=_row(mark, array.shape))
        heat.set_mark(mark)
        self.captions[i].set_text(text)
        self.captions[i].set_brief(text.rpartition(" ")[2])
        note = f"\n{heat.picture.note}" if heat.picture.note else ""
        self.captions[i].setToolTip(f"{text}: {name} {'×'.join(map(str, array.shape)) or 'scalar'}{note}")
        self.limits[i].set_text(f"±{theme.format_number(heat.limit, 3)}")

    def _choose(self, number: int, clicked: tuple[int, ...]) -> None:
        if number == 2:
            self.element_chosen.emit(clicked)
        elif self.links[number] is not None:
            self.element_chosen.emit(self.links[number].back(clicked, self.element))


def _row(mark: Mark | None, shape: tuple[int, ...]) -> int:
    """Number of the row (of a matrix) or image that has to be among those drawn."""
    if mark is None or len(shape) < 2 or mark[0] is None:
        return 0
    number = 0
    for index, size in zip(mark[: max(1, len(shape) - 2)], shape, strict=False):
        number = number * size + (index.start if isinstance(index, slice) else index or 0)
    return number
