"""The command line: `python main.py [FILE]` for the window, `python main.py COMMAND …` for the rest."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from app.cli.common import CommandError

PROGRAM = "python main.py"
WINDOW = "window"
LEAST_SIZE = (960, 600)  # the window does not get smaller

EPILOG = """commands (FILE is a project file or the name of a lesson; `python main.py COMMAND --help` says more):
  check FILE               what is wrong with a network (exit status 1 if anything is)
  train FILE               train it and print the figures
  predict FILE INPUT.csv   apply it to the rows of a CSV file
  generate FILE            make up text with a network that was trained on some
  gradcheck FILE           compare its gradients with finite differences
  screenshot FILE OUT.png  draw the window into a picture
  lessons                  list the ready-made networks"""


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line, as every other error is said."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} (see: {self.prog} --help)")


def parse(argv: list[str]) -> argparse.Namespace:
    """The arguments; `command` names what to run. Raises CommandError; `--help` exits with 0."""
    commands = command_parser()
    if argv and argv[0] in commands.choices:
        return commands.choices[argv[0]].parse_args(argv[1:], argparse.Namespace(command=argv[0]))
    return window_parser().parse_args(argv, argparse.Namespace(command=WINDOW))


def window_parser() -> OneLineParser:
    """`python main.py [FILE] [--theme …]`."""
    parser = OneLineParser(
        PROGRAM,
        description="Chainrule: draw a neural network, train it, and walk through its computation.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="a project file or the name of a lesson to open")
    _add_theme(parser, None)
    return parser


class Commands:
    """The parsers of the commands, by name."""

    def __init__(self) -> None:
        self.choices: dict[str, OneLineParser] = {}

    def add(self, name: str, description: str, *, file: bool = True) -> OneLineParser:
        """A new command; with `file` it takes a FILE first."""
        parser = OneLineParser(f"{PROGRAM} {name}", description=description, allow_abbrev=False)
        if file:
            parser.add_argument("file", metavar="FILE", help="a project file or the name of a lesson")
        self.choices[name] = parser
        return parser


def command_parser() -> Commands:
    """All commands that need no window."""
    commands = Commands()
    _add_json(commands.add("check", "Print what is wrong with a network; exit status 1 if anything is."))
    _add_train(commands)
    predict = commands.add("predict", "Apply a network to the rows of a CSV file.")
    predict.add_argument("input", metavar="INPUT.csv", help="rows with the columns the network was made for")
    predict.add_argument("-o", "--out", metavar="OUT.csv", required=True, help="where to write the predictions")
    _add_generate(commands)
    _add_json(commands.add("gradcheck", "Compare all gradients with finite differences, in float64."))
    _add_screenshot(commands)
    _add_json(commands.add("lessons", "List the ready-made networks.", file=False))
    return commands


def _add_train(commands: Commands) -> None:
    parser = commands.add("train", "Train a network on its data and print the figures.")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", metavar="N", type=_whole(1), help="how many steps (batches)")
    length.add_argument("--epochs", metavar="N", type=_whole(1), help="how many passes over the training set")
    _add_optimizer(parser)
    parser.add_argument("--seed", metavar="S", type=_whole(0), help="fixes initial weights and the order of the rows")
    parser.add_argument("--threads", metavar="T", type=_whole(1, 64), help="threads; the result does not depend on it")
    parser.add_argument("--out", metavar="FILE", help="where to save the trained network")
    _add_json(parser)


def _add_optimizer(parser: OneLineParser) -> None:
    from engine.training import OPTIMIZER_NAMES, SCHEDULES

    names = ", ".join(OPTIMIZER_NAMES)
    parser.add_argument("--optimizer", metavar="NAME", choices=OPTIMIZER_NAMES, help=f"instead of the file's: {names}")
    parser.add_argument("--rate", metavar="R", type=float, help="a learning rate instead of the file's")
    parser.add_argument("--schedule", metavar="NAME", choices=SCHEDULES, help="how it goes on: " + ", ".join(SCHEDULES))
    parser.add_argument(
        "--set", metavar="SETTING=VALUE", type=_setting, action="append", default=[],
        help="any setting of the file's training, as period=500 or clipping=norm; may come several times",
    )  # fmt: skip


def _add_generate(commands: Commands) -> None:
    parser = commands.add("generate", "Make up text, one token after the other, with a network that learns from text.")
    parser.add_argument("--prompt", metavar="TEXT", default="\n", help="what to go on from (a new line)")
    parser.add_argument("--count", metavar="N", type=_whole(1, 100_000), default=300, help="how many tokens (300)")
    parser.add_argument("--temperature", metavar="T", type=float, default=0.8, help="0: always the likeliest (0.8)")
    parser.add_argument("--top-k", metavar="K", type=_whole(0), default=0, help="of the K likeliest only (0: of all)")
    parser.add_argument("--seed", metavar="S", type=_whole(0), default=0, help="another seed, another text (0)")
    _add_json(parser)


def _add_screenshot(commands: Commands) -> None:
    parser = commands.add("screenshot", "Draw the window with a network into a picture, without a screen.")
    parser.add_argument("out", metavar="OUT.png", help="where to write the picture")
    parser.add_argument("--size", metavar="WxH", type=_size, default=(1600, 1000), help="in pixels (1600x1000)")
    parser.add_argument("--steps", metavar="N", type=_whole(0), default=0, help="train so many steps first (0)")
    parser.add_argument(
        "--cursor", metavar="N", type=_whole(0), help="then stop before operation N of the next step, from 0 on"
    )
    parser.add_argument("--select", metavar="LAYER", help="show the layer of this id (one that tells most)")
    parser.add_argument("--scale", metavar="K", type=_whole(1, 4), default=1, help="pixels per unit of the size (1)")
    _add_theme(parser, "dark")


def _add_json(parser: OneLineParser) -> None:
    parser.add_argument("--json", action="store_true", help="make the last line of the output one JSON object")


def _add_theme(parser: OneLineParser, default: str | None) -> None:
    parser.add_argument("--theme", choices=("dark", "light"), default=default, help="colours of the window")


def _setting(text: str) -> tuple[str, str | float]:
    """ "period=500": a setting of the training and its value; whether it may be so is told when it is applied."""
    from engine.training import TRAINING_ATTRIBUTES

    name, equals, value = text.partition("=")
    kinds = {attribute.name: attribute.kind for attribute in TRAINING_ATTRIBUTES}
    if name not in kinds or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not SETTING=VALUE with one of: {', '.join(kinds)}")
    try:
        return name, float(value) if kinds[name] in ("int", "float") else value
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number for {name}") from error


class _whole:
    """Type of an argument: a whole number from `least` to `most`."""

    def __init__(self, least: int, most: int = 2**53) -> None:
        self.least, self.most = least, most

    def __call__(self, text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,17}", text) or not self.least <= int(text) <= self.most:
            upper = f" to {self.most}" if self.most < 2**53 else " or more"
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of {self.least}{upper}")
        return int(text)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(least <= side <= 8192 for least, side in zip(LEAST_SIZE, size, strict=True)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1600x1000 (from 960x600 to 8192x8192)")
    return size
