"""Which parts of the canvas a frame paints. While it pans these are strips along the edges, not what lies between."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QRegion

MOST = 12  # more parts than this are taken as one


def pieces(region: QRegion) -> list[QRect]:
    """Rectangles that cover `region`, with room for what antialiasing touches."""
    found = list(region) if region.rectCount() <= MOST else [region.boundingRect()]
    return [rect.adjusted(-1, -1, 1, 1) for rect in found]


def parts(scene, area: QRectF) -> list[QRectF]:
    """What is painted of `area`: the parts that the view of `scene` paints now, or all of it for anyone else."""
    exposed = getattr(scene, "exposed", None) or [area]
    return [part for part in exposed if part.intersects(area)]


def touches(areas: Sequence[QRectF], rect: QRectF) -> bool:
    """Whether `rect` lies in any of `areas`."""
    for area in areas:  # noqa: SIM110 - it is asked of every wire at every frame, and `any` costs twice as much
        if area.intersects(rect):
            return True
    return False
