"""Layer: what is selected on the canvas; the whole network while nothing is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.formula import FormulaView
from app.panels import facts
from app.panels.form import Form
from app.panels.problems import ProblemNotes
from app.plots.text import Elided, Text, restyle


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
    """Name and kind, problems, what it does, formula, settings, shapes, learned tensors."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self.layer = None, None
        self.swatch, self.name, self.kind = Swatch(), Elided("", 15, 600), Text("", 11.5, role="dim")
        self.problems, self.summary = ProblemNotes(), Text("", 12, wrap=True)
        self.formula, self.source = FormulaView(size=16), Text("", 10.5, role="dim", wrap=True)
        self.settings, self.shapes, self.learned = Section("Settings"), Section("Shapes"), Section("Learned")
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
        head.addWidget(self.swatch)
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
            self.settings,
            self.shapes,
            self.learned,
            self.source,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(page)

    def set_document(self, document) -> None:
        """Show another document; its changes are followed."""
        if self.document is not None and hasattr(self.document, "changed"):
            self.document.changed.disconnect(self.refresh)
        self.document = document
        if document is not None and hasattr(document, "changed"):
            document.changed.connect(self.refresh)
        self.refresh()

    def select_layer(self, layer: str | None) -> None:
        """Show this layer; None for the whole network."""
        self.layer = layer
        self.refresh()

    def refresh(self, _change: object = None) -> None:
        """Read everything from the document again."""
        network = self.document.network if self.document is not None else None
        if network is None:
            self._show_text("No network", "", "Open a network from the Lessons on the left, or a file with Ctrl+O.")
        elif self.layer in network.nodes:
            self._show_layer(network, self.document.report, self.layer)
        else:
            self._show_network(network, self.document.report)

    def _show_text(self, name: str, kind: str, summary: str) -> None:
        self.swatch.hide()
        self.name.set_text(name)
        self.kind.set_text(kind)
        self.summary.set_text(summary)
        self.formula.set_formula("")
        self.source.hide()
        for section in (self.settings, self.shapes, self.learned):
            section.set_rows(())
        self.problems.set_problems(())

    def _show_network(self, network, report) -> None:
        count = facts.parameter_count(network, report)
        kind = f"{len(network.nodes)} layers · {theme.format_count(count)} parameters"
        hint = "Select a layer on the canvas to see what it does."
        self._show_text(network.title or "untitled", kind, f"{network.description}\n\n{hint}".strip())
        self.problems.set_problems(facts.problems_of(report, None))
        self.settings.set_rows(facts.training(network))

    def _show_layer(self, network, report, id: str) -> None:
        node = network.nodes[id]
        layer = node.layer
        self.swatch.category = layer.category
        self.swatch.show()
        self.swatch.update()
        self.name.set_text(id)
        self.kind.set_text(f"{layer.title} · {layer.category}")
        self.summary.set_text(layer.summary)
        self.formula.set_formula(layer.formula)
        self.source.set_text(layer.source)
        self.source.setVisible(bool(layer.source))
        self.problems.set_problems(facts.problems_of(report, id))
        self.settings.set_rows(facts.settings(node))
        self.shapes.set_rows(facts.shapes(network, report, id))
        self.learned.set_rows(facts.parameters(network, report, id))

    def apply_theme(self) -> None:
        """Take on the current theme."""
        restyle(self)
