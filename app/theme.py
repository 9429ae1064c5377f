"""The look in one place: colours of both themes, fonts, spacing, number format, colour maps. Light to import."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.fonts import load_fonts, mono_font, ui_font
from app.numbers import MINUS, format_count, format_number, format_percent
from app.stylesheet import stylesheet

__all__ = [
    "DARK", "GAP", "GRID", "LIGHT", "MINUS", "RADIUS", "RADIUS_CARD", "SIZE_BODY", "SIZE_HEAD", "SIZE_SMALL",
    "SIZE_TITLE", "Tokens", "color", "current", "format_count", "format_number", "format_percent", "install",
    "mix", "mono_font", "set_theme", "signals", "signed_lut", "stylesheet", "ui_font",
]  # fmt: skip

GRID, GAP, GAP_WIDE, GAP_WIDEST = 4, 8, 12, 16
RADIUS, RADIUS_CARD = 6, 9
SIZE_SMALL, SIZE_BODY, SIZE_HEAD, SIZE_TITLE = 10.5, 12, 13, 15
EASE_MS = 150


@dataclass(frozen=True)
class Tokens:
    """Colours of one theme as "#rrggbb". `…_text` keep 4.5 : 1 on every surface; `category` by layer category."""

    name: str
    canvas: str
    panel: str
    raised: str
    hairline: str
    text: str
    dim: str
    forward: str
    backward: str
    forward_text: str
    backward_text: str
    good: str
    bad: str
    on_accent: str
    dot: str
    neutral: str
    negative: str
    positive: str
    category: dict[str, str] = field(default_factory=dict)

    @property
    def is_dark(self) -> bool:
        """Whether light text stands on dark ground."""
        return self.name == "dark"

    def direction(self, phase: str) -> str:
        """Colour of what moves in `phase`: blue forward, orange backward and for updates."""
        return self.forward if phase == "forward" else self.backward

    def direction_text(self, phase: str) -> str:
        """The same for text."""
        return self.forward_text if phase == "forward" else self.backward_text

    def of_category(self, category: str) -> str:
        """Hue of a layer's category; grey for unknown ones."""
        return self.category.get(category, self.category["other"])


_HUES = {
    "data": "#2fb5a0", "linear": "#6b7cff", "activation": "#e0a100", "combine": "#7d8a9b", "shape": "#7d8a9b",
    "convolution": "#a46bf5", "sequence": "#e85d9e", "normalisation": "#7d8a9b",
    "regularisation": "#7d8a9b", "attention": "#d9663a", "loss": "#f85149",
    "other": "#7d8a9b",
}  # fmt: skip
DARK = Tokens(
    "dark", canvas="#0f1216", panel="#161b22", raised="#1f2630", hairline="#2d3643", text="#e6edf3", dim="#8b98a8",
    forward="#4c9dff", backward="#ff9f43", forward_text="#5aa5ff", backward_text="#ff9f43", good="#3fb950",
    bad="#f85149", on_accent="#0f1216", dot="#1b212a", neutral="#20262e", negative="#4c9dff", positive="#ff9f43",
    category=_HUES,
)  # fmt: skip
LIGHT = Tokens(
    "light", canvas="#f4f6f8", panel="#ffffff", raised="#eef1f5", hairline="#d5dbe3", text="#1c2430", dim="#5c6877",
    forward="#1f6feb", backward="#d9730d", forward_text="#1a62d6", backward_text="#a85400", good="#1a7f37",
    bad="#cf222e", on_accent="#ffffff", dot="#e3e8ee", neutral="#f7f8fa", negative="#1f6feb", positive="#d9730d",
    category=_HUES | {"data": "#1f9d88", "linear": "#5b6cf0", "activation": "#c88f00", "loss": "#e5484d"},
)  # fmt: skip
THEMES = {"dark": DARK, "light": LIGHT}


class Signals(QObject):
    """`changed` tells every view to read `current()` again."""

    changed = Signal()


_current = DARK
_signals: Signals | None = None


def signals() -> Signals:
    """The one object that announces theme changes."""
    global _signals
    if _signals is None:
        _signals = Signals()
    return _signals


def current() -> Tokens:
    """Tokens of the theme in use."""
    return _current


def set_theme(name: str) -> None:
    """Switch to "dark" or "light" (other names: dark): palette, stylesheet, then `signals().changed`."""
    global _current
    _current = THEMES.get(name, DARK)
    app = QApplication.instance()
    if isinstance(app, QApplication):
        app.setPalette(_palette(_current))
        app.setStyleSheet(stylesheet(_current))
    signals().changed.emit()


def install(app: QApplication, name: str = "dark") -> None:
    """Fusion, the bundled fonts and a theme, for the whole program."""
    app.setStyle("Fusion")
    load_fonts()
    app.setFont(ui_font(SIZE_BODY))
    set_theme(name)


def color(token: str, alpha: float = 1.0) -> QColor:
    """A QColor of a "#rrggbb" token with opacity `alpha` (0..1)."""
    return QColor(_color(token, alpha))  # a copy: colours can be changed


@lru_cache(maxsize=1024)
def _color(token: str, alpha: float) -> QColor:
    made = QColor(token)
    made.setAlphaF(alpha)
    return made


@lru_cache(maxsize=1024)
def mix(one: str, other: str, share: float) -> str:
    """`share` (0..1) of `other` in `one`, as "#rrggbb"."""
    a, b = QColor(one), QColor(other)
    parts = zip((a.red(), a.green(), a.blue()), (b.red(), b.green(), b.blue()), strict=True)
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in parts)


def signed_lut(tokens: Tokens | None = None):
    """uint8 (256, 4) RGBA: blue (−) – neutral – orange (+), for values scaled symmetrically around zero."""
    import numpy as np

    tokens = tokens or _current
    stops = [QColor(token) for token in (tokens.negative, tokens.neutral, tokens.positive)]
    channels = [(c.red(), c.green(), c.blue()) for c in stops]
    at = np.linspace(-1.0, 1.0, 256)
    shape = np.sign(at) * np.abs(at) ** 0.8  # small values leave the neutral tone a little sooner
    rgb = [np.interp(shape, (-1, 0, 1), channel) for channel in zip(*channels, strict=True)]
    return np.stack([*rgb, np.full(256, 255)], axis=1).round().astype(np.uint8)


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: tokens.panel, role.Base: tokens.panel, role.AlternateBase: tokens.raised, role.Text: tokens.text,
        role.WindowText: tokens.text, role.Button: tokens.raised, role.ButtonText: tokens.text,
        role.Highlight: tokens.forward, role.HighlightedText: tokens.on_accent, role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text, role.PlaceholderText: tokens.dim, role.Link: tokens.forward_text,
        role.Mid: tokens.hairline, role.Dark: tokens.hairline, role.Light: tokens.raised,
    }  # fmt: skip
    for entry, token in pairs.items():
        palette.setColor(entry, QColor(token))
    for entry in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, entry, QColor(mix(tokens.dim, tokens.panel, 0.35)))
    return palette
