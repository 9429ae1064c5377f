"""Project files for tests: a network with everything a file can hold, whole and changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import engine
from engine.archive import write_archive
from engine.data import DataSpec
from engine.errors import FileError
from engine.files import to_json
from engine.network import Network, Training
from tests.engine import nets


def trained() -> Network:
    """A network with everything a file can hold."""
    network = nets.residual()
    network.title, network.description = "Paths — ½ ✓", "two\nlines"
    network.data = DataSpec.of("spirals", noise=0.1)
    network.training = Training(optimizer="adam", learning_rate=0.01, batch_size=5, seed=9, l2=0.001)
    session = engine.Session(network, nets.data("CrossEntropy"), optimizer="adam", batch_size=5)
    session.train(steps=7)
    network.checkpoint = session.checkpoint()
    return network


DOCUMENT = to_json(trained())


def written(path: Path, document: Any = None, weights: bytes | None = None) -> Path:
    """A project file with this document (an object, or bytes as they are)."""
    document = DOCUMENT if document is None else document
    members = {"project.json": document if isinstance(document, bytes) else json.dumps(document).encode()}
    write_archive(path, {**members, "weights.safetensors": weights} if weights is not None else members)
    return path


def opened(path: Path) -> Network | None:
    """The network, fully usable; None where the file is refused as it must be."""
    try:
        network = engine.load(path)
    except FileError:
        return None
    assert isinstance(network.check(), list)
    assert isinstance(to_json(network), dict)
    return network


def changed(*keys: Any, value: Any) -> dict[str, Any]:
    """The document with one entry replaced."""
    document = json.loads(json.dumps(DOCUMENT))
    inner = document
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    return document
