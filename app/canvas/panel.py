"""The canvas with what lies on it: breadcrumb above, zoom strip and minimap below."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app import editing_actions, theme
from app.canvas.connect import ConnectList
from app.canvas.editor import CanvasEditor
from app.canvas.minimap import Minimap
from app.canvas.problem_list import ProblemsButton, ProblemsList
from app.canvas.scene import CanvasScene
from app.canvas.view import CanvasView
from app.document import Document
from app.snapshot import Snapshot

EMPTY = "Drag a layer from the left, or press Ctrl K."


class CanvasPanel(QWidget):
    """Canvas of `document`. `picked(id or None)` tells which layer is selected."""

    picked = Signal(object)

    def __init__(self, document: Document, parent=None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.document = document
        self._hinting = False
        self.scene = CanvasScene(document, self)
        self.editor = CanvasEditor(document, self.scene, self)
        self.view = CanvasView(self.scene, self.editor, self)
        self.crumbs = Breadcrumb(self)
        self.strip = ZoomStrip(self)
        self.minimap = Minimap(self.view, self.scene, self)
        self.empty = QLabel(
            EMPTY,
            self,
        )
        self.empty.setProperty("role", "dim")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # layers are dropped through it
        self.problems_button, self.problems = ProblemsButton(self), ProblemsList(self)
        self.connections = ConnectList(self)
        self.actions_by_name = editing_actions.make(self)
        self._connect()

    def _connect(self) -> None:
        self.scene.picked.connect(self.picked)
        self.scene.picked.connect(lambda id: self.crumbs.show_path(self.document.network.title, id))
        self.scene.rearranged.connect(self.view.fit)
        self.document.changed.connect(self._follow)
        self.view.menu_wanted.connect(self._open_menu)
        self.problems_button.toggled.connect(self._toggle_problems)
        self.problems.chosen.connect(self.view.reveal)
        self.problems.closed.connect(lambda: self.problems_button.setChecked(False))
        self.view.zoomed.connect(self.strip.show_scale)
        self.view.zoomed.connect(lambda _: self.minimap.update())
        self.strip.wanted.connect(self._strip_wants)
        self._follow()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Pass on to the scene; the minimap shows which cards are lit."""
        before = self._phases()
        self.scene.show_snapshot(snapshot)
        if self._phases() != before:
            self.minimap.update()

    def _phases(self) -> list:
        return [item.card.phase for item in self.scene.nodes.values()]

    def select_layer(self, id: str | None) -> None:
        """Select a card."""
        self.scene.select(id)

    def choose_connection(self) -> None:
        """By keyboard: a list of what the selected layer's output could go into."""
        id = self.scene.selected
        if id is None:
            self.editor.refused.emit("Select one layer first; then choose where its output goes.")
            return
        card = self.view.mapFromScene(self.scene.nodes[id].sceneBoundingRect()).boundingRect()
        if not self.connections.begin(id, card.topRight() + QPoint(8, 0)):
            self.editor.refused.emit(f"No free port can take the output of {id}; add a layer after it.")

    def show_problems(self) -> None:
        """Open the list of problems, if there are any, or close it."""
        if self.document.network.nodes and self.document.report.problems:
            self.problems_button.toggle()

    def _toggle_problems(self, shown: bool) -> None:
        self.problems.setVisible(shown)
        self._list_problems()
        if shown:
            self.problems.raise_()
            self.problems.rows.setFocus()
            self.problems.rows.setCurrentRow(0)
        else:
            self.view.setFocus()

    def _list_problems(self) -> None:
        problems = self.document.report.problems if self.document.network.nodes else []
        self.problems_button.show_problems(problems)
        if self.problems_button.isChecked():
            self.problems.show_problems(problems)
        if not problems and self.problems_button.isChecked():
            self.problems_button.setChecked(False)
        self._place_problems()

    def _place_problems(self) -> None:
        self.problems_button.move(self.width() - self.problems_button.width() - 12, 10)
        self.problems.move(self.width() - self.problems.width() - 12, 44)

    def _open_menu(self, where: QPoint) -> None:
        self.menu = editing_actions.context_menu(self)
        self.menu.popup(where)

    def apply_theme(self) -> None:
        """Repaint in the theme's colours."""
        self._list_problems()
        self.view.resetCachedContent()
        self.view.viewport().update()
        self.minimap.update()

    def show_hint(self) -> None:
        """From now on an empty canvas says how to fill it."""
        self._hinting = True
        self._follow()

    def _follow(self, change=None) -> None:
        self.crumbs.setVisible(bool(self.document.network.nodes))
        self.crumbs.show_path(self.document.network.title, self.scene.selected)
        self.empty.setVisible(self._hinting and len(self.document.network.nodes) <= 1)
        self.minimap.update()
        if change is None or change.structural:
            self._list_problems()

    def _strip_wants(self, what: str) -> None:
        actions = {"in": lambda: self.view.zoom(1.25), "out": lambda: self.view.zoom(0.8),
                   "fit": lambda: self.view.fit(ease=True), "arrange": self.editor.arrange}  # fmt: skip
        actions[what]()

    def resizeEvent(self, event) -> None:
        """Everything on the canvas keeps its corner."""
        width, height = self.width(), self.height()
        self.view.setGeometry(0, 0, width, height)
        self.crumbs.setGeometry(16, 10, max(60, width - 32), 24)
        self.strip.adjustSize()
        self.strip.move(16, height - self.strip.height() - 12)
        self.minimap.move(width - self.minimap.width() - 12, height - self.minimap.height() - 12)
        self.minimap.setVisible(width > 560 and height > 380)
        self.empty.setGeometry(0, round(0.8 * height), width, 24)  # below a lone layer in the middle
        self._place_problems()


class Breadcrumb(QLabel):
    """Where we are: network, then the layer selected."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setFont(theme.ui_font(theme.SIZE_BODY))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._path: tuple[str, str | None] = ("", None)
        theme.signals().changed.connect(self._repeat)

    def _repeat(self) -> None:
        self.show_path(*self._path)

    def show_path(self, title: str, layer: str | None) -> None:
        """`title › layer`."""
        self._path = (title, layer)
        tokens = theme.current()
        text = f'<span style="color:{tokens.dim}">{_safe(title)}</span>'
        if layer:
            text += f'<span style="color:{tokens.dim}">&nbsp;&nbsp;›&nbsp;&nbsp;</span>'
            text += f'<span style="font-weight:600">{_safe(layer)}</span>'
        self.setText(text)


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


class ZoomStrip(QFrame):
    """− 100 % + · fit · arrange. `wanted(name)` tells which was pressed."""

    wanted = Signal(str)
    BUTTONS = (("out", "−", "Zoom out (Ctrl+−)"), ("in", "+", "Zoom in (Ctrl++)"),
               ("fit", "fit", "Show the whole network (F)"),
               ("arrange", "arrange", "Lay the layers out in columns"))  # fmt: skip

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        line = QHBoxLayout(self)
        line.setContentsMargins(4, 2, 4, 2)
        line.setSpacing(0)
        self.scale = QLabel("100 %")
        self.scale.setFont(theme.ui_font(theme.SIZE_SMALL + 0.5))
        self.scale.setProperty("role", "dim")
        self.scale.setMinimumWidth(44)
        self.scale.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for name, text, tip in self.BUTTONS:
            line.addWidget(self._button(name, text, tip))
            if name == "out":
                line.addWidget(self.scale)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setFont(theme.ui_font(theme.SIZE_SMALL + 0.5))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self.wanted.emit(name))
        return button

    def show_scale(self, scale: float) -> None:
        """The scale in per cent."""
        self.scale.setText(f"{100 * scale:.0f} %")
