"""The command line is read as documented, and every mistake in it is one line."""

from __future__ import annotations

import pytest

from app.cli.common import CommandError
from app.cli.parser import EPILOG, command_parser, parse


def test_no_arguments_and_a_file_mean_the_window():
    assert vars(parse([])) == {"command": "window", "file": None, "theme": None}
    assert vars(parse(["net.chainrule", "--theme", "light"])) == {
        "command": "window",
        "file": "net.chainrule",
        "theme": "light",
    }


def test_train_arguments():
    args = parse(["train", "iris", "--steps", "30", "--seed", "7", "--threads", "2", "--out", "o.chainrule", "--json"])
    assert (args.command, args.file, args.steps, args.epochs) == ("train", "iris", 30, None)
    assert (args.seed, args.threads, args.out, args.json) == (7, 2, "o.chainrule", True)


def test_other_commands():
    assert parse(["check", "x", "--json"]).json is True
    assert vars(parse(["predict", "x", "in.csv", "-o", "out.csv"])) == {
        "command": "predict",
        "file": "x",
        "input": "in.csv",
        "out": "out.csv",
    }
    shot = parse(["screenshot", "x", "o.png", "--size", "1280x800", "--steps", "5"])
    assert (shot.file, shot.out, shot.size, shot.steps, shot.theme) == ("x", "o.png", (1280, 800), 5, "dark")
    assert parse(["lessons"]).json is False


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["train"], "FILE"),
        (["train", "x", "--steps", "0"], "'0' is not a whole number of 1 or more"),
        (["train", "x", "--steps", "9" * 40], "is not a whole number"),
        (["train", "x", "--steps", "1e3"], "is not a whole number"),
        (["train", "x", "--epochs", "-4"], "--epochs"),
        (["train", "x", "--steps", "1", "--epochs", "1"], "not allowed with"),
        (["train", "x", "--threads", "65"], "1 to 64"),
        (["train", "x", "--ste", "5"], "--ste"),
        (["train", "x", "--optimizer", "magic"], "'nesterov'"),
        (["train", "x", "--rate", "fast"], "--rate"),
        (["train", "x", "--schedule", "sine"], "'cosine'"),
        (["train", "x", "--set", "period"], "not SETTING=VALUE with one of: optimizer"),
        (["train", "x", "--set", "size=3"], "'size=3' is not SETTING=VALUE"),
        (["train", "x", "--set", "period=long"], "'long' is not a number for period"),
        (["predict", "x", "in.csv"], "--out"),
        (["screenshot", "x", "o.png", "--size", "wide"], "not a size such as 1600x1000"),
        (["screenshot", "x", "o.png", "--size", "960x599"], "from 960x600"),
        (["screenshot", "x", "o.png", "--theme", "pink"], "pink"),
        (["lessons", "more"], "more"),
        (["x", "y"], "y"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_mistakes_are_one_line_that_says_where_to_look(argv: list[str], part: str):
    with pytest.raises(CommandError) as caught:
        parse(argv)
    message = str(caught.value)
    assert part in message
    assert "--help" in message
    assert "\n" not in message


def test_help_of_the_program_names_every_command(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        parse(["--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert EPILOG in printed
    assert all(f"\n  {name}" in EPILOG for name in command_parser().choices)


@pytest.mark.parametrize("name", list(command_parser().choices))
def test_help_of_a_command(name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        parse([name, "--help"])
    assert caught.value.code == 0
    assert f"python main.py {name}" in capsys.readouterr().out
