"""`check FILE`: what is wrong with a network, its data included."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.common import NO, OK, find_file, open_network, print_json

if TYPE_CHECKING:
    from engine import Problem


def run(args: argparse.Namespace) -> int:
    """Print the problems; 1 if one of them keeps the network from running."""
    from engine import data

    path = find_file(args.file)
    network = open_network(args.file)
    problems = network.check(data.load(network.data, path.parent) if network.data is not None else None)
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in problems:
        print(_line(problem))
    if not problems:
        print(f"{network.title}: no problems; {len(network.nodes)} layers, {len(network.wires)} wires.")
    if args.json:
        print_json({"ok": not errors, "problems": [problem.to_json() for problem in problems]})
    return NO if errors else OK


def _line(problem: Problem) -> str:
    return f"{problem.severity} [{problem.code}] {problem}"
