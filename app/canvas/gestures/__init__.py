"""One class for each thing the mouse can do on the canvas."""

from app.canvas.gestures.base import Gesture
from app.canvas.gestures.choose import begin

__all__ = ["Gesture", "begin"]
