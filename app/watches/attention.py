"""Who looks at whom: attention weights of one example of the batch, head by head, and the gradients of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.watches import base
from engine.errors import SessionError

if TYPE_CHECKING:
    import numpy as np

    from engine.attention_maps import AttentionMap

NONE = (
    "The weights of attention are drawn here, head by head, for networks that have attention: Multi-head attention, "
    "Dot-product attention, encoder and decoder blocks, memory networks. Try the lesson Reversing digits."
)
MOST = 512  # steps of a sequence that are drawn


@dataclass(frozen=True)
class Wish:
    """Of which layer (None: the first that has any), which of its maps, and which example of the batch; `name`, if
    given, is one of all maps."""

    layer: str | None = None
    name: str = ""
    example: int = 0


@dataclass(frozen=True)
class Heads:
    """`weights` (heads, queries, keys) and `gradient`, ∂L/∂weights, None where none goes through them; the words of
    queries and keys, () where they are not known. `maps`: (name, words) of all that there are."""

    name: str
    maps: tuple[tuple[str, str], ...]
    weights: np.ndarray
    gradient: np.ndarray | None
    queries: tuple[str, ...]
    keys: tuple[str, ...]
    example: int
    examples: int


class Watch(base.Watch):
    """Reads what the last step has left."""

    share, least = 0.01, 0.1

    def __init__(self, session, wish=None, before=None) -> None:
        from engine.attention_maps import attention_maps, token_places

        super().__init__(session, wish, before)
        self.maps = attention_maps(session)
        self._places = {
            one.name: tuple(token_places(session.network, session.shapes, one.layer, port) if port else None
                            for port in (one.query_port, one.key_port))
            for one in self.maps
        }  # fmt: skip

    def look(self) -> Heads:
        """Raises SessionError where there is no attention."""
        from engine.attention_maps import gradient_of, weights_of

        if not self.maps:
            raise SessionError(NONE)
        wish, session = self.wish or Wish(), self.session
        one = self._chosen(wish)
        examples = len(session.values[one.name])
        example = min(max(wish.example, 0), examples - 1)
        weights, gradient = weights_of(session, one, example), gradient_of(session, one, example)
        queries, keys = (self._words(places, example) for places in self._places[one.name])
        return Heads(
            one.name, tuple((other.name, other.words) for other in self.maps), weights[:, :MOST, :MOST],
            None if gradient is None else gradient[:, :MOST, :MOST], queries[:MOST], keys[:MOST], example, examples,
        )  # fmt: skip

    def _chosen(self, wish: Wish) -> AttentionMap:
        named = [one for one in self.maps if one.name == wish.name]
        of_layer = [one for one in self.maps if one.layer == wish.layer]
        return (named or of_layer or self.maps)[0]

    def _words(self, places: np.ndarray | None, example: int) -> tuple[str, ...]:
        from engine.data.vocabulary import shown

        vocabulary, rows = self.session.dataset.vocabulary, self.session.view(self.session.batch[0])
        if places is None or vocabulary is None or rows.ndim != 2 or (len(places) and places.max() >= rows.shape[1]):
            return ()
        tokens = rows[example]
        return tuple("" if place < 0 else _word(vocabulary.itos, int(tokens[place]), shown) for place in places)


def _word(itos: tuple[str, ...], token: int, shown) -> str:
    return shown(itos[token]) if 0 <= token < len(itos) else "?"
