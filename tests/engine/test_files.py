"""Project files: what is written comes back; whatever else is read ends in one FileError."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.data import DataSpec
from engine.errors import ChainruleError, FileError
from engine.files import MAX_JSON, from_json, to_json
from engine.network import Network
from tests.engine import nets
from tests.engine.projects import DOCUMENT, changed, trained, written


def test_everything_comes_back(tmp_path: Path):
    network = trained()
    network.save(tmp_path / "net.chainrule")
    again = engine.load(tmp_path / "net.chainrule")
    assert again.same_document(network)
    assert list(again.nodes) == list(network.nodes)
    assert again.wires == network.wires
    kept, found = network.checkpoint, again.checkpoint
    assert (kept.steps, kept.optimizer, kept.seed) == (found.steps, found.optimizer, found.seed) == (7, "adam", 0)
    for old, new in zip([kept.parameters, *kept.slots], [found.parameters, *found.slots], strict=True):
        assert {name: array.tobytes() for name, array in old.items()} == {n: a.tobytes() for n, a in new.items()}


def test_the_same_network_gives_the_same_bytes(tmp_path: Path):
    network = trained()
    network.save(tmp_path / "a.chainrule")
    engine.load(tmp_path / "a.chainrule").save(tmp_path / "b.chainrule")
    assert (tmp_path / "a.chainrule").read_bytes() == (tmp_path / "b.chainrule").read_bytes()


def test_a_bare_document_is_read(tmp_path: Path):
    path = tmp_path / "net.chainrule"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    assert engine.load(path).same_document(trained())


def test_an_empty_network_can_be_kept(tmp_path: Path):
    Network().save(tmp_path / "empty.chainrule")
    assert engine.load(tmp_path / "empty.chainrule").same_document(Network())


def test_csv_files_lie_beside_the_project(tmp_path: Path):
    document = to_json(Network(data=DataSpec.of("csv", path="flowers.csv")))
    network = engine.load(written(tmp_path / "net.chainrule", document))
    rows = "a,b,kind\n" + "".join(f"{i},{i % 3},{'xy'[i % 2]}\n" for i in range(20))
    (tmp_path / "flowers.csv").write_text(rows)
    assert engine.data.load(network.data, network.folder).feature_names == ("a", "b")
    (tmp_path / "deeper").mkdir()
    network.save(tmp_path / "deeper" / "net.chainrule")
    moved = engine.load(tmp_path / "deeper" / "net.chainrule")
    assert moved.data.options["path"] == os.path.join("..", "flowers.csv")
    assert len(engine.data.load(moved.data, moved.folder)) == 20


def test_every_file_of_the_data_stays_where_it_lies(tmp_path: Path):
    document = to_json(Network(data=DataSpec.of("idx", images="pictures", labels="")))
    network = engine.load(written(tmp_path / "net.chainrule", document))
    (tmp_path / "deeper").mkdir()
    network.save(tmp_path / "deeper" / "net.chainrule")
    moved = engine.load(tmp_path / "deeper" / "net.chainrule").data
    assert (moved.options["images"], moved.options["labels"]) == (os.path.join("..", "pictures"), "")
    text = Network(data=DataSpec.of("text", path=str(tmp_path / "a.txt")), folder=str(tmp_path))
    text.save(tmp_path / "deeper" / "text.chainrule")
    assert engine.load(tmp_path / "deeper" / "text.chainrule").data.options["path"] == str(tmp_path / "a.txt")


def test_what_is_no_file(tmp_path: Path):
    for path in (tmp_path, tmp_path / "missing.chainrule", "/dev/null/x", tmp_path / "nul\0", None, 3.5):
        with pytest.raises(FileError):
            engine.load(path)
    with pytest.raises(FileError):
        Network().save(tmp_path / "no folder" / "net.chainrule")


BAD_DOCUMENTS: list[tuple[Any, str]] = [
    ([], "not a Chainrule project"), ({}, "not a Chainrule project"), (b"null", "not a Chainrule project"),
    (changed("format", value="other"), "not a Chainrule project"),
    (changed("version", value=99), "newer Chainrule.*update"), (changed("version", value="1"), "version"),
    (changed("version", value=0), "version"), (changed("version", value=None), "version"),
    (changed("version", value=True), "version"),
    (changed("title", value=3), "text"), (changed("title", value="x" * 200_000), "text"),
    (changed("layers", value={}), "list"), (changed("layers", value=None), "list"),
    (changed("layers", 0, value=3), "object"), (changed("layers", 0, "kind", value="Transformer"), "Transformer"),
    (changed("layers", 0, "kind", value=["Dense"]), "text"), (changed("layers", 0, "id", value=3), "cannot name"),
    (changed("layers", 0, "id", value="../x"), "cannot name"), (changed("layers", 1, "id", value="input1"), "same id"),
    (changed("layers", 0, "position", value=[0]), "position"),
    (changed("layers", 0, "position", value=[1e300, 0]), "position"),
    (changed("layers", 0, "position", value=[True, 0]), "position"),
    (changed("layers", 0, "attrs", value=[]), "object"),
    (changed("layers", 0, "attrs", value={"shape": [10**9, 10**9]}), "shape"),
    (changed("layers", 1, "attrs", "units", value=-1), "units"),
    (changed("layers", 1, "attrs", "units", value="many"), "units"),
    (changed("layers", 1, "attrs", "color", value="red"), "no attribute 'color'"),
    (changed("wires", 0, value=["input1", "dense1"]), "wire"), (changed("wires", 0, value=[1, 2, 3]), "wire"),
    (changed("wires", 0, 0, value="nobody"), "nobody"), (changed("wires", 0, 2, value="y"), "no port 'y'"),
    (changed("wires", 0, value=["dense1", "dense2", "x"]), "two wires"),
    (changed("training", value={"optimizer": "bfgs"}), "optimizer"),
    (changed("training", value={"learning_rate": -1}), "learning_rate"), (changed("training", value=[1]), "object"),
    (changed("training", value={"speed": 1}), "speed"), (changed("data", value={"kind": "moon"}), "moon"),
    (changed("data", value=3), r"."), (changed("data", "options", value={"noise": "loud"}), "noise"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "message"), BAD_DOCUMENTS, ids=itertools.count())
def test_bad_documents_are_refused_with_the_reason(tmp_path: Path, document: Any, message: str):
    for path in (written(tmp_path / "net.chainrule", document), tmp_path / "bare.chainrule"):
        if path.name == "bare.chainrule":
            if not isinstance(document, dict):
                continue
            path.write_text(json.dumps(document))
        with pytest.raises(FileError, match=message):
            engine.load(path)


def test_a_cycle_is_read_and_shown_as_a_problem(tmp_path: Path):
    """A file may hold an unfinished network; only running it is refused."""
    document = changed("wires", value=[["dense1", "dense2", "x"], ["dense2", "dense1", "x"]])
    network = engine.load(written(tmp_path / "net.chainrule", document))
    assert "cycle" in [problem.code for problem in network.check()]
    with pytest.raises(ChainruleError, match="cycle"):
        engine.Session(network, nets.data("CrossEntropy"))


TEXTS = [
    b"", b"{", b"{}", b"[]", b"\xff\xfe", b"PK", b'{"format": "chainrule"', b"{" * 100_000, b'{"a":' * 100_000,
    b"{" + b" " * (MAX_JSON + 1), b'{"format": NaN}', b'{"version": 1e999, "format": "chainrule"}', b"\x00" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=itertools.count())
def test_text_that_is_no_document(tmp_path: Path, text: bytes):
    path = tmp_path / "net.chainrule"
    path.write_bytes(text)
    with pytest.raises(FileError, match=r"net\.chainrule|cannot be opened"):
        engine.load(path)
    with pytest.raises(FileError):
        engine.load(written(path, text))


def test_numbers_that_json_does_not_know(tmp_path: Path):
    for number in ("NaN", "Infinity", "-Infinity", "1e999", "1" * 5000):
        text = json.dumps(changed("layers", 0, "position", value=["HERE", 0])).replace('"HERE"', number).encode()
        with pytest.raises(FileError):
            engine.load(written(tmp_path / "net.chainrule", text))


def test_documents_are_plain_json():
    plain = json.loads(json.dumps(DOCUMENT))
    assert from_json(plain).same_document(trained())
