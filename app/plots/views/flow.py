"""How much gradient reaches every layer."""

from app.plots.flow import FlowCard
from app.plots.views.kind import ViewKind

VIEW = ViewKind("Gradient flow", FlowCard, "Training", 20, near="curves", stretch=9, tab="Flow")
