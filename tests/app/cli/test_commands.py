"""The other commands, each run on a ready-made network."""

from __future__ import annotations

import csv
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import common
from app.cli.main import main

NEEDED = {"perceptron", "xor", "four_neuron_chain", "spirals", "circles", "iris", "digits", "diabetes"}


def last_json(text: str) -> dict:
    return json.loads(text.splitlines()[-1])


def test_lessons(capsys: pytest.CaptureFixture[str]):
    assert main(["lessons", "--json"]) == common.OK
    lessons = last_json(capsys.readouterr().out)["lessons"]
    assert {lesson["name"] for lesson in lessons} >= NEEDED
    assert all(Path(lesson["path"]).is_file() and lesson["title"] for lesson in lessons)


@pytest.mark.parametrize("name", [common.lesson_name(path) for path in common.lesson_files()])
def test_lessons_are_sound(name: str, capsys: pytest.CaptureFixture[str]):
    assert main(["check", name, "--json"]) == common.OK
    assert last_json(capsys.readouterr().out) == {"ok": True, "problems": []}


def test_check_names_the_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    import engine

    network = engine.Network()
    network.connect(network.add("Input", shape=(4,)), network.add("Dense", units=3))
    path = tmp_path / "no-loss.chainrule"
    network.save(path)
    assert main(["check", str(path), "--json"]) == common.NO
    printed = capsys.readouterr().out
    assert "error [no_loss]" in printed
    assert last_json(printed)["ok"] is False
    assert [problem["code"] for problem in last_json(printed)["problems"]] == ["no_loss"]


def test_gradcheck(capsys: pytest.CaptureFixture[str]):
    assert main(["gradcheck", "xor", "--json"]) == common.OK
    result = last_json(capsys.readouterr().out)
    assert result["ok"] is True
    assert 0 < result["max_relative_error"] <= 1e-6
    assert all(name.endswith((".W", ".b")) for name in result["parameters"])


def test_predict_iris(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from sklearn.datasets import load_iris

    iris = load_iris()
    trained, rows, out = tmp_path / "iris.chainrule", tmp_path / "rows.csv", tmp_path / "out.csv"
    with rows.open("w", newline="") as file:
        csv.writer(file).writerows([iris.feature_names, *iris.data[::10].tolist()])
    assert main(["train", "iris", "--out", str(trained)]) == common.OK
    assert main(["predict", str(trained), str(rows), "-o", str(out)]) == common.OK
    with out.open(newline="") as file:
        header, *predicted = csv.reader(file)
    assert header[1:] == [f"p({name})" for name in iris.target_names]
    right = [row[0] == iris.target_names[label] for row, label in zip(predicted, iris.target[::10], strict=True)]
    assert sum(right) >= 14
    assert all(abs(sum(map(float, row[1:])) - 1) < 1e-4 for row in predicted)


def test_predict_needs_its_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = tmp_path / "rows.csv"
    rows.write_text("a,b\n1,2\n")
    assert main(["predict", "iris", str(rows), "-o", str(tmp_path / "out.csv")]) == common.BAD_INPUT
    assert "sepal" in capsys.readouterr().err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == [rows]


def test_screenshot_without_a_screen(root: Path, tmp_path: Path):
    out = tmp_path / "xor.png"
    command = [sys.executable, "main.py", "screenshot", "xor", str(out), "--size", "1000x640", "--steps", "20"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == common.OK, done.stderr
    head = out.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == (1000, 640)


def test_least_size_is_the_window_s(qtbot):
    from app.cli.parser import LEAST_SIZE
    from app.window import MainWindow

    window = MainWindow()
    qtbot.addWidget(window)
    assert (window.minimumWidth(), window.minimumHeight()) == LEAST_SIZE
    window.worker.stop()


def test_screenshot_of_a_layer_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["screenshot", "xor", str(tmp_path / "x.png"), "--select", "nobody"]) == common.BAD_INPUT
    assert "no layer 'nobody'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_screenshot_of_an_operation_that_is_not_there(root: Path, tmp_path: Path):
    command = [sys.executable, "main.py", "screenshot", "xor", str(tmp_path / "x.png"), "--cursor", "9999"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == common.BAD_INPUT
    assert "There is no operation 9999" in done.stderr
    assert list(tmp_path.iterdir()) == []
