"""What a check finds: plain data that names the place, both shapes and a way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "cycle", "unconnected", "port_taken", "shape", "dtype", "unreachable", "no_input", "no_loss",
    "label_mismatch", "attribute", "unknown_layer", "unused", "curvature",
]  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong (severity "error") or doubtful ("warning") with a network."""

    code: Code
    message: str
    suggestion: str
    layer: str | None = None
    port: str | None = None
    want: object = None
    got: object = None
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.layer}.{self.port}: " if self.port else f"{self.layer}: " if self.layer else ""
        return f"{where}{self.message} {self.suggestion}".rstrip()

    def to_json(self) -> dict[str, object]:
        """Plain data for `check --json`."""
        return {
            "code": self.code, "severity": self.severity, "layer": self.layer, "port": self.port,
            "message": self.message, "suggestion": self.suggestion,
            "want": _plain(self.want), "got": _plain(self.got),
        }  # fmt: skip


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
