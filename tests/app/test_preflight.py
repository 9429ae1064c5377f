"""What keeps Qt from opening a window is found and named before Qt is imported."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app import preflight


@pytest.fixture(autouse=True)
def bare_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux with all libraries and no screen."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(preflight, "_loading_error", lambda library: None)
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def lacking(*libraries: str):
    """A stand-in for the loader on a system without `libraries`, which libQt6Gui and the xcb plugin need."""

    def loading_error(library: str | Path) -> str | None:
        name = Path(library).name
        if name in libraries:
            return f"{name}: cannot open shared object file: No such file or directory"
        if name in ("libQt6Gui.so.6", "libqxcb.so") and libraries:
            return f"{libraries[0]}: cannot open shared object file: No such file or directory"
        return None

    return loading_error


def kind(**asked: bool) -> str:
    trouble = preflight.find_trouble(**asked)
    return trouble.kind if trouble else "none"


def test_no_screen_names_the_headless_commands():
    trouble = preflight.find_trouble()
    assert trouble is not None
    assert trouble.kind == "no-display"
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in trouble.message
    assert "python main.py train FILE" in trouble.message
    assert "python main.py lessons" in trouble.message


def test_offscreen_drawing_needs_no_screen(monkeypatch: pytest.MonkeyPatch):
    assert kind(screen=False) == "none"
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert kind() == "none"


@pytest.mark.parametrize(("answers", "want"), [(True, "none"), (False, "no-display")])
def test_x_display_is_asked(monkeypatch: pytest.MonkeyPatch, answers: bool, want: str):
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(preflight, "_x_answers", lambda display: answers and display == ":7")
    assert kind() == want


def test_silent_x_display_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISPLAY", ":987")
    trouble = preflight.find_trouble()
    assert trouble is not None
    assert "DISPLAY=:987 does not answer" in trouble.message


def test_wayland_socket_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    path = tmp_path / "w"
    monkeypatch.setenv("WAYLAND_DISPLAY", str(path))
    assert kind() == "no-display"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        assert kind() == "none"


def test_missing_libraries_are_all_named_with_one_command(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(preflight, "_loading_error", lacking("libEGL.so.1", "libxkbcommon.so.0"))
    trouble = preflight.find_trouble(screen=False)
    assert trouble is not None
    assert trouble.kind == "missing-libraries"
    assert "libEGL.so.1, libxkbcommon.so.0" in trouble.message
    assert trouble.message.count("apt-get install") == 1
    assert all(package in trouble.message for package in preflight.PACKAGES.values())


def test_missing_x_plugin_library_is_named(monkeypatch: pytest.MonkeyPatch):
    def loading_error(library: str | Path) -> str | None:
        return "libxcb-cursor.so.0: cannot open" if Path(library).name in ("libqxcb.so", "libxcb-cursor.so.0") else None

    monkeypatch.setattr(preflight, "_loading_error", loading_error)
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(preflight, "_x_answers", lambda display: True)
    trouble = preflight.find_trouble()
    assert trouble is not None
    assert "libxcb-cursor.so.0" in trouble.message
    assert "libxcb-cursor0" in trouble.message


def test_old_glibc_is_told_apart(monkeypatch: pytest.MonkeyPatch):
    error = "/lib/libc.so.6: version `GLIBC_2.34' not found"
    monkeypatch.setattr(preflight, "_loading_error", lambda library: error)
    trouble = preflight.find_trouble()
    assert trouble is not None
    assert "glibc 2.34" in trouble.message


def test_packages_not_installed_give_the_install_command():
    trouble = preflight.missing_packages(("sys", "no_such_package_a", "no_such_package_b"))
    assert trouble is not None
    assert trouble.kind == "not-installed"
    assert "no_such_package_a, no_such_package_b" in trouble.message
    assert "pip install -r requirements.lock" in trouble.message


@pytest.mark.parametrize(
    ("python", "release", "want"),
    [((3, 11, 2), "6.12.0", "old-pyside"), ((3, 12, 0), "6.12.0", "none"), ((3, 11, 2), "6.11.3", "none")],
)
def test_unsound_pyside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, python, release: str, want: str):
    (tmp_path / f"pyside6_essentials-{release}.dist-info").mkdir()
    monkeypatch.setattr(sys, "version_info", python)
    monkeypatch.setattr(preflight, "_package_folder", lambda name: tmp_path / name)
    assert kind(screen=False) == want


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_left_to_qt(monkeypatch: pytest.MonkeyPatch, platform: str):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(preflight, "_loading_error", lacking("libEGL.so.1"))
    assert kind() == "none"


def test_asking_imports_no_qt(root: Path):
    code = "import sys; from app import preflight; preflight.find_trouble(); print('PySide6' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
