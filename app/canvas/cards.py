"""From the document and a snapshot to what a card shows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from app import theme
from app.canvas.card import Card
from app.numbers import format_count, format_number
from app.words import worded

if TYPE_CHECKING:
    from app.document import Document
    from app.snapshot import Snapshot
    from engine.problems import Problem


CAPTIONS = {
    "CrossEntropy": "−log p(class)", "BinaryCrossEntropy": "−log p(truth)", "SquaredError": "(ŷ − y)²",
    "HalfSquaredError": "½ (ŷ − y)²", "AbsoluteError": "|ŷ − y|", "HuberLoss": "(ŷ − y)², then |ŷ − y|",
    "GaussianNLL": "−log N(y; μ, σ²)", "PoissonNLL": "λ − y log λ", "KLDivergence": "KL(t ‖ p)",
    "GaussianKL": "KL(N(μ, σ²) ‖ N(0, 1))", "ContrastiveLoss": "near or far", "TripletLoss": "d(a, p) − d(a, n) + m",
}  # fmt: skip


def by_layer(problems: Iterable[Problem]) -> dict[str | None, tuple[Problem, ...]]:
    """Problems by the layer they name; None: those of the whole network."""
    found: dict[str | None, tuple[Problem, ...]] = {}
    for problem in problems:
        found[problem.layer] = (*found.get(problem.layer, ()), problem)
    return found


def basis(document: Document, id: str, problems: tuple[Problem, ...]) -> tuple:
    """All that `card_of` depends on: while it is the same, so is the card."""
    network, shapes = document.network, document.report.shapes
    wired = network.inputs_of(id)
    return network.nodes[id], shapes.get(id), tuple(map(shapes.get, wired.values())), tuple(wired), problems


def card_of(document: Document, id: str, problems: tuple[Problem, ...]) -> Card:
    """The card without any live value: what the network and its check say, with the layer's own `problems`."""
    node, report = document.network.nodes[id], document.report
    layer = node.layer
    return Card(
        title=id, kind=_kind(node), category=layer.category, shape=_shape(report.shapes.get(id), layer.is_loss),
        foot=_foot(document, id), problems=tuple(worded(str(problem)) for problem in problems),
        warning=bool(problems) and all(problem.severity == "warning" for problem in problems),
        ports=node.ports, output=not layer.is_loss,
        caption=CAPTIONS.get(node.kind, layer.title) if layer.is_loss else "",
        figure="L" if layer.is_loss else "",
    )  # fmt: skip


def _kind(node) -> str:
    activation = node.attrs.get("activation", "linear")
    return activation.replace("_", " ") if activation != "linear" else node.layer.title


def _shape(shape: tuple[int, ...] | None, is_loss: bool) -> str:
    if is_loss:
        return "[ ]"
    return "[ ? ]" if shape is None else f"[{', '.join(['B', *map(str, shape)])}]"


def _foot(document: Document, id: str) -> str:
    count = parameter_count(document, id)
    if document.network.nodes[id].kind == "Delay" and not count:
        return "one step before"
    return f"{format_count(count)} par" if count else ""


def parameter_count(document: Document, id: str) -> int:
    """Learned numbers of layer `id`; 0 while its shapes are not known."""
    node, shapes = document.network.nodes[id], document.report.shapes
    wired = document.network.inputs_of(id)
    inputs = [shapes.get(wired.get(port, "")) for port in node.ports]
    if any(shape is None for shape in inputs) or id not in shapes:
        return 0
    return sum(math.prod(parameter.shape) for parameter in node.layer.parameters(node.attrs, *inputs))


def live_card(document: Document, id: str, old: Card, snapshot: Snapshot) -> Card:
    """`old` with the snapshot's picture, figure, gradient bars and the mark of the current operation."""
    current = snapshot.current
    phase = current.phase if current is not None and current.layer == id else None
    node = document.network.nodes[id]
    bars = snapshot.gradient_bars.get(id)
    card = replace(old, phase=phase, bars=() if bars is None else tuple(float(x) for x in bars))
    if node.layer.is_loss:
        loss = snapshot.losses.get(id, snapshot.loss)
        known = loss is not None and math.isfinite(loss)
        return replace(card, figure=f"L = {format_number(loss)}" if known else "L")
    if id in snapshot.losses:
        card = replace(card, foot=f"Ω = {format_number(snapshot.losses[id])}")
    if node.layer.is_input and snapshot.dataset is not None:
        rows = len(snapshot.dataset.train)
        card = replace(card, foot=f"{format_count(rows)} {'row' if rows == 1 else 'rows'}")
    return _with_picture(card, id, old, snapshot)


def _with_picture(card: Card, id: str, old: Card, snapshot: Snapshot) -> Card:
    array = snapshot.thumbnails.get(id)
    if array is None:
        return replace(card, picture=None)
    if array.size == 1:
        return replace(card, picture=None, figure=format_number(float(array.flat[0])))
    key = (id, theme.current().name)
    known = _drawn.get(key)
    if known is None or known[0] is not array:
        from app.canvas.picture import signed_image

        _drawn[key] = known = (array, signed_image(array, theme.current()))
    return replace(card, picture=known[1], smooth=bool(snapshot.extra.get("smooth", {}).get(id)))


_drawn: dict[tuple[str, str], tuple] = {}  # the array last drawn for a card, and its picture
