"""Can Qt open a window here? Found out in milliseconds, before Qt is imported: Qt aborts the process if it cannot."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

INSTALL = "python3 -m venv .venv && .venv/bin/pip install -r requirements.lock && .venv/bin/python main.py"
NEEDED = (
    *("msgspec", "networkx", "numba", "numpy", "pandas", "platformdirs", "PySide6", "pyqtgraph"),
    *("safetensors", "scipy", "sklearn", "tqdm", "ziamath"),
)
NEEDED_HEADLESS = (
    "msgspec",
    "networkx",
    "numba",
    "numpy",
    "pandas",
    "platformdirs",
    "safetensors",
    "scipy",
    "sklearn",
    "tqdm",
)

# what Qt loads from the system, and the Debian package that holds it
PACKAGES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
APT = "apt-get install -y --no-install-recommends " + " ".join(PACKAGES.values())

NO_SCREEN = """No screen to open a window on ({why}).
Start it on a desktop, over `ssh -X`, or with `xvfb-run -a`. These commands need no screen:
  python main.py train FILE    train a network
  python main.py lessons       list the ready-made networks
  python main.py --help        all commands"""


@dataclass(frozen=True)
class Trouble:
    """Why no window can open. `kind`: not-installed, old-pyside, missing-libraries or no-display."""

    kind: str
    message: str


NO_ANSWER = Trouble("no-display", "")


def find_trouble(*, screen: bool = True) -> Trouble | None:
    """What keeps Qt from starting here, or None. `screen=False` asks for offscreen drawing only."""
    trouble = missing_packages(NEEDED) or _unsound_pyside()
    if trouble or not sys.platform.startswith("linux"):
        return trouble
    return _library_trouble(_qt_folder() / "lib" / "libQt6Gui.so.6") or (_screen_trouble() if screen else None)


def missing_packages(names: tuple[str, ...]) -> Trouble | None:
    """Trouble that names the Python packages among `names` that are not installed, or None."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if not missing:
        return None
    listed = ", ".join(missing)
    return Trouble(
        "not-installed", f"Not installed for {sys.executable}: {listed}. In Chainrule's folder, run:\n  {INSTALL}"
    )


def _unsound_pyside() -> Trouble | None:
    """PySide6 6.12.0 drops a reference to None at every void call: Python before 3.12 aborts after some thousands."""
    unsound = list(_package_folder("PySide6").parent.glob("[Pp]y[Ss]ide6_[Ee]ssentials-6.12.0.dist-info"))
    if sys.version_info >= (3, 12) or not unsound:
        return None
    fix = f"{sys.executable} -m pip install -r requirements.lock"
    return Trouble("old-pyside", f"PySide6 6.12.0 crashes on Python before 3.12. Install the locked one:\n  {fix}")


def _package_folder(name: str) -> Path:
    """Where the installed package `name` lies (importlib.metadata would cost 30 ms at every start)."""
    spec = importlib.util.find_spec(name)
    return Path(next(iter(spec.submodule_search_locations or []))) if spec else Path(name)


def _qt_folder() -> Path:
    return _package_folder("PySide6") / "Qt"


def _loading_error(library: str | Path) -> str | None:
    """What the system's loader says against `library`, or None when it loads."""
    try:
        ctypes.CDLL(str(library), mode=os.RTLD_LAZY | os.RTLD_LOCAL)
    except OSError as error:
        return str(error)
    return None


def _library_trouble(library: Path) -> Trouble | None:
    error = _loading_error(library)
    if error is None:
        return None
    if "GLIBC" in error:
        return Trouble("missing-libraries", f"Qt needs glibc 2.34 or newer, which this system does not have ({error}).")
    missing = [name for name in PACKAGES if _loading_error(name)] or [error.split(":")[0]]
    listed, sudo = ", ".join(missing), "" if os.geteuid() == 0 else "sudo "
    return Trouble(
        "missing-libraries",
        f"Qt needs system libraries that are missing: {listed}. On Debian or Ubuntu:\n  {sudo}{APT}",
    )


def _screen_trouble() -> Trouble | None:
    asked = os.environ.get("QT_QPA_PLATFORM", "").replace(";", ":").split(":")[0]
    if asked and not asked.startswith(("xcb", "wayland")):
        return None  # offscreen, minimal, vnc: no screen wanted
    plugins = _qt_folder() / "plugins" / "platforms"
    wayland = _library_trouble(plugins / "libqwayland.so") if _wayland_answers() else NO_ANSWER
    if wayland is None:
        return None
    display = os.environ.get("DISPLAY", "")
    if display and _x_answers(display):
        return _library_trouble(plugins / "libqxcb.so")
    if wayland is not NO_ANSWER:
        return wayland
    why = f"DISPLAY={display} does not answer" if display else "neither DISPLAY nor WAYLAND_DISPLAY is set"
    return Trouble("no-display", NO_SCREEN.format(why=why))


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    import socket

    address = Path(os.environ.get("XDG_RUNTIME_DIR", "")) / name  # an absolute name stands for itself
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(address))
        except OSError:
            return False
    return True


def _x_answers(display: str) -> bool:
    """Whether an X server accepts us: asked through libxcb, as Qt does, so that cookies and sockets are found alike."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # the missing library is then the one to name
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed
