"""Loops through a Delay: unrolled over time they are what the fused layers compute, and nonsense is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import engine
from engine.errors import ConnectError
from engine.network import Wire
from tests.engine.sequences import dataset

ROWS, STEPS, SIZE, UNITS = 3, 5, 2, 4
X = np.random.default_rng(0).standard_normal((ROWS, STEPS, SIZE))
Y = np.random.default_rng(1).standard_normal((ROWS, STEPS, 1))
LOOP = [
    ("input", "from_input", "x"), ("from_input", "both", "x1"), ("delay", "from_state", "x"),
    ("from_state", "both", "x2"), ("both", "squash", "x"), ("squash", "delay", "x"), ("squash", "output", "x"),
    ("output", "loss", "x"),
]  # fmt: skip


def by_hand(**attrs: object) -> engine.Network:
    """tanh(x_t W_x + b + h_{t−1} W_h) as Dense, Add, Tanh and Delay, and an output at every step."""
    made = engine.Network()
    made.add("Input", id="input", shape=(STEPS, SIZE))
    made.add("Dense", id="from_input", units=UNITS)
    made.add("Delay", id="delay", **{"size": UNITS, **attrs})
    made.add("Dense", id="from_state", units=UNITS, bias=False)
    made.add("Add", id="both")
    made.add("Tanh", id="squash")
    made.add("Dense", id="output", units=1)
    made.add("SquaredError", id="loss")
    for wire in LOOP:
        made.connect(*wire)
    return made


def fused() -> engine.Network:
    """The same with the RNN layer."""
    made = engine.Network()
    made.add("Input", id="input", shape=(STEPS, SIZE))
    made.add("RNN", id="rnn", units=UNITS)
    made.add("Dense", id="output", units=1)
    made.add("SquaredError", id="loss")
    for source, target in (("input", "rnn"), ("rnn", "output"), ("output", "loss")):
        made.connect(source, target)
    return made


SAME = {"from_input.W": "rnn.W_x", "from_state.W": "rnn.W_h", "from_input.b": "rnn.b", "output.W": "output.W",
        "output.b": "output.b"}  # fmt: skip


def pair() -> tuple[engine.Session, engine.Session]:
    """Both networks with the same weights."""
    data = dataset(X, Y)
    made = [engine.Session(network, data, dtype="float64", optimizer="adam", learning_rate=0.05)
            for network in (by_hand(), fused())]  # fmt: skip
    for ours, theirs in SAME.items():
        made[0].parameters[ours] = made[1].parameters[theirs] = made[1].parameters[theirs] + 0.1
    return made[0], made[1]


def test_a_loop_by_hand_is_the_recurrent_layer():
    loop, layer = pair()
    assert loop.network.check() == []
    np.testing.assert_array_equal(loop.predict(X), layer.predict(X))
    assert loop.loss() == layer.loss()
    ours, theirs = loop.gradients(), layer.gradients()
    assert set(ours) == set(SAME)
    for name, other in SAME.items():
        np.testing.assert_allclose(ours[name], theirs[other], rtol=1e-12, atol=1e-14, err_msg=name)
    loop.train(steps=10)
    layer.train(steps=10)
    np.testing.assert_allclose(loop.loss_history()[1], layer.loss_history()[1], rtol=1e-10)


def test_hessian_of_loop_and_layer_agree():
    loop, layer = pair()
    rng = np.random.default_rng(3)
    vector = {name: rng.standard_normal(array.shape) for name, array in loop.parameters.items()}
    ours = loop.hessian_vector_product(vector)
    theirs = layer.hessian_vector_product({SAME[name]: array for name, array in vector.items()})
    for name, other in SAME.items():
        np.testing.assert_allclose(ours[name], theirs[other], rtol=1e-9, atol=1e-11, err_msg=name)


def test_every_step_can_be_seen():
    loop, layer = pair()
    loop.loss()
    layer.loss()
    states = np.stack([loop.values[f"squash.a[{t}]"] for t in range(STEPS)], 1)
    np.testing.assert_array_equal(states, layer.values["rnn.h"])
    np.testing.assert_array_equal(states, loop.values["squash.steps"])
    assert loop.shapes["squash"] == (STEPS, UNITS)


def test_what_leaves_the_delay_is_the_state_before_each_step():
    made = by_hand()
    made.disconnect("output", "x")
    made.connect("delay", "output")
    ready = engine.Session(made, dataset(X, Y), dtype="float64")
    ready.loss()
    late, states = ready.values["delay.steps"], [ready.values[f"squash.a[{t}]"] for t in range(STEPS - 1)]
    assert not late[:, 0].any()
    np.testing.assert_array_equal(late[:, 1:], np.stack(states, 1))


def test_a_learned_start_learns():
    ready = engine.Session(by_hand(start="learned"), dataset(X, Y), dtype="float64")
    assert ready.parameters["delay.s"].shape == (UNITS,)
    step = 1e-5
    gradient = ready.gradients()["delay.s"]
    for place in range(UNITS):
        losses = []
        for sign in (1, -1):
            moved = np.zeros(UNITS)
            moved[place] = sign * step
            ready.parameters["delay.s"] = moved
            losses.append(ready.loss())
        assert gradient[place] == pytest.approx((losses[0] - losses[1]) / (2 * step), rel=1e-6, abs=1e-9)


def test_two_delays_reach_two_steps_back():
    """y_t = x_t + y_{t−2}: the sum of every other number."""
    made = engine.Network()
    made.add("Input", id="input", shape=(STEPS, 1))
    made.add("Delay", id="one", size=1)
    made.add("Delay", id="two", size=1)
    made.add("Add", id="sum")
    made.add("SquaredError", id="loss")
    for wire in (("input", "sum", "x1"), ("two", "sum", "x2"), ("sum", "one", "x"), ("one", "two", "x"),
                 ("sum", "loss", "x")):  # fmt: skip
        made.connect(*wire)
    ready = engine.Session(made, dataset(X[..., :1], Y), dtype="float64")
    want = X[..., :1].copy()
    for t in range(2, STEPS):
        want[:, t] += want[:, t - 2]
    np.testing.assert_allclose(ready.predict(X[..., :1]), want, rtol=1e-14)


def test_a_delay_outside_a_loop_shifts_a_sequence():
    made = engine.Network()
    made.add("Input", id="input", shape=(STEPS, SIZE))
    made.add("Delay", id="delay", size=SIZE)
    made.add("SquaredError", id="loss")
    made.connect("input", "delay")
    made.connect("delay", "loss")
    got = engine.Session(made, dataset(X, X), dtype="float64").predict(X)
    np.testing.assert_array_equal(got, np.concatenate([np.zeros((ROWS, 1, SIZE)), X[:, :-1]], 1))


def test_a_loop_is_saved_and_read(tmp_path: Path):
    made = by_hand()
    made.save(tmp_path / "loop.chainrule")
    read = engine.load(tmp_path / "loop.chainrule")
    assert read.same_document(made)
    assert read.check() == []


def test_workers_give_the_same_bits():
    made = [engine.Session(by_hand(), dataset(X, Y), threads=threads) for threads in (1, 2)]
    for session in made:
        session.train(steps=3)
    for name in SAME:
        assert made[0].parameters[name].tobytes() == made[1].parameters[name].tobytes()


# --- what is refused ---------------------------------------------------------------------------------------------------


def problems(network: engine.Network) -> set[tuple[str, str | None, str | None]]:
    return {(problem.code, problem.layer, problem.port) for problem in network.check() if problem.severity == "error"}


def test_a_circle_beside_the_delay_is_refused_and_named():
    made = by_hand()
    made.remove("squash")
    made.add("Add", id="squash")
    made.connect("both", "squash", "x1")
    made.connect("squash", "delay")
    with pytest.raises(ConnectError, match="cycle") as caught:
        made.connect("squash", "squash", "x2")
    assert "Delay" in caught.value.problem.suggestion
    made.wires += (Wire("squash", "squash", "x2"),)
    (cycle,) = [problem for problem in made.check() if problem.code == "cycle"]
    assert "squash → squash" in cycle.message
    assert "Delay" in cycle.suggestion


def test_a_circle_without_a_delay_is_refused():
    made = by_hand()
    made.add("Add", id="more")
    made.connect("both", "more", "x1")
    made.disconnect("both", "x1")
    with pytest.raises(ConnectError, match="cycle"):
        made.connect("more", "both", "x1")


def test_a_state_of_another_size_is_named():
    made = by_hand(size=UNITS + 1)
    found = problems(made)
    assert ("shape", "delay", "x") in found
    (problem,) = [problem for problem in made.check() if problem.layer == "delay"]
    assert f"size to {UNITS}" in problem.suggestion


def test_sequences_of_different_length_are_named():
    made = by_hand()
    made.add("SliceSteps", id="part", start=1)
    made.add("Add", id="more", inputs=3)
    made.remove("both")
    made.connect("input", "part")
    for wire in (("from_input", "more", "x1"), ("from_state", "more", "x2"), ("part", "more", "x3"),
                 ("more", "squash", "x")):  # fmt: skip
        made.connect(*wire)
    ((code, layer, port),) = problems(made)
    assert (code, layer, port) == ("shape", "more", "x3")


def test_a_layer_that_fits_no_single_step_is_named():
    made = by_hand()
    made.remove("squash")
    made.add("RNN", id="squash", units=UNITS)
    for wire in (("both", "squash", "x"), ("squash", "delay", "x"), ("squash", "output", "x")):
        made.connect(*wire)
    assert ("shape", "squash", "x") in problems(made)


def test_a_loop_that_nothing_enters_is_named():
    made = by_hand()
    made.set("both", inputs=2)
    made.disconnect("both", "x1")
    made.connect("from_state", "both", "x1")
    assert ("unreachable", "both", None) in problems(made)


def test_a_delay_wired_to_itself_is_no_crash():
    made = by_hand()
    made.disconnect("delay", "x")
    made.wires += (Wire("delay", "delay", "x"),)
    assert ("unreachable", "delay", None) in problems(made)
