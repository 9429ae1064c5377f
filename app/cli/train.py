"""`train FILE`: training without a window, with a progress bar, and the figures at the end."""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from app.cli.common import OK, CommandError, open_network, print_json

if TYPE_CHECKING:
    from engine import Session
    from engine.early_stopping import EarlyStopping

SHORT, LONG = 0.05, 0.2  # seconds between two looks at the clock: Ctrl-C answers, and the bar moves, this often


@dataclass(frozen=True)
class Figures:
    """What a run came to. `train` and `validation`: loss, accuracy or r2, and rows, as Session.evaluate gives them."""

    steps: int
    epochs: float
    seconds: float
    train: dict[str, Any]
    validation: dict[str, Any] | None
    stopped: str = ""

    def to_json(self) -> dict[str, Any]:
        """The fields of `train --json`; what the run has no value for is None."""
        validation = self.validation or {}
        return {
            "steps": self.steps,
            "epochs": self.epochs,
            "train_loss": self.train["loss"],
            "train_accuracy": self.train.get("accuracy"),
            "train_r2": self.train.get("r2"),
            "val_loss": validation.get("loss"),
            "val_accuracy": validation.get("accuracy"),
            "val_r2": validation.get("r2"),
            "stopped_early": bool(self.stopped),
            "seconds": self.seconds,
            "steps_per_second": self.steps / max(self.seconds, 1e-9),
        }


def run(args: argparse.Namespace) -> int:
    """Train as long as asked (else for the epochs the file says), print the figures, save with --out."""
    if args.out is not None:
        check_writable(args.out)
    wish = {"optimizer": args.optimizer, "learning_rate": args.rate, "schedule": args.schedule, **dict(args.set)}
    session = open_session(args.file, wish, seed=args.seed, threads=args.threads)
    epochs = args.epochs or session.network.training.epochs
    figures = train(session, args.steps or max(1, round(epochs * _steps_per_epoch(session))))
    if args.out is not None:
        session.save(args.out)
    people = sys.stderr if args.json else sys.stdout
    report(args.file, figures, people)
    if args.out is not None:
        print(f"saved to {args.out}", file=people)
    if args.json:
        print_json(figures.to_json())
    return OK


def open_session(
    name: str, wish: dict[str, Any] | None = None, *, seed: int | None = None, threads: int | None = None
) -> Session:
    """A session on the file or lesson `name` and the data it names, with the settings of its training that `wish`
    names; None leaves one as the file has it."""
    network = open_network(name)
    import engine
    from engine.edits import SetTraining

    asked = {setting: value for setting, value in (wish or {}).items() if value is not None}
    network.apply(SetTraining(replace(network.training, **asked)))
    return engine.Session.from_network(network, seed=seed, threads=threads)


def check_writable(name: str) -> None:
    """Complain before a long run, not after it, about a place that cannot be written to. Raises CommandError."""
    path = Path(name)
    if path.is_dir():
        raise CommandError(f"{name} is a folder; name a file to write.")
    if not path.absolute().parent.is_dir():
        raise CommandError(f"{name} cannot be written: there is no folder {path.parent}; create it first.")
    if not os.access(path.absolute().parent, os.W_OK):
        raise CommandError(f"{name} cannot be written: {path.parent} is read-only; choose another folder.")


def train(session: Session, steps: int) -> Figures:
    """Run `steps` steps under a progress bar on stderr."""
    from tqdm import tqdm

    from engine.early_stopping import stopping_of

    start, began = time.perf_counter(), session.steps
    stopping, told = stopping_of(session), ""
    with tqdm(total=steps, desc="training", unit=" steps", file=sys.stderr, leave=False, dynamic_ncols=True) as bar:
        for done in _stretches(session, steps, stopping):
            bar.update(done)
            told = "" if stopping is None else stopping.ends(session)
            if told:
                break
    steps = session.steps - began
    seconds = time.perf_counter() - start
    validation = session.evaluate("validation") if session.has("validation") else None
    return Figures(steps, steps / _steps_per_epoch(session), seconds, session.evaluate("train"), validation, told)


def _steps_per_epoch(session: Session) -> float:
    """Batches that make one pass; not a whole number where the batch size does not divide the rows."""
    return len(session.dataset.train) / session.batch_size


def _stretches(session: Session, steps: int, stopping: EarlyStopping | None = None) -> Iterator[int]:
    """Train in stretches that take a moment each, none past where `stopping` looks; yields how many steps each had."""
    stretch = 1
    while steps:
        stretch = min(stretch, steps)
        stretch = stretch if stopping is None else min(stretch, stopping.steps_left(session))
        start = time.perf_counter()
        session.train(steps=stretch)
        took = time.perf_counter() - start
        steps -= stretch
        yield stretch
        stretch = 2 * stretch if took < SHORT else max(1, stretch // 2) if took > LONG else stretch


def report(name: str, figures: Figures, file: TextIO | None = None) -> None:
    """Print the figures for a person (None: on stdout)."""
    rate = figures.steps / max(figures.seconds, 1e-9)
    print(
        f"{name}: {figures.steps:,} steps, {figures.epochs:,.4g} epochs, {figures.seconds:.2f} s, {rate:,.0f} steps/s",
        file=file,
    )
    if figures.stopped:
        print(f"  {figures.stopped}", file=file)
    for part, values in (("training", figures.train), ("validation", figures.validation)):
        if values is not None:
            print(f"  {part:<10}  {_describe(values)}", file=file)


def _describe(values: dict[str, Any]) -> str:
    texts = [f"loss {values['loss']:.4g}"]
    if values.get("accuracy") is not None:
        texts.append(f"accuracy {100 * values['accuracy']:.1f} %")
    if math.isfinite(values.get("r2") or math.nan):
        texts.append(f"R² {values['r2']:.3f}")
    return "   ".join([*texts, f"({values['rows']:,} rows)"])
