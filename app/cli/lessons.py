"""`lessons`: the ready-made networks under assets/lessons."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.common import LESSONS, OK, CommandError, lesson_files, lesson_name, open_network, print_json


def run(args: argparse.Namespace) -> int:
    """Print name, title and path of every lesson."""
    lessons = [_entry(path) for path in lesson_files()]
    if not lessons:
        raise CommandError(f"no lessons in {LESSONS}: the program's folder is not complete, get it afresh.")
    width = max(len(lesson["name"]) for lesson in lessons)
    for lesson in lessons:
        print(f"{lesson['name']:<{width}}  {lesson['title']}")
    if args.json:
        print_json({"lessons": lessons})
    return OK


def _entry(path: Path) -> dict[str, str]:
    network = open_network(str(path))
    return {"name": lesson_name(path), "title": network.title, "description": network.description, "path": str(path)}
