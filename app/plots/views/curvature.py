"""How sharply the loss bends, over the steps."""

from app.plots.curvature import CurvatureCard
from app.plots.views.kind import ViewKind

VIEW = ViewKind("Curvature over time", CurvatureCard, "Training", 60, near="surface", tab="Curvature")
