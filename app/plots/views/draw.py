"""A sheet on which to draw what the network has to recognise."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.numbers import format_percent
from app.plots.answer_bars import AnswerBars, SeenImage
from app.plots.card import Card
from app.plots.share import Table
from app.plots.sheet import SIDE, Sheet
from app.plots.views.kind import ViewKind
from app.watches.base import Trouble
from app.watches.draw import WHERE, Answer, Drawing

PAUSE_MS = 40  # between two drawings that are sent while the brush moves


class DrawCard(Card):
    """A sheet on the left; the image that the network sees, and what it says, on the right."""

    about = (
        "Draw with the left button, erase with the right. The drawing is brought to the size and the place of the "
        "data's own images (the small picture), and the network as it is now says which class it sees: a bar for each, "
        "its probability. Example takes an image of the data to begin with; that one is left as it is."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__("Draw a digit", content, WHERE, parent)
        self.answer: Answer | None = None
        self.sheet, self.bars, self.seen = Sheet(), AnswerBars(), SeenImage()
        self._fit, self._dataset, self._examples = True, None, np.random.default_rng(0)
        row, column = QHBoxLayout(content), QVBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.sheet, 1)
        row.addLayout(column, 1)
        column.addWidget(self.seen)
        column.addWidget(self.bars, 1)
        for words, tip, deed in (("Example", "Begin with an image of the data", self.take_example),
                                 ("Clear", "A clean sheet (Delete)", self.sheet.clear)):  # fmt: skip
            button = QToolButton()
            button.setText(words)
            button.setToolTip(tip)
            button.setProperty("role", "small")
            button.clicked.connect(lambda _=False, deed=deed: deed())
            self.head.addWidget(button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._ask)
        self.sheet.drawn.connect(self._follow)

    def _follow(self) -> None:
        """Send the drawing soon; many strokes in a moment are one question."""
        if not self.sheet.ink.any():
            self._fit = True
        if not self._timer.isActive():
            self._timer.start()

    def _ask(self) -> None:
        self.asked.emit(Drawing(SIDE, self.sheet.ink.tobytes(), self._fit))

    def take_example(self) -> None:
        """Some image of the data, as it is."""
        from engine.data.drawn import grown

        if self.answer is None or self._dataset is None or not len(self._dataset.train):
            return
        data = self._dataset
        row = data.train.x[int(self._examples.integers(len(data.train)))][None]
        image = data.inverse_transform(row).reshape(data.image_shape)
        self.sheet.set_ink((grown(image, self.answer.frame, SIDE) * 255).round().astype(np.uint8))
        self._fit = False
        self._ask()

    def show_snapshot(self, snapshot) -> None:
        """What the network says now."""
        answer = snapshot.views.get("draw")
        if not isinstance(answer, Answer):
            self.answer = None
            self.show_empty(answer.message if isinstance(answer, Trouble) else WHERE)
            return
        self.answer, self._dataset = answer, snapshot.dataset
        self.seen.set_seen(answer.seen, answer.frame)
        self.bars.set_answer(answer.names, answer.probabilities)
        self.remark.set_text(self._verdict(answer))
        self.show_content()

    def _verdict(self, answer: Answer) -> str:
        p = answer.probabilities
        if p is None or not np.isfinite(p).all():
            return "" if p is None else "not finite"
        best = int(p.argmax())
        return f"{answer.names[best] if best < len(answer.names) else best}: {format_percent(float(p[best]))}"

    def table(self) -> Table | None:
        """A line for each class."""
        if self.answer is None or self.answer.probabilities is None:
            return None
        return Table(("class", "probability"), zip(self.answer.names, self.answer.probabilities, strict=False))


VIEW = ViewKind("Draw a digit", DrawCard, "Answers", 30, near="judgement")
