"""`python main.py [FILE]`: the window; where no screen is, a short training run that shows the engine at work."""

from __future__ import annotations

import argparse
import sys

from app import preflight
from app.cli.common import CANNOT_RUN, OK, find_file

SHOWN_LESSON = "spirals"
SHOWN_STEPS = 20_000  # of the small lesson; of a network of the user's own, which may be large, only a few
FEW_STEPS = 500


def run(args: argparse.Namespace) -> int:
    """Open the window and return its exit status."""
    path = find_file(args.file) if args.file is not None else None
    trouble = preflight.find_trouble()
    if trouble is None:
        from app.main import run as run_window

        return run_window(str(path) if path else None, args.theme)
    print(f"chainrule: {trouble.message}", file=sys.stderr, flush=True)
    if trouble.kind != "no-display":
        return CANNOT_RUN
    return _show_without_screen(args.file, FEW_STEPS) if path else _show_without_screen(SHOWN_LESSON, SHOWN_STEPS)


def _show_without_screen(name: str, steps: int) -> int:
    """Train `name` for a moment, so that the engine is seen to work on a machine without a screen."""
    from app.cli.train import open_session, report, train

    print(f"\nMeanwhile, {steps:,} steps of {name}:", file=sys.stderr, flush=True)
    session = open_session(name)
    report(name, train(session, steps))
    return OK
