"""Training without a window: what is run, what is printed, what is saved."""

from __future__ import annotations

import itertools
import json
import math
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import common
from app.cli.main import main
from app.cli.train import LONG, Figures, _stretches, report

REGRESSION = Figures(30, 1.5, 0.5, {"loss": 0.25, "r2": 0.5, "rows": 20}, None)
CLASSES = Figures(
    30, 1.5, 0.5, {"loss": 0.1, "accuracy": 0.975, "rows": 80}, {"loss": 0.2, "accuracy": 0.9, "rows": 20}
)


class Trained:
    """A session that only counts; each step takes `step_seconds` of the clock that the test moves."""

    def __init__(self, step_seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.step_seconds, self.now, self.steps = step_seconds, 0.0, 0
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)

    def train(self, *, steps: int) -> None:
        self.steps += steps
        self.now += steps * self.step_seconds


@pytest.mark.parametrize(("steps", "seconds"), [(1, 1.0), (777, 1e-3), (100_000, 1e-6), (3, 5.0)])
def test_stretches_add_up(monkeypatch: pytest.MonkeyPatch, steps: int, seconds: float):
    session = Trained(seconds, monkeypatch)
    stretches = list(_stretches(session, steps))
    assert sum(stretches) == session.steps == steps
    assert all(stretch == 1 or stretch * seconds <= LONG for stretch in stretches)


def test_stretches_grow_while_steps_are_quick(monkeypatch: pytest.MonkeyPatch):
    stretches = list(_stretches(Trained(1e-6, monkeypatch), 1000))
    assert all(later == 2 * earlier for earlier, later in itertools.pairwise(stretches[:-1]))


def test_fields_of_the_figures():
    fields = CLASSES.to_json()
    wanted = {"steps", "epochs", "train_loss", "val_loss", "val_accuracy", "seconds", "steps_per_second"}
    assert wanted <= set(fields)
    assert (fields["val_loss"], fields["val_accuracy"], fields["steps_per_second"]) == (0.2, 0.9, 60.0)
    assert fields["val_r2"] is None
    assert REGRESSION.to_json()["val_loss"] is None
    assert REGRESSION.to_json()["train_r2"] == 0.5


def test_printed_figures(capsys: pytest.CaptureFixture[str]):
    report("net", CLASSES)
    report("other", REGRESSION)
    first, training, validation, second, regression = capsys.readouterr().out.splitlines()
    assert first == "net: 30 steps, 1.5 epochs, 0.50 s, 60 steps/s"
    assert training.split() == ["training", "loss", "0.1", "accuracy", "97.5", "%", "(80", "rows)"]
    assert "90.0 %" in validation
    assert second.startswith("other: ")
    assert "R² 0.500" in regression


def last_json(text: str) -> dict:
    return json.loads(text.splitlines()[-1])


def test_json_is_all_that_stands_on_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["train", "xor", "--steps", "5", "--out", str(tmp_path / "x.chainrule"), "--json"]) == common.OK
    printed = capsys.readouterr()
    assert json.loads(printed.out)["steps"] == 5
    assert "xor: 5 steps" in printed.err
    assert "saved to" in printed.err


def test_train_saves_a_network_that_goes_on_from_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    first, second = tmp_path / "first.chainrule", tmp_path / "second.chainrule"
    assert main(["train", "xor", "--steps", "40", "--seed", "3", "--out", str(first), "--json"]) == common.OK
    figures = last_json(capsys.readouterr().out)
    assert figures["steps"] == 40
    assert figures["seconds"] > 0
    assert math.isfinite(figures["train_loss"])
    assert main(["train", str(first), "--steps", "1", "--out", str(second)]) == common.OK
    assert sorted(tmp_path.iterdir()) == [first, second]


@pytest.mark.parametrize("threads", ["1", "2"])
def test_same_seed_same_figures(threads: str, capsys: pytest.CaptureFixture[str]):
    losses = []
    for count in ("1", threads):
        assert main(["train", "circles", "--epochs", "3", "--seed", "5", "--threads", count, "--json"]) == common.OK
        losses.append(last_json(capsys.readouterr().out)["train_loss"])
    assert losses[0] == losses[1]


def test_another_optimizer_and_rate_than_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    import engine

    out = tmp_path / "out.chainrule"
    asked = ["--optimizer", "adamw", "--rate", "0.02"]
    assert main(["train", "circles", "--epochs", "3", *asked, "--out", str(out)]) == common.OK
    training = engine.load(out).training
    assert (training.optimizer, training.learning_rate) == ("adamw", 0.02)
    assert main(["train", "circles", "--steps", "1", "--rate", "nan"]) == common.BAD_INPUT
    assert "learning_rate is nan" in capsys.readouterr().err


def test_any_setting_of_the_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    import engine

    out = tmp_path / "out.chainrule"
    asked = ["--schedule", "cosine", "--set", "period=50", "--set", "clipping=norm", "--set", "clip_limit=0.5"]
    assert main(["train", "circles", "--steps", "3", *asked, "--out", str(out)]) == common.OK
    training = engine.load(out).training
    found = (training.schedule, training.period, training.clipping, training.clip_limit)
    assert found == ("cosine", 50, "norm", 0.5)
    for bad, words in (("period=0", "period is 0"), ("period=2.5", "period is 2.5"), ("clipping=both", "'both'")):
        assert main(["train", "circles", "--steps", "1", "--set", bad]) == common.BAD_INPUT
        assert words in capsys.readouterr().err


def plane(folder: Path, learning_rate: float) -> Path:
    """A small regression; at a learning rate of a million it is out of range within a few steps."""
    import engine

    network = engine.Network(data=engine.data.DataSpec.of("plane"))
    network.training = engine.training.Training.checked({"learning_rate": learning_rate, "batch_size": 10})
    dense = network.add("Dense", units=1)
    network.connect(network.add("Input", shape=(2,)), dense)
    network.connect(dense, network.add("SquaredError"))
    path = folder / "plane.chainrule"
    network.save(path)
    return path


def test_divergence_is_named_and_nothing_is_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out.chainrule"
    assert main(["train", str(plane(tmp_path, 1e6)), "--steps", "500", "--out", str(out)]) == common.NO
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "diverged at step" in printed.err.splitlines()[-1]
    assert not out.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGINT for one process")
def test_ctrl_c_ends_a_long_run(root: Path, tmp_path: Path):
    path, out = plane(tmp_path, 1e-3), tmp_path / "out.chainrule"
    command = [sys.executable, "main.py", "train", str(path), "--steps", "1000000000000", "--out", str(out)]
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are deaf to it
    process = subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, heard)
    with process:
        assert process.stderr is not None
        while "steps/s]" not in process.stderr.readline(200):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == common.INTERRUPTED
    assert rest.endswith("chainrule: interrupted.\n")
    assert "Traceback" not in rest
    assert not out.exists()
