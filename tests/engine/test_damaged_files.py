"""Damaged, forged and random project files: each ends in one FileError or in a network that can be used."""

from __future__ import annotations

import io
import itertools
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine
from engine.archive import pack_tensors
from engine.checkpoint import Checkpoint
from engine.errors import ChainruleError, FileError
from tests.engine import nets
from tests.engine.projects import DOCUMENT, changed, opened, trained, written

FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tensors(**changes: Any) -> bytes:
    """Weights of the trained network, some replaced (None: left out)."""
    checkpoint = trained().checkpoint
    every = {
        **checkpoint.parameters,
        **{f"slot{k}/{n}": a for k, s in enumerate(checkpoint.slots) for n, a in s.items()},
    }
    every.update({name.replace("__", "/"): array for name, array in changes.items()})
    return pack_tensors({name: array for name, array in every.items() if array is not None})


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (b"", None), (b"\x00" * 8, None), (b"\xff" * 64, None), (struct.pack("<Q", 2**62) + b"{}", None),
        (tensors(**{"slot7__dense1.W": np.zeros(3)}), "slot7"), (tensors(slotx=np.zeros(3)), "slotx"),
        (tensors(**{"slot0__dense1.W": np.zeros(3)}), "optimiser state"),
        (tensors(**{"slot1__dense1.W": None}), "optimiser state"),
        (tensors()[:-1], None), (tensors() + b"x", None),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_bad_weights_are_refused(tmp_path: Path, weights: bytes, message: str | None):
    with pytest.raises(FileError, match=message):
        engine.load(written(tmp_path / "net.chainrule", None, weights))


@pytest.mark.parametrize(
    "value", [{"steps": -1}, {"steps": 1.5}, {"seed": "0"}, {"steps": 2**60}, {"optimizer": 3}, [1]]
)
def test_bad_checkpoints_are_refused(tmp_path: Path, value: Any):
    with pytest.raises(FileError):
        engine.load(written(tmp_path / "net.chainrule", changed("checkpoint", value=value), tensors()))


@pytest.mark.parametrize(
    "parameters", [{}, {"dense1.W": np.zeros((2, 2))}, {"other": np.zeros(3)}, {"dense1.W": np.zeros((3, 4))}]
)
def test_weights_of_another_network_are_refused_by_the_session(parameters: dict[str, np.ndarray]):
    network = nets.residual()
    network.checkpoint = Checkpoint(3, parameters)
    with pytest.raises(ChainruleError, match="stored weights do not fit"):
        engine.Session(network, nets.data("CrossEntropy"))
    assert engine.Session(network, nets.data("CrossEntropy"), resume=False).steps == 0


def rezip(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    """A zip file written by `change`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        change(archive)
    return buffer.getvalue()


ZIPS: dict[str, Callable[[zipfile.ZipFile], None]] = {
    "empty": lambda archive: None,
    "no document": lambda archive: archive.writestr("weights.safetensors", tensors()),
    "a stranger": lambda archive: [archive.writestr(n, json.dumps(DOCUMENT)) for n in ("project.json", "run.py")],
    "outside": lambda archive: archive.writestr("../project.json", json.dumps(DOCUMENT)),
    "absolute": lambda archive: archive.writestr("/project.json", json.dumps(DOCUMENT)),
    "a bomb": lambda archive: archive.writestr("project.json", b" " * 2**22, zipfile.ZIP_DEFLATED),
    "a pickle": lambda archive: archive.writestr("project.json", b"\x80\x04K\x01."),
}


@pytest.mark.parametrize("name", ZIPS)
def test_zip_tricks(tmp_path: Path, name: str):
    path = tmp_path / "net.chainrule"
    path.write_bytes(rezip(ZIPS[name]))
    with pytest.raises(FileError):
        engine.load(path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["net.chainrule"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A valid file with weights."""
    path = tmp_path_factory.mktemp("files") / "net.chainrule"
    trained().save(path)
    return path.read_bytes()


def test_every_truncation_is_refused(tmp_path: Path, whole: bytes):
    path = tmp_path / "net.chainrule"
    for length in [*range(0, 200, 7), *range(200, len(whole), max(1, len(whole) // 60)), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(FileError):
            engine.load(path)


@FUZZ
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6))
def test_flipped_bytes(tmp_path: Path, whole: bytes, flips: list[tuple[int, int]]):
    broken = bytearray(whole)
    for place, value in flips:
        broken[place % len(broken)] = value
    path = tmp_path / "net.chainrule"
    path.write_bytes(bytes(broken))
    opened(path)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.integers(10**18, 10**40)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all entries of a document."""
    pairs = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [place for key, value in pairs for place in [(*path, key), *places(value, (*path, key))]]


PLACES = places(DOCUMENT)


@FUZZ
@given(st.sampled_from(PLACES), JSON)
def test_any_entry_replaced_by_anything(tmp_path: Path, place: tuple[Any, ...], value: Any):
    opened(written(tmp_path / "net.chainrule", changed(*place, value=value)))


@FUZZ
@given(JSON)
def test_any_document(tmp_path: Path, value: Any):
    document = value if not isinstance(value, dict) else {"format": "chainrule", "version": 1, **value}
    opened(written(tmp_path / "net.chainrule", json.dumps(document).encode()))


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, content: bytes):
    path = tmp_path / "net.chainrule"
    path.write_bytes(content)
    assert opened(path) is None
