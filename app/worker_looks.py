"""From a session to a snapshot: what to look at, how often, and within which share of the time."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Any

from app.numbers import format_count
from app.worker_budget import Budget
from app.worker_curves import Curves

if TYPE_CHECKING:
    import numpy as np

    from app.snapshot import Boundary
    from app.worker_beside import Beside
    from engine.data import Part
    from engine.session import Session

MOST_FLOPS, LEAST_JUDGED = 2e9, 128  # of one judgement: some tenths of a second; and rows that it has at least
MOST_ELEMENTS = 2_000_000  # larger values are published by their first rows


class Looks:
    """Everything about one session that is shown beyond its clock. Results are kept until there is something newer."""

    def __init__(self, session: Session, beside: Beside, curves: Curves | None = None) -> None:
        """`beside` draws what the training need not wait for; `curves` of the session that this one goes on with."""
        from app import worker_pictures as pictures
        from app.worker_plane import Plane

        self.session, self.curves = session, curves or Curves(session.steps)
        self.metrics: dict[str, float] = {}
        self.bars: dict[str, np.ndarray] = {}
        self.norms: dict[str, float] = {}
        self.predictions: tuple | None = None
        self.answered = session.metrics.answered()
        self.parameter_count = sum(array.size for array in session.parameters.values())
        self._shapes = {name: array.shape for name, array in session.parameters.items()}
        self._judged: tuple[int, int] | None = None
        self.judged = {part: sample(session, getattr(session.dataset, part)) for part in ("train", "validation")}
        self._names, self._order = pictures.main_names(session), pictures.branch_after_branch(session.network)
        self._delays = {id: session.network.inputs_of(id).get(node.ports[0], "")
                        for id, node in session.network.nodes.items() if node.kind == "Delay"}  # fmt: skip
        extent = pictures.plane_extent(session.dataset)
        self.plane = None if extent is None else Plane(session, extent, self._names, beside)
        self._values: dict[str, np.ndarray] = {}
        self._steps: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._budgets = {"metrics": Budget(0.012, 0.1), "cards": Budget(0.012, 0.06)}
        self.begin_here()

    def begin_here(self) -> None:
        """Run once without an update, so that there is something to see at once."""
        self._begin = (self.session.steps, self.session.loss())

    @property
    def boundary(self) -> Boundary | None:
        """What the network says about the plane, where there is one."""
        return self.plane.boundary if self.plane is not None else None

    @property
    def maps(self) -> dict[str, np.ndarray]:
        """What every unit says about the plane, where that is asked for."""
        return self.plane.maps if self.plane is not None else {}

    @property
    def thumbnails(self) -> dict[str, np.ndarray]:
        """A picture for every card."""
        return self._values if self.plane is None else self._values | self.plane.cards

    def take(self, everything: bool, boundary: bool, maps: bool = False) -> None:
        """Look again at what is due (`everything`: at all of it, as when the session stands still)."""
        self.curves.follow(self.session.steps, self.session)
        if self.plane is not None:
            self.plane.look(everything, boundary, maps)
        for name, look in (("metrics", self._evaluate), ("cards", self._picture)):
            budget = self._budgets[name]
            if everything or budget.due():
                with budget.measured():
                    look()

    def _evaluate(self) -> None:
        from engine.metrics import judge

        session, found = self.session, {}
        learned = (session.steps, zlib.crc32(session.parameter_block()))
        if learned == self._judged:
            return  # single operations change nothing here, and a large set takes seconds
        self._judged = learned
        for part, prefix in (("train", "train"), ("validation", "val")):
            if session.has(part):
                result = judge(session, self.judged[part])
                found |= {f"{prefix}_{name}": value for name, value in result.items() if name != "rows"}
        self.metrics = found
        metric = next((name for name in ("accuracy", "r2") if f"train_{name}" in found), "")
        self.curves.add_evaluation(
            session.steps, found.get("val_loss", math.nan), found.get(f"val_{metric}", math.nan),
            found.get(f"train_{metric}", math.nan),
        )  # fmt: skip
        if self.plane is None or not self.session.metrics.answers_data:
            self.predictions = self._predict()

    def _predict(self) -> tuple | None:
        """Truth and answers for the validation rows (the training rows where there are none), and which these are."""
        part, what = ("validation", "validation") if self.session.has("validation") else ("train", "training")
        rows = getattr(self.session.dataset, part)
        truth = self.session.metrics.truth(rows)
        if truth is None:
            return None
        count = max(1, MOST_ELEMENTS // max(1, truth[0].size * self.session.dataset.outputs))
        count = min(count, len(self.judged[part]))
        x = rows.x[:count]
        return truth[:count], self.session.probabilities(x), f"{what}, {format_count(len(x))} rows"

    def _picture(self) -> None:
        from app import worker_pictures as pictures
        from engine.through_time import through_time

        session = self.session
        self.bars, self.norms = pictures.gradient_figures(session, self._order)
        self._steps = {id: (steps.gradients, steps.states) for id, steps in through_time(session).items()}
        drawn, shape = self.plane.cards if self.plane is not None else {}, session.dataset.image_shape
        self._values = {
            id: pictures.value_picture(session.values[name], shape)
            for id, name in self._names.items() if id not in drawn
        }  # fmt: skip
        for id, source in self._delays.items():
            if source in self._values and id not in self._values:
                self._values[id] = pictures.delayed(self._values[source])

    def copies(self, names: frozenset[str]) -> dict[str, np.ndarray]:
        """Copies of the wanted values; of huge ones the first rows."""
        found = {}
        for name in names:
            value = self.session.values.get(name)
            if value is not None:
                rows = MOST_ELEMENTS * len(value) // value.size if value.ndim and value.size > MOST_ELEMENTS else None
                found[name] = (value if rows is None else value[: max(1, rows)]).copy()
        return found

    def loss(self) -> float | None:
        """Loss of the last step; of the first batch before there is one."""
        if self.session.steps == self._begin[0]:
            return self._begin[1]
        losses = self.session.loss_history(self.session.steps - 1)[1]
        return float(losses[-1]) if len(losses) else None

    def losses(self) -> dict[str, float]:
        """What each loss and each penalty came to; nothing where there is only the one loss, of weight 1."""
        found = self.session.losses()
        weight = self.session.loss_layer.attrs["weight"]
        return found if len(found) > 1 or weight != 1 else {}

    def learning_rate(self) -> float:
        """As it was given: the arena holds it in single precision."""
        return float(f"{self.session.learning_rate:.6g}")

    def step_rate(self) -> float:
        """What the schedule made of it in the step that ran last."""
        return float(f"{self.session.step_rate:.6g}")

    def extra(self) -> dict[str, Any]:
        """What only some views ask for. "answered": the data as the outputs answer it."""
        smooth = {} if self.plane is None else {id: True for id in self._names if id not in self._inputs()}
        few, whole = (sum(map(len, parts)) for parts in (self.judged.values(), self._parts()))
        told: dict[str, Any] = {"judged": (few, whole)} if few < whole else {}
        if self._steps:
            told["through_time"] = self._steps
        if self.predictions is not None:
            told["validation_predictions"] = self.predictions
        return {"smooth": smooth, "answered": self.answered, "parameter_shapes": self._shapes} | told

    def _parts(self) -> list[Part]:
        return [getattr(self.session.dataset, part) for part in self.judged]

    def _inputs(self) -> set[str]:
        return {id for id, node in self.session.network.nodes.items() if node.layer.is_input}


def sample(session: Session, rows: Part) -> Part:
    """The rows on which a part is judged while one watches: all, or as many, evenly spread, as are judged at once."""
    import numpy as np

    from engine.data import Part

    work = sum(row.flops for row in session.instructions if row.phase == "forward") / session.batch_size
    most = max(LEAST_JUDGED, round(MOST_FLOPS / max(work, 1)))
    if len(rows) <= most:
        return rows
    places = np.linspace(0, len(rows) - 1, most).astype(np.int64)
    return Part(rows.x[places], rows.y[places], rows.rows[places])


def judge_test(session: Session) -> dict[str, float]:
    """Loss, accuracy or r2, and rows of the test part, which is opened for it. Raises DataError if there is none."""
    from engine.metrics import judge

    return judge(session, session.dataset.open_test())
