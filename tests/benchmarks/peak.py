"""What one core can do at most: fused multiply-adds on registers, with nothing else in the loop."""

from __future__ import annotations

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from engine.machine.pointers import pointer_to
from engine.machine.vectors import I64, Vectors, many_registers, vector_bytes

# Two units that take four or five cycles each need ten chains; more keep the loop's own instructions out of the way.
CHAINS = 24 if many_registers(vector_bytes()) else 12
TURNS = 25_000


@intrinsic
def chains(typingctx, sums, turns):
    """CHAINS sums of vectors, which begin with and go back to `sums`: so many turns of s ← s·½ + 1 in each."""

    def codegen(context, builder, signature, args):
        vectors = Vectors(builder, ir.FloatType(), vector_bytes())
        half, one = (ir.Constant(vectors.type, [value] * vectors.lanes) for value in (0.5, 1.0))
        places = [builder.gep(args[0], [ir.Constant(I64, k * vectors.lanes)]) for k in range(CHAINS)]
        firsts, entry = [vectors.load(place) for place in places], builder.block
        loop, done = builder.append_basic_block("turn"), builder.append_basic_block("turned")
        builder.branch(loop)
        builder.position_at_end(loop)
        left, held = builder.phi(I64), [builder.phi(vectors.type) for _ in range(CHAINS)]
        sums = [vectors.fma(each, half, one) for each in held]
        less = builder.sub(left, ir.Constant(I64, 1))
        for phi, first, following in zip((left, *held), (args[1], *firsts), (less, *sums), strict=True):
            phi.add_incoming(first, entry)
            phi.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed(">", less, ir.Constant(I64, 0)), loop, done)
        builder.position_at_end(done)
        for value, place in zip(sums, places, strict=True):
            vectors.store(value, place)
        return context.get_dummy_value()

    return types.void(sums, types.int64), codegen


@njit(nogil=True)
def multiply_and_add(sums, turns):
    """The loop over an array of CHAINS vectors."""
    chains(pointer_to(sums), turns)


def work(turns: int = TURNS) -> float:
    """Floating-point operations of a call."""
    return 2.0 * turns * CHAINS * (vector_bytes() // 4)
