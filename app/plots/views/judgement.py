"""Decision boundary, confusion matrix or predictions."""

from app.plots.judgement import JudgementCard
from app.plots.views.kind import ViewKind

VIEW = ViewKind(
    "Boundary, confusion or predictions", JudgementCard, "Answers", 10, near="curves", stretch=11, tab="Boundary"
)
