"""The main window: builds its parts, and passes on what the worker publishes and what the user asks for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.banner import Banner
from app.canvas import CanvasPanel
from app.commands import make_actions
from app.control import Control
from app.document import Document
from app.files import Files
from app.files_drop import FileDrop
from app.files_menu import MainMenu
from app.palette import Palette
from app.recovery import Recovery
from app.recovery_banner import RecoveryBanner
from app.sidebar import SideBar
from app.snapshot import Snapshot
from app.statusbar import StatusBar
from app.topbar import TopBar
from app.welcome import WelcomePage
from app.worker import Worker
from app.worker_startup import PLOTS

TICK_MS = 10  # how often to look for something new; the worker publishes every 25 to 35 ms
LEFT, RIGHT, FOOT = 252, 348, 264
TITLE_BAR = 40  # what a desktop puts round the window, which is not told before it is shown
ENTER, FIELDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter), (QLineEdit, QComboBox, QCheckBox)


class MainWindow(QMainWindow):
    """`painted_first` is called once, right after the first paint; until then nothing heavy is imported."""

    def __init__(self, worker: Worker | None = None) -> None:
        super().__init__()
        self.setWindowTitle("Chainrule")
        room = self.screen().availableGeometry()
        self.resize(min(1440, room.width()), min(900, room.height() - TITLE_BAR))
        self.setMinimumSize(960, 600)
        self.document, self.worker = Document(parent=self), worker or Worker()
        self.snapshot = Snapshot(message="Starting")
        self.actions_by_name = make_actions(self)
        self.topbar, self.footer, self.sidebar = TopBar(self.actions_by_name), StatusBar(), SideBar()
        self.canvas, self.banner, self.welcome = CanvasPanel(self.document), Banner(), WelcomePage(self.actions_by_name)
        self.actions_by_name |= self.canvas.actions_by_name
        self.right: QWidget | None = None
        self.plots: QWidget | None = None
        self.notice = RecoveryBanner()
        self.files, self.recovery, self.palette_box = Files(self), Recovery(self), Palette(self)
        self.control = Control(self)
        self.menu = MainMenu(self)
        self.topbar.menu_button.setMenu(self.menu)
        self.drop = FileDrop(self, {".chainrule": self.control.open, ".csv": self.control.drop_table})
        self._started = False
        self._lay_out()
        theme.signals().changed.connect(self.apply_theme)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        for first in (self.canvas.view.viewport(), self.welcome):
            first.installEventFilter(self)
        self.topbar.show_snapshot(self.snapshot)
        self.footer.show_snapshot(self.snapshot)

    # --- layout --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._right_place, self._plots_place = (
            _place("Operations and numbers", ""),
            _place("Plots", "Loading the plots …"),
        )
        upper = _splitter(Qt.Orientation.Horizontal, (self.canvas, self._right_place), (0, RIGHT), 0)
        work = _splitter(Qt.Orientation.Vertical, (upper, self._plots_place), (0, FOOT), 0)
        whole = _splitter(Qt.Orientation.Horizontal, (self.sidebar, work), (LEFT, 0), 1)
        self.splitters = {"upper": upper, "work": work, "whole": whole}
        self.stack = QStackedWidget()
        self.stack.addWidget(whole)
        self.stack.addWidget(self.welcome)
        page = _column(self.topbar, self.notice, self.stack, self.footer)
        page.layout().setStretch(2, 1)
        self.banner.setParent(page)
        self.banner.area = self._message_area
        for below in (self.canvas, self.stack):
            below.installEventFilter(self.banner)
        self.setCentralWidget(page)
        self.sized_for = 0

    def _message_area(self) -> QRect:
        """The canvas, or the page of ready-made networks while that is shown."""
        below = self.canvas if self.stack.currentIndex() == 0 else self.stack
        return QRect(below.mapTo(self.centralWidget(), QPoint()), below.size())

    def resizeEvent(self, event) -> None:
        """Sizes of the panels that suit the window, until the user has moved them."""
        super().resizeEvent(event)
        if not self._started:
            self.suit_panels()

    def suit_panels(self) -> None:
        """Give the side panels and the plots their usual share of the window."""
        width, height = self.width(), self.height()
        left = min(LEFT + 20, max(LEFT, round(width * 0.15)))
        right = min(RIGHT + 60, max(316, round(width * 0.226)))
        foot = min(FOOT + 60, max(196, round((height - 82) * 0.29)))
        self.splitters["whole"].setSizes([left, width - left])
        self.splitters["upper"].setSizes([width - left - right, right])
        self.splitters["work"].setSizes([height - 82 - foot, foot])

    def make_panels(self) -> None:
        """The panels that need pyqtgraph and NumPy, in the places kept for them."""
        from app.panels import RightPanel
        from app.plots import PlotDock

        self.right, self.plots = RightPanel(), PlotDock()
        for widget, place in ((self.right, self._right_place), (self.plots, self._plots_place)):
            place.findChild(QLabel).hide()
            place.layout().addWidget(widget)
        for widget in (self.right, self.plots):
            widget.setProperty("role", "panel")
            widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.control.connect_panels(self.right, self.plots)

    def show_welcome(self) -> None:
        """The page of ready-made networks and recent files; what is open stays open."""
        self.welcome.show_page(self.document.name if self.document.network.nodes else "")
        self.stack.setCurrentWidget(self.welcome)
        self.footer.hide()
        self.welcome.setFocus()

    def show_work(self) -> None:
        """Canvas, panels and plots."""
        self.stack.setCurrentIndex(0)
        self.footer.show()
        self.show_snapshot(self.snapshot)
        self.canvas.camera.setFocus()

    # --- life ----------------------------------------------------------------------------------------------------

    def showEvent(self, event) -> None:
        """Without a file to open, the window begins with the welcome page."""
        super().showEvent(event)
        if not self._started and self.control.to_open is None and not self.document.network.nodes:
            self.show_welcome()

    def eventFilter(self, watched, event) -> bool:
        """The first page has been painted: now the work begins."""
        if not self._started and event.type() == event.Type.Paint:
            self._started = True
            QTimer.singleShot(0, self, self.begin)
        return super().eventFilter(watched, event)

    def begin(self) -> None:
        """Start the worker and the clock."""
        self._started = True
        if self.stack.currentIndex() == 0:
            self.canvas.camera.setFocus()
        for first in (self.canvas.view.viewport(), self.welcome):
            first.removeEventFilter(self)
        self.control.painted_first()
        self.worker.start(hold=True)
        self._timer.start()

    def tick(self) -> None:
        """Look whether there is anything new."""
        self.control.advance(self.worker.stage)
        if self.worker.stage >= PLOTS and self.plots is None:
            try:
                self.make_panels()
            finally:
                self.worker.go_on()
        latest = self.worker.latest
        if latest is not self.snapshot:
            self.show_snapshot(latest)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Pass on to every view; what belongs to an older state of the document is dropped."""
        if snapshot.generation != self.document.generation and not snapshot.busy:
            if self.snapshot.busy:
                self.control.say_why_not()  # the loading is over, and this network may not be one that can run
            return
        self.snapshot = snapshot
        snapshot = self.control.with_problems(snapshot)
        for view in (self.topbar, self.footer, self.sidebar, self.canvas, self.right, self.plots):
            if view is not None and view.isVisibleTo(self):
                view.show_snapshot(snapshot)
        self.control.tell(snapshot)

    def apply_theme(self) -> None:
        """Every view in the theme's colours."""
        for view in (self.topbar, self.sidebar, self.canvas, self.banner, self.welcome, self.right, self.plots):
            if view is not None:
                view.apply_theme()
        self.show_snapshot(self.snapshot)

    def keyPressEvent(self, event) -> None:
        """Enter in a field, and Escape, give the keys back to the canvas, unless something else has use for them."""
        if event.key() == Qt.Key.Key_Escape or (event.key() in ENTER and isinstance(self.focusWidget(), FIELDS)):
            self.to_canvas()
        else:
            super().keyPressEvent(event)

    def to_canvas(self) -> None:
        """Give the keys to the canvas."""
        self.canvas.camera.setFocus()

    def leave_field(self) -> None:
        """Settle what is being typed, and give the keys back to the canvas."""
        if isinstance(self.focusWidget(), QLineEdit):
            self.to_canvas()

    def closeEvent(self, event) -> None:
        """Ask about unsaved changes, then stop the worker."""
        if not self.control.may_close():
            event.ignore()
            return
        self._timer.stop()
        self.recovery.close()
        self.control.remember()
        self.worker.stop(2.0)  # it may be in the middle of a compilation; `run` sees to what is left
        event.accept()


def _place(name: str, words: str) -> QWidget:
    """A panel that will be filled after the first paint, and says so."""
    place = QWidget()
    place.setProperty("role", "panel")
    place.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    place.setAccessibleName(name)
    layout = QVBoxLayout(place)
    layout.setContentsMargins(0, 0, 0, 0)
    waiting = QLabel(words)
    waiting.setProperty("role", "dim")
    waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
    layout.addWidget(waiting)
    return place


def _column(*widgets: QWidget) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    layout.setStretch(len(widgets) - 1, 1 if len(widgets) == 2 else 0)
    return column


def _splitter(
    direction: Qt.Orientation, widgets: tuple[QWidget, QWidget], sizes: tuple[int, int], grows: int
) -> QSplitter:
    splitter = QSplitter(direction)
    splitter.setHandleWidth(1)
    for i, widget in enumerate(widgets):
        splitter.addWidget(widget)
        splitter.setStretchFactor(i, 1 if i == grows else 0)
    splitter.setSizes([size or 10_000 for size in sizes])
    return splitter
