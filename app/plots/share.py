"""What can be done with every plot: freeze it, copy it, save its picture or its numbers, read what it is."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app import theme

SCALE, MARGIN = 2, 12  # pixels a unit of a saved picture, and ground around it


@dataclass(frozen=True)
class Table:
    """The numbers behind a plot."""

    header: Sequence[str]
    rows: Iterable[Sequence[Any]]

    def to_csv(self) -> bytes:
        """As a file, UTF-8, numbers in full."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows([[_plain(cell) for cell in row] for row in self.rows])
        return text.getvalue().encode()


def _plain(cell: Any) -> Any:
    return cell.item() if hasattr(cell, "item") else cell


def pixmap(widget: QWidget, scale: int = SCALE) -> QPixmap:
    """The widget on the panel's ground, with a margin."""
    whole = QRect(0, 0, widget.width() + 2 * MARGIN, widget.height() + 2 * MARGIN)
    found = QPixmap(whole.size() * scale)
    found.setDevicePixelRatio(scale)
    found.fill(QColor(theme.current().panel))
    widget.render(found, QPoint(MARGIN, MARGIN))
    return found


def png(widget: QWidget) -> bytes:
    """A picture at twice the size on the screen."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap(widget).save(buffer, "PNG")
    return bytes(buffer.data().data())


def svg(widget: QWidget) -> bytes:
    """Lines and words as such; what is an image on the screen stays one."""
    from PySide6.QtSvg import QSvgGenerator

    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    whole = QRect(0, 0, widget.width() + 2 * MARGIN, widget.height() + 2 * MARGIN)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(whole.size())
    generator.setViewBox(whole)
    generator.setTitle(widget.accessibleName() or "Chainrule")
    painter = QPainter(generator)
    painter.fillRect(whole, QColor(theme.current().panel))
    widget.render(painter, QPoint(MARGIN, MARGIN), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()
    buffer.close()
    return bytes(data.data())


def copy(widget: QWidget) -> None:
    """Put the picture on the clipboard."""
    QApplication.clipboard().setPixmap(pixmap(widget))


def save(path: str, widget: QWidget, table: Table | None) -> None:
    """Write what the name's ending asks for: .png, .svg or .csv. Raises OSError, or ValueError for another ending."""
    from engine.archive import atomic_write

    end = os.path.splitext(path)[1].lower()
    if end == ".csv" and table is not None:
        data = table.to_csv()
    elif end in (".png", ".svg"):
        data = png(widget) if end == ".png" else svg(widget)
    else:
        raise ValueError(f"{os.path.basename(path)} does not end in .png, .svg or .csv.")
    with atomic_write(path) as file:
        file.write(data)


def pick(parent: QWidget, title: str, end: str) -> str:
    """Where to save; "" for nowhere."""
    from PySide6.QtWidgets import QFileDialog

    from app.files_dialogs import dress, last_folder

    kinds = {"png": "PNG pictures (*.png)", "svg": "SVG drawings (*.svg)", "csv": "CSV tables (*.csv)"}
    name = title.lower().replace(" ", "_")
    dialog = QFileDialog(parent, f"Save {title}", os.path.join(last_folder(), f"{name}.{end}"), kinds[end])
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(end)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dress(dialog)
    return dialog.selectedFiles()[0] if dialog.exec() and dialog.selectedFiles() else ""
