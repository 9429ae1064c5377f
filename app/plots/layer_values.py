"""Activations and gradients of the selected layer: which values these are, and what to say where there are none."""

from __future__ import annotations

from app.plots.values import NO_LAYER, ValuesCard
from app.value_names import gradient_of, main_value, names_of

NO_GRADIENT = (
    "The backward pass does not go as far as {layer}, because nothing before it learns, or it is the same "
    "gradient as behind the sum that {layer} goes into."
)
NO_VALUE = "{layer} takes no part in the training: it does not lead to the loss."
DELAYED = "{layer} gives what came in one step before: see the layer whose wire leads into it."
SOON = "Drawn here as soon as {layer} has run. Press Space, or step with →."


class LayerValues:
    """Fills the two cards. `wanted`: names of the values that they show."""

    def __init__(self, activations: ValuesCard, gradients: ValuesCard) -> None:
        self.activations, self.gradients = activations, gradients
        self.layer: str | None = None
        self.document = None
        self.wanted: frozenset[str] = frozenset()
        self._names: set[str] = set()
        self._program: object = None
        self._explanation = None

    def set_document(self, document) -> None:
        """Show another document."""
        self.document, self._program = document, None
        if self.layer is not None and (document is None or self.layer not in document.network.nodes):
            self.layer = None

    def select_layer(self, layer: str | None) -> bool:
        """Show the values of this layer. Returns whether others are wanted now."""
        self.layer = layer
        return self._choose_names(self._program or ())

    def follow(self, instructions: tuple) -> bool:
        """The program may be another one. Returns whether others are wanted now."""
        if instructions is self._program:
            return False
        self._program, self._names = instructions, names_of(instructions)
        return self._choose_names(instructions)

    def _choose_names(self, instructions) -> bool:
        value = main_value(instructions, self.layer)
        self.activations.set_name(value)
        self.gradients.set_name(gradient_of(instructions, self.layer, value))
        wanted = frozenset({self.activations.name, self.gradients.name} & self._names)
        other, self.wanted = wanted != self.wanted, wanted
        return other

    def explains(self, card: ValuesCard) -> bool:
        """Whether the value that `card` shows is the result of the operation being explained."""
        if self._explanation is None or card.name not in self._explanation.instruction.outputs[:1]:
            return False
        # a view of it counts its elements otherwise
        return self._explanation.instruction.output_shapes[0] == card.shape

    def show(self, card: ValuesCard, snapshot) -> None:
        """Fill one of the cards."""
        self._explanation = snapshot.explanation
        what = "gradient" if card is self.gradients else "activations"
        image_shape = getattr(snapshot.dataset, "image_shape", None) if self._holds_rows() else None
        card.show_array(snapshot.values.get(card.name), self._missing(card.name, what), image_shape)
        card.show_ahead(card.name in snapshot.ahead)
        if self.explains(card):
            card.map.set_mark(self._explanation.element)

    def _holds_rows(self) -> bool:
        """Whether the selected layer's values are the rows of the data themselves, which may be pictures."""
        node = self._node()
        return node is not None and node.kind in ("Input", "Flatten", "Reshape")

    def _node(self):
        return self.document.network.nodes.get(self.layer) if self.document is not None else None

    def _missing(self, name: str, what: str) -> str:
        if self.layer is None:
            return NO_LAYER.format(what="its activations" if what == "activations" else "the gradient of its output")
        if name in self._names or not self._names:
            return SOON.format(layer=self.layer)
        node = self._node()
        if node is not None and node.kind == "Delay":
            return DELAYED.format(layer=self.layer)
        return (NO_GRADIENT if what == "gradient" and self.activations.name else NO_VALUE).format(layer=self.layer)
