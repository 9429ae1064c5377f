"""The loss surface in three dimensions: drag turns it, the wheel comes nearer, the current point can be moved."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.landscape import Landscape
from app.plots.surface import box
from app.plots.surface.camera import TALL, Camera
from app.plots.surface.labels import Labels
from app.plots.surface.rendering import Rendered, Scene, render
from app.plots.surface.trails import hue, paint_end, paint_legend, paint_trail
from app.plots.surface.view import OUTLINE, PATH, THIN, LandscapeView, paint_line, thinned

DEGREES = 0.5  # for each px of a drag
TURN = 6.0  # degrees for an arrow key
LIFT = 0.006  # of the path over the surface
FINE_AFTER = 120  # ms after the last turn
LARGE = 250_000  # pixels from which a picture that moves is drawn with one sample for each
ROOMS = ((400, (64, 56, 30)), (110, (22, 18, 8)), (0, (4, 4, 4)))  # px beside, below and above the box by the size
SHARE = 0.85  # of the room at the left that the box keeps off: a corner reaches between the words
MOST_PATH = 1500  # points that the path is drawn through
NAMED = 130  # px of the widget from which other paths are named
_TURNS = {
    Qt.Key.Key_Left: (-TURN, 0), Qt.Key.Key_Right: (TURN, 0), Qt.Key.Key_Up: (0, TURN), Qt.Key.Key_Down: (0, -TURN),
}  # fmt: skip
_ZOOMS = {Qt.Key.Key_Plus: 1.15, Qt.Key.Key_Equal: 1.15, Qt.Key.Key_Minus: 1 / 1.15}


class SurfaceView(LandscapeView):
    """A landscape as a shaded surface with its path and the current point on it."""

    how = (
        "Drag or arrows: turn · wheel, + and −: nearer · double click or 0: as at first · "
        "drag the point, or Shift+arrows and Enter: go there"
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("loss surface in three dimensions")
        self.pose = Camera()
        self._drawn: tuple[tuple, Rendered] | None = None
        self._scene: Scene | None = None
        self._words: tuple[tuple, Labels] | None = None
        self._camera: tuple[tuple, Camera] | None = None
        self._rough = False
        self._settle = QTimer(self, singleShot=True, interval=FINE_AFTER)
        self._settle.timeout.connect(self._draw_fine)

    # ---- the camera

    def camera(self) -> Camera:
        """As posed, fitted into the widget with room for the numbers."""
        key = (self.pose, self.width(), self.height(), self.inset)
        if self._camera is None or self._camera[0] != key:
            self._camera = (key, self._fit(self.width(), self.height()))
        return self._camera[1]

    def _fit(self, wide: int, high: int) -> Camera:
        side, foot, top = next(room for least, room in ROOMS if min(wide, high) >= least)
        left = max(side, SHARE * self.inset)
        return self.pose.fitted(left, top, max(10, wide - left - side), max(10, high - top - foot))

    def set_pose(self, pose: Camera) -> None:
        """Look from elsewhere."""
        if pose != self.pose:
            self.pose = pose
            self._rough = self.width() * self.height() * self.devicePixelRatioF() ** 2 > LARGE
            if self._rough:
                self._settle.start()
            self.update()

    def drag(self, by: QPointF) -> None:
        self.set_pose(self.pose.turned(by.x() * DEGREES, by.y() * DEGREES))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.set_pose(self.pose.zoomed(1.0015 ** event.angleDelta().y()))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.set_pose(Camera())

    def takes(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        return super().takes(event) or (plain and event.key() in (*_TURNS, *_ZOOMS, Qt.Key.Key_0, Qt.Key.Key_Home))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key()) if event.key() in (*_TURNS, *_ZOOMS, Qt.Key.Key_0, Qt.Key.Key_Home) else None
        if key is None or LandscapeView.takes(self, event):
            super().keyPressEvent(event)
        elif key in _TURNS:
            self.set_pose(self.pose.turned(*_TURNS[key]))
        else:
            self.set_pose(self.pose.zoomed(_ZOOMS[key]) if key in _ZOOMS else Camera())

    def _draw_fine(self) -> None:
        self._rough = False
        self.update()

    # ---- places

    def place_at(self, at: QPointF) -> tuple[float, float] | None:
        if self.landscape is None or self.landscape.is_empty:
            return None
        point = self.rendered().place_at(at.x(), at.y())
        if point is None:
            return None
        low, high = _ends(self.landscape)
        a, b = low + (np.clip(point[:2], -1, 1) + 1) / 2 * (high - low)
        return float(a), float(b)

    def point_of(self, place: tuple[float, float]) -> QPointF | None:
        seen = self._seen(np.array([place], float))
        return QPointF(*seen[0, :2]) if len(seen) and np.isfinite(seen).all() else None

    def _seen(self, places: np.ndarray) -> np.ndarray:
        """Places on the surface as projected, (K, 3); NaN in holes and beside the plane."""
        if self.landscape is None:
            return np.zeros((0, 3))
        low, high = _ends(self.landscape)
        heights = self._scene_now().heights
        at = 2 * (places - low) / (high - low) - 1
        loss = self.landscape.loss_at(places)
        shown = self.scale.height(loss) if heights.size else loss
        return self.camera().project(np.column_stack([at, shown * TALL + LIFT]))

    # ---- drawing

    def forget(self) -> None:
        self._drawn = self._scene = self._words = None

    def _scene_now(self) -> Scene:
        if self._scene is None:
            assert self.landscape is not None
            filled = self.landscape.filled
            if self.landscape.is_line:
                filled = np.repeat(filled, 2, axis=1)
            self._scene = Scene(self.scale.height(filled), self.scale.height(self.scale.levels()))
        return self._scene

    def rendered(self) -> Rendered:
        """The picture for the present pose, drawn anew only when something changed."""
        camera, ratio = self.camera(), self.devicePixelRatioF()
        key = (camera, self.width(), self.height(), ratio, self._rough)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = (
                key,
                render(self._scene_now(), camera, self.width(), self.height(), ratio, not self._rough),
            )
        return self._drawn[1]

    def paint(self, painter: QPainter, landscape: Landscape) -> None:
        picture = self.rendered()
        box.paint_box(painter, picture.camera, self._scene_now().levels)
        painter.drawImage(0, 0, picture.image)
        self._paint_trails(painter, landscape, picture)
        self._paint_path(painter, landscape, picture)
        if min(self.width(), self.height()) >= NAMED:
            top = 2.0 + 15 * len(self.notes())
            paint_legend(painter, landscape.others, self.rect().toRectF().adjusted(self.inset, top, -2, -NAMED / 2))
        key = (picture, self.taken, landscape.names, theme.current().name)
        if self._words is None or self._words[0] != key:
            self._words = (key, self.labels(landscape, picture.camera))
        self._words[1].paint(painter)

    def labels(self, landscape: Landscape, camera: Camera) -> Labels:
        """All words of the picture."""
        labels = Labels(self.rect().toRectF(), self.taken)
        if min(self.width(), self.height()) >= 110:
            box.add_numbers(labels, camera, landscape, self.scale)
        right = QPointF(self.width() - 2.0, 2.0)
        for note in self.notes():
            labels.add(note, right, (1.0, 0.0), mono=False)
            right += QPointF(0, 15)
        return labels

    def _paint_trails(self, painter: QPainter, landscape: Landscape, picture: Rendered) -> None:
        for trail in landscape.others:
            seen = self._seen(dense(trail.places, MOST_PATH // 2))
            if not len(seen):
                continue
            front = picture.visible(seen)
            for first, last in runs(front, np.isfinite(seen).all(1)):
                points = [QPointF(x, y) for x, y in thinned(seen[first:last, :2], THIN).tolist()]
                paint_trail(painter, points, hue(trail), faint=not front[first])
            if np.isfinite(seen[-1]).all() and front[-1]:
                paint_end(painter, QPointF(*seen[-1, :2]), hue(trail))

    def _paint_path(self, painter: QPainter, landscape: Landscape, picture: Rendered) -> None:
        places = dense(landscape.path, MOST_PATH)
        if len(places) < 2:
            return
        seen = self._seen(places)
        front = picture.visible(seen)
        for first, last in runs(front, np.isfinite(seen).all(1)):
            points = [QPointF(x, y) for x, y in thinned(seen[first:last, :2], THIN).tolist()]
            paint_line(painter, points, faint=not front[first])
        start = self.point_of(tuple(landscape.path[0]))
        if start is not None:
            painter.setPen(QPen(QColor(PATH), 1.5))
            painter.setBrush(QColor(OUTLINE))
            painter.drawEllipse(start, 3, 3)


def _ends(landscape: Landscape) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest (a, b); a line is one unit wide."""
    low = np.array([landscape.along[0], landscape.across[0]], float)
    high = np.array([landscape.along[-1], landscape.across[-1]], float)
    if landscape.is_line:
        low[1], high[1] = low[1] - 0.5, high[1] + 0.5
    return low, high


def dense(path: np.ndarray, most: int) -> np.ndarray:
    """More points along a path (K, 2), so that it follows the surface between those given."""
    path = np.asarray(path, float).reshape(-1, 2)
    path = path[np.isfinite(path).all(1)]
    if len(path) < 2:
        return path
    at = np.linspace(0, len(path) - 1, max(len(path), min(most, 40 * (len(path) - 1) + 1)))
    return np.column_stack([np.interp(at, np.arange(len(path)), path[:, k]) for k in (0, 1)])


def runs(flags: np.ndarray, known: np.ndarray) -> list[tuple[int, int]]:
    """Stretches (first, last) of known points of equal flags; neighbours share a point, so that no gap shows."""
    code = np.where(known, flags.astype(int), -1)
    breaks = np.flatnonzero(np.diff(code)) + 1
    found = []
    for first, last in zip([0, *breaks], [*breaks, len(code)], strict=True):
        if code[first] >= 0:
            joined = last < len(code) and code[last] >= 0
            found.append((int(first), int(last + joined)))
    return [(first, last) for first, last in found if last - first > 1]
