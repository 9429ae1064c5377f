"""What the network says of a drawing, while it trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.watches import base
from engine.errors import SessionError

if TYPE_CHECKING:
    import numpy as np

    from engine.data.drawn import Frame
    from engine.session import Session

WHERE = ("Draw a digit here, and the network says what it sees. That is there for networks that tell grey images apart,"
         " as in the lesson Handwritten digits.")  # fmt: skip


@dataclass(frozen=True)
class Drawing:
    """Shares of ink 0 to 255, row by row, on a square sheet of `side` pixels; `fit`: bring it to the size and the place
    of the data's images first."""

    side: int
    ink: bytes
    fit: bool = True


@dataclass(frozen=True)
class Answer:
    """`probabilities` (classes,) for the image `seen` (height, width), in the data's values; both None before anything
    is drawn. `frame`: how the data's images lie."""

    step: int
    frame: Frame
    names: tuple[str, ...]
    seen: np.ndarray | None
    probabilities: np.ndarray | None


class Watch(base.Watch):
    """Asks the network for one row; that is quick enough for the worker's own thread."""

    share, least = 0.01, 0.08

    def __init__(self, session: Session, wish: Any = None, before: base.Watch | None = None) -> None:
        super().__init__(session, wish, before)
        from engine.data.drawn import frame_of
        from engine.evaluator import Evaluator

        data, metrics = session.dataset, session.metrics
        grey = data.image_shape is not None and data.vocabulary is None
        if not (grey and data.task == "classification" and metrics.classifies and metrics.answers_data):
            raise SessionError(WHERE)
        self.metrics, self._drawn = metrics, dict[Drawing, Any]()
        images = data.inverse_transform(data.train.x[:: max(1, len(data.train) // 500)])
        self.frame = frame_of(images.reshape(-1, *data.image_shape))
        self._evaluator = Evaluator(session.network, session.shapes, session.evaluator.row, session.dtype)

    def look(self) -> Answer:
        from engine.targets import rows_array

        session, names, drawing = self.session, self.session.dataset.class_names, self.wish
        if not isinstance(drawing, Drawing) or not any(drawing.ink):
            return Answer(session.steps, self.frame, names, None, None)
        if drawing not in self._drawn:
            self._drawn = {drawing: self._brought(drawing)}
        seen, row = self._drawn[drawing]
        x = rows_array(row, self._evaluator.row, session.dtype)
        outputs = self._evaluator.outputs(session.parameter_block(), x)
        return Answer(session.steps, self.frame, names, seen, self.metrics.probabilities(outputs)[0].copy())

    def _brought(self, drawing: Drawing) -> tuple[np.ndarray, np.ndarray]:
        """The drawing as an image of the data, and as a row that is scaled as the data's rows are."""
        import numpy as np

        from engine.data.drawn import placed, shrunk

        data, side = self.session.dataset, drawing.side
        ink = np.frombuffer(drawing.ink, np.uint8).reshape(side, side) / 255.0
        seen = placed(ink, self.frame) if drawing.fit else shrunk(ink, self.frame)
        return seen, data.transform(seen.reshape(data.shape))
