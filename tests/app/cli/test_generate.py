"""Text that a network makes up: what is printed, and what is said where it cannot."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from app.cli.common import BAD_INPUT, OK
from app.cli.main import main

TEXT = "abcd" * 50


@pytest.fixture(scope="module")
def alphabet(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A trained network that knows what comes behind each letter of abcdabcd…"""
    import engine
    from engine.data import DataSpec
    from engine.training import Training

    folder = tmp_path_factory.mktemp("alphabet")
    (folder / "letters.txt").write_text(TEXT, encoding="utf-8")
    network = engine.Network(data=DataSpec.of("text", path="letters.txt", length=4), folder=str(folder))
    network.training = Training.checked({"optimizer": "adam", "learning_rate": 0.1, "batch_size": 8})
    ids = [network.add("Tokens", length=4, vocabulary=4), network.add("Embedding", vocabulary=4, size=4),
           network.add("Dense", units=4), network.add("CrossEntropy")]  # fmt: skip
    for source, target in itertools.pairwise(ids):
        network.connect(source, target)
    network.save(folder / "fresh.chainrule")
    session = engine.Session.from_network(network)
    session.train(steps=100)
    session.save(folder / "alphabet.chainrule")
    return str(folder / "alphabet.chainrule")


def test_it_goes_on_from_the_prompt(alphabet: str, capsys: pytest.CaptureFixture[str]):
    asked = ["--prompt", "abcdab", "--count", "6", "--temperature", "0", "--json"]
    assert main(["generate", alphabet, *asked]) == OK
    printed = capsys.readouterr()
    text, fields = printed.out.splitlines()
    assert text == "abcdabcdabcd"
    assert json.loads(fields) == {"prompt": "abcdab", "text": text, "tokens": [2, 3, 0, 1, 2, 3]}
    assert printed.err == ""


def test_a_seed_fixes_what_is_said(alphabet: str, capsys: pytest.CaptureFixture[str]):
    said = []
    for seed in ("1", "1", "2"):
        asked = ["--prompt", "a", "--count", "30", "--temperature", "9", "--seed", seed]
        assert main(["generate", alphabet, *asked]) == OK
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] != said[2]
    assert main(["generate", alphabet, "--prompt", "a", "--count", "30", "--temperature", "9", "--top-k", "1"]) == OK
    assert capsys.readouterr().out.strip() == "a" + "bcda" * 7 + "bc"


def test_untrained_ones_are_named(alphabet: str, capsys: pytest.CaptureFixture[str]):
    fresh = str(Path(alphabet).with_name("fresh.chainrule"))
    assert main(["generate", fresh, "--prompt", "a", "--count", "2"]) == OK
    printed = capsys.readouterr()
    assert "has not been trained" in printed.err
    assert len(printed.out.strip()) == 3


def test_what_cannot_be(alphabet: str, capsys: pytest.CaptureFixture[str]):
    for asked, words in (
        (["xor"], "does not learn from a text"),
        ([alphabet, "--temperature", "-1"], "temperature is -1.0"),
        ([alphabet, "--prompt", "xyz"], "'x'"),
        ([alphabet, "--count", "0"], "'0'"),
    ):
        assert main(["generate", *asked]) == BAD_INPUT
        told = capsys.readouterr().err.splitlines()
        assert words in told[-1]
        assert len(told) == 1
