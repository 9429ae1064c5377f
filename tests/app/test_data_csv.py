"""A table of the user's own: how it would be read, what is wrong with it, and the one edit that takes it."""

from __future__ import annotations

import itertools

import pytest

from app.data_csv_dialog import CsvDialog
from app.document import Document
from engine.data import load
from engine.network import Network


@pytest.fixture
def document() -> Document:
    net = Network()
    ids = [net.add("Input", shape=(2,)), net.add("Dense", id="out", units=2), net.add("CrossEntropy")]
    for one, other in itertools.pairwise(ids):
        net.connect(one, other)
    return Document(net)


@pytest.fixture
def table(tmp_path):
    rows = [f"{k};{'' if k == 5 else f'{k % 7},5'};{k % 3},25;{'red' if k % 2 else 'blue'};{'abc'[k % 3]}"
            for k in range(60)]  # fmt: skip
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["id;long;wide;colour;kind", *rows]), encoding="utf-8")
    return str(path)


@pytest.fixture
def opened(app, dark, qtbot, document):
    def make(path: str) -> CsvDialog:
        dialog = CsvDialog(path, document)
        qtbot.addWidget(dialog)
        dialog.show()
        settle(qtbot, dialog)
        return dialog

    return make


def settle(qtbot, dialog) -> None:
    qtbot.waitUntil(lambda: not dialog._background.busy, timeout=20_000)


def test_what_is_seen_and_guessed(opened, table):
    dialog = opened(table)
    dialog.grab()
    assert "60 rows · 5 columns · UTF-8 · semicolon · decimal comma" in dialog.facts.text()
    kinds = [dialog.table.cellWidget(0, k).currentText() for k in range(4)]
    assert kinds == ["identifier, left out", "numbers", "numbers", "categories"]
    assert dialog.table.item(0, 4).text() == "target"
    assert dialog.table.horizontalHeaderItem(1).text() == "long  (1 missing)"
    assert dialog.table.item(6, 1).toolTip() == "missing"
    assert "median" in dialog.notes.text()
    assert dialog.fit.text() == "Set input1 to 4, give out 3 units"
    assert dialog.use.isEnabled()


def test_one_edit_takes_it_with_the_networks_ends(opened, table, document, qtbot):
    dialog = opened(table)
    dialog.take()
    assert not dialog.isVisible()
    assert document.network.data.kind == "csv"
    assert document.network.nodes["input1"].attrs["shape"] == (4,)
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Data: mine.csv"
    document.undo_stack.undo()
    assert document.network.data is None


def test_without_the_tick_the_network_stays(opened, table, document):
    dialog = opened(table)
    dialog.fit.setChecked(False)
    dialog.take()
    assert document.network.nodes["input1"].attrs["shape"] == (2,)


def test_target_and_kinds_can_be_changed(opened, table, document, qtbot):
    dialog = opened(table)
    dialog.set_option("target", "long")
    settle(qtbot, dialog)
    assert dialog.dataset.task == "regression"
    assert "use Squared error" in dialog.fit.text()
    dialog.set_kind("colour", "ignore")
    settle(qtbot, dialog)
    assert not any("colour" in name for name in dialog.dataset.feature_names)
    dialog.set_kind("wide", "categories")
    settle(qtbot, dialog)
    assert "wide=0,25" in dialog.dataset.feature_names
    dialog.set_kind("wide", "auto")
    dialog.set_kind("colour", "auto")
    settle(qtbot, dialog)
    assert "wide" in dialog.dataset.feature_names
    dialog.take()
    again = opened(table)
    assert again.options["target"] == "long"  # opened once more, it is read as before


def test_a_class_and_a_number_are_predicted_at_once(opened, table, document, qtbot):
    dialog = opened(table)
    choice = dialog.table.cellWidget(0, 2)
    assert choice.findData("more_targets") >= 0
    choice.activated.emit(choice.findData("more_targets"))
    settle(qtbot, dialog)
    assert dialog.table.cellWidget(0, 2).currentText() == "target too"
    dialog.take()
    options = document.network.data.options
    assert options["more_targets"] == ("wide",)
    data = load(document.network.data)
    assert (data.target_names, data.target_classes) == (("kind", "wide"), (("a", "b", "c"), ()))
    again = opened(table)
    again.set_kind("wide", "more_targets")
    again.set_option("target", "wide")  # a column is predicted once
    assert again.options["more_targets"] == ()


def test_problems_stand_in_place_and_can_be_mended(opened, table, qtbot, document):
    dialog = opened(table)
    dialog.set_option("separator", "comma")
    settle(qtbot, dialog)
    assert dialog.problem.isVisibleTo(dialog)
    assert not dialog.use.isEnabled()
    dialog.take()
    assert document.undo_stack.count() == 0
    dialog.set_option("separator", "auto")
    settle(qtbot, dialog)
    assert not dialog.problem.isVisibleTo(dialog)
    dialog.set_option("validation", 0.9)
    assert "leave less than" in dialog.problem.text()
    assert dialog.split.value_of("validation") == 0.2
    dialog.set_option("target", "id")
    dialog.set_option("target", "the last column")
    settle(qtbot, dialog)
    assert dialog.dataset.target_names == ("kind",)


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "empty"), (b"PK\x03\x04 sheet", "spreadsheet"), (b"a,b\n1,2\n1\n", "cells"), (b"a,b\n", "only a header"),
     (b"\x00\x01\x02" * 50, "binary"), (b"a\n1\n2\n", "one column"), (b'a,b\n"1,2\n', "quotation")],
)  # fmt: skip
def test_files_that_are_no_tables(opened, tmp_path, content, word):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    dialog = opened(str(path))
    dialog.grab()
    assert word in dialog.problem.text()
    assert not dialog.use.isEnabled()
    assert not dialog.progress.isVisible()


def test_a_file_that_is_gone_and_closing_while_it_is_read(opened, tmp_path, table):
    assert "cannot be read" in opened(str(tmp_path / "gone.csv")).problem.text()
    dialog = opened(table)
    dialog._read()
    dialog.reject()
    assert not dialog._background.busy
