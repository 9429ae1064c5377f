"""The benchmarks themselves: both sides do the same work, edits give sound networks, goals are judged rightly."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from engine.data import from_arrays
from engine.machine.vectors import vector_bytes
from engine.surface.plane import Grid
from tests.benchmarks import edit, jax_peers, peak, peers, perceptrons, shares, surface
from tests.benchmarks.__main__ import PARTS
from tests.benchmarks.figures import Row, Table, alternate, show
from tests.benchmarks.perceptrons import Work
from tests.benchmarks.training import WORKS
from tests.benchmarks.works import WORKS as ALL


@pytest.mark.parametrize("part", PARTS)
def test_every_part_gives_tables(part: str) -> None:
    assert callable(importlib.import_module(PARTS[part]).tables)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("w", "steps/s", 30.0, 10.0, 3.0), True),
        (Row("w", "steps/s", 29.0, 10.0, 3.0), False),
        (Row("w", "ms", 40.0, 100.0, 0.5, "less"), True),
        (Row("w", "ms", 60.0, 100.0, 0.5, "less"), False),
        (Row("w", "ms", 19.0, goal=20, better="less"), True),
        (Row("w", "ms", 21.0, goal=20, better="less"), False),
        (Row("w", "ms", 21.0), None),
    ],
)
def test_goals_are_judged(row: Row, met: bool | None) -> None:
    assert row.met is met


def test_a_table_is_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    show(Table("Times", (Row("w", "ms", 40.0, 100.0, 0.5, "less"),), peer="other"))
    *_, heads, rule, line = capsys.readouterr().out.splitlines()
    assert "| other |" in heads
    assert heads.count("|") == rule.count("|") == line.count("|")
    assert "0.40 ×" in line
    assert "≤ 0.5 ×" in line
    assert line.endswith("ok |")


def test_peers_stand_in_columns_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    row = Row("w", "steps/s", 3000.0, 1500.0, 1.5, note="fused", beside=(1500.0, "not installed"))
    show(Table("Steps", (row,), peer="", beside=("eager", "JAX")))
    *_, heads, rule, line = capsys.readouterr().out.splitlines()
    assert heads == "| work | ours | eager | JAX | ratio | goal |  |"
    assert line == "| w | 3,000 steps/s | 1,500 | not installed | 2.00 × | ≥ 1.5 × | ok; fused |"
    assert rule == "| --- | --: | --: | --: | --: | --: | --- |"


def test_empty_columns_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    show(Table("Times", (Row("w", "ms", 4.0), Row("v", "ms", 5.0))))
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "| work | ours |",
        "| --- | --: |",
        "| w | 4 ms |",
        "| v | 5 ms |",
    ]


def test_shares_add_up_to_the_step() -> None:
    found = shares.table("2-4-2-2")
    counted = Counter(instruction.op for instruction in ALL["2-4-2-2"].session().instructions)
    assert {row.work for row in found.rows} == {f"{op} ({times} a step)" for op, times in counted.items()}
    assert sum(float(row.beside[0].rstrip("%")) for row in found.rows) == pytest.approx(100, abs=0.1 * len(found.rows))
    assert [row.ours for row in found.rows] == sorted((row.ours for row in found.rows), reverse=True)


def test_a_run_may_take_its_own_time() -> None:
    assert alternate({"theirs": lambda count: 0.5 * count}, rounds=1)["theirs"] == pytest.approx(0.5)


def test_rounds_measure_one_unit() -> None:
    now, turns = [0.0], []

    def run(count: int) -> None:
        now[0] += 0.01 * count
        turns.append(count)

    seconds = alternate({"ours": run}, clock=lambda: now[0], rounds=3)
    assert seconds["ours"] == pytest.approx(0.01)
    assert turns[-3:] == [15, 15, 15]


@pytest.mark.parametrize("name", edit.EDITS)
def test_edits_keep_the_other_layers(name: str) -> None:
    data = from_arrays(*edit.WORK.rows(64))
    trained = edit._session(perceptrons.network(edit.WORK), data)
    trained.train(steps=2)
    network = trained.network.copy()
    edit.EDITS[name](network)
    assert network.check(data) == []
    session = edit._session(network, data)
    assert not np.array_equal(session.parameters["dense1.W"], trained.parameters["dense1.W"])
    session.adopt(trained.checkpoint().parameters)
    np.testing.assert_array_equal(session.parameters["dense1.W"], trained.parameters["dense1.W"])
    assert session.train(steps=1).steps == 1


@pytest.mark.parametrize("work", WORKS[:4], ids=str)
def test_both_sides_do_the_same_work(work: Work) -> None:
    torch = pytest.importorskip("torch", reason="the peer is compared where it is installed")
    session, (modules, error) = work.session(), work.torch_model(torch)
    dense = [layer for layer in modules if isinstance(layer, torch.nn.Linear)]
    with torch.no_grad():
        for depth, layer in enumerate(dense, 1):
            layer.weight.copy_(torch.from_numpy(session.parameters[f"dense{depth}.W"].T.copy()))
            layer.bias.copy_(torch.from_numpy(session.parameters[f"dense{depth}.b"].copy()))
    optimizer = peers.torch_optimizer(torch, work, modules)
    x, t = (torch.from_numpy(array) for array in work.rows())
    for _ in range(3):
        optimizer.zero_grad()
        loss = error(x, t)
        loss.backward()
        optimizer.step()
    session.train(steps=3)
    _, losses = session.loss_history()
    assert losses[-1] == pytest.approx(loss.item(), rel=1e-4)
    for depth, layer in enumerate(dense, 1):
        ours, theirs = session.parameters[f"dense{depth}.W"], layer.weight.detach().numpy().T
        assert np.mean(np.abs(ours - theirs)) <= 1e-5


@pytest.mark.parametrize("work", ALL.values(), ids=ALL)
def test_jax_does_the_same_work(work: peers.Work) -> None:
    if not jax_peers.installed():
        pytest.skip(f"JAX is compared where {jax_peers.VARIABLE} names a Python that has it")
    with jax_peers.steps(work) as steps:
        losses = [steps(1)[1] for _ in range(3)]
    session = work.session()
    session.train(steps=3)
    np.testing.assert_allclose(session.loss_history()[1], losses, rtol=2e-4)
    assert losses[2] < losses[0]


@pytest.mark.parametrize("work", surface.WORKS, ids=lambda work: "-".join(map(str, work.sizes)))
def test_both_sides_see_the_same_surface(work: surface.Surface, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="the peer is compared where it is installed")
    monkeypatch.setattr(surface, "SIZE", 7)
    monkeypatch.setattr(surface, "GRID", Grid((-1.0, -1.0), (1.0, 1.0), (7, 7)))
    assert max(surface.differences(work).values()) <= surface.TOLERANCE


def test_without_jax_the_column_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(jax_peers.VARIABLE, str(tmp_path / "python"))
    jax_peers.installed.cache_clear()
    try:
        with peers._jax_side(ALL["2-4-2-2"]) as side:
            assert side == peers.ABSENT
    finally:
        jax_peers.installed.cache_clear()


def test_a_peer_that_stops_is_told_from_one_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax_peers, "python", lambda: "false")
    monkeypatch.setattr(jax_peers, "installed", lambda: True)
    with peers._jax_side(ALL["2-4-2-2"]) as side:
        assert side == "failed"


def test_the_faster_pytorch_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def taking(seconds: float) -> Callable[[int], float]:
        return lambda count: seconds * count

    @contextmanager
    def without(_: peers.Work) -> Iterator[str]:
        yield peers.ABSENT

    sides = {peers.HEADS[0]: taking(0.5), peers.HEADS[1]: taking(0.25)}
    monkeypatch.setattr(peers, "_torch_sides", lambda work: (sides, "updates fused"))
    monkeypatch.setattr(peers, "_jax_side", without)
    row = peers.training_row(ALL["2-4-2-2"])
    assert row.beside == (pytest.approx(2.0), pytest.approx(4.0), peers.ABSENT)
    assert row.peer == pytest.approx(4.0)
    monkeypatch.setattr(peers, "_torch_sides", lambda work: (dict.fromkeys(peers.HEADS[:2], peers.ABSENT), ""))
    row = peers.training_row(ALL["2-4-2-2"])
    assert row.peer is None
    assert row.met is None


def test_a_step_that_cannot_be_compiled_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_compiler(count: int) -> None:
        raise RuntimeError("no C++ compiler")

    assert peers._compilation(lambda count: None) == ""
    assert peers._compilation(no_compiler) == "not compiled: RuntimeError"
    monkeypatch.setattr(peers, "COMPILE_SECONDS", 0.05)
    assert peers._compilation(lambda count: time.sleep(20)) == "not compiled: TimeoutError"


def test_the_limit_is_what_the_loop_does() -> None:
    sums = np.zeros(peak.CHAINS * vector_bytes() // 4, np.float32)
    peak.multiply_and_add(sums, 3)
    np.testing.assert_array_equal(sums, 1.75)  # 0 → 1 → 1.5 → 1.75
    assert peak.work(3) == 2 * 3 * sums.size


def test_soak_goes_through_its_deeds(tmp_path) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.soak", "--minutes", "0.08"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "MiB resident" in done.stdout
    assert "grown by 0.0 MiB" in done.stdout
