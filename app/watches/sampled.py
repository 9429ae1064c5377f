"""Text that the network makes up while it learns, from the parameters of that moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.watches import base
from engine.errors import ChainruleError, SessionError

if TYPE_CHECKING:
    import numpy as np

    from engine.generate import Moment
    from engine.session import Session

WHERE = ("Text that the network makes up is shown here while it learns. That is there for networks that say after each "
         "token which comes next, as in the lessons Characters, LSTM and Characters, transformer.")  # fmt: skip
KEPT, LONGEST = 12, 1000  # samples, and tokens of one


@dataclass(frozen=True)
class Prompt:
    """Go on from `text` for `length` tokens; another `turn` asks for another sample of the same."""

    text: str = ""
    temperature: float = 0.8
    length: int = 160
    turn: int = 0


@dataclass(frozen=True)
class Sample:
    """`pieces` of text behind `prompt`, one a token, each with the probability that the network gave it."""

    step: int
    prompt: str
    pieces: tuple[str, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Samples:
    """The newest first; `trouble`: why there is no newer one."""

    samples: tuple[Sample, ...]
    trouble: str = ""


class Watch(base.Watch):
    """Speaks on a thread beside."""

    share, least = 0.02, 2.5

    def __init__(self, session: Session, wish: Any = None, before: base.Watch | None = None) -> None:
        super().__init__(session, wish, before)
        from engine.evaluator import Evaluator
        from engine.generate import requires_speech

        if session.dataset.vocabulary is None:
            raise SessionError(WHERE)
        try:
            requires_speech(session)
        except SessionError as error:
            raise SessionError(WHERE) from error
        self.words = session.dataset.vocabulary
        self._evaluator = Evaluator(session.network, session.shapes, session.evaluator.row, session.dtype)
        same = isinstance(before, Watch) and before.words == self.words
        self.kept: list[Sample] = list(before.kept) if isinstance(before, Watch) and same else []
        self._known: tuple[Any, ...] = ()

    def look(self) -> Callable[[], Samples]:
        from engine.generate import Moment

        session, prompt = self.session, self.wish if isinstance(self.wish, Prompt) else Prompt()
        moment, step = Moment(session, self._evaluator, session.parameter_block()), session.steps
        return lambda: self._speak(moment, step, prompt)

    def _speak(self, moment: Moment, step: int, prompt: Prompt) -> Samples:
        self.kept = [sample for sample in self.kept if sample.step <= step]  # it may have gone back
        if (step, prompt) != self._known:
            self._known = (step, prompt)
            try:
                self.kept.insert(0, self._sample(moment, step, prompt))
            except ChainruleError as error:
                return Samples(tuple(self.kept), str(error))
            del self.kept[KEPT:]
        return Samples(tuple(self.kept))

    def _sample(self, moment: Moment, step: int, prompt: Prompt) -> Sample:
        from engine.generate import Choice, spoken

        before = self._numbers(prompt.text)
        choice = Choice(prompt.temperature, seed=step + prompt.turn)
        found = list(spoken(moment, before, min(prompt.length, LONGEST), choice))
        pieces = pieces_of(self.words, [*map(int, before), *(token for token, _ in found)])
        first = len(before)
        shown = "".join(pieces[:first]) if prompt.text else ""
        return Sample(step, shown, tuple(pieces[first:]), tuple(p for _, p in found))

    def _numbers(self, text: str) -> np.ndarray:
        """Tokens to go on from; without any, a line break, or else the first token there is."""
        import numpy as np

        found = self.words.encode(text)
        return found if len(found) else np.array([self.words.stoi.get("\n", 0)])


def pieces_of(words: Any, tokens: list[int]) -> list[str]:
    """What each token adds to the text: of words, with the space before them."""
    if words.level == "character":
        return [words.itos[k] for k in tokens]
    from itertools import pairwise

    from engine.data.vocabulary import join

    # whether a space stands between two words depends on these two alone
    texts = [words.itos[k] for k in tokens]
    joined = [join(pair, words.level)[len(pair[0]) :] for pair in pairwise(texts)]
    return texts[:1] + joined
