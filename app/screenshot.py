"""The real window, drawn without a screen: opened on a file, trained, stepped to an operation, grabbed."""

from __future__ import annotations

import os
import time

Size = tuple[int, int]
SECONDS, LOOKS = 600.0, 50


def screenshot(path: str, out: str, size: Size = (1600, 1000), steps: int = 0, theme: str = "dark",
               cursor: int | None = None, select: str | None = None, scale: float = 1.0) -> None:  # fmt: skip
    """Write a PNG; see `render`."""
    from engine.archive import atomic_write

    with atomic_write(out) as file:
        file.write(render(path, size, steps, theme, cursor, select, scale))


def render(path: str, size: Size = (1600, 1000), steps: int = 0, theme: str = "dark", cursor: int | None = None,
           select: str | None = None, scale: float = 1.0) -> bytes:  # fmt: skip
    """PNG bytes of the window on `path` after `steps` training steps, then after the operation `cursor` of the next
    step if given, with layer `select` selected. Raises ChainruleError if the network cannot be opened or trained.
    """
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if scale != 1:
        os.environ.setdefault("QT_SCALE_FACTOR", f"{scale:g}")  # heeded if this is the first window of the process
    from app.main import make_application
    from app.window import MainWindow

    app = make_application(theme)
    window = MainWindow()
    window.control.to_open = path
    window.resize(*size)
    window.show()
    try:
        _drive(app, window, steps, cursor, select)
        return _grab(window, scale)
    finally:
        window.document.undo_stack.setClean()
        window.close()
        window.deleteLater()


def _drive(app, window, steps: int, cursor: int | None, select: str | None) -> None:
    _wait(
        app, window, lambda s: s.state == "ready" and window.plots is not None and bool(window.document.network.nodes)
    )
    _train(app, window, steps)
    if cursor is not None:
        _check_cursor(cursor, len(window.snapshot.instructions))
        window.worker.run_to(cursor)
        _wait(app, window, lambda s: s.focus == cursor)
    window.canvas.select_layer(select or _telling_layer(window, cursor))
    window.control.show_operations() if cursor is not None else window.control.show_layer()
    _settle(app, window)


def _train(app, window, steps: int) -> None:
    """In slices with a look after each, so that the curves have points however fast it goes."""
    from engine.early_stopping import STOPPED

    done = 0
    for part in range(1, LOOKS + 1):
        goal = steps * part // LOOKS
        ended = window.snapshot.state == "diverged" or window.snapshot.message.startswith(STOPPED)
        if goal > done and not ended:
            window.worker.run(goal - done)
            _wait(app, window, lambda s, goal=goal: s.state == "diverged" or (
                s.state == "paused" and (s.steps >= goal or s.message.startswith(STOPPED))))  # fmt: skip
            done = goal


def _telling_layer(window, cursor: int | None) -> str | None:
    """The layer of the current operation, else the last hidden one."""
    if cursor is not None:
        return window.snapshot.instructions[cursor].layer
    hidden = list(window.snapshot.gradient_norms)
    return hidden[-2] if len(hidden) > 1 else (hidden[0] if hidden else None)


def _check_cursor(cursor: int, count: int) -> None:
    from engine.errors import SessionError

    if not 0 <= cursor < count:
        raise SessionError(f"There is no operation {cursor}; the program has operations 0 to {count - 1}.")


def _wait(app, window, ready) -> None:
    """Let the window live until `ready(snapshot)`. Raises SessionError where it cannot get there."""
    from engine.errors import SessionError

    end = time.monotonic() + SECONDS
    while not ready(window.snapshot):
        app.processEvents()
        failed = window.snapshot.state == "failed" or (window.banner.isVisible() and not window.document.network.nodes)
        if failed:
            raise SessionError(window.banner.text.text() or window.snapshot.message)
        if time.monotonic() > end:
            raise SessionError(f"The window did not get ready within {SECONDS:.0f} s.")
        time.sleep(0.002)


def _settle(app, window) -> None:
    """Until everything that was asked for is shown, and layouts and pictures have come to rest."""
    end = time.monotonic() + 1.2
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)
    window.canvas.view.fit()
    app.processEvents()


def _grab(window, scale: float) -> bytes:
    from PySide6.QtCore import QBuffer, QIODevice, QPoint
    from PySide6.QtGui import QPixmap

    picture = QPixmap(window.size() * scale)  # the window itself may be drawn at less, as when a screen is shared
    picture.setDevicePixelRatio(scale)
    window.render(picture, QPoint())
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data())
