"""What can be done with every plot: freeze, copy, save as picture or numbers, read what it is."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.plots.dock import PlotDock
from app.plots.share import Table, copy, png, save, svg
from app.worker_surface import Around
from tests.app.plots.samples import snapshot
from tests.app.plots.surface import lands


@pytest.fixture
def dock(qtbot):
    widget = PlotDock()
    qtbot.addWidget(widget)
    widget.resize(1400, 220)
    widget.show()
    widget.select_layer("dense1")
    widget.show_snapshot(snapshot(values={"dense1.a": np.arange(18.0).reshape(6, 3)},
                                  extra={"surface": Around(lands.land())}))  # fmt: skip
    return widget


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode())))


def test_numbers_come_in_full():
    lines = read(Table(("a", "b"), [(np.float64(0.1), np.int64(2)), (1e-300, float("nan"))]).to_csv())
    assert lines == [["a", "b"], ["0.1", "2"], ["1e-300", "nan"]]


def test_every_card_says_what_it_is_and_offers_its_menu(dock):
    for card in dock.cards.values():
        assert len(card.about) > 60
        words = [action.text() for action in card.make_menu().actions()]
        assert {"Freeze", "Copy the picture", "Save as PNG …", "Save as SVG …", "What is this?"} <= set(words)


def test_the_values_are_written_element_by_element(dock):
    lines = read(dock.activations.table().to_csv())
    assert lines[0] == ["axis 0", "axis 1", "dense1.a"]
    assert lines[1 + 3 * 4 + 2] == ["4", "2", "14.0"]
    assert len(lines) == 19


def test_the_surface_is_written_point_by_point(dock):
    land = lands.land()
    lines = read(dock.surface.table().to_csv())
    assert lines[0] == ["first", "second", "loss"]
    assert len(lines) == 1 + land.values.size
    a, b, loss = map(float, lines[40])
    assert loss == pytest.approx(lands.bowl(a, b))


def test_curves_and_norms_are_written(dock):
    curves = read(dock.curves.table().to_csv())
    assert {line[0] for line in curves[1:]} >= {"batch loss", "validation loss"}
    norms = {line[0]: float(line[2]) for line in read(dock.flow.table().to_csv())[1:]}
    assert norms == pytest.approx(dock.flow.bars.norms)


@pytest.mark.parametrize("end", ["png", "svg", "csv"])
def test_a_file_is_written_as_its_ending_says(dock, tmp_path, end):
    path = tmp_path / f"flow.{end}"
    dock.flow.save(str(path))
    data = path.read_bytes()
    if end == "png":
        picture = QImage.fromData(data)
        assert picture.width() == 2 * (dock.flow.width() + 24)
    elif end == "svg":
        assert ElementTree.fromstring(data).tag.endswith("svg")
    else:
        assert data.startswith(b"layer,")


def test_a_drawing_holds_words_as_words(dock):
    assert b"Gradient flow" in svg(dock.flow)
    assert len(png(dock.flow)) > 1000


def test_what_cannot_be_written_is_said_and_nothing_is_left(dock, tmp_path):
    said = []
    dock.refused.connect(said.append)
    for path in (tmp_path / "no" / "such" / "folder.png", tmp_path / "flow.gif"):
        dock.flow.save(str(path))
    dock.judgement.save(str(tmp_path / "empty.csv"))  # it has no numbers of its own
    assert len(said) == 3
    assert all("could not be saved" in text for text in said)
    assert list(tmp_path.iterdir()) == []
    dock.flow.save("")
    assert len(said) == 3


def test_the_picture_goes_to_the_clipboard(dock):
    copy(dock.flow)
    assert not QApplication.clipboard().pixmap().isNull()


def test_a_frozen_plot_stands_still_and_says_so(dock):
    dock.flow.freeze(True)
    assert not dock.flow.ice.isHidden()
    before = dict(dock.flow.bars.norms)
    dock.show_snapshot(snapshot(gradient_norms={"other": 5.0}))
    assert dock.flow.bars.norms == before
    dock.flow.freeze(False)
    dock.show_snapshot(snapshot(gradient_norms={"other": 5.0}))
    assert list(dock.flow.bars.norms) == ["other"]
    assert dock.flow.ice.isHidden()


def test_frozen_values_keep_their_numbers(dock):
    dock.activations.freeze(True)
    dock.show_snapshot(snapshot(values={"dense1.a": np.zeros((6, 3))}))
    assert read(dock.activations.table().to_csv())[-1][-1] == "17.0"


def test_a_save_by_name_only_takes_known_endings(dock, tmp_path):
    with pytest.raises(ValueError, match="does not end in"):
        save(str(tmp_path / "x.jpg"), dock.flow, None)
