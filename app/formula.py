"""LaTeX drawn crisp in the theme's colour. A formula takes a few milliseconds, so pictures are kept by all that they
depend on; ziamath is imported when the first one is wanted, never before the first paint."""

from __future__ import annotations

import functools
import warnings

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.formula_text import plain

MARGIN = 3.0  # ziamath's viewBox cuts accents and italics that overhang
SMALLEST = 0.55  # below this scale a formula is elided text instead


@functools.cache
def _ziamath():
    """The library, or None where it cannot be loaded: formulas are then plain text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # its fonts are found through an old interface
            import ziamath
    except ImportError:
        return None
    ziamath.config.svg2 = False
    return ziamath


@functools.lru_cache(maxsize=512)
def svg(latex: str, color: str, size: float) -> tuple[bytes, float, float] | None:
    """(SVG, width, height) of `latex` at `size` px an em; None if it cannot be drawn (ziamath raises anything)."""
    library = _ziamath()
    if library is None or not latex:
        return None
    try:
        drawn = library.Latex(latex, size=size, color=color)
        element = drawn.svgxml()
        x, y, width, height = (float(part) for part in element.get("viewBox", "").split())
    except Exception:
        return None
    width, height = width + 2 * MARGIN, height + 2 * MARGIN
    element.set("viewBox", f"{x - MARGIN} {y - MARGIN} {width} {height}")
    from xml.etree import ElementTree

    return ElementTree.tostring(element), width, height


@functools.lru_cache(maxsize=256)
def pixmap(latex: str, color: str, size: float, dpr: float, scale: float = 1.0) -> QPixmap | None:
    """`latex` on a transparent ground, its device pixel ratio set to `dpr`; None if it cannot be drawn."""
    made = svg(latex, color, size)
    if made is None:
        return None
    from PySide6.QtSvg import QSvgRenderer

    data, width, height = made
    picture = QPixmap(max(1, round(width * scale * dpr)), max(1, round(height * scale * dpr)))
    picture.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(data))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    picture.setDevicePixelRatio(dpr)
    return picture


class FormulaView(QWidget):
    """One formula, centred on a raised ground; shrinks to the width, and falls back to plain text."""

    def __init__(self, parent: QWidget | None = None, size: float = 17.0) -> None:
        super().__init__(parent)
        self._latex, self._size = "", size
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_formula(self, latex: str) -> None:
        """Show `latex`; an empty one hides the view."""
        if latex == self._latex and self.isVisible():
            return
        self._latex = latex
        self.setVisible(bool(latex))
        self.setToolTip(plain(latex))
        self.setAccessibleName(plain(latex))
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        """The formula in plain Unicode."""
        return plain(self._latex)

    def sizeHint(self) -> QSize:
        made = svg(self._latex, theme.current().text, self._size) if self._latex else None
        return QSize(200, max(52, round(made[2]) + 20) if made else 52)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        if self._latex and not self._paint_picture(painter, tokens.text):
            painter.setPen(QColor(tokens.text))
            painter.setFont(theme.mono_font(12))
            text = painter.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, self.width() - 24)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_picture(self, painter: QPainter, color: str) -> bool:
        made = svg(self._latex, color, self._size)
        if made is None:
            return False
        scale = min(1.0, (self.width() - 16) / made[1])
        picture = pixmap(self._latex, color, self._size, self.devicePixelRatioF(), scale) if scale > SMALLEST else None
        if picture is None:
            return False
        size = picture.deviceIndependentSize()
        where = QRectF(0, 0, size.width(), size.height())
        where.moveCenter(QRectF(self.rect()).center())
        painter.drawPixmap(where.topLeft(), picture)
        return True
