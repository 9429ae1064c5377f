"""The slider in the foot: any past step of the branch that runs."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QWidget

from app import theme
from app.numbers import format_count
from app.snapshot import Snapshot

PLACES, WAIT_MS = 10_000, 40
TIP = "Drag to any past step of this run: everything shows that step, to the last bit"


class Dot(QWidget):
    """The branch's colour."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.setFixedSize(QSize(9, 9))

    def paintEvent(self, event: QPaintEvent) -> None:
        from app.plots.colours import line_colour

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(line_colour(theme.current(), self.number)))
        painter.drawEllipse(self.rect())


class TimelineSlider(QWidget):
    """`wanted(step)`: go there. Hidden until something has been trained."""

    wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dot, self.slider = Dot(), QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Timeline: step of this run")
        self.slider.setFixedWidth(210)
        self.slider.setSingleStep(1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.dot)
        row.addWidget(self.slider)
        self.start = self.end = 0
        self._shown, self._asked = -1, -1
        self._soon = QTimer(self, interval=WAIT_MS, singleShot=True)
        self._soon.timeout.connect(self._ask)
        self.slider.valueChanged.connect(self._moved)
        self.hide()

    @property
    def step(self) -> int:
        """Where the handle stands."""
        span = self.end - self.start
        return self.start + (self.slider.value() if span <= PLACES else round(self.slider.value() * span / PLACES))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Follow the session, unless the handle is being dragged."""
        timeline = snapshot.timeline
        if timeline is None:
            self.hide()
            return
        branch = timeline.branch
        self.setVisible(branch.end > branch.start or len(timeline.branches) > 1)
        if self.dot.number != branch.colour:
            self.dot.number = branch.colour
            self.dot.update()
        if self.slider.isSliderDown() or self._soon.isActive():
            return
        self.start, self.end = branch.start, max(branch.end, branch.start + 1)
        span = self.end - self.start
        place = snapshot.steps - self.start
        self.slider.blockSignals(True)
        self.slider.setRange(0, min(span, PLACES))
        self.slider.setPageStep(max(1, min(span, PLACES) // 20))
        self.slider.setValue(place if span <= PLACES else round(place * PLACES / span))
        self.slider.blockSignals(False)
        self._tell(branch.name)

    def _tell(self, name: str) -> None:
        self.slider.setToolTip(f"{name}: steps {format_count(self.start)} to {format_count(self.end)}\n{TIP}")

    def _moved(self, _: int) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _ask(self) -> None:
        self.wanted.emit(self.step)
