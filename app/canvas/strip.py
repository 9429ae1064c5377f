"""What lies on the canvas: where we are, and how it is looked at."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from app import theme


class Breadcrumb(QLabel):
    """Where we are: network, then the layer selected."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setObjectName("crumbs")
        self.setFont(theme.ui_font(theme.SIZE_BODY))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._path: tuple[str, str | None] = ("", None)
        self._room = 0
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
        self.set_room(self._room)

    def set_room(self, width: int) -> None:
        """As wide as the text is, up to `width`."""
        self._room = width
        self.resize(min(self.sizeHint().width(), width), 24)


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


class ZoomStrip(QFrame):
    """layers | units · − 100 % + · fit · arrange. `wanted(name)` tells which was pressed."""

    wanted = Signal(str)
    BUTTONS = (("out", "−", "Zoom out (Ctrl+−)"), ("in", "+", "Zoom in (Ctrl++)"),
               ("fit", "fit", "Show the whole network (F)"),
               ("arrange", "arrange", "Lay the layers out in columns"))  # fmt: skip
    MODES = (("layers", "layers", "One card a layer (U)"), ("units", "units", "Every unit and every weight (U)"))

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
        self.buttons = {name: self._button(name, text, tip) for name, text, tip in (*self.MODES, *self.BUTTONS)}
        for name, button in self.buttons.items():
            line.addWidget(button)
            if name == "out":
                line.addWidget(self.scale)
            if name == "units":
                line.addSpacing(theme.GAP)
        for name, _, _ in self.MODES:
            self.buttons[name].setCheckable(True)
        self.show_mode("layers")

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

    def show_mode(self, mode: str) -> None:
        """Mark the drawing that is seen; layers alone can be arranged."""
        for name, _, _ in self.MODES:
            self.buttons[name].setChecked(name == mode)
        self.buttons["arrange"].setVisible(mode == "layers")
        self.adjustSize()
