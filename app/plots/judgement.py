"""The card that shows what the network makes of its data: the plane of two features, else how its answers compare."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.plots.boundary import BoundaryMap
from app.plots.card import Card
from app.plots.predictions import ConfusionMap, PredictionsMap, confusion
from app.watches.examples import Cell

EMPTY = "How the network divides the plane is drawn here once it runs. With more features: right and wrong answers."
MOST_CLASSES = 40  # of a matrix that can still be read


def most_frequent(labels: np.ndarray, most: int) -> np.ndarray:
    """The labels (0 and up) that are there most often, in ascending order."""
    counts = np.bincount(labels[labels >= 0], minlength=1)
    return np.sort(np.argsort(-counts, kind="stable")[:most])


def _places(labels: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Where each label stands among the `kept` ones; -1 for the others."""
    places = np.minimum(np.searchsorted(kept, labels), len(kept) - 1)
    return np.where(kept[places] == labels, places, -1)


class JudgementCard(Card):
    """Decision boundary for inputs of two features, confusion matrix for other classes, predictions for numbers."""

    about = (
        "What the network makes of its data: of two features, its answer at every point of their plane; of more, how "
        "often each class was taken for which, or predicted numbers against true ones; on validation rows, if any. "
        "Click a cell of the matrix (or go there with the arrow keys and press Enter) to see its rows."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        self.views = QStackedWidget()
        super().__init__("Decision boundary", self.views, EMPTY, parent)
        self.boundary, self.confusion, self.predictions = BoundaryMap(), ConfusionMap(), PredictionsMap()
        for view in (self.boundary, self.confusion, self.predictions):
            self.views.addWidget(view)
        self._kept: np.ndarray | None = None  # the classes whose cells are drawn, where they are not all
        self.confusion.cell_chosen.connect(self._open_cell)

    def _open_cell(self, true: int, said: int) -> None:
        """Show the rows behind a cell of the matrix."""
        labels = (true, said) if self._kept is None else (int(self._kept[true]), int(self._kept[said]))
        self.opens.emit("examples", Cell(*labels))

    def show_snapshot(self, snapshot) -> None:
        """Choose the view that suits the data, and fill it.

        `snapshot.extra["validation_predictions"]`: (true (n,), answers (n, classes or outputs), which rows these are).
        """
        dataset = snapshot.extra.get("answered", snapshot.dataset)
        if snapshot.boundary is not None:
            numbers = getattr(dataset, "task", "") == "regression"
            self._show(self.boundary, "Predictions" if numbers else "Decision boundary", "")
            self.boundary.set_boundary(snapshot.boundary, dataset)
            return
        held = snapshot.extra.get("validation_predictions")
        if held is None or not len(held[0]) or len(held[0]) != len(held[1]):
            self.show_empty(self._why_empty(snapshot.dataset))
            return
        true, answers, where = held
        if not np.issubdtype(np.asarray(true).dtype, np.integer):
            self.predictions.set_points(true, answers)
            self._show(self.predictions, "Predictions", where)
        else:
            self._show_confusion(np.asarray(true), np.asarray(answers), dataset, where)

    def _show_confusion(self, true: np.ndarray, answers: np.ndarray, dataset, where: str) -> None:
        steps = true.ndim > 1 and answers.ndim > 2
        said = answers.reshape(-1, answers.shape[-1]) if steps else answers.reshape(len(answers), -1)
        names = tuple(getattr(dataset, "class_names", ()) or ())
        if said.shape[1] == 1:
            said = np.concatenate([1 - said, said], 1)
        classes, true, said = max(said.shape[1], len(names)), true.reshape(-1), np.nan_to_num(said).argmax(1)
        self._kept = None
        if classes > MOST_CLASSES:
            self._kept = kept = most_frequent(true, MOST_CLASSES)
            true, said = _places(true, kept), _places(said, kept)
            names = tuple(names[k] for k in kept) if len(names) == classes else ()
            where = f"the {len(kept)} most frequent of {classes} classes, {where}"
            classes = len(kept)
        self.confusion.set_counts(confusion(said, true, classes), names)
        self._show(self.confusion, "Confusion matrix", where)

    def _show(self, view: QWidget, title: str, remark: str) -> None:
        self.title.set_text(title)
        self.remark.set_text(remark.partition(",")[0])
        self.remark.setToolTip(remark)
        self.views.setCurrentWidget(view)
        self.show_content()

    def _why_empty(self, dataset) -> str:
        shape = getattr(dataset, "shape", None)
        if shape is None or tuple(shape) == (2,):
            self.title.set_text("Decision boundary")
            return EMPTY
        regression = dataset.task == "regression"
        self.title.set_text("Predictions" if regression else "Confusion matrix")
        what = "predicted against true numbers" if regression else "which classes are taken for which"
        size = " × ".join(map(str, shape))
        return f"Rows of {size} features have no plane to draw. Here stands {what}, once the network runs."
