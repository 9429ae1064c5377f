"""Exit statuses, and that every error is one line on stderr."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from app import preflight
from app.cli import common
from app.cli.main import DEBUG, main
from engine.errors import ChainruleError, DivergedError


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch):
    """Makes the command `lessons` raise what it is given."""

    def install(error: BaseException) -> None:
        def run(args: object) -> int:
            raise error

        monkeypatch.setitem(sys.modules, "app.cli.lessons", types.SimpleNamespace(run=run))

    monkeypatch.delenv(DEBUG, raising=False)
    return install


@pytest.mark.parametrize(
    ("error", "status", "part"),
    [
        (common.CommandError("no such thing"), common.BAD_INPUT, "no such thing"),
        (ChainruleError("a\n b"), common.BAD_INPUT, "chainrule: a b"),
        (PermissionError(13, "Permission denied", "x.csv"), common.BAD_INPUT, "Permission denied: 'x.csv'"),
        (DivergedError("made NaN first", "exp", 3), common.NO, "made NaN first"),
        (MemoryError(), common.NO, "not enough memory"),
        (KeyboardInterrupt(), common.INTERRUPTED, "interrupted"),
        (ZeroDivisionError("oops"), common.BUG, "ZeroDivisionError: oops"),
    ],
)
def test_errors_are_one_line(failing, capsys: pytest.CaptureFixture[str], error, status: int, part: str):
    failing(error)
    assert main(["lessons"]) == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert part in printed.err
    assert printed.err.count("\n") == 1


def test_debugging_shows_the_traceback(failing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(DEBUG, "1")
    failing(ZeroDivisionError("oops"))
    with pytest.raises(ZeroDivisionError):
        main(["lessons"])


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(preflight, "NEEDED_HEADLESS", ("no_such_package",))
    assert main(["lessons"]) == common.CANNOT_RUN
    printed = capsys.readouterr().err
    assert "no_such_package" in printed
    assert preflight.INSTALL in printed


@pytest.mark.parametrize(
    "argv",
    [
        ["check", "no/such/file"],
        ["train", "no/such/file"],
        ["predict", "no/such/file", "x.csv", "-o", "y.csv"],
        ["gradcheck", "."],
        ["screenshot", "no/such/file", "x.png"],
        ["no/such/file"],
        ["train", "spirals", "--out", "no/such/folder/x.chainrule"],
        ["train", "spirals", "--out", "."],
        ["screenshot", "spirals", "picture.jpg"],
    ],
)
def test_bad_paths(argv: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(argv) == common.BAD_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("chainrule: ")
    assert printed.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


BAD_FILES = {
    "empty": b"",
    "cut": b"PK\x03\x04",
    "zeros": b"\x00" * 100,
    "json": b"{}",
    "bad-end": b"PK\x05\x06" + b"\xff" * 30,
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
@pytest.mark.parametrize("command", ["check", "train", "gradcheck"])
def test_bad_files(command: str, content: bytes, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    path = tmp_path / "bad.chainrule"
    path.write_bytes(content)
    assert main([command, str(path)]) == common.BAD_INPUT
    printed = capsys.readouterr()
    assert "bad.chainrule" in printed.err
    assert printed.err.count("\n") == 1


def test_a_closed_pipe_is_no_error(root: Path):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "main.py", "lessons"]
    done = subprocess.run(command, cwd=root, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.returncode == common.NO
    assert done.stderr == ""


def test_json_is_one_line_without_nan(capsys: pytest.CaptureFixture[str]):
    import numpy as np

    common.print_json({"a": float("nan"), "b": [np.float32(0.5), np.int64(3), True], "c": {"d": float("inf")}})
    assert capsys.readouterr().out == '{"a": null, "b": [0.5, 3, true], "c": {"d": null}}\n'


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]):
    assert main(["train", "--help"]) == common.OK
    assert "--epochs" in capsys.readouterr().out


def test_lessons_lie_where_the_engine_says():
    from engine import files

    assert (common.LESSONS, common.SUFFIX) == (files.LESSONS, files.SUFFIX)


def test_numbers_before_a_lesson_only_order_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(common, "LESSONS", tmp_path)
    for name in ("02-iris", "10-xor-2", "plain"):
        (tmp_path / f"{name}.chainrule").write_text("{}")
    assert [common.lesson_name(path) for path in common.lesson_files()] == ["iris", "xor_2", "plain"]
    assert common.find_file("Iris") == tmp_path / "02-iris.chainrule"
    assert common.find_file("xor-2") == common.find_file("xor_2") == tmp_path / "10-xor-2.chainrule"
    with pytest.raises(common.CommandError, match=r"no such lesson \(there are: iris, xor_2, plain"):
        common.find_file("wine")
