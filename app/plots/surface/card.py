"""The card "Loss surface": its picture, a menu of what it shows, and the curvature where it was measured."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QMessageBox, QToolButton, QWidget

from app import theme
from app.plots.card import Card
from app.plots.share import Table
from app.plots.surface.card_content import SurfaceContent
from app.worker_commands import LookAround

EMPTY = "The loss around the network's parameters is drawn here once it runs. Press Space, or step with →."
SOON = "Drawing the loss around the network's parameters …"
KINDS = {
    "path": "Along the way gone (principal components)",
    "race": "Along the ways of a race",
    "random": "Random directions, filter-normalised",
    "gradient": "Down the gradient, and momentum",
    "start": "Back to the start, and across",
    "weights": "Two weights …",
}
SIZES, REACHES = (25, 51, 101), (0.25, 0.5, 1.0, 2.0, 5.0)
ROWS = {("train", -1): "Training rows, as many as take moments", ("train", 0): "All training rows",
        ("validation", -1): "Validation rows"}  # fmt: skip
MODES = {"use": "As in use (dropout off, stored means)", "training": "As in training (one batch)"}
SPEED, PATIENCE = 2e10, 20.0  # operations in a second; seconds from which on it is asked first


class SurfaceCard(Card):
    """`around_asked(LookAround)` when something else is to be shown; `moved(a, b)`; `measured()`; `enlarged()`."""

    about = (
        "The loss around the network's parameters, along two directions out of very many. How much of the way gone "
        "lies in that plane stands above the picture: far from 100 %, it may look otherwise off the plane. Below, the "
        "true loss beside the plane's at the current point, which can be dragged: training goes on from there."
    )

    around_asked = Signal(object)
    moved = Signal(float, float)
    measured = Signal()
    enlarged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.menu_button = QToolButton()
        self.surface = SurfaceContent(heading=lambda switch: None)
        super().__init__("Loss surface", self.surface, EMPTY, parent)
        self.title.setContentsMargins(0, 0, 0, 3)  # on one line with the switch
        self.head.insertWidget(1, self.surface.switch)
        self.head.addWidget(self.menu_button)
        self.wish, self.around, self.weights = LookAround(), None, ()
        self._dataset = None
        self.surface.place_chosen.connect(self.moved)
        self._make_menu()

    # --- menu -----------------------------------------------------------------------------------------------------

    def _make_menu(self) -> None:
        button = self.menu_button
        button.setText("⋯")
        button.setProperty("role", "icon")
        button.setIconSize(QSize(14, 14))
        button.setFixedSize(24, 20)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName("What the loss surface shows")
        button.setToolTip("Directions, rows, grid; the curvature here; a window of its own")
        menu = QMenu(button)
        self.kinds = self._choices(menu, "Directions", KINDS, "kind")
        sizes = {size: f"{size} × {size} points" for size in SIZES}
        self.sizes = self._choices(menu.addMenu("Grid"), "", sizes, "size")
        self.reaches = self._choices(menu.addMenu("Reach"), "", {r: f"± {r:g}" for r in REACHES}, "reach")
        self.rows = self._choices(menu.addMenu("Rows"), "", ROWS, ("part", "rows"))
        self.modes = self._choices(menu.addMenu("Mode"), "", MODES, "run_as")
        self.scales = self._scales(menu.addMenu("Heights"))
        menu.addSeparator()
        menu.addAction("Other random directions").triggered.connect(
            lambda: self._ask(replace(self.wish, seed=self.wish.seed + 1)))  # fmt: skip
        menu.addAction("Measure the curvature here").triggered.connect(self.measured)
        self.enlarge = menu.addAction("In a window of its own")
        self.enlarge.triggered.connect(self.enlarged)
        button.setMenu(menu)

    def _choices(self, menu: QMenu, title: str, words: dict, field: str | tuple[str, ...]) -> dict[object, QAction]:
        """Radio buttons that set a field (or some) of the wish."""
        if title:
            menu.addSection(title)
        group, found = QActionGroup(menu), {}
        names = (field,) if isinstance(field, str) else field
        for value, word in words.items():
            action = menu.addAction(word)
            action.setCheckable(True)
            group.addAction(action)
            values = (value,) if isinstance(field, str) else value
            action.setChecked(all(getattr(self.wish, n) == v for n, v in zip(names, values, strict=True)))
            change = dict(zip(names, values, strict=True))
            action.triggered.connect(lambda _, change=change: self._choose(change))
            found[value] = action
        return found

    def _scales(self, menu: QMenu) -> dict[object, QAction]:
        group, found = QActionGroup(menu), {}
        for log, word in ((None, "As fits"), (False, "Linear"), (True, "Logarithmic")):
            action = menu.addAction(word)
            action.setCheckable(True)
            action.setChecked(log is None)
            group.addAction(action)
            action.triggered.connect(lambda _, log=log: self.surface.set_log(log))
            found[log] = action
        return found

    def _choose(self, change: dict) -> None:
        if change.get("kind") == "weights":
            from app.plots.surface.weights import choose_weights

            chosen = choose_weights(self, self.weights, self.wish.weights)
            if chosen is None:
                self._mark()
                return
            change = {**change, "weights": chosen}
        self._ask(replace(self.wish, **change))

    def _ask(self, wish: LookAround) -> None:
        seconds = self.estimate(wish)
        if seconds > PATIENCE and not self._confirm(seconds):
            self._mark()
            return
        self.wish = wish
        self._mark()
        self.around_asked.emit(wish)

    def _mark(self) -> None:
        """The menu's marks stand where the wish is."""
        for field, actions in (("kind", self.kinds), ("size", self.sizes), ("run_as", self.modes),
                               ("reach", self.reaches)):  # fmt: skip
            actions[getattr(self.wish, field)].setChecked(True)
        self.rows[(self.wish.part, self.wish.rows)].setChecked(True)

    def estimate(self, wish: LookAround) -> float:
        """About how many seconds a picture takes; 0 where the rows are chosen so that it takes moments."""
        if wish.rows < 0 or self.around is None or self._dataset is None:
            return 0.0
        rows = wish.rows or len(getattr(self._dataset, wish.part))
        return self.around.flops * rows * wish.size**2 / SPEED

    def _confirm(self, seconds: float) -> bool:
        asked = (f"This surface would take about {theme.format_number(round(seconds))} seconds on one core, and again "
                 "after every change. Draw it all the same?")  # fmt: skip
        return QMessageBox.question(self, "Loss surface", asked) == QMessageBox.StandardButton.Yes

    # --- what is shown --------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.look(False)

    def look(self, shown: bool) -> None:
        """Whether anyone looks: only then is anything drawn."""
        if shown != self.wish.shown:
            self.wish = replace(self.wish, shown=shown)
            self.around_asked.emit(self.wish)

    def show_snapshot(self, snapshot) -> None:
        """Draw what the worker's thread has."""
        around = snapshot.extra.get("surface")
        self._dataset = snapshot.dataset
        self.weights = tuple(
            (name, shape) for name, shape in snapshot.extra.get("parameter_shapes", {}).items())  # fmt: skip
        if around is self.around and around is not None:
            return
        self.around = around
        show_around(self.surface, around)
        if around is None or around.landscape is None:
            self.show_empty(EMPTY if around is None else around.message or SOON)
            return
        self.remark.set_text(told(around))
        self.remark.setToolTip(told_in_full(around))
        self.show_content()

    def table(self) -> Table | None:
        """One line a point of the grid."""
        land = None if self.around is None else self.around.landscape
        if land is None:
            return None
        return Table((*land.names, "loss"), ((a, b, land.values[i, j]) for i, a in enumerate(land.along)
                                             for j, b in enumerate(land.across)))  # fmt: skip

    def apply_theme(self) -> None:
        """Take on the current theme."""
        self.surface.apply_theme()


def show_around(content: SurfaceContent, around) -> None:
    """Fill a picture."""
    content.set_landscape(None if around is None else around.landscape)
    content.show_progress(around.done if around is not None else 0, around.of if around is not None else 0)


def told(around) -> str:
    """The curvature in few words, or what keeps a picture from being drawn."""
    if around.message:
        return around.message
    if around.measuring:
        return "measuring the curvature …"
    curvature = around.curvature
    return "" if curvature is None else f"{curvature.kind} · λ {theme.format_number(curvature.sharpness)}"


def told_in_full(around) -> str:
    """All that is known of the curvature."""
    curvature = around.curvature
    if curvature is None:
        return around.message
    number = theme.format_number
    lines = [
        f"At step {curvature.step}, on {curvature.rows}: loss {number(curvature.loss)}.", curvature.text,
        f"Largest eigenvalues of the Hessian: {', '.join(map(number, curvature.largest))}.",
        f"Smallest: {', '.join(map(number, curvature.smallest))}.",
        f"Trace: {number(curvature.trace)} ± {number(curvature.error)}.",
        f"A plain gradient step is stable below a rate of 2 / λ = {number(2 / curvature.sharpness)}."
        if curvature.sharpness > 0 else "",
        *(f"{layer}: {number(low)} to {number(high)}" for layer, (high, low) in curvature.layers.items()),
    ]  # fmt: skip
    return "\n".join(line for line in lines if line)
