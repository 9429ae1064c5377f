"""The card that shows what the network makes of its data: the plane of two features, else how its answers compare."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QStackedWidget, QWidget

from app import theme
from app.plots.boundary import BoundaryMap
from app.plots.card import Card
from app.plots.predictions import ConfusionMap, PredictionsMap, confusion

EMPTY = "How the network divides the plane is drawn here once it runs. With more features: right and wrong answers."


class JudgementCard(Card):
    """Decision boundary for inputs of two features, confusion matrix for other classes, predictions for numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.views = QStackedWidget()
        super().__init__("Decision boundary", self.views, EMPTY, parent)
        self.boundary, self.confusion, self.predictions = BoundaryMap(), ConfusionMap(), PredictionsMap()
        for view in (self.boundary, self.confusion, self.predictions):
            self.views.addWidget(view)
        self.loss_layer: str | None = None
        self.feeds_loss: str | None = None

    def set_document(self, document) -> None:
        """Find the loss layer and what feeds it."""
        network = document.network if document is not None else None
        losses = [node.id for node in network.nodes.values() if node.layer.is_loss] if network is not None else []
        self.loss_layer = losses[0] if losses else None
        wired = network.inputs_of(losses[0]) if losses else {}
        self.feeds_loss = next(iter(wired.values()), None)

    def wanted(self, names: set[str]) -> set[str]:
        """Of the values there are, those this card reads while the data has more than two features."""
        return {name for name in (self._target(), *self._answers(names)) if name in names}

    def _target(self) -> str:
        return f"{self.loss_layer}.target"

    def _answers(self, names: set[str]) -> tuple[str, ...]:
        """Value that holds the answers: the loss's own probabilities, else what feeds it."""
        candidates = (f"{self.loss_layer}.p", f"{self.feeds_loss}.a", f"{self.feeds_loss}.z", f"{self.feeds_loss}.y")
        return tuple(name for name in candidates if name in names)[:1]

    def show_snapshot(self, snapshot) -> None:
        """Choose the view that suits the data, and fill it."""
        if snapshot.boundary is not None:
            self._show(self.boundary, "Decision boundary", "")
            self.boundary.set_boundary(snapshot.boundary, snapshot.dataset)
            return
        held = snapshot.extra.get("validation_predictions")
        true, answers, where = held if held is not None else self._batch(snapshot)
        if true is None or answers is None or len(true) != len(answers):
            self.show_empty(self._why_empty(snapshot.dataset))
        elif snapshot.dataset is not None and snapshot.dataset.task == "regression":
            self.predictions.set_points(true, answers)
            self._show(self.predictions, "Predictions", where)
        else:
            self._show_confusion(np.asarray(true), np.asarray(answers), snapshot.dataset, where)

    def _batch(self, snapshot) -> tuple[np.ndarray | None, np.ndarray | None, str]:
        true = snapshot.values.get(self._target())
        name = next(iter(self._answers(set(snapshot.values))), None)
        answers = None if name is None else snapshot.values[name]
        rows = "" if true is None else f"this batch, {theme.format_count(len(true))} rows"
        return true, answers, rows

    def _show_confusion(self, true: np.ndarray, answers: np.ndarray, dataset, where: str) -> None:
        said = answers.reshape(len(answers), -1)
        names = tuple(getattr(dataset, "class_names", ()) or ())
        if said.shape[1] == 1:
            said = np.concatenate([1 - said, said], 1)
        classes = max(said.shape[1], len(names))
        self.confusion.set_counts(confusion(np.nan_to_num(said).argmax(1), true, classes), names)
        self._show(self.confusion, "Confusion matrix", f"{theme.format_percent(self.confusion.right)} · {where}")

    def _show(self, view: QWidget, title: str, remark: str) -> None:
        self.title.set_text(title)
        self.remark.set_text(remark)
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
