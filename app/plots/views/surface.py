"""The loss around the parameters."""

from app.plots.surface.card import SurfaceCard
from app.plots.views.kind import ViewKind

VIEW = ViewKind("Loss surface", SurfaceCard, "Surface", 10, near="judgement", stretch=19)
