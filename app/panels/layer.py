"""Layer: what is selected on the canvas; the whole network while nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.formula import FormulaView
from app.panels import facts
from app.panels.curve_plot import CurvePlot
from app.panels.form import Form
from app.panels.name_field import NameField
from app.panels.problems import ProblemNotes
from app.panels.settings_form import SettingsForm
from app.plots.text import Text, restyle
from app.words import worded
from engine.edits import RenameLayer, SetAttributes
from engine.errors import ChainruleError

if TYPE_CHECKING:
    from engine.problems import Problem


class Swatch(QWidget):
    """The hue of a layer's category."""

    def __init__(self) -> None:
        super().__init__()
        self.category = "other"
        self.setFixedSize(QSize(10, 10))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().of_category(self.category)))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)


class Section(QWidget):
    """A heading over a form; hidden with it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.form = Form()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(Text(title, 13, 600))
        column.addWidget(self.form)

    def set_rows(self, rows) -> None:
        """Show these rows."""
        self.form.set_rows(rows)
        self.setVisible(bool(self.form.rows))


class LayerPanel(QScrollArea):
    """Name and kind, problems, what it does, formula, settings, its curve, shapes, learned tensors, cost.

    Name and settings can be changed here. `renamed(old, new)` lets the selection follow; `refused(reason)` tells an
    edit that the document does not take; `training_wanted`: show the settings of the training.
    """

    renamed = Signal(str, str)
    refused = Signal(str)
    training_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self.layer = None, None
        self.engine_ready = False
        self._counts: facts.Counts = {}
        self.swatch, self.name, self.kind = Swatch(), NameField(), Text("", 11.5, role="dim")
        self.edited, self.curve = SettingsForm(), CurvePlot()
        self.problems, self.summary = ProblemNotes(), Text("", 12, wrap=True)
        self.formula, self.source = FormulaView(size=16), Text("", 10.5, role="dim", wrap=True)
        self.shapes, self.learned = Section("Shapes"), Section("Learned")
        self.to_training = QPushButton("How it is trained …")
        self.to_training.setToolTip("Optimiser, learning rate, batch size and the rest, on the Train page")
        self.to_training.clicked.connect(self.training_wanted)
        self.cost, self.edited_title = Section("Cost"), Text("Settings", 13, 600)
        self.edited.changed.connect(self._set)
        self.name.chosen.connect(self._rename)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.swatch, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.name, 1)
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addLayout(head)
        names.addWidget(self.kind)
        column.addLayout(names)
        for widget in (
            self.problems,
            self.summary,
            self.formula,
            self.to_training,
            self.edited_title,
            self.edited,
            self.curve,
            self.shapes,
            self.learned,
            self.cost,
            self.source,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(page)

    def set_document(self, document) -> None:
        """Show another document; its changes are followed."""
        self.edited.flush()
        if self.document is not None and hasattr(self.document, "changed"):
            self.document.changed.disconnect(self.refresh)
        self.document = document
        if document is not None and hasattr(document, "changed"):
            document.changed.connect(self.refresh)
        self.refresh()

    def select_layer(self, layer: str | None) -> None:
        """Show this layer; None for the whole network."""
        if layer != self.layer:
            self.name.flush()
            self.edited.flush()
        self.layer = layer
        self.refresh()

    def set_engine_ready(self) -> None:
        """The engine is loaded: what it is asked for here no longer keeps the window waiting."""
        if not self.engine_ready:
            self.engine_ready = True
            self.refresh()

    def _set(self, name: str, value: object, merge: str) -> None:
        """A setting was changed."""
        if self.document is None or self.layer not in self.document.network.nodes:
            return
        node = self.document.network.nodes[self.layer]
        own = None if callable(node.layer.inputs) else merge  # wires may go with a port: an entry of its own
        text = f"{facts.words(name)} of {self.layer}"
        try:
            self.document.apply(SetAttributes(self.layer, {name: value}), text, own)
        except ChainruleError as error:
            self.refused.emit(str(error))
            self.refresh()

    def _rename(self, name: str) -> None:
        old = self.layer
        try:
            self.document.apply(RenameLayer(old, name), f"Rename {old}")
        except ChainruleError as error:
            self.name.refuse(str(error))
        else:
            self.renamed.emit(old, name)

    def refresh(self, _change: object = None) -> None:
        """Read everything from the document again."""
        network = self.document.network if self.document is not None else None
        if network is None:
            self._show_text("No network", "", "Open a network from the Lessons on the left, or a file with Ctrl+O.")
        elif self.layer in network.nodes:
            self._show_layer(network, self.document.report, self.layer)
        else:
            self._show_network(network, self.document.report)

    def _show_text(self, name: str, kind: str, summary: str, problems: Sequence[Problem] = ()) -> None:
        self.swatch.hide()
        self.name.set_name(name, editable=False)
        self.kind.set_text(kind)
        self.summary.set_text(worded(summary))
        self.formula.set_formula("")
        self.source.hide()
        self.to_training.hide()
        for section in (self.shapes, self.learned, self.cost):
            section.set_rows(())
        self.edited_title.hide()
        self.edited.show_settings("", (), {})
        self.curve.set_curve(None)
        self.problems.set_problems(problems, named=True)

    def _show_network(self, network, report) -> None:
        count = facts.parameter_count(network, report, self._counts)
        layers = len(network.nodes)
        kind = f"{layers} layer{'s' if layers != 1 else ''} · {theme.format_count(count)} parameters"
        hint = "Select a layer on the canvas to see what it does."
        summary = f"{network.description}\n\n{hint}".strip()
        self._show_text(self.document.name, kind, summary, report.problems)
        self.to_training.show()

    def _show_layer(self, network, report, id: str) -> None:
        node = network.nodes[id]
        layer = node.layer
        self.swatch.category = layer.category
        self.swatch.show()
        self.swatch.update()
        self.name.set_name(id, editable=True)
        self.kind.set_text(f"{layer.title} · {layer.category} layer")
        self.summary.set_text(layer.summary)
        self.formula.set_formula(layer.formula)
        self.source.set_text(layer.source)
        self.source.setVisible(bool(layer.source))
        self.problems.set_problems(facts.problems_of(report, id))
        self.to_training.hide()
        self.edited_title.setVisible(bool(layer.attributes))
        self.edited.show_settings(id, layer.attributes, node.attrs)
        self.shapes.set_rows(facts.shapes(network, report, id))
        self.learned.set_rows(facts.parameters(network, report, id))
        self._show_computed(network, report, node)

    def _show_computed(self, network, report, node) -> None:
        """What the engine works out: loading it here would keep the window waiting, so it comes when it is there."""
        if not self.engine_ready:
            self.cost.set_rows(())
            self.curve.set_curve(None)
            return
        from app.panels.activation_curve import curve_of, has_curve
        from app.panels.cost import costs

        self.cost.set_rows(costs(network, report, node.id))
        self.curve.set_curve(curve_of(node) if has_curve(node) else None)

    def apply_theme(self) -> None:
        """Take on the current theme."""
        restyle(self)
