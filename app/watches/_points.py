"""Rows of numbers that a layer holds or makes, with what each row is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.numbers import format_count, format_number
from app.value_names import main_value
from engine.data.vocabulary import shown
from engine.evaluator import Evaluator

if TYPE_CHECKING:
    from engine.data import Part
    from engine.session import Session

MOST, MOST_WIDE = 800, 8192  # points, and numbers of each
MOST_WORK = 2e9  # floating-point operations of a forward pass for one look


@dataclass(frozen=True)
class Cloud:
    """x (n, d), all finite; the rest as in `Points`."""

    x: np.ndarray
    told: tuple[str, ...]
    words: tuple[str, ...]
    colours: np.ndarray | None
    classes: tuple[str, ...]
    what: str
    left_out: int


class Source:
    """Reads a session's layers; `cloud` may run on another thread than the session."""

    def __init__(self, session: Session) -> None:
        self.network, self.shapes, self.dataset = session.network, session.shapes, session.dataset
        self._names = {id: main_value(session.instructions, id) for id, node in session.network.nodes.items()
                       if not node.layer.is_loss}  # fmt: skip
        self._tables = {id: f"{id}.W" for id, node in session.network.nodes.items()
                        if node.kind == "Embedding" and f"{id}.W" in session.parameters}  # fmt: skip
        self._evaluator = Evaluator(session.network, session.shapes, session.evaluator.row, session.dtype)
        work = sum(row.flops for row in session.instructions if row.phase == "forward") / session.batch_size
        self._rows = max(16, min(MOST, round(MOST_WORK / max(1.0, work))))
        self._output = next(iter(session.network.inputs_of(session.loss_layer.id).values()), None)

    def layer(self, wished: str | None) -> str | None:
        """The wished layer if it has points; else the first table, else the last layer before the output."""
        able = [id for id, name in self._names.items() if name or id in self._tables]
        if wished in able:
            return wished
        tables = [id for id in able if id in self._tables]
        hidden = [id for id in able if id != self._output and not self.network.nodes[id].layer.is_input]
        return next(iter(tables or hidden[-1:] or able), None)

    def copy(self, session: Session, layer: str) -> np.ndarray:
        """What `cloud` needs of the session as it is now: a layer's table, or all parameters."""
        name = self._tables.get(layer)
        return session.parameter_block() if name is None else session.parameters[name].copy()

    def cloud(self, layer: str, numbers: np.ndarray) -> Cloud:
        """Points of a layer out of what `copy` gave."""
        return self._table(numbers) if layer in self._tables else self._values(layer, numbers)

    def _table(self, whole: np.ndarray) -> Cloud:
        table = whole[:MOST]
        vocabulary = self.dataset.vocabulary
        known = vocabulary.itos[: len(table)] if vocabulary is not None else ()
        words = tuple(shown(known[k]) if k < len(known) else str(k) for k in range(len(table)))
        what = _share(len(table), len(whole), "tokens")
        return _finite(table, tuple(f"{word}   token {k}" for k, word in enumerate(words)), words, None, (), what)

    def _values(self, layer: str, block: np.ndarray) -> Cloud:
        part, which = self._part()
        rows, name = np.linspace(0, len(part) - 1, min(len(part), self._rows)).astype(np.int64), self._names[layer]
        found = self._evaluator.values(block, part.x[rows], [name])
        value = found.get(name)
        if value is None or not value.ndim or len(value) != len(rows):
            from engine.errors import SessionError

            raise SessionError(f"{layer} makes nothing of single rows. Select another layer on the canvas.")
        steps = value.ndim == 3 and part.y.ndim == 2 and part.y.shape[1] == value.shape[1]
        if steps and self.dataset.task == "sequence":
            return self._by_step(value, part, rows, which)
        mean = value.ndim == 3 and self.dataset.vocabulary is not None
        x = value.mean(1) if mean else value.reshape(len(value), -1)
        told = tuple(f"{which} row {row}" for row in rows)
        colours, classes, told = self._coloured(part.y[rows], told)
        what = _share(len(rows), len(part), f"{which} rows") + (", mean of their steps" if mean else "")
        return _finite(x, told, (), colours, classes, what)

    def _by_step(self, value: np.ndarray, part: Part, rows: np.ndarray, which: str) -> Cloud:
        """Every step of some rows is a point, coloured by what it should answer."""
        length = value.shape[1]
        few = max(1, MOST // length)
        x, y = value[:few].reshape(-1, value.shape[2])[:MOST], part.y[rows[:few]].reshape(-1)[:MOST]
        vocabulary, tokens = self.dataset.vocabulary, part.x[rows[:few]]
        same = vocabulary is not None and tokens.ndim == 2 and tokens.shape[1] == length
        told = []
        for k in range(len(x)):
            row, step = divmod(k, length)
            own = f"‘{shown(vocabulary.itos[int(tokens[row, step])])}’, " if same else ""
            told.append(f"{own}{which} row {rows[row]}, step {step}")
        colours, classes, words = self._coloured(y, tuple(told))
        return _finite(x, words, (), colours, classes, f"steps of {which} rows, {format_count(len(x))} of them")

    def _part(self) -> tuple[Part, str]:
        kind = "validation" if len(self.dataset.validation) else "train"
        return getattr(self.dataset, kind), "validation" if kind == "validation" else "training"

    def _coloured(
        self, y: np.ndarray, told: tuple[str, ...]
    ) -> tuple[np.ndarray | None, tuple[str, ...], tuple[str, ...]]:
        """Classes or numbers of the points, the classes' names, and `told` with what each point is."""
        names = self.dataset.class_names
        if y.ndim == 1 and np.issubdtype(y.dtype, np.integer):
            names = tuple(shown(name) for name in names)
            what = (f"class {names[k] if k < len(names) else k}" if k >= 0 else "no class" for k in y.tolist())
            return y, names, tuple(f"{one}   {words}" for one, words in zip(what, told, strict=True))
        if y.ndim == 2 and y.shape[1] and not np.issubdtype(y.dtype, np.integer):
            first = self.dataset.inverse_target(y)[:, 0]
            name = next(iter(self.dataset.target_names), "target")
            told = tuple(f"{name} {format_number(number)}   {one}" for number, one in zip(first, told, strict=True))
            return first, (), told
        return None, (), told


def _share(count: int, total: int, what: str) -> str:
    return (
        f"{format_count(total)} {what}" if count == total else f"{format_count(count)} of {format_count(total)} {what}"
    )


def _finite(x: np.ndarray, told: tuple[str, ...], words: tuple[str, ...], colours: np.ndarray | None,
            classes: tuple[str, ...], what: str) -> Cloud:  # fmt: skip
    """Without the rows that hold numbers which are not finite."""
    x = np.asarray(x[:, :MOST_WIDE], np.float64)
    good = np.isfinite(x).all(1)
    if good.all():
        return Cloud(x, told, words, colours, classes, what, 0)
    kept = np.flatnonzero(good)
    return Cloud(x[good], tuple(told[k] for k in kept), tuple(words[k] for k in kept) if words else (),
                 None if colours is None else colours[good], classes, what, int((~good).sum()))  # fmt: skip
