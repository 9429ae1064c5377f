"""The plots at the foot of the window, side by side."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QWidget

from app.plots.curves import CurvesCard
from app.plots.flow import FlowCard
from app.plots.judgement import JudgementCard
from app.plots.surface.card import SurfaceCard
from app.plots.text import Hairline, restyle
from app.plots.values import ValuesCard
from app.value_names import gradient_of, main_value, names_of

STRETCH = (14, 9, 9, 19, 10, 10)  # of the cards
LEAST, MARGIN, GAP = 150, 16, 12  # width of a card, room beside them all and beside the line between two
NO_LAYER = "Select a layer on the canvas to see {what} here: a row for each example, a column for each unit."
NO_GRADIENT = (
    "The backward pass does not go as far as {layer}, because nothing before it learns, or it is the same "
    "gradient as behind the sum that {layer} goes into."
)
NO_VALUE = "{layer} takes no part in the training: it does not lead to the loss."
DELAYED = "{layer} gives what came in one step before: see the layer whose wire leads into it."
SOON = "Drawn here as soon as {layer} has run. Press Space, or step with →."


class PlotDock(QWidget):
    """Loss · Gradient flow · Decision boundary · Loss surface · Activations · Gradients.

    `wanted_changed(set)`: names of the values to publish; `element_chosen(tuple)`: an element of the result of the
    operation that is being explained, clicked in its heat map.
    """

    wanted_changed = Signal(object)
    element_chosen = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.curves, self.flow, self.judgement = CurvesCard(), FlowCard(), JudgementCard()
        self.surface, self.lent = SurfaceCard(), False
        self.activations = ValuesCard("Activations", NO_LAYER.format(what="its activations"))
        self.gradients = ValuesCard("Gradients", NO_LAYER.format(what="the gradient of its output"))
        self.layer: str | None = None
        self.document = None
        self._wanted: set[str] = set()
        self._names: set[str] = set()
        self._program: object = None
        self._explanation = None
        self._turn = 0
        self._lay_out()
        for card in self.cards:
            card.refused.connect(self.refused)
        for card in (self.activations, self.gradients):
            card.element_chosen.connect(lambda element, card=card: self._choose(card, element))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 12, MARGIN, 12)
        row.setSpacing(GAP)
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it may be narrower than its cards
        self.cards = (self.curves, self.flow, self.judgement, self.surface, self.activations, self.gradients)
        self.lines = tuple(Hairline(upright=True) for _ in self.cards[1:])
        for i, card in enumerate(self.cards):
            if i:
                row.addWidget(self.lines[i - 1])
            card.setMinimumWidth(LEAST)
            row.addWidget(card, STRETCH[i])

    def minimumSizeHint(self) -> QSize:
        """Room for one card: the others are left out where they do not fit."""
        return QSize(width_of(1), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cards without room are left out, the loss surface first, which has a window of its own too."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        order = (self.curves, self.flow, self.judgement, self.activations, self.gradients, self.surface)
        place = {card: i for i, card in enumerate(order)}
        for i, card in enumerate(self.cards):
            away = card is self.surface and self.lent
            fits = not away and (place[card] == 0 or self.width() >= width_of(place[card] + 1))
            if not away:
                card.setVisible(fits)
            if i:
                self.lines[i - 1].setVisible(fits)

    def lend_surface(self, lent: bool) -> None:
        """The loss surface goes to a window of its own, or comes back."""
        self.lent = lent
        row = self.layout()
        if lent:
            row.removeWidget(self.surface)
        else:
            at = 2 * self.cards.index(self.surface)
            row.insertWidget(at, self.surface, STRETCH[self.cards.index(self.surface)])
        self._make_room()

    @property
    def wanted(self) -> set[str]:
        """Names of the values shown here."""
        return set(self._wanted)

    def set_document(self, document) -> None:
        """Show another document."""
        self.document = document
        if self.layer is not None and (document is None or self.layer not in document.network.nodes):
            self.layer = None
        self._program = None

    def select_layer(self, layer: str | None) -> None:
        """Show the values of this layer."""
        self.layer = layer
        self.flow.set_selected(layer)
        self._choose_names()

    def show_snapshot(self, snapshot) -> None:
        """Draw what the worker published. While training runs, plots other than the plane take turns: drawing holds
        the interpreter, and the worker waits for it between its stretches."""
        if snapshot.instructions is not self._program:
            self._program = snapshot.instructions
            self._names = names_of(snapshot.instructions)
            self._choose_names(snapshot.instructions)
        live = (card.show_snapshot for card in (self.curves, self.flow, self.surface) if not card.frozen)
        shows = (*live, self._show_values)
        if snapshot.state == "running":
            self._turn = (self._turn + 1) % len(shows)
            shows = (shows[self._turn],)
        if not self.judgement.frozen:
            self.judgement.show_snapshot(snapshot)
        for show in shows:
            show(snapshot)

    def apply_theme(self) -> None:
        """Take on the current theme."""
        restyle(self)

    def _choose_names(self, instructions: tuple = ()) -> None:
        instructions = instructions or self._program or ()
        value = main_value(instructions, self.layer)
        self.activations.set_name(value)
        self.gradients.set_name(gradient_of(instructions, self.layer, value))
        wanted = {self.activations.name, self.gradients.name} & self._names
        if wanted != self._wanted:
            self._wanted = wanted
            self.wanted_changed.emit(set(wanted))

    def _choose(self, card: ValuesCard, element: tuple[int, ...]) -> None:
        if self._explains(card):
            self.element_chosen.emit(element)

    def _explains(self, card: ValuesCard) -> bool:
        """Whether the value that `card` shows is the result of the operation being explained."""
        if self._explanation is None or card.name not in self._explanation.instruction.outputs[:1]:
            return False
        # a view of it counts its elements otherwise
        return self._explanation.instruction.output_shapes[0] == card.shape

    def _show_values(self, snapshot) -> None:
        self._explanation = snapshot.explanation
        image_shape = getattr(snapshot.dataset, "image_shape", None) if self._holds_rows() else None
        for card, what in ((self.activations, "activations"), (self.gradients, "gradient")):
            if card.frozen:
                continue
            card.show_array(snapshot.values.get(card.name), self._missing(card.name, what), image_shape)
            card.show_ahead(card.name in snapshot.ahead)
            if self._explains(card):
                card.map.set_mark(self._explanation.element)

    def _holds_rows(self) -> bool:
        """Whether the selected layer's values are the rows of the data themselves, which may be pictures."""
        node = self.document.network.nodes.get(self.layer) if self.document is not None else None
        return node is not None and node.kind in ("Input", "Flatten", "Reshape")

    def _missing(self, name: str, what: str) -> str:
        if self.layer is None:
            return NO_LAYER.format(what="its activations" if what == "activations" else "the gradient of its output")
        if name in self._names or not self._names:
            return SOON.format(layer=self.layer)
        node = self.document.network.nodes.get(self.layer) if self.document is not None else None
        if node is not None and node.kind == "Delay":
            return DELAYED.format(layer=self.layer)
        return (NO_GRADIENT if what == "gradient" and self.activations.name else NO_VALUE).format(layer=self.layer)


def width_of(cards: int) -> int:
    """So wide is a row of so many cards at least."""
    return 2 * MARGIN + cards * LEAST + (cards - 1) * (2 * GAP + 1)
