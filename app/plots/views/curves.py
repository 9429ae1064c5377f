"""Loss and accuracy over the steps."""

from app.plots.curves import CurvesCard
from app.plots.views.kind import ViewKind

VIEW = ViewKind("Loss and accuracy", CurvesCard, "Training", 10, stretch=14, tab="Loss")
