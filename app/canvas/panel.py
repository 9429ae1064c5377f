"""The canvas with what lies on it: breadcrumb above, zoom strip and minimap below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QWidget

from app import editing_actions
from app.canvas.connect import ConnectList
from app.canvas.editor import CanvasEditor
from app.canvas.minimap import Minimap
from app.canvas.problem_list import ProblemsButton, ProblemsList
from app.canvas.scene import CanvasScene
from app.canvas.strip import Breadcrumb, ZoomStrip
from app.canvas.view import CanvasView
from app.document import Document
from app.snapshot import Snapshot

if TYPE_CHECKING:
    from app.canvas.camera import Camera
    from app.units import UnitsPanel

EMPTY = "Drag a layer from the left, or press Ctrl K."


class CanvasPanel(QWidget):
    """Canvas of `document`, as layers or as units. `picked(id or None)` tells which layer is selected.

    `units` is made when it is first shown; `mode_changed("layers" or "units")` tells which drawing is seen.
    """

    picked = Signal(object)
    wanted_changed = Signal(object)
    mode_changed = Signal(str)

    def __init__(self, document: Document, parent=None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.document = document
        self._hinting = False
        self.units: UnitsPanel | None = None
        self._snapshot: Snapshot | None = None
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
        self.more_actions: list[QAction] = []  # of the window, for the menu of one card
        self._connect()

    def _connect(self) -> None:
        self.scene.picked.connect(self.picked)
        self.scene.picked.connect(self.show_path)
        self.scene.rearranged.connect(self.view.fit)
        self.document.changed.connect(self._follow)
        self.view.menu_wanted.connect(self._open_menu)
        self.problems_button.toggled.connect(self._toggle_problems)
        self.problems.chosen.connect(self.view.reveal)
        self.problems.closed.connect(lambda: self.problems_button.setChecked(False))
        self.view.zoomed.connect(lambda _: self.strip.show_scale(self.camera.scale_now))
        self.view.zoomed.connect(lambda _: self.minimap.update())
        self.strip.wanted.connect(self._strip_wants)
        self.view.opened.connect(self._open_card)
        self.view.beyond.connect(self._zoom_into_card)
        self._follow()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Pass on to the drawing that is seen; the minimap shows which cards are lit."""
        self._snapshot = snapshot
        if self.units is not None and self.mode == "units":
            self.units.show_snapshot(snapshot)
            return
        before = self.scene.revision
        self.scene.show_snapshot(snapshot)
        if self.scene.revision != before:
            self.minimap.update()

    # --- layers or units -----------------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        """Which drawing is seen: "layers" or "units"."""
        return "units" if self.units is not None and self.units.isVisibleTo(self) else "layers"

    @property
    def camera(self) -> Camera:
        """The view of the drawing that is seen."""
        return self.units.view if self.units is not None and self.mode == "units" else self.view

    def show_mode(self, mode: str) -> None:
        """Show the network as "layers" or as "units"; the file remembers it."""
        self.document.network.view = mode
        if mode == self.mode:
            return
        if mode == "units":
            units = self._made_units()
            units.show()
            for widget in (self.crumbs, self.strip, self.problems_button):
                widget.raise_()
            units.setFocusProxy(units.view)
        elif self.units is not None:
            self.units.hide()
        self.view.setVisible(mode == "layers")  # it would be painted beneath the units at every snapshot
        self.minimap.setVisible(mode == "layers" and self._room_for_map())
        self.empty.setVisible(self._hinting and mode == "layers" and len(self.document.network.nodes) <= 1)
        for name in editing_actions.ON_CARDS:
            self.actions_by_name[name].setEnabled(mode == "layers")
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)
        self.strip.show_mode(mode)
        self.strip.show_scale(self.camera.scale_now)
        self.camera.setFocus()
        self.mode_changed.emit(mode)

    def switch_mode(self) -> None:
        """From layers to units, or back."""
        self.show_mode("layers" if self.mode == "units" else "units")

    def _made_units(self) -> UnitsPanel:
        if self.units is None:
            from app.units import UnitsPanel  # it needs NumPy, which is not imported before the first paint

            self.units = UnitsPanel(self.document, self)
            self.units.setGeometry(self.rect())
            self.units.select_layer(self.scene.selected)
            self.units.picked.connect(self.select_layer)
            self.units.left.connect(self._leave_units)
            self.units.view.closed.connect(lambda: self.show_mode("layers"))
            self.units.view.beyond.connect(lambda inwards: None if inwards else self._zoom_out_of_units())
            self.units.wanted_changed.connect(self.wanted_changed)
            self.units.view.zoomed.connect(lambda _: self.strip.show_scale(self.camera.scale_now))
            self.scene.picked.connect(self.units.select_layer)
        return self.units

    def _open_card(self, layer: str) -> None:
        self.select_layer(layer)
        self.show_mode("units")

    def _zoom_into_card(self, inwards: bool) -> None:
        layer = self.view.layer_in_the_middle() if inwards else None
        if layer is not None:
            self._open_card(layer)

    def _zoom_out_of_units(self) -> None:
        self.show_mode("layers")
        self.view.fit()

    def _leave_units(self, layer: str) -> None:
        self.show_mode("layers")
        self.view.reveal(layer)

    @property
    def wanted(self) -> set[str]:
        """Names of the values shown here."""
        return self.units.wanted if self.units is not None else set()

    # --- parts ---------------------------------------------------------------------------------------------------

    def select_layer(self, id: str | None) -> None:
        """Select a card."""
        self.scene.select(id)

    def choose_connection(self) -> None:
        """By keyboard: a list of what the selected layer's output could go into."""
        id = self.scene.selected
        if id is None:
            self.editor.refused.emit("Select one layer first; then choose where its output goes.")
            return
        card = self.view.mapFromScene(self.scene.card(id).sceneBoundingRect()).boundingRect()
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
        if self.units is not None:
            self.units.apply_theme()

    def show_hint(self) -> None:
        """From now on an empty canvas says how to fill it."""
        self._hinting = True
        self._follow()

    def _follow(self, change=None) -> None:
        self.crumbs.setVisible(bool(self.document.network.nodes))
        self.show_path()
        self.empty.setVisible(self._hinting and self.mode == "layers" and len(self.document.network.nodes) <= 1)
        self.minimap.update()
        if change is not None and change.replaced:
            self.show_mode(self.document.network.view)
        if change is None or change.structural or change.judged:
            self._list_problems()

    def show_path(self, _picked: object = None) -> None:
        """Where we are."""
        self.crumbs.show_path(self.document.name, self.scene.selected)

    def _strip_wants(self, what: str) -> None:
        actions = {"in": lambda: self.camera.zoom(1.25), "out": lambda: self.camera.zoom(0.8),
                   "fit": lambda: self.camera.fit(ease=True), "arrange": self.editor.arrange,
                   "layers": lambda: self.show_mode("layers"), "units": lambda: self.show_mode("units")}  # fmt: skip
        actions[what]()

    def resizeEvent(self, event) -> None:
        """Everything on the canvas keeps its corner."""
        width, height = self.width(), self.height()
        self.view.setGeometry(0, 0, width, height)
        self.crumbs.move(16, 10)
        self.crumbs.set_room(max(60, width - 32))
        self.strip.adjustSize()
        self.strip.move(16, height - self.strip.height() - 12)
        self.minimap.move(width - self.minimap.width() - 12, height - self.minimap.height() - 12)
        self.minimap.setVisible(self.mode == "layers" and self._room_for_map())
        if self.units is not None:
            self.units.setGeometry(self.rect())
        self.empty.setGeometry(0, round(0.8 * height), width, 24)  # below a lone layer in the middle
        self._place_problems()

    def _room_for_map(self) -> bool:
        return self.width() > 560 and self.height() > 380
