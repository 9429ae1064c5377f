"""Several optimisers beside each other."""

from app.plots.race import RaceCard
from app.plots.views.kind import ViewKind

VIEW = ViewKind("Optimiser race", RaceCard, "Training", 50, near="curves", tab="Race")
