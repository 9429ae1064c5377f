"""What once hung, crashed or lost numbers: two threads in one session, stops in the middle of replays, bad labels."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.archive import pack_tensors, write_archive
from engine.errors import FileError, SessionError
from engine.files import to_json
from engine.machine import cache
from engine.optimizers import AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp
from tests.engine import nets


def session(**settings) -> engine.Session:
    x, y = nets.data("CrossEntropy", rows=40)
    return engine.Session(nets.mlp((3, 8, 3)), (x, y), **{"seed": 0, "learning_rate": 0.1, **settings})


def test_pausing_two_threads_without_any_update_row():
    net = nets.chain(("Input", {"shape": (700,)}), ("Tanh", {}), ("SquaredError", {}))
    rng = np.random.default_rng(0)
    s = engine.Session(net, (rng.standard_normal((300, 700)), rng.standard_normal((300, 700))), threads=2)
    assert s.execution.runner.workers == 2
    for _ in range(30):
        thread = threading.Thread(target=lambda: s.train(steps=100_000), daemon=True)
        thread.start()
        end = time.monotonic() + 20
        while thread.is_alive() and time.monotonic() < end:  # one that comes before the run begins is forgotten
            s.pause()
            thread.join(timeout=0.005)
        assert not thread.is_alive()


def test_a_second_thread_is_refused_at_once():
    s = session()
    thread = threading.Thread(target=lambda: s.train(steps=50_000_000))
    thread.start()
    while s.steps == 0:
        time.sleep(0.001)
    try:
        for call in (s.step, s.step_back, s.loss, s.gradients, lambda: s.train(steps=1)):
            with pytest.raises(SessionError, match="another thread"):
                call()
    finally:
        s.pause()
        thread.join()
    s.step()


def test_a_stop_in_the_middle_of_going_back_lands_on_the_right_step():
    s = session()
    s.train(steps=3000)
    there = s.checkpoint().parameters
    for wish in range(2999, 2990, -1):
        s.pause()
        s.step_back()
        while s.cursor:
            s.pause()
            s.step_back()
        assert s.steps == wish
    s.train(steps=3000 - s.steps)
    for name, array in s.checkpoint().parameters.items():
        np.testing.assert_array_equal(array, there[name])


def test_a_view_kept_and_written_to_later_is_part_of_the_past():
    s = session()
    weights = s.parameters["dense1.W"]
    s.train(steps=5)
    weights[...] = 0.5
    for _ in range(len(s.instructions) + 3):
        s.step()
    for _ in range(len(s.instructions) + 3):
        s.step_back()
    assert s.steps == 5
    np.testing.assert_array_equal(s.values["dense1.W"], np.full((3, 8), 0.5, np.float32))


def test_labels_cannot_be_changed_behind_the_check():
    s = session()
    for labels in (s.dataset.train.y, s.values["cross_entropy1.target"]):
        with pytest.raises(ValueError, match="read-only"):
            labels[0] = 10**12


def test_weights_that_are_not_finite_are_no_project(tmp_path: Path):
    s = session()
    s.parameters["dense1.W"] = np.full((3, 8), np.nan)
    s.save(tmp_path / "net.chainrule")  # keeps the network and leaves such weights out
    assert engine.load(tmp_path / "net.chainrule").checkpoint is None
    members = {"project.json": json.dumps(to_json(s.network)).encode()}
    members["weights.safetensors"] = pack_tensors({"dense1.W": np.full((3, 8), np.nan, np.float32)})
    write_archive(tmp_path / "bad.chainrule", members)
    with pytest.raises(FileError, match="NaN"):
        engine.load(tmp_path / "bad.chainrule")


def test_a_checkpoint_fits_whole_or_not_at_all():
    s = session(optimizer="adam")
    s.train(steps=3)
    before, broken = s.checkpoint(), s.checkpoint()
    s.train(steps=2)
    now = s.checkpoint()
    del broken.slots[1]["dense1.b"]
    with pytest.raises(SessionError, match=r"dense1\.b is missing"):
        s.restore(broken)
    np.testing.assert_array_equal(s.checkpoint().parameters["dense1.W"], now.parameters["dense1.W"])
    other = session(optimizer="momentum")
    other.train(steps=3)
    other.restore(before)
    assert not any(array.any() for slot in other.checkpoint().slots for array in slot.values())


@pytest.mark.parametrize("make", [
    lambda: Adam(beta1=1.0), lambda: Adam(beta2=2.0), lambda: Adam(epsilon=0.0), lambda: Momentum(momentum=1.0),
    lambda: Nesterov(momentum=1.0), lambda: AdaGrad(epsilon=0.0), lambda: RMSProp(alpha=1.0),
    lambda: AdamW(weight_decay=-0.1),
])  # fmt: skip
def test_optimisers_refuse_settings_that_cannot_work(make):
    with pytest.raises(SessionError, match="must be"):
        make()


def test_saturated_probabilities_leave_loss_gradient_and_curvature_finite():
    classes = nets.chain(("Input", {"shape": (2,)}), ("Dense", {"units": 2}), ("Softmax", {}), ("CrossEntropy", {}))
    halves = nets.chain(
        ("Input", {"shape": (2,)}), ("Dense", {"units": 1}), ("Sigmoid", {}), ("BinaryCrossEntropy", {})
    )
    x, y = np.array([[300.0, 0.0], [0.0, 300.0]]), np.array([1, 0])
    for net in (classes, halves):
        s = engine.Session(net, (x, y))
        s.parameters["dense1.W"] = np.eye(2)[:, : s.parameters["dense1.W"].shape[1]]
        vector = {name: np.ones_like(array) for name, array in s.parameters.items()}
        assert np.isfinite(s.loss())
        assert all(np.isfinite(array).all() for array in s.gradients().values())
        assert all(np.isfinite(array).all() for array in s.hessian_vector_product(vector).values())


def test_accuracy_behind_a_reshape():
    net = nets.chain(("Input", {"shape": (1,)}), ("Dense", {"units": 1}), ("Reshape", {"shape": (1, 1)}),
                     ("BinaryCrossEntropy", {}))  # fmt: skip
    s = engine.Session(net, (np.array([[-9.0], [9.0]]), np.array([0, 1])))
    s.parameters["dense1.W"] = np.ones((1, 1))
    assert s.evaluate("train")["accuracy"] == 1.0


def test_a_fraction_of_an_epoch_is_at_least_a_step():
    assert session().train(epochs=0.2).steps == 1
    assert session().train(epochs=0).steps == 0
    assert session(batch_size=10.0).batch_size == 10


def test_a_pipe_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="not a file"):
        engine.load(tmp_path / "pipe")


def test_wiping_the_cache_leaves_other_peoples_files(tmp_path: Path, monkeypatch):
    (tmp_path / "theirs.dat").write_text("keep")
    monkeypatch.setattr(cache, "_state", {"directory": None})
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("CHAINRULE_CACHE_DIR", raising=False)
    import numba

    monkeypatch.setattr(numba.config, "CACHE_DIR", numba.config.CACHE_DIR)
    cache.install()
    assert cache.enabled()
    cache.wipe()
    assert (tmp_path / "theirs.dat").read_text() == "keep"


def test_an_edited_network_adopts_what_still_fits():
    s = session()
    s.train(steps=10)
    edited = engine.Session(nets.mlp((3, 8, 4)), nets.data("CrossEntropy", rows=40), seed=1)
    names = edited.adopt(s.checkpoint().parameters)
    assert names == ["dense1.W", "dense1.b"]
    np.testing.assert_array_equal(edited.values["dense1.W"], s.values["dense1.W"])
    edited.step()
    edited.step_back()
    np.testing.assert_array_equal(edited.values["dense1.W"], s.values["dense1.W"])
