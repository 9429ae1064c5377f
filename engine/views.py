"""A session's numbers by name: views of the arena, never copies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError, UnknownNameError
from engine.training_program import TrainingProgram

if TYPE_CHECKING:
    from engine.session import Session


class Values(Mapping[str, NDArray]):
    """Every named value of the step: read-only views of the arena."""

    def __init__(self, training: TrainingProgram) -> None:
        self._training = training

    def __getitem__(self, name: str) -> NDArray:
        value = self._training.graph.names.get(name)
        if value is None or id(value) not in self._training.program.offsets:
            raise UnknownNameError(f"There is no value {name!r}; there are: {', '.join(self)}.")
        view = self._training.program.view(value)
        view.flags.writeable = False
        return view

    def __iter__(self) -> Iterator[str]:
        names, offsets = self._training.graph.names, self._training.program.offsets
        return (name for name, value in names.items() if id(value) in offsets)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def fitting(name: str, array: Any, shape: tuple[int, ...], dtype: str) -> NDArray:
    """`array` as numbers of `dtype` for the parameter `name`. Raises SessionError unless it has `shape`."""
    try:
        with np.errstate(over="ignore"):
            given = np.asarray(array, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise SessionError(f"{name} must be an array of numbers.") from error
    if given.shape != shape:
        raise SessionError(f"{name} is {shape}, but {given.shape} was given.")
    return given


class Parameters(MutableMapping[str, NDArray]):
    """The learned tensors by name: views that may be written to, or assigned as a whole."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._table = {name: value for name, (_, value) in session._training.parameters().items()}

    def __getitem__(self, name: str) -> NDArray:
        if name not in self._table:
            raise UnknownNameError(f"There is no parameter {name!r}; there are: {', '.join(self._table)}.")
        self._session.execution.expose()
        return self._session.view(self._table[name])

    def __setitem__(self, name: str, array: Any) -> None:
        home = self[name]
        home[...] = fitting(name, array, home.shape, self._session.dtype)

    def __delitem__(self, name: str) -> None:
        raise SessionError("Parameters cannot be removed; change the layer instead.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)
