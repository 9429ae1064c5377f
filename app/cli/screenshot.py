"""`screenshot FILE OUT.png`: the real window, drawn offscreen after some steps."""

from __future__ import annotations

import argparse
import os
import sys

from app import preflight
from app.cli.common import CANNOT_RUN, OK, CommandError, find_file
from app.cli.train import check_writable


def run(args: argparse.Namespace) -> int:
    """Draw the window and write the picture, whole or not at all."""
    path = find_file(args.file)
    if not args.out.lower().endswith(".png"):
        raise CommandError(f"{args.out} does not end in .png; pictures are written as PNG.")
    check_writable(args.out)
    trouble = preflight.find_trouble(screen=False)
    if trouble is not None:
        print(f"chainrule: {trouble.message}", file=sys.stderr)
        return CANNOT_RUN
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.screenshot import render

    picture = render(str(path), size=args.size, steps=args.steps, theme=args.theme)
    _write(args.out, picture)
    print(f"{args.out}: {args.size[0]}×{args.size[1]}, after {args.steps:,} steps")
    return OK


def _write(path: str, picture: bytes) -> None:
    from engine.archive import atomic_write

    with atomic_write(path) as file:
        file.write(picture)
