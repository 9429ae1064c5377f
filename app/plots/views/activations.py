"""The numbers of the selected layer."""

from functools import partial

from app.plots.values import NO_LAYER, ValuesCard
from app.plots.views.kind import ViewKind

VIEW = ViewKind("Activations", partial(ValuesCard, "Activations", NO_LAYER.format(what="its activations")), "Inside",
                10, near="judgement", stretch=10)  # fmt: skip
