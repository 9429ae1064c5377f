"""From a session to a snapshot: what to look at, how often, and within which share of the time."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from app.worker_curves import Curves

if TYPE_CHECKING:
    import numpy as np

    from app.snapshot import Boundary
    from engine.session import Session

MOST_ELEMENTS = 2_000_000  # larger values are published by their first rows


class Budget:
    """Lets work through that takes at most `share` of the time, and not oftener than every `least` seconds."""

    def __init__(self, share: float, least: float = 0.0) -> None:
        self.share, self.least, self._next = share, least, 0.0

    def due(self) -> bool:
        """Whether it is time again."""
        return time.perf_counter() >= self._next

    def spent(self, seconds: float) -> None:
        """That much has just been spent."""
        self._next = time.perf_counter() + max(self.least, seconds / self.share)


class Looks:
    """Everything about one session that is shown beyond its clock. Results are kept until there is something newer."""

    def __init__(self, session: Session) -> None:
        from app import worker_pictures as pictures

        self.session, self.curves = session, Curves(session.steps)
        self.metrics: dict[str, float] = {}
        self.boundary: Boundary | None = None
        self.thumbnails: dict[str, np.ndarray] = {}
        self.maps: dict[str, np.ndarray] = {}
        self._wants_maps = False
        self.bars: dict[str, np.ndarray] = {}
        self.norms: dict[str, float] = {}
        self.predictions: tuple | None = None
        self.extent = pictures.plane_extent(session.dataset)
        self.parameter_count = sum(array.size for array in session.parameters.values())
        self._names = pictures.main_names(session)
        self._budgets = {"metrics": Budget(0.012, 0.1), "boundary": Budget(0.012, 0.06), "cards": Budget(0.012, 0.06),
                         "maps": Budget(0.12, 0.02)}  # fmt: skip
        self._begin = (session.steps, session.loss())  # run once without an update: there is something to see at once
        self._points = None if self.extent is None else pictures.points_map(session.dataset, self.extent)

    def take(self, everything: bool, boundary: bool, maps: bool = False) -> None:
        """Look again at what is due (`everything`: at all of it, as when the session stands still)."""
        self._wants_maps = maps
        self.curves.follow(self.session.steps, self.session)
        looks = {"metrics": self._evaluate, "cards": self._picture}
        if maps and self.extent is not None:
            looks["maps"] = self._map_units
        if boundary and self.extent is not None:
            looks["boundary"] = self._draw_boundary
        for name, look in looks.items():
            budget = self._budgets[name]
            if everything or budget.due():
                start = time.perf_counter()
                look()
                budget.spent(time.perf_counter() - start)

    def _evaluate(self) -> None:
        session, found = self.session, {}
        for part, prefix in (("train", "train"), ("validation", "val")):
            if session.has(part):
                result = session.evaluate(part)
                found |= {f"{prefix}_{name}": value for name, value in result.items() if name != "rows"}
        self.metrics = found
        metric = next((name for name in ("accuracy", "r2") if f"train_{name}" in found), "")
        self.curves.add_evaluation(
            session.steps, found.get("val_loss", math.nan), found.get(f"val_{metric}", math.nan),
            found.get(f"train_{metric}", math.nan),
        )  # fmt: skip
        if self.extent is None:
            self.predictions = self._predict()

    def _predict(self) -> tuple:
        """Truth and answers for the validation rows (the training rows where there are none), and which these are."""
        part, what = ("validation", "validation") if self.session.has("validation") else ("train", "training")
        rows = getattr(self.session.dataset, part)
        return rows.y, self.session.probabilities(rows.x), f"{what}, {len(rows):,} rows"

    def _draw_boundary(self) -> None:
        from app.snapshot import Boundary
        from app.worker_pictures import boundary_values

        values = boundary_values(self.session, self.extent)
        self.boundary = None if values is None else Boundary(values, self.extent, self.session.steps)

    def _picture(self) -> None:
        from app import worker_pictures as pictures

        session = self.session
        self.bars, self.norms = pictures.gradient_figures(session)
        if self._wants_maps:
            return  # the cards are not seen
        self.maps, shape = {}, session.dataset.image_shape
        drawn = {id: pictures.value_picture(session.values[name], shape) for id, name in self._names.items()}
        if self.extent is not None:
            maps = pictures.unit_maps(session, self.extent, pictures.ASPECT)
            drawn |= {id: pictures.tiles(units) for id, units in maps.items()}
            drawn |= {id: self._points for id in self._names if session.network.nodes[id].layer.is_input}
        self.thumbnails = drawn

    def _map_units(self) -> None:
        from app import worker_pictures as pictures

        maps = pictures.unit_maps(self.session, self.extent)
        self.maps = {id: units[:, :, : pictures.MOST_MAPS].copy() for id, units in maps.items()}

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

    def learning_rate(self) -> float:
        """As it was given: the arena holds it in single precision."""
        return float(f"{self.session.learning_rate:.6g}")

    def extra(self) -> dict[str, Any]:
        """What only some views ask for."""
        smooth = {} if self.extent is None else {id: True for id in self._names if id not in self._inputs()}
        return {"smooth": smooth} | ({} if self.predictions is None else {"validation_predictions": self.predictions})

    def _inputs(self) -> set[str]:
        return {id for id, node in self.session.network.nodes.items() if node.layer.is_input}


def judge_test(session: Session) -> dict[str, float]:
    """Loss, accuracy or r2, and rows of the test part, which is opened for it. Raises DataError if there is none."""
    from engine.metrics import judge

    return judge(session, session.dataset.open_test())
