"""Starts the window: the light part first, so that it is painted before anything heavy is imported."""

from __future__ import annotations

import logging
import os
import sys
import threading

from PySide6.QtWidgets import QApplication

from app import heap, settings, theme

INTERRUPTED = 130
SWITCH_SECONDS = 0.0005  # the worker's Python may not keep the window waiting for longer


def run(path: str | None = None, theme_name: str | None = None) -> int:
    """Open the window on `path` (None: the welcome page); returns the exit status."""
    app = make_application(theme_name or settings.theme_name())
    from app.window import MainWindow

    window = MainWindow()
    catch_exceptions(window)
    window.control.to_open, window.control.remembers = path, True
    settings.restore(window)
    window.show()
    status = app.exec()
    window.worker.stop(0.5)
    if window.worker.alive:  # still compiling: nothing is left to lose, and waiting would look like a hang
        sys.stderr.flush()
        os._exit(status)
    return status


def make_application(theme_name: str) -> QApplication:
    """The QApplication with fonts, palette and stylesheet."""
    sys.setswitchinterval(SWITCH_SECONDS)
    heap.settle()
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0] if sys.argv else "chainrule"])
    app.setApplicationName("Chainrule")
    app.setDesktopFileName("chainrule")
    theme.install(app, theme_name)
    return app


def catch_exceptions(window) -> None:
    """A defect becomes a message in the window and a record in the log; the window stays alive."""
    log = logging.getLogger("chainrule")

    def tell(kind, error, trace) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.exit(INTERRUPTED)
        else:
            log.error("defect", exc_info=(kind, error, trace))
            window.banner.show_message(f"Something went wrong inside Chainrule ({kind.__name__}: {error}).")

    sys.excepthook = tell
    threading.excepthook = lambda info: log.error("defect in %s: %s", info.thread, info.exc_value)
    log.addHandler(logging.NullHandler() if not os.environ.get("CHAINRULE_DEBUG") else logging.StreamHandler())
    log.propagate = False
