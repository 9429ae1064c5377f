"""All mappings, by family, and the way to run a model through them."""

from tests.onnx import (
    control,
    elementwise,
    indexing,
    losses,
    matrices,
    quantized,
    reductions,
    resizing,
    sequences,
    shapes,
    spatial,
)
from tests.onnx.adapter import MAPPINGS
from tests.onnx.models import compute

FAMILIES = {
    "element by element, activations": elementwise,
    "reductions, softmax, sorting": reductions,
    "shapes, sequences": shapes,
    "picking and placing by index": indexing,
    "matrix products": matrices,
    "convolution, pooling, normalisation of channels": spatial,
    "resizing": resizing,
    "recurrent layers": sequences,
    "losses, optimisers": losses,
    "quantised numbers": quantized,
    "branches and loops": control,
}
DEFINED, ABSENT = "run by ONNX's own definition", "operators the engine does not have"


def family(op: str) -> str | None:
    """Where the mapping of an ONNX operator stands; None where it has none."""
    mapping = MAPPINGS.get(op)
    if mapping is None:
        return None
    return next(title for title, module in FAMILIES.items() if module.__name__ == mapping[0].__module__)


__all__ = ["ABSENT", "DEFINED", "FAMILIES", "compute", "family"]
