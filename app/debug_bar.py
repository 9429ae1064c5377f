"""Stepping in the window: what each action runs to, and why it cannot be done just now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.worker_commands import Pace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction

    from app.snapshot import Snapshot

# action → what the speed button says, the pace
PACES = {
    "pace_most": ("max", Pace()),
    "pace_100": ("100 /s", Pace(0.01)),
    "pace_10": ("10 /s", Pace(0.1)),
    "pace_1": ("1 /s", Pace(1.0)),
    "pace_operations": ("op by op", Pace(0.5, operations=True)),
}
FORWARD = ("run", "epoch", "step", "step_layer", "to_loss", "continue", "run_here", "run_here_back")
BACK = ("step_back", "layer_back", "play_back", "step_start")
MORE = ("layer_back", "step_start", None, "to_loss", "continue", "run_here", "run_here_back")
PLACES = ("run_here", "run_here_back")
BACKWARD_COLOURED = (*BACK, "run_here_back")


def target(name: str, snapshot: Snapshot, layer: str | None) -> tuple[int, bool] | None:
    """(instruction to run, or to go back to; whether it is back) for the actions that run to a place."""
    rows = snapshot.instructions
    if name == "step_start":
        return (0, True) if rows else None
    found = {
        "to_loss": [row.index for row in rows if row.phase == "forward"][-1:],
        "continue": [row.index for row in rows][-1:],
        "run_here": [row.index for row in rows if row.layer == layer and row.phase == "forward"],
        "run_here_back": [row.index for row in rows if row.layer == layer and row.phase == "backward"],
    }[name]
    return (found[0], False) if found else None


def reason(name: str, snapshot: Snapshot, layer: str | None = None) -> str:
    """Why the action cannot be done now; empty if it can."""
    if snapshot.busy and name != "run":
        return "The network is still being prepared."
    if snapshot.state == "failed":
        return "The network cannot run yet: the Layer tab says why."
    if snapshot.state == "diverged" and name in (*FORWARD, "play_back"):
        return "Training has diverged: reset it first (R)."
    if name in BACK and snapshot.steps == 0 and snapshot.cursor == 0 and not snapshot.moving:
        return "This is the beginning: there is nothing to go back to."
    if name == "unreset" and not snapshot.can_unreset:
        return "Nothing that was learned has been reset, or the network was changed since."
    if name == "step_start" and snapshot.cursor == 0:
        return "A step begins here already."
    return _place_reason(name, snapshot, layer) if name in PLACES else ""


def _place_reason(name: str, snapshot: Snapshot, layer: str | None) -> str:
    if layer is None:
        return "Select a layer on the canvas first."
    if target(name, snapshot, layer) is not None:
        return ""
    if name == "run_here_back":
        return f"The backward pass does not go through {layer}: nothing in or before it learns."
    return f"{layer} computes nothing of its own in this program."


def enable(actions: Mapping[str, QAction], snapshot: Snapshot, layer: str | None = None) -> None:
    """Actions that can be done, and the reason in the tips of those that cannot."""
    for name in (*FORWARD, *BACK, "reset", "unreset"):
        if name in actions:
            why = reason(name, snapshot, layer)
            actions[name].setEnabled(not why)
            show_tip(actions[name], why)


def show_tip(action: QAction, why: str = "", text: str = "") -> None:
    """The action's name (or `text`) with its shortcut; below it why it is grey."""
    told = f"{text or action.text()}{action.property('keys') or ''}{chr(10) + why if why else ''}"
    if told != action.toolTip():
        action.setToolTip(told)
