"""Random valid networks out of the whole catalogue, with data that suits them.

`Maker(r, must)` draws with `r` (a random.Random, or what hypothesis makes of one): rows of some kind, a few layers
whose shape rules accept what comes, and a fitting loss. The layer or loss `must` is among them wherever it can be.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np

import engine
from engine.attributes import Attribute
from engine.check import inspect
from engine.data import Dataset, from_arrays
from engine.errors import ShapeError
from engine.layers import REGISTRY

Attrs = dict[str, Any]
Shape = tuple[int, ...]
ROWS, LARGEST, TRIES = 5, 120, 8
LOSSES = tuple(kind for kind, layer in REGISTRY.items() if layer.is_loss)
LAYERS = tuple(kind for kind, layer in REGISTRY.items() if not layer.is_loss and not layer.is_input)
TOKEN_LAYERS = ("Embedding", "OneHot", "PaddingMask")
READABLE = ("Dense", "Sigmoid", "Softmax")  # behind these it is plain whether probabilities come in
FIXED: dict[str, Any] = {"tied": "", "vectors": "", "noise": 0.0, "p": 0.0, "dropout": 0.0, "sigma": 0.0,
                         "attention_dropout": 0.0, "method": "exact", "against": "target", "first_column": 0,
                         "columns": 0, "weight": 1.0, "rotate": 0.0, "shift": 0.0, "zoom": 0.0, "flip": False,
                         "brightness": 0.0}  # fmt: skip
CHOSEN: dict[str, tuple[Any, ...]] = {
    "rate": (1.0, 1.0, 1.0, 0.5, 0.0), "eps": (1e-5, 1e-3, 0.1), "heads": (1, 2, 3), "groups": (1, 1, 2, 3),
    "strength": (0.1, 0.7), "temperature": (0.5, 2.0), "margin": (0.5, 1.0, 3.0), "number": (0.0, 0.7),
    "threshold": (0.3, 1.0, 5.0), "alpha": (0.5, 1.0, 2.0), "factor": (0.5, 1.0, 2.0), "activity": (0.05, 0.3),
    "repeat": (1, 1, 2), "hops": (1, 2, 3), "smoothing": (0.0, 0.0, 0.2, 1.0), "longest": (8, 9), "vocabulary": (6, 7),
    "start": (0, 1, -1, -2), "stop": (0, -1, 1, 2, 3),
    "size": (1, 2, 3, 4), "units": (1, 2, 3, 4, 5), "filters": (1, 2, 3, 4, 6), "pieces": (2, 3),
}  # fmt: skip


def value_of(r: Random, attribute: Attribute, dimensions: int) -> Any:
    """A small value of an attribute; of shapes, one number or one for each dimension."""
    if attribute.name in FIXED:
        return FIXED[attribute.name]
    if attribute.kind == "choice":
        return r.choice(attribute.choices)
    if attribute.kind == "bool":
        return r.random() < 0.5
    low = attribute.low if attribute.low is not None else -2.0
    if attribute.kind == "shape":
        count = r.choice((1, dimensions, 2 * dimensions) if attribute.name == "pads" else (1, dimensions))
        return tuple(int(low) + r.choice((0, 1, 1, 2)) for _ in range(count))
    if attribute.name in CHOSEN:
        return r.choice(CHOSEN[attribute.name])
    high = attribute.high if attribute.high is not None else 2.0
    if attribute.kind == "int":
        return r.randint(int(low), int(min(high, low + 4)))
    return round(r.uniform(max(low, -2.0), min(high, 2.0)), 3)


class Maker:
    """Draws one network. `network`, `data` and `steps` (an optimiser's name or None) are the result."""

    def __init__(self, r: Random, must: str) -> None:
        self.r, self.network, self.must = r, engine.Network(), must
        self.shapes: dict[str, Shape] = {}
        self.entry = self.now = self._enter()
        if must in LAYERS and not self._grow(must):
            self._prepare(must)
        for _ in range(r.randint(0, 4)):
            self._grow_any()
        self._end(must if must in LOSSES else r.choice(LOSSES))
        errors = inspect(self.network, self.data).errors
        assert not errors, [str(error) for error in errors]

    # --- rows -----------------------------------------------------------------------------------------------------

    def _enter(self) -> str:
        """An entry that suits what must come."""
        r, shape = self.r, (self.r.randint(2, 6),)
        category = REGISTRY[self.must].category
        if self.must == "Tokens" or self.must in TOKEN_LAYERS or (category in ("sequence", "attention")
                                                                 and r.random() < 0.3):  # fmt: skip
            return self.add("Tokens", {"length": r.randint(2, 5), "vocabulary": 6}, (), ()) or ""
        if self.must[-2:] in ("1D", "2D", "3D"):
            dimensions = int(self.must[-2])
        else:
            dimensions = 1 if category in ("sequence", "attention") else r.choice((0, 0, 1, 2, 3))
        if dimensions:
            sizes = tuple(r.randint(2, {1: 6, 2: 5, 3: 3}[dimensions]) for _ in range(dimensions))
            shape = (r.randint(1, 4), *sizes) if r.random() < 0.85 or dimensions == 1 else sizes
        return self.add("Input", {"shape": shape}, (), ()) or ""

    @property
    def shape(self) -> Shape:
        """Of what the last layer gives."""
        return self.shapes[self.now]

    # --- layers ---------------------------------------------------------------------------------------------------

    def add(self, kind: str, attrs: Attrs, ports: tuple[str, ...], sources: tuple[str, ...]) -> str | None:
        """A layer wired from `sources`, if its shape rule takes them and the result is small."""
        layer = REGISTRY[kind]
        complete = layer.complete(attrs)
        try:
            shape = layer.shape(complete, *(self.shapes[source] for source in sources))
            parameters = layer.parameters(complete, *(self.shapes[source] for source in sources))
        except ShapeError:
            return None
        if math.prod(shape) > LARGEST or sum(math.prod(p.shape) for p in parameters) > 200 * LARGEST:
            return None
        id = self.network.add(kind, **attrs)
        for port, source in zip(ports, sources, strict=True):
            self.network.connect(source, id, port)
        self.shapes[id] = shape
        return id

    def behind(self, kind: str, *sources: str, **attrs: Any) -> str:
        """A layer that must fit."""
        id = self.add(kind, attrs, REGISTRY[kind].ports(REGISTRY[kind].complete(attrs)), sources)
        assert id is not None, (kind, attrs, [self.shapes[source] for source in sources])
        return id

    def attributes(self, kind: str) -> Attrs:
        """Attributes for a layer of `kind` behind the last one."""
        dimensions = int(kind[-2]) if kind[-1] == "D" and kind[-2].isdigit() else 1
        attrs = {one.name: value_of(self.r, one, dimensions) for one in REGISTRY[kind].attributes}
        if kind == "Reshape":
            attrs["shape"] = self._reshaped()
        if kind == "Transpose":
            attrs["order"] = tuple(self.r.sample(range(1, len(self.shape) + 1), len(self.shape)))
        if kind == "Slice":
            attrs["dimension"] = self.r.randint(1, max(1, len(self.shape)))
        if kind in ("Shift", "Delay"):
            attrs["start"] = self.r.choice(("zero", "learned"))
        if kind == "Delay":
            attrs["size"] = self.shape[-1]
        if kind == "PaddingMask":
            attrs["padding"] = self.r.choice((0, 1))
        if kind == "AdversarialInput":
            attrs["size"] = 0.0
        if kind == "EntropyPenalty":  # what it takes for probabilities lies between 0 and 1
            direct = self.network.nodes[self.now].kind in READABLE
            attrs["reads"] = self.r.choice(("auto", "logits")) if direct else "logits"
        return attrs

    def _reshaped(self) -> Shape:
        """The numbers of a row in up to three dimensions."""
        left, shape = math.prod(self.shape), []
        for _ in range(self.r.randint(0, 2)):
            shape.append(self.r.choice([n for n in range(1, left + 1) if left % n == 0]))
            left //= shape[-1]
        return (*shape, left)

    def _grow_any(self) -> None:
        """One more layer of any kind that fits."""
        if self.r.random() < 0.06 and self._loop():
            return
        for _ in range(TRIES):
            if self._grow(self.r.choice(LAYERS)):
                return

    def _grow(self, kind: str) -> bool:
        """Put a layer of `kind` behind the last one, if it can be."""
        tokens = self.now == self.entry and self.network.nodes[self.entry].kind == "Tokens"
        if tokens and kind not in TOKEN_LAYERS:
            self.now = self._embedded()
        elif not tokens and kind in TOKEN_LAYERS:
            return False
        for _ in range(TRIES):
            attrs = self.attributes(kind)
            ports = REGISTRY[kind].ports(attrs)
            if kind == "Delay" and len(self.shape) != 2:
                return False
            before = len(self.network.nodes)
            sources = self._sources(kind, attrs, ports)
            id = self.add(kind, attrs, ports, sources) if sources else None
            if id:
                self.now = id
                self._tie(id)
                return True
            for made in reversed(list(self.network.nodes)[before:]):
                self.network.remove(made)
                del self.shapes[made]
        return False

    def _embedded(self) -> str:
        if self.r.random() < 0.7:
            return self.behind("Embedding", self.entry, vocabulary=6, size=self.r.choice((2, 3, 4, 6)))
        return self.behind("OneHot", self.entry, vocabulary=6)

    def _sources(self, kind: str, attrs: Attrs, ports: tuple[str, ...]) -> tuple[str, ...]:
        """A layer for each port: the last one first, then others, made where none fits; () where nothing does."""
        if kind == "ContractivePenalty":
            if len(self.shape) > 2:
                return ()
            return self.behind("Dense", self.now, units=2, activation="tanh"), self.now
        if kind == "MemoryNetwork":
            if len(self.shape) != 2:
                return ()
            flat = self.behind("Dense", self.behind("Flatten", self.now), units=self.r.randint(1, 4))
            return (flat, self.now, self._mask(self.now))[: len(ports)]
        found = [self.now]
        for port in ports[1:]:
            if port.endswith("mask"):
                keys = {"mask": -1 if kind in ("ScaledDotProductAttention", "MultiHeadAttention") else 0,
                        "memory_mask": 1}[port]  # fmt: skip
                if len(self.shapes[found[keys]]) != 2:
                    return ()
                found.append(self._mask(found[keys]))
            else:
                found.append(self._another(kind))
        return tuple(found)

    def _another(self, kind: str) -> str:
        """A layer beside the last one: an earlier one, itself, or a new one of equal shape."""
        likely = [id for id, shape in self.shapes.items() if id != self.entry and len(shape) == len(self.shape)
                  and (shape == self.shape or kind in ("Concat", "DecoderBlock", "MultiHeadAttention"))]  # fmt: skip
        if likely and self.r.random() < 0.5:
            return self.r.choice(likely)
        return self.behind("Dense", self.now, units=self.shape[-1], activation=self.r.choice(("tanh", "sigmoid")))

    def _mask(self, keys: str) -> str:
        """0 or 1 for each step of the sequence `keys`."""
        entry = self.network.nodes[self.entry]
        if entry.kind == "Tokens" and entry.attrs["length"] == self.shapes[keys][0]:
            return self.behind("PaddingMask", self.entry, padding=self.r.choice((0, 1)))
        return self.behind("Flatten", self.behind("Dense", keys, units=1, activation="step"))

    def _tie(self, id: str) -> None:
        """Let a Dense or Embedding layer share the weights of an earlier one, sometimes, where shapes allow it."""
        node = self.network.nodes[id]
        if node.kind not in ("Dense", "Embedding") or self.r.random() > 0.3:
            return
        others = [other.id for other in self.network.nodes.values() if other.kind in ("Dense", "Embedding")]
        self.network.set(id, tied=self.r.choice([other for other in others if other != id] or [""]))
        if any(problem.layer == id and "weights" in problem.message for problem in self.network.check()):
            self.network.set(id, tied="")

    def _loop(self) -> bool:
        """A recurrent network by hand: a Delay layer in a circle."""
        if len(self.shape) != 2 or self.network.nodes[self.now].layer.is_input:
            return False
        r, network, size = self.r, self.network, self.r.randint(1, 4)
        joined = r.choice(("Concat", "Add", "Multiply"))
        size = size if joined == "Concat" else self.shape[1]
        delay = network.add("Delay", size=size, start=r.choice(("zero", "learned")))
        join, cell = network.add(joined), network.add("Dense", units=size, activation=r.choice(("tanh", "relu")))
        ends = [cell, network.add("LayerNorm")] if r.random() < 0.3 else [cell]
        for source, target in ((self.now, join), (delay, join), (join, cell), (cell, ends[-1]), (ends[-1], delay)):
            if source != target:
                network.connect(source, target)
        report = inspect(network)
        self.shapes[ends[-1]] = report.shapes[ends[-1]]
        self.now = ends[-1]
        return True

    def _prepare(self, kind: str) -> None:
        """Lay the rows out in another way until a layer of `kind` fits behind them."""
        if self.network.nodes[self.entry].kind == "Tokens" and self.now == self.entry:
            self.now = self._embedded()
        flat = self.behind("Flatten", self.now)
        for shape in ((), (2, 6), (3, 2, 2), (12,)):
            self.now = flat
            if shape:
                self.now = self.behind("Reshape", self.behind("Dense", flat, units=12), shape=shape)
            if self._grow(kind):
                return

    # --- losses ---------------------------------------------------------------------------------------------------

    def _end(self, kind: str) -> None:
        """A loss with heads that suit it, and at times a second one."""
        if self.network.nodes[self.now].kind in ("Tokens", "PaddingMask") or not self.shape:
            self.now = self.behind("Flatten", self._embedded())
        before, self.y = self.now, np.zeros((ROWS, 1))
        main = self._lose(kind)
        if self.r.random() < 0.25:
            self.now = before
            self._beside()
        layer = self.network.nodes[main].layer
        if layer.target and self.network.nodes[main].attrs["against"] == "target":
            self.y = self._targets(main)
        self.data = self._data()
        names = ("sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop")
        random = any(node.kind in ("Sampling", "NormalSample") for node in self.network.nodes.values())
        self.steps = None if random or self.r.random() < 0.6 else self.r.choice(names)

    def _lose(self, kind: str) -> str:
        attrs = {one.name: value_of(self.r, one, 1) for one in REGISTRY[kind].attributes}
        heads = self._heads(kind, attrs)
        return self.behind(kind, *heads, **attrs)

    def _heads(self, kind: str, attrs: Attrs) -> tuple[str, ...]:
        r, ports = self.r, len(REGISTRY[kind].ports(attrs))
        if kind == "CrossEntropy":
            return (self._classes(attrs),)
        if kind in ("SquaredError", "HalfSquaredError", "AbsoluteError", "HuberLoss") and r.random() < 0.5:
            if r.random() < 0.3 and self.network.nodes[self.entry].kind == "Input":
                attrs["against"] = "input"
                return (self._restored(),)
            attrs["against"] = r.choice(("target", "number"))
            return (self.now,)
        flat, units = self.behind("Flatten", self.now), r.randint(2, 3)
        if kind == "ContrastiveLoss" and r.random() < 0.5:
            pair = [self.behind("Dense", flat, units=units, activation=one) for one in ("tanh", "linear")]
            return (self.behind("PairwiseDistance", *pair),)
        names = [self._head_activation(kind, attrs, port) for port in range(ports)]
        return tuple(self.behind("Dense", flat, units=units, activation=name) for name in names)

    def _head_activation(self, kind: str, attrs: Attrs, port: int) -> str:
        """One whose numbers the loss can take."""
        positive = attrs.get("spread") == "variance" and port == 1
        if positive or attrs.get("rates") == "rates" or kind == "ContrastiveLoss":
            return "softplus"
        if kind in ("BinaryCrossEntropy", "KLDivergence"):
            sure = "sigmoid" if kind == "BinaryCrossEntropy" else "softmax"
            return sure if attrs["reads"] == "probabilities" else self.r.choice(("linear", "tanh", sure))
        return self.r.choice(("linear", "tanh"))

    def _classes(self, attrs: Attrs) -> str:
        """Logits or probabilities of 2 to 4 classes, for each row or each step."""
        steps = len(self.shape) == 2 and self.r.random() < 0.6
        base = self.now if steps else self.behind("Flatten", self.now)
        name = "softmax" if attrs["reads"] == "probabilities" else self.r.choice(("linear", "softmax"))
        head = self.behind("Dense", base, units=self.r.randint(2, 4), activation=name)
        return self.behind("StopGradient", head) if self.r.random() < 0.05 else head

    def _restored(self) -> str:
        """Outputs of the shape of the input."""
        shape = self.shapes[self.entry]
        dense = self.behind("Dense", self.behind("Flatten", self.now), units=math.prod(shape))
        return self.behind("Reshape", dense, shape=shape)

    def _beside(self) -> None:
        """A second loss that needs no target of the data."""
        kind = self.r.choice(("HalfSquaredError", "SquaredError", "InfoNCE", "TripletLoss", "GaussianKL"))
        attrs = {one.name: value_of(self.r, one, 1) for one in REGISTRY[kind].attributes}
        attrs["weight"] = self.r.choice((0.5, 2.0))
        flat = self.behind("Flatten", self.now)
        if REGISTRY[kind].target:
            attrs["against"] = "wire"
        ports = REGISTRY[kind].ports(attrs)
        spread = "softplus" if attrs.get("spread") == "variance" else "tanh"
        heads = [self.behind("Dense", flat, units=2, activation="linear" if k == 0 else spread)
                 for k in range(len(ports))]  # fmt: skip
        self.behind(kind, *heads, **attrs)

    # --- data -----------------------------------------------------------------------------------------------------

    def _numbers(self) -> np.random.Generator:
        return np.random.default_rng(self.r.randint(0, 2**31))

    def _data(self) -> Dataset:
        entry, rng = self.network.nodes[self.entry], self._numbers()
        task = "sequence" if self.y.ndim == 2 and self.y.dtype == np.int64 else None
        if entry.kind == "Tokens":
            x = rng.integers(0, entry.attrs["vocabulary"], (ROWS, entry.attrs["length"]))
            return from_arrays(x, self.y, task=task, vocabulary=entry.attrs["vocabulary"])
        return from_arrays(rng.standard_normal((ROWS, *entry.attrs["shape"])), self.y, task=task)

    def _targets(self, loss: str) -> np.ndarray:
        """Targets that the loss takes; labels of all classes occur."""
        node, rng = self.network.nodes[loss], self._numbers()
        shape = self.shapes[self.network.inputs_of(loss)[node.ports[0]]]
        if node.kind == "CrossEntropy":
            labels = rng.integers(0 if len(shape) == 1 else -1, shape[-1], (ROWS, *shape[:-1]))
            labels.flat[0] = shape[-1] - 1
            return labels
        count = math.prod(shape)
        if node.kind in ("BinaryCrossEntropy", "ContrastiveLoss"):
            return rng.integers(0, 2, (ROWS, count)).astype(float)
        if node.kind == "PoissonNLL":
            return rng.poisson(2.0, (ROWS, count)).astype(float)
        if node.kind == "KLDivergence":
            return rng.dirichlet(np.ones(shape[-1]), (ROWS, count // shape[-1])).reshape(ROWS, -1)
        return rng.standard_normal((ROWS, count))
