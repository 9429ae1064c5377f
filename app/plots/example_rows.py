"""What a row of the data looks like in a list of examples: a picture or a line, its answer in words. No widget here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app import theme
from app.numbers import format_number, format_percent
from app.plots import colours
from engine.data.tasks import PAD

if TYPE_CHECKING:
    from app.watches.examples import Examples

MOST_WRITTEN = 12  # numbers of a row that are written out
_SIGNS = {PAD: "·", "\n": "↵", "\t": "⇥"}


def grey(pixels: np.ndarray, low: float, high: float) -> np.ndarray:
    """uint8 (h, w, 4) from the canvas's tone at `low` to the text's at `high`; what is not finite is marked."""
    tokens = theme.current()
    one, other = colours.rgba(tokens.canvas).astype(float), colours.rgba(tokens.text).astype(float)
    share = np.clip(np.nan_to_num((pixels - low) / ((high - low) or 1.0)), 0, 1)[..., None]
    image = (one + (other - one) * share).round().astype(np.uint8)
    image[~np.isfinite(pixels)] = colours.rgba(tokens.bad)
    return image


def pictures(found: Examples) -> np.ndarray | None:
    """The rows as images (n, height, width); a reconstruction stands beside each. None: they are no images."""
    shape = found.dataset.image_shape
    if shape is None or found.x[:1].size != shape[0] * shape[1] * len(found.x[:1]):
        return None
    images = found.x.reshape(-1, *shape)
    if found.kind != "inputs" or found.said.size != images.size:
        return images
    return np.concatenate([images, found.said.reshape(-1, *shape)], 2)


def written(found: Examples, i: int) -> str:
    """Row `i` in one line: its text, or its numbers in the data's own units."""
    data, x = found.dataset, found.x[i]
    if data.vocabulary is not None:
        return signs(data.vocabulary.decode(x))
    values = np.asarray(data.inverse_transform(x)).reshape(-1)
    names = data.feature_names if len(data.feature_names) == len(values) else ()
    parts = [f"{names[k]} {format_number(value, 3)}" if names else format_number(value, 3)
             for k, value in enumerate(values[:MOST_WRITTEN])]  # fmt: skip
    return " · ".join(parts) + (" …" if len(values) > MOST_WRITTEN else "")


def signs(text: str) -> str:
    """Text in one line: line breaks, tabs and what only fills up as signs."""
    for found, sign in _SIGNS.items():
        text = text.replace(found, sign)
    return text


def name(found: Examples, label: int) -> str:
    """The class of this number."""
    names = found.dataset.class_names
    return names[label] if 0 <= label < len(names) else "–" if label < 0 else f"class {label}"


def is_right(found: Examples, i: int) -> bool:
    """Whether row `i` is answered as it should be, in every place that counts; False for numbers."""
    if found.kind != "classes":
        return False
    return bool(np.all((found.true[i] == found.said[i]) | (found.true[i] < 0)))


def verdict(found: Examples, i: int) -> tuple[str, str]:
    """What row `i` truly is, and what the network says; short."""
    if found.kind == "classes" and found.true.ndim == 1:
        return name(found, int(found.true[i])), name(found, int(found.said[i]))
    if found.kind == "classes":
        counted = found.true[i] >= 0
        wrong = int(np.count_nonzero(counted & (found.true[i] != found.said[i])))
        return f"{int(counted.sum())} places", f"{wrong} wrong"
    if found.kind == "numbers":
        return _some(found.true[i]), _some(found.said[i])
    return "", ""


def _some(values: np.ndarray) -> str:
    return ", ".join(format_number(value, 3) for value in values[:3]) + (", …" if len(values) > 3 else "")


def told(found: Examples, i: int) -> str:
    """All about row `i`: where it stands in the data, what is true, what is said, how sure, at which loss."""
    head = f"Row {int(found.rows[i]) + 1} of the data, loss {format_number(found.losses[i])}: "
    if found.kind == "classes" and found.true.ndim == 1:
        true, said = name(found, int(found.true[i])), name(found, int(found.said[i]))
        sure = format_percent(float(found.p_said[i]))
        if found.true[i] == found.said[i]:
            return f"{head}{true}, said with {sure}"
        return f"{head}{true} (given {format_percent(float(found.p_true[i]))}), taken for {said} ({sure})"
    if found.kind == "classes":
        words = found.dataset.vocabulary
        if words is None:
            return head + " of which ".join(verdict(found, i))
        counted = found.true[i] >= 0
        true, said = (signs(words.decode(labels[i][counted])) for labels in (found.true, found.said))
        return f"{head}should say “{true}”, says “{said}”"
    if found.kind == "numbers":
        true, said = verdict(found, i)
        off = format_number(float(np.max(np.abs(found.said[i] - found.true[i]), initial=0.0)), 3)
        return f"{head}true {true}, predicted {said}, off by {off}"
    return head + ("left the input, right what the network makes of it" if found.kind == "inputs" else "no truth known")
