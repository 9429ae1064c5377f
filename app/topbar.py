"""The top bar: what is open, the transport buttons, the figures of the run, learning rate and theme."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app import debug_bar, theme
from app.debug_buttons import MoreButton, PaceButton
from app.icons import icon
from app.numbers import format_count, format_number, format_percent, format_short
from app.palette_button import SearchButton
from app.rate import RateField
from app.snapshot import Snapshot

HEIGHT = 52
TRANSPORT = ("reset", "step_back", "play_back", "run", "step", "step_layer")
GIVE_WAY = ("rate", "epoch", "metric")  # figures left out of a narrow bar, the first one first
LEAST_TITLE = 64


class Figure(QWidget):
    """A number under its name. It keeps its width, so that nothing jumps while it runs."""

    def __init__(self, name: str, widest: str, longest_name: str = "", parent=None) -> None:
        super().__init__(parent)
        self.name, self.value = QLabel(name), QLabel("–")
        self.name.setFont(theme.ui_font(theme.SIZE_SMALL))
        self.name.setProperty("role", "dim")
        self.value.setFont(theme.mono_font(theme.SIZE_HEAD))
        self.value.setFixedHeight(22)
        names = QFontMetrics(theme.ui_font(theme.SIZE_SMALL)).horizontalAdvance(longest_name or name)
        numbers = QFontMetrics(theme.mono_font(theme.SIZE_HEAD)).horizontalAdvance(widest)
        self.setFixedWidth(max(names, numbers) + 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.name)
        column.addWidget(self.value)

    def show_text(self, text: str) -> None:
        """The number, as text."""
        if text != self.value.text():
            self.value.setText(text)


class TopBar(QWidget):
    """Shows snapshots; buttons are those of the window's actions. `pressed`: one of them, before it acts."""

    rate_chosen = Signal(float)
    pressed = Signal()

    def __init__(self, actions: dict[str, QAction], parent=None) -> None:
        super().__init__(parent)
        self.setProperty("role", "topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self.actions_by_name = actions
        self.buttons: dict[str, QToolButton] = {}
        self.figures = {
            "step": Figure("step", "888 888 888"), "epoch": Figure("epoch", "888 888"),
            "loss": Figure("loss", "−8.888e−8"), "metric": Figure("val. accuracy", "−8.888e8", "train accuracy"),
            "rate": Figure("steps / s", "888 k"),
        }  # fmt: skip
        self.title = ElidedLabel()
        self.layer: str | None = None
        self.waiting = False
        self.rate = RateField()
        self.rate.chosen.connect(self.rate_chosen)
        self._lay_out()
        self.apply_theme()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 12, 0)
        row.setSpacing(theme.GAP)
        self.menu_button = QToolButton()
        self.menu_button.setProperty("role", "icon")
        self.menu_button.setIconSize(QSize(16, 16))
        self.menu_button.setFixedSize(34, 32)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setShortcut("Alt+F")
        self.menu_button.setToolTip("Menu: files, edit, view, run  (Alt+F)")
        self.menu_button.setAccessibleName("Menu")
        row.addWidget(self.menu_button)
        name = QLabel("Chainrule")
        name.setFont(theme.ui_font(theme.SIZE_TITLE, 600))
        self.title.setProperty("role", "dim")
        self.title.setMinimumWidth(LEAST_TITLE)
        row.addWidget(name)
        row.addSpacing(8)
        row.addWidget(self.title, 6)
        self.more, self.pace = MoreButton(self.actions_by_name), PaceButton(self.actions_by_name)
        for button in (self.more, self.pace):
            button.menu().aboutToShow.connect(self.pressed)
        transport = QHBoxLayout()
        transport.setSpacing(4)
        for widget in (*(self._button(action) for action in TRANSPORT), self.more, self.pace):
            transport.addWidget(widget)
        row.addLayout(transport)
        row.addSpacing(8)
        for figure in self.figures.values():
            row.addWidget(figure, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.rate, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        self.search = SearchButton(self.actions_by_name["palette"])
        row.addWidget(self.search)
        row.addWidget(self._button("open"))
        row.addWidget(self._button("theme"))

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self.actions_by_name[name])
        button.setProperty("role", "icon")
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(34, 32)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(self.actions_by_name[name].text())
        button.pressed.connect(self.pressed)
        self.buttons[name] = button
        return button

    def resizeEvent(self, event) -> None:
        """The search field has as much room as the bar can spare; figures without room are left out."""
        super().resizeEvent(event)
        self.search.updateGeometry()
        self._give_way()

    def _give_way(self) -> None:
        """Buttons keep their size, and nothing overlaps: which figures are shown depends on the width alone."""
        row = self.layout()
        taken = {name: self.figures[name].width() + row.spacing() for name in GIVE_WAY}
        row.invalidate()
        needed = row.minimumSize().width() + sum(taken[name] for name in GIVE_WAY if self.figures[name].isHidden())
        for name in GIVE_WAY:
            fits = needed <= self.width()
            self.figures[name].setVisible(fits)
            needed -= 0 if fits else taken[name]

    def apply_theme(self) -> None:
        """Icons in the theme's colours: forward blue, backward orange."""
        tokens = theme.current()
        faint = theme.mix(tokens.dim, tokens.panel, 0.55)
        for name in ("reset", *debug_bar.FORWARD[2:], *debug_bar.BACK, "open", "theme"):
            direction = tokens.backward if name in debug_bar.BACKWARD_COLOURED else tokens.forward
            plain = name in ("reset", "open", "theme")
            self.actions_by_name[name].setIcon(icon(name, tokens.text if plain else direction, faint))
        self.more.setIcon(icon("more", tokens.text))
        self.menu_button.setIcon(icon("menu", tokens.text))
        self._icons = {True: icon("pause", tokens.forward, faint), False: icon("play", tokens.forward, faint)}
        self.actions_by_name["run"].setIcon(self._icons[False])

    def show_document(self, title: str, clean: bool) -> None:
        """Name of the network and whether it is saved."""
        self.title.show_text(title, "" if clean else "   • edited")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Figures, and which buttons can be pressed."""
        self._enable(snapshot)
        figures = self.figures
        figures["step"].show_text(format_count(snapshot.steps))
        figures["epoch"].show_text(_epoch(snapshot.epoch))
        figures["loss"].show_text("–" if snapshot.loss is None else format_number(snapshot.loss))
        figures["rate"].show_text(format_short(snapshot.steps_per_second) if snapshot.steps_per_second else "–")
        self._show_metric(snapshot)
        if snapshot.learning_rate is not None:
            self.rate.show_value(snapshot.learning_rate)
        self.rate.show_step(snapshot.step_rate)

    def show_waiting(self, waiting: bool) -> None:
        """Whether training begins as soon as the network is ready."""
        self.waiting = waiting

    def _enable(self, snapshot: Snapshot) -> None:
        debug_bar.enable(self.actions_by_name, snapshot, self.layer)
        run = self.actions_by_name["run"]
        run.setIcon(self._icons[snapshot.moving or (snapshot.busy and self.waiting)])
        debug_bar.show_tip(run, debug_bar.reason("run", snapshot), self._run_words(snapshot))

    def _run_words(self, snapshot: Snapshot) -> str:
        if snapshot.busy:
            return "Do not start by itself" if self.waiting else "Run as soon as the network is ready"
        return "Pause" if snapshot.moving else ""

    def select_layer(self, layer: str | None, snapshot: Snapshot) -> None:
        """The layer that "run to this layer" means."""
        self.layer = layer
        self._enable(snapshot)

    def _show_metric(self, snapshot: Snapshot) -> None:
        name = snapshot.metric_name or "accuracy"
        part = "val" if f"val_{name}" in snapshot.metrics else "train"
        word = "accuracy" if name == "accuracy" else "R²"
        self.figures["metric"].name.setText(f"{'val.' if part == 'val' else 'train'} {word}")
        value = snapshot.metrics.get(f"{part}_{name}")
        shown = (
            "–"
            if value is None or value != value
            else format_percent(value)
            if name == "accuracy"
            else format_number(value)
        )
        self.figures["metric"].show_text(shown)


def _epoch(epoch: float) -> str:
    if epoch >= 1e6:
        return format_short(epoch)
    return f"{epoch:.2f}" if 0 < epoch < 10 else f"{epoch:.1f}" if 0 < epoch < 1000 else format_count(int(epoch))


class ElidedLabel(QLabel):
    """A line of text that gives way: it is cut with an ellipsis where there is no room."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self._whole = self._end = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(40)

    def show_text(self, text: str, end: str = "") -> None:
        """The whole text, whose `end` is never cut; the tip tells it when it is."""
        self._whole, self._end = text, end
        self.setToolTip(text + end)
        self.updateGeometry()
        self._cut()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole + self._end) + 4, super().sizeHint().height())

    def resizeEvent(self, event) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        metrics = self.fontMetrics()
        room = max(20, self.width() - metrics.horizontalAdvance(self._end))
        self.setText(metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, room) + self._end)
