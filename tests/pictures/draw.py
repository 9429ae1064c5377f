"""One picture, in this process: ``python -m tests.pictures.draw STATE THEME WIDTH HEIGHT SCALE OUT.png``."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QDialog

from tests.pictures.stage import Stage
from tests.pictures.states import STATES

TITLE = 34


def main(state: str, theme: str, width: str, height: str, scale: str, out: str) -> None:
    """Bring a window into `state` and draw it."""
    stage = Stage(theme, (int(width), int(height)))
    try:
        shown = STATES[state](stage) or stage.window  # a window of its own, or the main one
        stage.settle()
        picture = grab(shown, int(scale))
        assert picture.save(out, "PNG", 0), f"{out} could not be written"
    finally:
        stage.close()


def grab(window, scale: int) -> QPixmap:
    """The window, and over it the dialog that is open."""
    picture = QPixmap(window.size() * scale)
    picture.setDevicePixelRatio(scale)
    window.render(picture, QPoint())
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            _lay_over(picture, window, dialog, scale)
    return picture


def _lay_over(picture: QPixmap, window, dialog: QDialog, scale: int) -> None:
    """`dialog` in the middle, with the title bar that a desktop would give it."""
    from app import theme

    own = QPixmap(dialog.size() * scale)
    own.setDevicePixelRatio(scale)
    dialog.render(own, QPoint())
    tokens = theme.current()
    x, y = (window.width() - dialog.width()) // 2, max(TITLE, (window.height() - dialog.height() + TITLE) // 2)
    painter = QPainter(picture)
    painter.fillRect(window.rect(), QColor(0, 0, 0, 90))
    painter.fillRect(x, y - TITLE, dialog.width(), TITLE, theme.color(tokens.raised))
    painter.setPen(theme.color(tokens.text))
    painter.setFont(theme.ui_font(theme.SIZE_BODY, 600))
    painter.drawText(x, y - TITLE, dialog.width(), TITLE, Qt.AlignmentFlag.AlignCenter, dialog.windowTitle())
    painter.drawPixmap(x, y, own)
    painter.setPen(theme.color(tokens.hairline))
    painter.drawRect(x - 1, y - TITLE - 1, dialog.width() + 1, dialog.height() + TITLE + 1)
    painter.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    Path(sys.argv[-1]).stat()
