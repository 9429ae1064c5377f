"""What is remembered, and that nothing odd in the settings file does harm."""

from __future__ import annotations

from app import opening, settings
from app.main import catch_exceptions
from app.window import MainWindow


def test_remembered_theme(live):
    settings.remember(live.window, "light")
    assert settings.theme_name() == "light"


def test_odd_settings_are_ignored(live):
    stored = settings.stored()
    stored.setValue("geometry", "nonsense")
    stored.setValue("splitter/whole", 7)
    settings.restore(live.window)
    assert live.window.width() >= 960


def test_panels_come_back_as_they_were(live):
    window = live.window
    window.splitters["whole"].setSizes([300, 900])
    kept = window.splitters["whole"].sizes()
    settings.remember(window, "dark")
    settings.stored().remove("geometry")  # the screen of the tests is smaller than the window
    window.splitters["whole"].setSizes([200, 1000])
    settings.restore(window)
    assert window.splitters["whole"].sizes() == kept


def test_defect_becomes_a_message(live, monkeypatch, capsys):
    import sys
    import threading

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    catch_exceptions(live.window)
    error = ValueError("a defect")
    sys.excepthook(ValueError, error, None)
    assert "a defect" in live.window.banner.text.text()
    assert "Traceback" not in capsys.readouterr().err


def test_time_since_the_start_is_told():
    assert 0 < opening.milliseconds_alive() < 3_600_000


def test_first_window_leaves_room_for_its_title_bar(app, qtbot):
    window = MainWindow()
    qtbot.addWidget(window)
    room = window.screen().availableGeometry()
    assert window.height() <= max(window.minimumHeight(), room.height() - 30)
    window.document.undo_stack.setClean()
