"""`python -m tests.onnx`: how many of ONNX's operator tests pass, by family, as a table."""

from __future__ import annotations

import importlib.metadata
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.onnx.cases import Outcome, collect, run_case

STATUSES = ("passed", "unsupported", "failed")


def table(outcomes: Iterable[Outcome]) -> list[str]:
    """The lines of a table in Markdown."""
    from tests.onnx.mappings import ABSENT, DEFINED, FAMILIES, family

    outcomes = list(outcomes)
    defined = {outcome.op for outcome in outcomes if outcome.status == "passed"}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        title = family(outcome.op) or (DEFINED if outcome.op in defined else ABSENT)
        counts[title][outcome.status] += 1
    lines = [f"| ONNX operators | {' | '.join(STATUSES)} |", "| --- | --: | --: | --: |"]
    for title in (*FAMILIES, DEFINED, ABSENT):
        lines.append(_line(title, counts[title]))
    return [*lines, _line("all", Counter(outcome.status for outcome in outcomes))]


def _line(title: str, counts: Counter[str]) -> str:
    return f"| {title} | {' | '.join(str(counts[status]) for status in STATUSES)} |"


def main() -> int:
    """Print the table, and why what is not supported is not; the exit status tells whether a case failed."""
    try:
        version = importlib.metadata.version("onnx")
    except importlib.metadata.PackageNotFoundError:
        print("The package onnx is not installed: pip install -r requirements-bench.txt")
        return 2
    outcomes = [run_case(case) for case in collect()]
    print(f"ONNX {version}: {len(outcomes)} operator tests\n")
    print("\n".join(table(outcomes)))
    reasons = Counter(outcome.reason for outcome in outcomes if outcome.status == "unsupported")
    print("\nNot supported:", ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common()))
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    for outcome in failed:
        print(f"FAILED {outcome.name}: {outcome.reason}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
