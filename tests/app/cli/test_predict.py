"""The table of predictions: classes with their probabilities, or targets in their own units."""

from __future__ import annotations

import numpy as np

from app.cli.common import BAD_INPUT
from app.cli.main import main
from app.cli.predict import table, write_table
from engine.data import from_arrays


def test_classes_and_probabilities():
    data = from_arrays(np.zeros((3, 2)), np.array([0, 1, 2]), class_names=["ant", "bee", "cat, big"])
    rows = list(table(data, np.array([[0.1, 0.7, 0.2], [0.5, 0.25, 0.25]])))
    assert rows[0][1:] == ["p(ant)", "p(bee)", "p(cat, big)"]
    assert rows[1:] == [["bee", "0.1", "0.7", "0.2"], ["ant", "0.5", "0.25", "0.25"]]


def test_targets_are_given_in_their_own_units():
    y = np.array([[100.0], [200.0], [300.0]])
    data = from_arrays(np.zeros((3, 2)), y, standardise_target=True)
    header, *rows = table(data, data.train.y)
    assert header == list(data.target_names)
    assert np.allclose(np.array(rows, float), y)


def test_file_is_quoted_where_needed(tmp_path):
    write_table(str(tmp_path / "out.csv"), iter([["a", "b, c"], [1, 'say "x"']]))
    assert (tmp_path / "out.csv").read_bytes() == b'a,"b, c"\n1,"say ""x"""\n'


def test_what_it_reads_is_not_written_over(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows, project, link = tmp_path / "rows.csv", tmp_path / "mine.chainrule", tmp_path / "link.csv"
    rows.write_text("a,b\n1,2\n")
    project.write_text("kept")
    link.symlink_to(rows)
    for out, what in (("./rows.csv", "the input"), (str(link), "the input"), ("mine.chainrule", "the project file")):
        assert main(["predict", str(project), str(rows), "-o", out]) == BAD_INPUT
        told = capsys.readouterr().err.splitlines()
        assert len(told) == 1
        assert what in told[0]
    assert (rows.read_text(), project.read_text()) == ("a,b\n1,2\n", "kept")
