"""Pictures of the main states, both themes, small and at 200 %: ``python -m tests.pictures [--out FOLDER]``.

Each is made by a process of its own, with settings and a home folder of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

from tests.pictures.states import STATES

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"": ((1280, 800), 1), "-200": ((1280, 720), 2)}  # what the file's name ends in: size, pixels a unit
THEMES = ("dark", "light")


def main() -> int:
    """Draw what was asked for; the exit status counts the pictures that failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "screenshots", metavar="FOLDER")
    parser.add_argument("--only", nargs="+", choices=STATES, default=list(STATES), metavar="STATE")
    parser.add_argument("--themes", nargs="+", choices=THEMES, default=list(THEMES), metavar="THEME")
    parser.add_argument("--sizes", nargs="+", choices=("1280x800", "2560x1440"), default=None, metavar="SIZE")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    wanted = {"1280x800": "", "2560x1440": "-200"}
    ends = [wanted[size] for size in args.sizes] if args.sizes else list(SIZES)
    return sum(draw(args.out, *one) for one in product(args.only, args.themes, ends))


def draw(folder: Path, state: str, theme: str, end: str) -> int:
    """One picture; returns 0 if it was made."""
    (width, height), scale = SIZES[end]
    out = folder.resolve() / f"{state}-{theme}{end}.png"
    with tempfile.TemporaryDirectory() as home:
        command = [
            sys.executable,
            "-m",
            "tests.pictures.draw",
            state,
            theme,
            str(width),
            str(height),
            str(scale),
            str(out),
        ]
        done = subprocess.run(
            command, check=False, cwd=ROOT, env=surroundings(home, scale), capture_output=True, text=True
        )
    print(
        f"{out.name}: {f'{out.stat().st_size / 1024:.0f} KiB' if done.returncode == 0 else done.stderr.strip()}",
        flush=True,
    )
    return int(done.returncode != 0)


def surroundings(home: str, scale: int) -> dict[str, str]:
    """Environment of a user who has just begun; the compiled kernels are the machine's."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    own = {name: os.path.join(home, path) for name, path in
           {"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".data", "XDG_STATE_HOME": ".state"}.items()}  # fmt: skip
    return {**os.environ, **own, "HOME": home, "XDG_CACHE_HOME": cache, "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": str(scale)}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
