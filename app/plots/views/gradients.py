"""The gradients of the numbers of the selected layer."""

from functools import partial

from app.plots.values import NO_LAYER, ValuesCard
from app.plots.views.kind import ViewKind

VIEW = ViewKind("Gradients", partial(ValuesCard, "Gradients", NO_LAYER.format(what="the gradient of its output")),
                "Inside", 20, near="activations", stretch=10)  # fmt: skip
