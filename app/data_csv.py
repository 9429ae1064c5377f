"""The door to a table of the user's own: pick the file, show how it would be read, put it into the document."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from app.files_dialogs import pick_file

if TYPE_CHECKING:
    from app.data_csv_dialog import CsvDialog
    from app.window import MainWindow

FILTER = "Tables (*.csv *.tsv *.txt *.data);;All files (*)"


def pick_csv(window: MainWindow) -> str:
    """A path the user picks; "" for none."""
    return pick_file(window, "Open a table", FILTER)


def open_csv(window: MainWindow, path: str | None = None) -> CsvDialog | None:
    """Ask how to read `path` (None: let the user pick one) and use it as the document's data. Returns at once."""
    chosen = path or pick_csv(window)
    if not chosen:
        return None
    from app.data_csv_dialog import CsvDialog

    dialog = CsvDialog(os.path.abspath(chosen), window.document, window)
    dialog.accepted.connect(window.sidebar.show_data)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
