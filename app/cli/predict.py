"""`predict FILE INPUT.csv -o OUT.csv`: a network applied to rows of the user's own."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.common import OK, CommandError, find_file, say
from app.cli.train import check_writable, open_session

if TYPE_CHECKING:
    import numpy as np

    from engine import Session
    from engine.data import Dataset


def run(args: argparse.Namespace) -> int:
    """Read the rows, predict, write one row of predictions for each."""
    if not Path(args.input).is_file():
        raise CommandError(f"{args.input}: no such file; name a CSV file with the columns of the data.")
    check_writable(args.out)
    check_apart(args.out, args.input, args.file)
    session = open_session(args.file)
    if session.network.checkpoint is None:
        say(f"{args.file} has not been trained: the predictions are those of its initial weights.")
    x = session.dataset.encode_rows(args.input)
    outputs = outputs_of(session, x)
    write_table(args.out, answers(session, outputs) if session.metrics.answers_data else plain(outputs))
    print(f"{len(x):,} rows of predictions written to {args.out}")
    return OK


def check_apart(out: str, rows: str, project: str) -> None:
    """Refuse to write the predictions over what they are made from, under any name. Raises CommandError."""
    for name, what in ((Path(rows), "the input"), (find_file(project), "the project file")):
        if Path(out).resolve() == name.resolve() or (Path(out).exists() and Path(out).samefile(name)):
            raise CommandError(f"{out} is {what}, which would be overwritten; name another file after -o.")


def outputs_of(session: Session, x: np.ndarray) -> np.ndarray:
    """Probabilities (n, classes), or predicted targets (n, targets) as scaled in training."""
    outputs = session.probabilities(x)
    if session.dataset.task == "regression" and outputs.shape[1] > session.dataset.outputs:
        return outputs[:, 1:]  # one number between 0 and 1 is asked for, not the two classes 0 and 1
    return outputs


def plain(outputs: np.ndarray) -> Iterator[list[object]]:
    """Header and rows of outputs that stand for none of the data's targets, as of an autoencoder."""
    rows = outputs.reshape(len(outputs), -1)
    yield [f"output {i + 1}" for i in range(rows.shape[1])]
    yield from ([f"{value:.8g}" for value in row] for row in rows)


def answers(session: Session, outputs: np.ndarray) -> Iterator[list[object]]:
    """Header and rows of outputs that stand for the data's targets, or for some of their columns."""
    import numpy as np

    from engine.losses import columns_of, picks_columns

    dataset, loss = session.dataset, session.loss_layer
    if dataset.task == "mixed" and session.metrics.classifies:
        column = loss.attrs["first_column"]
        yield from classes_table(dataset.target_names[column], dataset.target_classes[column], outputs)
        return
    if not picks_columns(loss):
        yield from table(dataset, outputs)
        return
    first, stop = columns_of(loss, len(dataset.target_names))
    whole = np.zeros((len(outputs), len(dataset.target_names)))
    whole[:, first:stop] = outputs.reshape(len(outputs), -1)
    yield from (row[first:stop] for row in table(dataset, whole))


def table(dataset: Dataset, outputs: np.ndarray) -> Iterator[list[object]]:
    """Header and rows: the class and the probability of every class, or the predicted targets in their own units.

    outputs (n, classes) probabilities, or (n, targets).
    """
    if dataset.task == "classification":
        yield from classes_table(dataset.target_names[0], dataset.class_names, outputs)
    else:
        yield list(dataset.target_names)
        for row in dataset.inverse_target(outputs):
            yield [f"{value:.8g}" for value in row]


def classes_table(name: str, classes: tuple[str, ...], outputs: np.ndarray) -> Iterator[list[object]]:
    """Header and rows: the class and the probability of every class."""
    yield [name, *(f"p({each})" for each in classes)]
    for row in outputs:
        yield [classes[int(row.argmax())], *(f"{value:.6g}" for value in row)]


def write_table(path: str, rows: Iterator[list[object]]) -> None:
    """Write a CSV file whole or not at all. Raises engine.errors.FileError."""
    from engine.archive import atomic_write

    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())
