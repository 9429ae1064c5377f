"""The bundled faces: Inter for text, JetBrains Mono for numbers and shapes, a symbol face behind both."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "fonts"
UI = ("Inter", "Chainrule Symbols", "DejaVu Sans")
MONO = ("JetBrains Mono", "Chainrule Symbols", "DejaVu Sans Mono")
_loaded: list[int] = []


def load_fonts() -> None:
    """Make the bundled faces known to Qt, once; a missing file leaves the system's faces."""
    if not _loaded:
        _loaded.extend(QFontDatabase.addApplicationFont(str(path)) for path in sorted(FOLDER.glob("*.ttf")))


def ui_font(size: float = 12, weight: int = 400) -> QFont:
    """The text face at `size` pixels (fractions allowed); weights 400 and 600."""
    return QFont(_font(UI, size, weight, QFont.StyleHint.SansSerif, _dpi()))


def mono_font(size: float = 12, weight: int = 400) -> QFont:
    """The face of numbers and shapes at `size` pixels."""
    return QFont(_font(MONO, size, weight, QFont.StyleHint.Monospace, _dpi()))


@lru_cache(maxsize=256)
def _font(families: tuple[str, ...], size: float, weight: int, hint: QFont.StyleHint, dpi: float) -> QFont:
    font = QFont(list(families))
    font.setStyleHint(hint)
    font.setPointSizeF(size * 72.0 / dpi)  # setPixelSize takes whole pixels only
    font.setWeight(QFont.Weight(weight))
    return font


def _dpi() -> float:
    screen = QGuiApplication.primaryScreen()
    return screen.logicalDotsPerInchY() if screen else 96.0
