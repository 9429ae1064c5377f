"""What the window can ask of the worker: plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from engine.checkpoint import Checkpoint
    from engine.network import Network
    from engine.timeline import Timeline


@dataclass(frozen=True)
class Open:
    """Build a session of `network` (a copy of the document's, in its state `generation`).

    `keep`: it is the same document as before, so what has been learned goes on, and so does a run under way. `at`: it
    is the network of a branch of the timeline, and a step there is gone to.
    """

    network: Network
    generation: int
    keep: bool = False
    at: tuple[int, int] | None = None


@dataclass(frozen=True)
class Close:
    """No session until the next Open: `network` cannot run as it is. What its file holds is remembered."""

    network: Network
    generation: int


@dataclass(frozen=True)
class Run:
    """Train until paused, or for `steps` steps; `back`: play what has been trained backwards."""

    steps: int | None = None
    back: bool = False


@dataclass(frozen=True)
class Pause:
    """Stop training after the step at hand."""


@dataclass(frozen=True)
class Step:
    """Run instructions: one, or as many as belong to one `layer` in one direction. `back` takes them back instead."""

    back: bool = False
    layer: bool = False


@dataclass(frozen=True)
class RunTo:
    """Go on until instruction `index` has run; `back`: go back until it is the next to run."""

    index: int
    back: bool = False


@dataclass(frozen=True)
class Pace:
    """From now on run at this pace: `seconds` between two steps (or two `operations`); 0 is as fast as possible."""

    seconds: float = 0.0
    operations: bool = False


@dataclass(frozen=True)
class Reset:
    """Back to step 0 with fresh parameters (None: the same seed)."""

    seed: int | None = None


@dataclass(frozen=True)
class Unreset:
    """Go on from where the last reset threw the run away, as long as the network is the same."""


@dataclass(frozen=True)
class SetRate:
    """Learn at this rate from the next step on."""

    rate: float


@dataclass(frozen=True)
class GoTo:
    """Go to a step of a branch of the timeline (None: of the one that runs), which has the network that runs."""

    step: int
    branch: int | None = None


@dataclass(frozen=True)
class EditBranch:
    """What to do with branches: "fork" here, "rename" or "delete" the branch `id`, "prune" all checkpoints to half."""

    deed: Literal["fork", "rename", "delete", "prune"]
    id: int = 0
    name: str = ""


@dataclass(frozen=True)
class KeepTimeline:
    """Put the timeline, for a file, into `reply` (None: there is none yet)."""

    reply: SimpleQueue[Timeline | None]


@dataclass(frozen=True)
class Want:
    """Which values the views show, by name, whether anyone looks at the boundary and at the maps of units, and the ids
    of the views that are seen."""

    names: frozenset[str] = frozenset()
    boundary: bool = True
    maps: bool = False
    views: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AskView:
    """What the view `id` is to show from now on: its watch knows what `wish` means."""

    id: str
    wish: Any


@dataclass(frozen=True)
class Inspect:
    """Explain instruction `index` (None: the one in focus) at `element` of its result (None: one of its own choice)."""

    index: int | None = None
    element: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Keep:
    """Put what fits `network`, which is to be written, into `reply` (None: there is nothing learned)."""

    network: Network
    reply: SimpleQueue[Checkpoint | None]


@dataclass(frozen=True)
class JudgeTest:
    """Open the locked test rows and put the figures of the network on them (or why there are none) into `reply`."""

    reply: SimpleQueue[dict[str, float] | str]


Weight = tuple[str, tuple[int, ...]]  # name of a tensor and the index of an element


@dataclass(frozen=True)
class LookAround:
    """What the loss surface is to show, and whether anyone looks at it.

    `kind`: "path" (principal components of the way gone), "race" (those of all paths of a race), "random", "gradient",
    "start" (back towards where training began) or "weights", those two (or that one) of `weights`. `rows`: how many,
    0 all, -1 as many as take moments.
    `reach`: half the width of the plane, in lengths of its directions.
    """

    shown: bool = False
    kind: str = "path"
    size: int = 51
    part: str = "train"
    rows: int = -1
    run_as: Literal["use", "training"] = "use"
    reach: float = 1.0
    seed: int = 0
    weights: tuple[Weight, Weight | None] | None = None


@dataclass(frozen=True)
class MoveTo:
    """Put the parameters to the place (a, b) of the surface, as it is labelled; training goes on from there."""

    a: float
    b: float


@dataclass(frozen=True)
class MeasureCurvature:
    """Work out the Hessian's eigenvalues at the current parameters, beside whatever goes on."""


@dataclass(frozen=True)
class Refresh:
    """There is something new from a thread beside the worker's: publish it."""


@dataclass(frozen=True)
class Stop:
    """End the thread."""


Command = (
    Open | Close | Run | Pause | Step | RunTo | Pace | Reset | Unreset | SetRate | Want | AskView | Inspect
    | Keep | GoTo | EditBranch | KeepTimeline | JudgeTest | LookAround | MoveTo | MeasureCurvature | Refresh | Stop
)  # fmt: skip
