"""What a card of the loss surface holds: both pictures, what the plane explains, and the loss beside the plane's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.landscape import Landscape
from app.plots.surface.contours import ContourMap
from app.plots.surface.curve import LossCurve
from app.plots.surface.view import LandscapeView
from app.plots.surface.view3d import SurfaceView
from app.plots.switch import Switch
from app.plots.text import Text, restyle

GOOD, FAIR = 0.8, 0.4  # shares of the path from which a plane is trusted well, and somewhat
LEAST = 126.0  # px of a picture below which the words beside it go
GAP, ROOM = 10.0, (6, 2, 0, 4)  # px beside the words, and around them
EMPTY = "The loss around the network's parameters is drawn here. Press Space to run."


class Progress(QWidget):
    """A line of 2 px that grows; nothing while all is done."""

    def __init__(self) -> None:
        super().__init__()
        self.share = 1.0
        self.setFixedHeight(2)
        self.setAccessibleName("progress of the surface")

    def set_share(self, share: float) -> None:
        """From 0 to 1."""
        if share != self.share:
            self.share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.share < 1:
            painter, tokens = QPainter(self), theme.current()
            painter.fillRect(self.rect(), QColor(tokens.raised))
            painter.fillRect(QRectF(0, 0, self.width() * self.share, 2), QColor(tokens.forward))


class Words(QWidget):
    """The column at the left: at the top what the plane explains, at the foot the losses. It lets the pointer through.

    Where it is not high enough, the less important lines go first.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.plane, self.explained = Text("plane explains", 10.5, role="dim"), Text("", 12, 600)
        self.rows, self.mode = Text("", 10.5, role="dim"), Text("", 10.5, role="dim")
        self.share = ("", "")  # in full, and in few signs
        self.true, self.inside = Text("", 10.5, role="dim", mono=True), Text("", 10.5, role="dim", mono=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*ROOM)
        column.setSpacing(1)
        self.top, self.foot = (self.plane, self.explained), (self.rows, self.mode, self.true, self.inside)
        for text in self.top:
            column.addWidget(text)
        column.addStretch(1)
        for text in self.foot:
            column.addWidget(text)

    def say(self, landscape: Landscape) -> None:
        """Write it all anew."""
        share = landscape.explained
        moved = not np.isnan(share)
        self.plane.set_text("plane explains" if not landscape.is_line else "line explains")
        self.share = (f"{theme.format_percent(share)} of {landscape.explains}", theme.format_percent(share))
        self.share = self.share if moved else ("no path yet", "no path")
        self.explained.set_text(self.share[0])
        self.explained.set_role(trust(share))
        self.rows.set_text(landscape.rows)
        self.mode.set_text(landscape.mode)
        self.true.set_text(f"true loss {theme.format_number(landscape.here_loss)}")
        within = "on line  " if landscape.is_line else "in plane "
        self.inside.set_text(f"{within} {theme.format_number(landscape.loss_in_plane)}".replace("  ", " "))
        apart = (
            f"At the current point the loss is {theme.format_number(landscape.here_loss)}; the picture, which holds "
            f"only what lies in the {'line' if landscape.is_line else 'plane'}, shows "
            f"{theme.format_number(landscape.loss_in_plane)}."
        )
        self.setAccessibleName(f"{self.plane.text()} {self.explained.text()}. {apart}")

    def fit(self, height: float) -> None:
        """Leave out what has no room, the rows first, then the mode."""
        self.explained.set_text(self.share[0])
        texts = [self.explained, self.true, self.inside, self.plane, self.mode, self.rows]  # by importance
        left = height - ROOM[1] - ROOM[3]
        for text in texts:
            left -= text.sizeHint().height() + 1
            text.setVisible(bool(text.text()) and left >= 0)

    def show_share_alone(self) -> None:
        """Only how much the plane explains, upon the picture."""
        self.explained.set_text(self.share[1])
        for text in (*self.top, *self.foot):
            text.setVisible(text is self.explained)

    def needed(self) -> float:
        """Width of the longest line."""
        return max((text.sizeHint().width() for text in (*self.top, *self.foot)), default=0)

    def blocks(self) -> tuple[QRectF, ...]:
        """What the two groups of lines cover, in the parent's coordinates."""
        found = []
        for group, at_foot in ((self.top, False), (self.foot, True)):
            sizes = [text.sizeHint() for text in group if not text.isHidden()]
            if sizes:
                high = sum(size.height() + 1 for size in sizes)
                top = self.y() + (self.height() - ROOM[3] - high if at_foot else ROOM[1])
                found.append(QRectF(self.x() + ROOM[0], top, max(size.width() for size in sizes), high))
        return tuple(found)


class SurfaceContent(QWidget):
    """3-D or map, the honest words, and a line of progress.

    `set_landscape` shows; `place_chosen(a, b)` tells where the current point was let go. `switch` may be put into the
    heading of a card (before, it stands in the corner at the right).
    """

    place_chosen = Signal(float, float)

    def __init__(self, parent: QWidget | None = None, heading: Callable[[QWidget], None] | None = None) -> None:
        """`heading` puts the switch somewhere else, such as into a card's head."""
        super().__init__(parent)
        self.landscape: Landscape | None = None
        self.view3d, self.map, self.curve = SurfaceView(), ContourMap(), LossCurve()
        self.views: tuple[LandscapeView, ...] = (self.view3d, self.map, self.curve)
        self.message = Text(EMPTY, 12, role="dim", wrap=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.switch, self.progress = Switch(("3-D", "Map"), size=12), Progress()
        self.stack = QStackedWidget()
        for widget in (self.message, *self.views):
            self.stack.addWidget(widget)
        self._own_switch = heading is None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        if heading is None:
            column.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignRight)
        else:
            heading(self.switch)
        column.addWidget(self.stack, 1)
        column.addWidget(self.progress)
        self.words = Words(self)
        self.words.hide()
        self.switch.chosen.connect(lambda _: self._choose())
        for view in self.views:
            view.place_chosen.connect(self.place_chosen)
        self._choose()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 90)

    def set_landscape(self, landscape: Landscape | None) -> None:
        """Show it; None for nothing. The same one again costs nothing."""
        if landscape is not self.landscape:
            self.landscape = landscape
            if landscape is not None:
                self.words.say(landscape)
            self._choose()

    def show_empty(self, message: str = EMPTY) -> None:
        """Say why there is nothing, in place of the picture."""
        self.message.set_text(message)
        self.set_landscape(None)

    def show_progress(self, done: int, of: int) -> None:
        """`done` of so many points are computed."""
        self.progress.set_share(done / of if of else 1.0)

    def set_log(self, log: bool | None) -> None:
        """Logarithmic heights, linear ones, or (None) what fits."""
        for view in self.views:
            view.set_log(log)

    def apply_theme(self) -> None:
        """Take on the current theme."""
        restyle(self)
        self._lay_words()

    @property
    def shown(self) -> LandscapeView | None:
        """The view in sight; None while the message stands there."""
        widget = self.stack.currentWidget()
        return widget if isinstance(widget, LandscapeView) else None

    def _choose(self) -> None:
        empty = self.landscape is None or self.landscape.is_empty
        line = self.landscape is not None and self.landscape.is_line
        self.switch.setVisible(not empty and not line)
        view = self.curve if line else self.views[self.switch.index]
        self.stack.setCurrentWidget(self.message if empty else view)
        if not empty:
            view.set_landscape(self.landscape)
        self._lay_words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_words()

    def _lay_words(self) -> None:
        """The words stand beside the picture; where it would be too small, only the share does, upon it."""
        view = self.shown
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.words.explained.set_text(self.words.share[0])
        wide = self.words.needed() + ROOM[0] + 2
        room = self.stack.geometry()
        fits = view is not None and self.width() - wide >= LEAST
        self.words.setVisible(fits or view is self.view3d)  # a map leaves no ground to read them on
        if view is None:
            return
        if fits:
            self.words.fit(room.height())
        else:
            self.words.show_share_alone()
        self.words.setGeometry(room.x(), room.y(), int(wide), room.height())
        column = self.words.layout()
        if column is not None:
            column.activate()
        self.words.raise_()
        offset = room.topLeft().toPointF()
        taken = () if self.words.isHidden() else tuple(block.translated(-offset) for block in self.words.blocks())
        view.reserve(wide + GAP if fits else 0.0, taken)


def trust(share: float) -> str:
    """The role of the words that say how much of the path a plane explains: green, amber, red; dim without a path."""
    if np.isnan(share):
        return "dim"
    return "good" if share >= GOOD else "backward_text" if share >= FAIR else "bad"
