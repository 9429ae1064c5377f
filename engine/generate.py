"""Running a network freely: its own choice of a token is what it reads next.

Two kinds of networks can: one that reads T tokens and says after each which comes next (a language model), and one that
reads a source and what has been said so far, and says what to say next (encoder and decoder; its T' outputs belong to
the last T' tokens that it reads).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import SessionError
from engine.losses import compared_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.evaluator import Evaluator
    from engine.network import Network, Node
    from engine.session import Session


class Speaker(Protocol):
    """What can be asked for the next token: a session, or a `Moment` of it."""

    @property
    def network(self) -> Network: ...
    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]: ...
    @property
    def loss_layer(self) -> Node: ...

    def probabilities(self, x: Any) -> NDArray:
        """Of all tokens (n, T, V) behind each token of rows x (n, T)."""


class Moment:
    """A session's network with the parameters `block` of one moment, which goes on speaking while that one learns."""

    def __init__(self, session: Session, evaluator: Evaluator, block: NDArray) -> None:
        self.network, self.shapes, self.loss_layer = session.network, session.shapes, session.loss_layer
        self._metrics, self._evaluator, self._block = session.metrics, evaluator, block

    def probabilities(self, x: Any) -> NDArray:
        """As the session's own."""
        return self._metrics.probabilities(self._evaluator.outputs(self._block, x))


@dataclass(frozen=True)
class Choice:
    """How the next token is drawn: at `temperature` 0 the likeliest, else from p^(1/temperature), of the `top_k`
    likeliest only (0: of all). Raises SessionError."""

    temperature: float = 1.0
    top_k: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if not math.isfinite(self.temperature) or self.temperature < 0:
            raise SessionError(f"temperature is {self.temperature!r}, but must be a number of at least 0.")
        for name in ("top_k", "seed"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 0:
                raise SessionError(f"{name} is {getattr(self, name)!r}, but must be a whole number of at least 0.")


def draw(probabilities: NDArray, choice: Choice, rng: np.random.Generator) -> NDArray[np.int64]:
    """One token for each row of probabilities (n, V) → (n,)."""
    if choice.temperature == 0:
        return probabilities.argmax(1)
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities.astype(np.float64)) / choice.temperature
    if 0 < choice.top_k < logits.shape[1]:
        least = np.partition(logits, -choice.top_k, 1)[:, -choice.top_k, None]
        logits = np.where(logits >= least, logits, -np.inf)
    # the largest of logits plus Gumbel noise is distributed as their softmax (E. J. Gumbel 1954)
    return (logits + rng.gumbel(size=logits.shape)).argmax(1)


def continue_tokens(session: Session, prompt: Any, count: int, choice: Choice | None = None) -> NDArray[np.int64]:
    """`count` tokens (count,) that a language model puts behind `prompt` (n,). Raises SessionError, DataError."""
    found = [token for token, _ in spoken(session, prompt, count, choice or Choice())]
    return np.array(found, np.int64)


def requires_speech(speaker: Speaker) -> None:
    """Raises SessionError unless `spoken` can go on from any tokens."""
    length, said = _lengths(speaker)
    if length != said:
        raise SessionError(f"The network reads {length} tokens and says {said}: it answers, it does not go on.")


def spoken(speaker: Speaker, prompt: Any, count: int, choice: Choice) -> Iterator[tuple[int, float]]:
    """The same token after token, with the probability that the network gave to each, whatever the temperature."""
    requires_speech(speaker)
    length, rng = _lengths(speaker)[0], np.random.default_rng(choice.seed)
    tokens = [int(token) for token in np.asarray(prompt).reshape(-1)]
    if not tokens:
        raise SessionError("There is nothing to go on from; give at least one token.")
    for _ in range(count):
        window = np.zeros((1, length), np.int64)
        seen = tokens[-length:]
        window[0, : len(seen)] = seen
        probabilities = _next(speaker, window, len(seen) - 1)
        tokens.append(int(draw(probabilities, choice, rng)[0]))
        yield tokens[-1], float(probabilities[0, tokens[-1]])


def answers(session: Session, sources: Any, choice: Choice | None = None) -> NDArray[np.int64]:
    """What an encoder–decoder says to `sources`: rows of all that stands before its first word (n, T − T' + 1).

    Returns (n, T'). Raises SessionError, DataError.
    """
    choice, rng = choice or Choice(temperature=0), np.random.default_rng((choice or Choice()).seed)
    length, said = _lengths(session)
    given = np.atleast_2d(np.asarray(sources))
    first = length - said + 1
    if given.shape[1] != first:
        raise SessionError(f"A source has {first} tokens (with the one that begins the answer), not {given.shape[1]}.")
    rows = np.zeros((len(given), length + 1), np.int64)
    rows[:, :first] = given
    for place in range(said):
        rows[:, first + place] = draw(_next(session, rows[:, :length], place), choice, rng)
    return rows[:, first:]


def exact(session: Session, part: str = "validation") -> float:
    """Share of the rows of a part whose answer, said freely, is right in every token that counts."""
    rows = getattr(session.dataset, part)
    length, said = _lengths(session)
    spoken = answers(session, rows.x[:, : length - said + 1])
    return float(np.mean(np.all((spoken == rows.y) | (rows.y < 0), 1)))


def _next(speaker: Speaker, rows: NDArray[np.int64], place: int) -> NDArray:
    """Probabilities (n, V) of the token behind output `place`."""
    found = speaker.probabilities(rows)[:, place]
    if not np.all(np.isfinite(found)):
        raise SessionError("The network's probabilities are not finite; reset it and train it at a lower rate.")
    return found


def _lengths(speaker: Speaker) -> tuple[int, int]:
    """How many tokens the network reads, and for how many it says the next. Raises SessionError."""
    entry = next(node for node in speaker.network.nodes.values() if node.layer.is_input)
    output = speaker.shapes[compared_source(speaker.network, speaker.loss_layer)]
    if entry.layer.gives != "int" or len(output) != 2 or speaker.loss_layer.kind != "CrossEntropy":
        raise SessionError("This network does not say tokens one after the other: that takes a Tokens layer at its "
                           "beginning, and CrossEntropy over the steps of a sequence at its end.")  # fmt: skip
    return entry.attrs["length"], output[0]
