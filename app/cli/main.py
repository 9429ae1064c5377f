"""Runs one command; every error ends here, in one line on stderr and an exit status."""

from __future__ import annotations

import importlib
import os
import sys

from app import preflight
from app.cli.common import BAD_INPUT, BUG, CANNOT_RUN, INTERRUPTED, NO, OK, CommandError, say
from app.cli.parser import WINDOW, parse

DEBUG = "CHAINRULE_DEBUG"


def main(argv: list[str]) -> int:
    """Exit status of `python main.py *argv`: 0 done, 1 the answer is no, 2 bad input, 3 cannot run here."""
    try:
        status = _run(argv)
        if sys.stdout is not None:  # None where the caller closed it
            sys.stdout.flush()  # a closed pipe shows here, not at the interpreter's end
        return status
    except KeyboardInterrupt:
        say("interrupted.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        return _report(error)


def _run(argv: list[str]) -> int:
    try:
        args = parse(argv)
    except SystemExit:  # argparse has printed the help
        return OK
    return _missing(args.command) or importlib.import_module(f"app.cli.{args.command}").run(args)


def _missing(command: str) -> int:
    """CANNOT_RUN, and said so, where Python packages that `command` needs are not installed; else 0."""
    names = preflight.NEEDED if command in (WINDOW, "screenshot") else preflight.NEEDED_HEADLESS
    trouble = preflight.missing_packages(names)
    if trouble is None:
        return 0
    print(f"chainrule: {trouble.message}", file=sys.stderr)
    return CANNOT_RUN


def _report(error: Exception) -> int:
    """Say what went wrong; returns the exit status."""
    from engine.errors import ChainruleError, DivergedError

    if isinstance(error, DivergedError):
        say(str(error))
        return NO
    if isinstance(error, (CommandError, ChainruleError, OSError)):
        say(str(error))
        return BAD_INPUT
    if isinstance(error, MemoryError):
        say("not enough memory for this network and its data; make the batch or the layers smaller.")
        return NO
    say(f"an unforeseen error, please report it: {type(error).__name__}: {error} ({DEBUG}=1 shows where)")
    return BUG
