"""The timeline in a project file: what it is as plain data, its checkpoints as tensors, thinned to a size."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.checkpoint import Checkpoint
from engine.errors import FileError
from engine.timeline import COLOURS, MOST_BRANCHES, Branch, Mark, Timeline

CAP = 64 * 2**20  # bytes of checkpoints that a file holds at most
STEPS = 2**53


def pack(timeline: Timeline, cap: int = CAP) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Plain data and tensors. Checkpoints are thinned until they fit `cap`; branches with what is not finite keep the
    checkpoints before it."""
    kept = timeline.copy()
    for branch in kept.branches.values():
        branch.marks = {at: mark for at, mark in branch.marks.items() if _finite(mark)}
    _thin(kept, cap)
    tensors: dict[str, np.ndarray] = {}
    for branch in kept.branches.values():
        tensors |= {f"{branch.id}/loss": branch.loss, f"{branch.id}/judged": branch.judged}
        for at, mark in branch.marks.items():
            tensors |= {f"{branch.id}/{at}/{name}": array for name, array in _flat(mark.checkpoint).items()}
    return {"current": kept.current, "branches": [_plain(branch) for branch in kept.branches.values()]}, tensors


def unpack(plain: Any, tensors: dict[str, np.ndarray]) -> Timeline:
    """The timeline that a file holds, every value checked. Raises FileError, ValueError, TypeError or KeyError."""
    timeline = Timeline()
    entries = plain["branches"]
    _expect(isinstance(entries, list) and len(entries) <= MOST_BRANCHES, "it has too many branches")
    by_mark: dict[str, dict[str, np.ndarray]] = {}
    for name, array in tensors.items():
        branch, step, *rest = name.split("/", 2)
        if rest:
            by_mark.setdefault(f"{branch}/{step}", {})[rest[0]] = array
    for entry in entries:
        found = _branch(entry, tensors, by_mark)
        _expect(found.id not in timeline.branches, "two branches have the same number")
        timeline.branches[found.id] = found
    for found in timeline.branches.values():
        if found.parent not in timeline.branches or found.parent == found.id:
            found.parent = None
    timeline.current = _whole(plain["current"])
    _expect(timeline.current in timeline.branches, "its current branch does not exist")
    return timeline


def _plain(branch: Branch) -> dict[str, Any]:
    from engine.files import to_json

    return {
        "id": branch.id, "name": branch.name, "colour": branch.colour, "start": branch.start, "end": branch.end,
        "parent": branch.parent, "left_at": branch.left_at, "offset": branch.offset, "every": branch.every,
        "network": to_json(branch.network),
        "marks": [[at, mark.rate, mark.pinned, mark.checkpoint.optimizer, mark.checkpoint.seed]
                  for at, mark in branch.marks.items()],
    }  # fmt: skip


def _branch(entry: Any, tensors: dict[str, np.ndarray], by_mark: dict[str, dict[str, np.ndarray]]) -> Branch:
    from engine.files import from_json

    id, parent = _whole(entry["id"]), entry.get("parent")
    numbers = {name: _whole(entry[name]) for name in ("start", "end", "left_at")}
    every, network = max(1, _whole(entry["every"])), from_json(entry["network"])
    branch = Branch(
        id, _name(entry["name"]), _whole(entry["colour"]) % COLOURS, network, numbers["start"], numbers["end"],
        None if parent is None else _whole(parent), numbers["left_at"], _whole(entry["offset"]), every=every,
        loss=_curve(tensors, f"{id}/loss", 2), judged=_curve(tensors, f"{id}/judged", 4),
    )  # fmt: skip
    for at, rate, pinned, optimizer, seed in entry["marks"]:
        found = by_mark.get(f"{id}/{_whole(at)}", {})
        branch.marks[at] = Mark(_checkpoint(at, found, str(optimizer)[:40], _whole(seed)), _rate(rate), bool(pinned))
    branch.marks = dict(sorted(branch.marks.items()))
    _expect(branch.marks and branch.start in branch.marks, "a branch has no beginning")
    _expect(branch.start <= branch.end, "a branch ends before it begins")
    return branch


def _checkpoint(steps: int, tensors: dict[str, np.ndarray], optimizer: str, seed: int) -> Checkpoint:
    parts: dict[str, dict[str, np.ndarray]] = {}
    for name, array in tensors.items():
        part, _, rest = name.partition("/")
        _expect(np.isfinite(array).all(), f"a checkpoint of step {steps} holds what is no number")
        parts.setdefault(part, {})[rest] = array
    slots = tuple(parts[name] for name in ("slot0", "slot1") if name in parts)
    return Checkpoint(steps, parts.get("p", {}), slots, optimizer, seed, parts.get("state", {}))


def _flat(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    flat = {f"p/{name}": array for name, array in checkpoint.parameters.items()}
    for number, slot in enumerate(checkpoint.slots):
        flat |= {f"slot{number}/{name}": array for name, array in slot.items()}
    return flat | {f"state/{name}": array for name, array in checkpoint.states.items()}


def _finite(mark: Mark) -> bool:
    return all(bool(np.isfinite(array).all()) for array in _flat(mark.checkpoint).values())


def _thin(timeline: Timeline, cap: int) -> None:
    """The first checkpoint of every branch stays, whatever it takes: without it nothing can be replayed."""
    while timeline.nbytes > cap:
        before = timeline.nbytes
        for branch in timeline.branches.values():
            loose = list(branch.marks)[1:]
            for at in loose[::2] or loose:
                del branch.marks[at]
        if timeline.nbytes == before:
            return


def _curve(tensors: dict[str, np.ndarray], name: str, columns: int) -> np.ndarray:
    found = tensors.get(name, np.zeros((0, columns)))
    _expect(found.ndim == 2 and found.shape[1] == columns and len(found) < 10_000, f"the curve {name} is damaged")
    return np.asarray(found, np.float64)


def _name(value: Any) -> str:
    _expect(isinstance(value, str) and 0 < len(value) <= 200, f"{str(value)[:40]!r} is no name of a branch")
    return str(value)


def _rate(value: Any) -> float:
    _expect(
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e13, f"{value!r} is no rate"
    )
    return float(value)


def _whole(value: Any) -> int:
    _expect(
        isinstance(value, int) and not isinstance(value, bool) and -STEPS < value < STEPS, f"{value!r} is no number"
    )
    return int(value)


def _expect(holds: Any, otherwise: str) -> None:
    if not holds:
        raise FileError(f"The timeline in the file is damaged: {otherwise}.")
