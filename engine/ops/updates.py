"""What the optimisers share."""

from engine.machine.pointers import store
from engine.ops.loops import inline

NOT_FINITE = 1  # place in the int arena that an update sets when a gradient is not finite


@inline
def flag(ints, seen):
    """Set the flag if `seen`, a sum of gradients times 0, is not 0 (infinity times 0 is NaN)."""
    if seen != 0:
        store(ints, NOT_FINITE, 1)


def update_shapes(*shapes, **attrs):
    """Updates have no output: they overwrite."""
    return []
