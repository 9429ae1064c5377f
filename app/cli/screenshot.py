"""`screenshot FILE OUT.png`: the real window, drawn offscreen after some steps."""

from __future__ import annotations

import argparse
import os
import sys

from app import preflight
from app.cli.common import CANNOT_RUN, OK, CommandError, find_file, open_network
from app.cli.train import check_writable


def run(args: argparse.Namespace) -> int:
    """Draw the window and write the picture, whole or not at all."""
    path = find_file(args.file)
    if not args.out.lower().endswith(".png"):
        raise CommandError(f"{args.out} does not end in .png; pictures are written as PNG.")
    check_writable(args.out)
    network = open_network(args.file)
    if args.select is not None:
        network.node(args.select)  # raises, naming the layers there are
    trouble = preflight.find_trouble(screen=False)
    if trouble is not None:
        print(f"chainrule: {trouble.message}", file=sys.stderr)
        return CANNOT_RUN
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.screenshot import render

    picture = render(str(path), args.size, args.steps, args.theme, args.cursor, args.select, float(args.scale))
    _write(args.out, picture)
    width, height = (side * args.scale for side in args.size)
    print(f"{args.out}: {width}×{height}, after {args.steps:,} steps")
    return OK


def _write(path: str, picture: bytes) -> None:
    from engine.archive import atomic_write

    with atomic_write(path) as file:
        file.write(picture)
