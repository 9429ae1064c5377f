"""Every error that a user's input can cause. Each message says what is wrong, where, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.problems import Problem


class ChainruleError(Exception):
    """Base of all errors that the engine raises on purpose."""


class AttributeValueError(ChainruleError):
    """A layer's or an option's attribute has a value of the wrong type or out of range."""


class EditError(ChainruleError):
    """An edit does not fit the network it is applied to (unknown layer, port taken, …)."""


class ConnectError(EditError):
    """Two ports cannot be wired; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class NetworkError(ChainruleError):
    """The network cannot run; `problems` holds everything that `Network.check` found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")


class ShapeError(ChainruleError):
    """Shapes do not fit together. `port`: the input at fault; `want`, `got`: the shapes; `cure`: a way out."""

    def __init__(self, message: str, port: str = "", want: object = None, got: object = None, cure: str = "") -> None:
        super().__init__(f"{message} {cure}".rstrip())
        self.message, self.port, self.want, self.got, self.cure = message, port, want, got, cure


class DataError(ChainruleError):
    """A data set, a CSV file or an array cannot be used."""


class FileError(ChainruleError):
    """A file cannot be read or written."""


class SessionError(ChainruleError):
    """A session was asked for something it cannot do."""


class UnknownNameError(SessionError, KeyError):
    """A session has no value or parameter of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


class DivergedError(ChainruleError):
    """Training met a value that is not finite. `operation` made it first, at step `step`."""

    def __init__(self, message: str, operation: str, step: int) -> None:
        super().__init__(message)
        self.operation, self.step = operation, step
