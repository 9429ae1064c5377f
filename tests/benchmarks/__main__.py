"""All benchmarks: ``python -m tests.benchmarks [--only NAME …] [--json FILE]``.

PyTorch (requirements-bench.txt) is wanted, but not needed; JAX (requirements-jax.txt) fills a column where the variable
JAX_PYTHON names a Python that has it.
"""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

from tests.benchmarks.figures import machine, say, show

PARTS = {
    "training": "tests.benchmarks.training",
    "products": "tests.benchmarks.products",
    "convolution": "tests.benchmarks.convolution",
    "recurrent": "tests.benchmarks.recurrent",
    "transformers": "tests.benchmarks.transformers",
    "threads": "tests.benchmarks.threads",
    "cold": "tests.benchmarks.cold",
    "edit": "tests.benchmarks.edit",
    "start": "tests.benchmarks.start",
    "window": "tests.benchmarks.window",
    "live": "tests.benchmarks.live",
    "views": "tests.benchmarks.views",
    "memory": "tests.benchmarks.memory",
    "surface": "tests.benchmarks.surface",
    "canvas": "tests.benchmarks.canvas",
}


def main() -> None:
    """Run the parts asked for, print their tables, write their figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Run all benchmarks.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="NAME",
                        help=f"parts to run: {', '.join(PARTS)}")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE as well")
    args = parser.parse_args()
    print(machine())
    found = []
    for name in args.only:
        say(f"… {name}")
        for table in importlib.import_module(PARTS[name]).tables():
            show(table)
            found.append({"part": name, **table.to_json()})
    if args.json:
        written = {"machine": machine(), "tables": found}
        args.json.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
