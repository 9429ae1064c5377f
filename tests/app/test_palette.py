"""The command palette: what it finds, and that it needs no mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import palette_entries
from app.commands import MENUS, menu_of, menus
from app.palette_entries import COMMAND, DATA, FILE, LAYER, LESSON, PLACE, Entry, entries, find
from app.palette_match import match
from app.palette_row import ENTRY
from engine.layers import REGISTRY


@pytest.fixture
def window(live, answers):
    """On the spirals lesson, clean, with the palette open."""
    live.window.files.dialogs = answers()
    live.open("spirals")
    live.window.activateWindow()
    live.window.actions_by_name["palette"].trigger()
    yield live.window
    live.window.palette_box.close_palette()
    live.window.control.remembers = False


def titles(window) -> list[str]:
    rows = window.palette_box.list
    return [rows.item(i).data(ENTRY).title for i in range(rows.count())]


def press(window, key) -> None:
    QTest.keyClick(window.palette_box.field, key)


@pytest.mark.parametrize(
    ("query", "best", "worse"),
    [
        ("re", "ReLU", "Run one epoch"),
        ("sa", "Save as", "Leaky ReLU sad"),
        ("st", "Step one operation", "Test"),
        ("crent", "Cross entropy", "Concrete and tall"),
        ("ze", "Zoom everything", "Size everything"),
    ],
)
def test_better_matches_score_higher(query, best, worse):
    assert match(query, best).score > match(query, worse).score


def test_letters_must_all_be_there_in_order():
    assert match("xor", "Circles") is None
    assert match("ba", "ab") is None
    assert match("two sp", "Two spirals").places == (0, 1, 2, 4, 5)
    assert match("TANH", "tanh").places == (0, 1, 2, 3)
    assert match("", "anything").places == ()
    assert match("a" * 300, "a" * 500) is None


def test_everything_is_offered(window):
    by_kind = {}
    for entry in entries(window):
        by_kind.setdefault(entry.kind, []).append(entry)
    assert {entry.key for entry in by_kind[COMMAND]} == {
        f"command/{name}" for name in window.actions_by_name if name != "palette"
    }
    assert len(by_kind[LAYER]) == len(REGISTRY)
    assert len(by_kind[LESSON]) == len(window.welcome.cards) >= 8
    assert {entry.title for entry in by_kind[PLACE]} == set(window.document.network.nodes)
    save = next(entry for entry in by_kind[COMMAND] if entry.title == "Save")
    assert save.keys == "Ctrl+S"


def test_layer_is_added_with_the_keyboard_alone(window):
    QTest.keyClicks(window.palette_box.field, "sigm")
    assert titles(window)[0] == "Sigmoid"
    press(window, Qt.Key.Key_Return)
    assert window.palette_box.isHidden()
    assert "sigmoid1" in window.document.network.nodes
    window.document.undo_stack.undo()


def test_lesson_is_opened_and_a_layer_gone_to(window):
    QTest.keyClicks(window.palette_box.field, "xor")
    press(window, Qt.Key.Key_Return)
    assert window.document.network.title == "XOR"
    window.actions_by_name["palette"].trigger()
    QTest.keyClicks(window.palette_box.field, "go output")
    press(window, Qt.Key.Key_Return)
    assert window.canvas.scene.selected == "output"


def test_keys_walk_the_list_and_escape_gives_the_focus_back(window):
    box = window.palette_box
    assert box.list.currentRow() == 0
    press(window, Qt.Key.Key_Down)
    press(window, Qt.Key.Key_Down)
    assert box.list.currentRow() == 2
    press(window, Qt.Key.Key_PageDown)
    assert box.list.currentRow() == 14
    press(window, Qt.Key.Key_Up)
    assert box.list.currentRow() == 13
    press(window, Qt.Key.Key_Escape)
    assert box.isHidden()
    window.actions_by_name["palette"].trigger()
    assert box.field.text() == ""
    window.actions_by_name["palette"].trigger()
    assert box.isHidden()


def test_what_cannot_be_done_is_grey_and_passed_over(window):
    assert not window.actions_by_name["step_back"].isEnabled()
    box = window.palette_box
    QTest.keyClicks(box.field, "operation back")
    assert titles(window)[0] == "Step one operation back"
    before = window.document.generation
    press(window, Qt.Key.Key_Return)
    assert window.document.generation == before


def test_nothing_found_is_said(window):
    QTest.keyClicks(window.palette_box.field, "qqqq")
    assert titles(window) == []
    assert window.palette_box.nothing.isVisible()
    press(window, Qt.Key.Key_Return)
    press(window, Qt.Key.Key_Down)
    assert window.palette_box.isVisible()


def test_click_beside_closes(window, qtbot):
    qtbot.mouseClick(window.palette_box, Qt.MouseButton.LeftButton, pos=window.palette_box.rect().bottomLeft() / 2)
    assert window.palette_box.isHidden()


def test_recent_ones_come_first(window):
    window.control.remembers = True
    palette_entries.stored().remove(palette_entries.KEY)
    QTest.keyClicks(window.palette_box.field, "arrange")
    press(window, Qt.Key.Key_Return)
    assert palette_entries.recent_keys() == ["command/arrange"]
    window.actions_by_name["palette"].trigger()
    assert titles(window)[0] == "Arrange the layers"
    palette_entries.stored().remove(palette_entries.KEY)


def test_recent_files_are_found(window, tmp_path, monkeypatch):
    gone = str(tmp_path / "gone away.chainrule")
    monkeypatch.setattr(palette_entries.files_recent, "recent", lambda: [gone])
    (entry,) = [entry for entry in entries(window) if entry.kind == FILE]
    assert (entry.title, entry.enabled) == ("gone away", False)


def test_equal_matches_keep_the_order_of_kinds():
    kinds = (LAYER, LESSON, COMMAND)
    offered = [Entry(f"{kind}/x", "Same", kind, list) for kind in kinds]
    assert [entry.kind for entry, _ in find("same", offered, [])] == [COMMAND, LESSON, LAYER]
    assert find("same", offered, [f"{LAYER}/x"])[0][0].kind == LAYER


def test_lessons_come_before_data_and_whole_titles_first_of_all():
    told = (("d", "Spirals", DATA), ("l", "Two spirals", LESSON), ("24", "24", PLACE), ("2", "2", PLACE),
            ("tw", "Two", LAYER))  # fmt: skip
    offered = [Entry(*line, list) for line in told]
    assert [entry.key for entry, _ in find("spir", offered, [])] == ["l", "d"]
    assert find("2", offered, ["24"])[0][0].key == "2"
    assert find("TWO ", offered, ["l"])[0][0].key == "tw"
    assert find("spirals", offered, [])[0][0].key == "d"


def test_every_action_stands_in_one_menu(window):
    named = [name for names in menus().values() for name in names if name]
    assert sorted(named) == sorted(name for name in window.actions_by_name if not name.startswith("view_"))
    assert menu_of("save") == "File"
    assert set(MENUS) <= set(menus())


def test_shortcuts_are_unique(window):
    actions = window.actions_by_name.values()
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    keys.append(window.topbar.menu_button.shortcut().toString())
    assert len(keys) == len(set(keys))
    told = {"Left": "←", "Right": "→"}
    first = {action: action.shortcuts()[0].toString() for action in actions if action.shortcuts()}
    assert all(told.get(key, key) in action.toolTip() for action, key in first.items())
