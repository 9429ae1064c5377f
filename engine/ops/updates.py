"""What the optimisers share."""

from engine.machine.pointers import load, store
from engine.ops.loops import inline

CLOCK = 0  # place in the int arena of the number of the step
NOT_FINITE = 1  # place in the int arena that an update sets when a gradient is not finite


@inline
def flag(ints, seen):
    """Set the flag if `seen`, a sum of gradients times 0, is not 0 (infinity times 0 is NaN)."""
    if seen != 0:
        store(ints, NOT_FINITE, 1)


def update_shapes(*shapes, **attrs):
    """Updates have no output: they overwrite."""
    return []


ALWAYS, OWN, OTHERS = 0, 1, 2  # turns: every step; the last of every k; all but the last of every k


def update_sizes(call):
    """Elements, then k and which of every k steps it is the turn of this update (`every`, `turn`)."""
    return [call.inputs[0].size, call.attrs.get("every", 1), call.attrs.get("turn", ALWAYS)]


@inline
def elements_in_turn(ints, args, k):
    """How many elements to update: args[k], or 0 where this step is another optimiser's turn."""
    every, turn = load(args, k + 1), load(args, k + 2)
    last = (load(ints, CLOCK) + 1) % every == 0
    if (turn == OWN and not last) or (turn == OTHERS and last):
        return 0
    return load(args, k)


@inline
def turns_taken(args, k, done):
    """Updates of its own after `done` steps of the session."""
    every, turn = load(args, k + 1), load(args, k + 2)
    if turn == OWN:
        return done // every
    if turn == OTHERS:
        return done - done // every
    return done


def takes_turn(attrs, step):
    """Whether an update with these attributes acts in `step` (from 0 on)."""
    last = (step + 1) % attrs.get("every", 1) == 0
    return attrs.get("turn", ALWAYS) == ALWAYS or last == (attrs["turn"] == OWN)


def turns(attrs, done):
    """Updates of its own after `done` steps of the session."""
    own = done // attrs.get("every", 1)
    return {ALWAYS: done, OWN: own, OTHERS: done - own}[attrs.get("turn", ALWAYS)]
