"""The timeline as lanes: every run a line over the steps, hung where it left another; the ring is where one is."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QScrollArea, QSizePolicy, QToolTip, QWidget

from app import theme
from app.plots.colours import line_colour

ROW, NAME, VALUE, GAP = 24.0, 0.42, 54.0, 8.0  # height of a lane; share of the name; room of the loss; between them
WIDEST_NAME, ROUND = 190.0, 5.0
OWN_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Delete, Qt.Key.Key_F2)


@dataclass(frozen=True, eq=False)
class Lane:
    """One branch; steps are those of the plot. `parent`: the lane it left, at `left_at`; `loss` at its end."""

    id: int
    name: str
    colour: int
    start: int
    end: int
    parent: int | None
    left_at: int
    loss: float | None


def lanes_of(timeline) -> list[Lane]:
    """Branches as lanes, those that left one right below it."""
    found: list[Lane] = []

    def add(parent: int | None) -> None:
        for b in timeline.branches:
            if b.parent == parent:
                before = next((other for other in timeline.branches if other.id == parent), None)
                losses = b.history.loss
                found.append(Lane(b.id, b.name, b.colour, b.start + b.offset, b.end + b.offset, parent,
                                  b.left_at + (before.offset if before else 0),
                                  float(losses[-1]) if len(losses) else None))  # fmt: skip
                add(b.id)

    add(None)
    return found


class Lanes(QWidget):
    """`wanted(branch, step)`: step as it is drawn; `renamed(branch, name)`, `deleted(branch)`."""

    wanted = Signal(int, int)
    renamed = Signal(int, str)
    deleted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lanes: list[Lane] = []
        self.current, self.here, self.chosen = 0, 0, 0
        self.field: NameField | None = None
        self._hover: tuple[int, float] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Runs: up and down choose one, left and right go along it, Enter goes to its end, "
                               "F2 renames, Delete deletes")  # fmt: skip

    def show_lanes(self, lanes: list[Lane], current: int, here: int) -> None:
        """Draw these; `here`: the step, as drawn, where one is."""
        if current != self.current or self.chosen not in {lane.id for lane in lanes}:
            self.chosen = current
        self.lanes, self.current, self.here = lanes, current, here
        self.setFixedHeight(round(max(1, len(lanes)) * ROW) + 8)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, round(max(1, len(self.lanes)) * ROW) + 8)

    # --- places ---------------------------------------------------------------------------------------------------

    def track(self) -> tuple[float, float]:
        """Left and right end of the lanes."""
        left = min(WIDEST_NAME, self.width() * NAME) + GAP
        return left, max(left + 20.0, self.width() - VALUE - GAP)

    def x_of(self, step: float) -> float:
        """Where a step is drawn."""
        left, right = self.track()
        return left + (right - left) * step / max(1, self._last())

    def step_at(self, x: float, lane: Lane) -> int:
        """The step of `lane` that is nearest to `x`."""
        left, right = self.track()
        step = round((x - left) / (right - left) * max(1, self._last()))
        return min(max(step, lane.start), lane.end)

    def lane_at(self, y: float) -> Lane | None:
        """The lane at height `y`."""
        row = int((y - 4) / ROW)
        return self.lanes[row] if 0 <= row < len(self.lanes) else None

    def _last(self) -> int:
        return max((lane.end for lane in self.lanes), default=1)

    def _y(self, row: int) -> float:
        return 4 + (row + 0.5) * ROW

    # --- drawing --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rows = {lane.id: row for row, lane in enumerate(self.lanes)}
        for row, lane in enumerate(self.lanes):
            if lane.id == self.chosen and self.hasFocus():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(tokens.raised))
                painter.drawRoundedRect(QRectF(0, self._y(row) - ROW / 2 + 1, self.width(), ROW - 2), 5, 5)
        for row, lane in enumerate(self.lanes):
            self._paint_lane(painter, tokens, row, lane, rows)
        if self.current in rows:
            center = QPointF(self.x_of(self.here), self._y(rows[self.current]))
            painter.setPen(QPen(QColor(tokens.text), 2))
            painter.setBrush(QColor(tokens.panel))
            painter.drawEllipse(center, ROUND, ROUND)

    def _paint_lane(self, painter: QPainter, tokens: theme.Tokens, row: int, lane: Lane, rows: dict[int, int]) -> None:
        y, hue, strong = self._y(row), QColor(line_colour(tokens, lane.colour)), lane.id == self.current
        if lane.parent in rows:
            painter.setPen(QPen(QColor(tokens.dim), 1.2, Qt.PenStyle.DotLine))
            x = self.x_of(lane.left_at)
            painter.drawLine(QPointF(x, self._y(rows[lane.parent])), QPointF(x, y))
        painter.setPen(QPen(hue, 4 if strong else 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(self.x_of(lane.start), y), QPointF(self.x_of(max(lane.end, lane.start)) + 0.1, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(hue)
        painter.drawEllipse(QPointF(5, y), 4, 4)
        font = theme.ui_font(11.5, 600 if strong else 400)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text if strong else tokens.dim))
        left, right = self.track()
        room = QRectF(16, y - ROW / 2, left - GAP - 16, ROW)
        name = painter.fontMetrics().elidedText(lane.name, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
        if lane.loss is not None:
            painter.setFont(theme.mono_font(10.5))
            painter.drawText(QRectF(right + GAP, y - ROW / 2, VALUE, ROW),
                             Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                             theme.format_number(lane.loss))  # fmt: skip

    # --- hands ----------------------------------------------------------------------------------------------------

    def _go(self, event: QMouseEvent) -> None:
        lane = next((lane for lane in self.lanes if lane.id == self.chosen), None)
        if lane is not None:
            self.wanted.emit(lane.id, self.step_at(event.position().x(), lane))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        lane = self.lane_at(event.position().y())
        if lane is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.chosen = lane.id
        self.update()
        if event.position().x() >= self.track()[0] - GAP:
            self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and event.position().x() >= self.track()[0] - GAP:
            self._go(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        lane = self.lane_at(event.position().y())
        if lane is not None and event.position().x() < self.track()[0] - GAP:
            self.rename(lane.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rows = [lane.id for lane in self.lanes]
        lane = next((lane for lane in self.lanes if lane.id == self.chosen), None)
        key = event.key()
        if lane is None:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            at = rows.index(lane.id) + (1 if key == Qt.Key.Key_Down else -1)
            self.chosen = rows[min(max(at, 0), len(rows) - 1)]
            self.update()
        elif not self._key_on_lane(event, lane):
            super().keyPressEvent(event)

    def _key_on_lane(self, event: QKeyEvent, lane: Lane) -> bool:
        key, here = event.key(), self.here if lane.id == self.current else lane.end
        by = 1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else max(1, (lane.end - lane.start) // 50)
        steps = {Qt.Key.Key_Left: here - by, Qt.Key.Key_Right: here + by, Qt.Key.Key_Home: lane.start,
                 Qt.Key.Key_End: lane.end, Qt.Key.Key_Return: lane.end, Qt.Key.Key_Enter: lane.end}  # fmt: skip
        if key in steps:
            self.wanted.emit(lane.id, min(max(steps[Qt.Key(key)], lane.start), lane.end))
        elif key == Qt.Key.Key_F2:
            self.rename(lane.id)
        elif key == Qt.Key.Key_Delete:
            self.deleted.emit(lane.id)
        else:
            return False
        return True

    def rename(self, id: int) -> None:
        """A field over the name; Enter takes it, Escape leaves it."""
        row = next((row for row, lane in enumerate(self.lanes) if lane.id == id), None)
        if row is None:
            return
        self.field = field = NameField(self.lanes[row].name, self)
        field.setObjectName("rename")
        field.setMaxLength(60)
        field.setAccessibleName("Name of the run")
        field.setGeometry(10, round(self._y(row) - ROW / 2), round(self.track()[0]) - 8, round(ROW))
        field.selectAll()
        field.show()
        field.setFocus()
        field.editingFinished.connect(lambda: self._take_name(id))

    def _take_name(self, id: int) -> None:
        field, self.field = self.field, None
        if field is not None:
            text = field.text().strip()
            field.deleteLater()
            self.setFocus()
            if text and any(lane.id == id and lane.name != text for lane in self.lanes):
                self.renamed.emit(id, text)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            lane = self.lane_at(event.pos().y())
            QToolTip.showText(event.globalPos(), "" if lane is None else self._words(lane, event.pos().x()), self)
            return True
        over = event.type() == QEvent.Type.ShortcutOverride and self.field is None
        if over and isinstance(event, QKeyEvent) and event.key() in OWN_KEYS:
            event.accept()  # not a step of the debugger, nor a layer to delete
            return True
        return super().event(event)

    def _words(self, lane: Lane, x: float) -> str:
        count = theme.format_count
        at = f"\nclick: to step {count(self.step_at(x, lane))}" if x >= self.track()[0] else "\ndouble click: rename"
        return f"{lane.name}: steps {count(lane.start)} to {count(lane.end)}{at}"


class NameField(QLineEdit):
    """Enter and Escape are its own; Escape leaves the name as it was."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.editingFinished.emit()
        else:
            super().keyPressEvent(event)
        event.accept()


class LanesArea(QScrollArea):
    """The lanes, which may be more than have room."""

    def __init__(self, lanes: Lanes) -> None:
        super().__init__()
        self.setWidget(lanes)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
