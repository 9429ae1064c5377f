"""Newton's method: on quadratics, against NumPy and SciPy, in time travel, in files, where it diverges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, cg

import engine
from engine import newton
from engine.errors import DivergedError, SessionError
from engine.optimizers import Newton
from tests.engine import nets


def session(sizes: tuple[int, ...] = (3, 4, 3), iterations: int = 6, damping: float = 0.5, **settings: Any):
    """A small classifier in float64."""
    data = nets.data("CrossEntropy", rows=12, inputs=sizes[0], outputs=sizes[-1])
    optimizer = Newton(settings.pop("rate", 1.0), damping=damping, cg_iterations=iterations)
    return engine.Session(nets.mlp(sizes), data, optimizer=optimizer, **{"dtype": "float64", "seed": 3, **settings})


def flat(tensors: dict[str, np.ndarray]) -> np.ndarray:
    """All of them in one row."""
    return np.concatenate([np.asarray(array).ravel() for array in tensors.values()])


def hessian(s: engine.Session) -> np.ndarray:
    """The whole matrix, column by column."""
    columns, shapes = [], {name: array.shape for name, array in s.parameters.items()}
    for name, shape in shapes.items():
        for place in range(int(np.prod(shape))):
            unit = np.zeros(shape)
            unit.flat[place] = 1.0
            columns.append(flat(s.hessian_vector_product({name: unit})))
    return np.stack(columns, axis=1)


def test_one_step_solves_linear_regression():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 4))
    y = x @ rng.standard_normal((4, 2)) + 0.3 + 0.1 * rng.standard_normal((50, 2))
    network = nets.chain(("Input", {"shape": (4,)}), ("Dense", {"units": 2}), ("SquaredError", {}))
    s = engine.Session(network, (x, y), dtype="float64", optimizer=Newton(damping=0.0, cg_iterations=10))
    s.train(steps=1)
    best = np.linalg.lstsq(np.c_[x, np.ones(50)], y, rcond=None)[0]
    np.testing.assert_allclose(s.parameters["dense1.W"], best[:4], atol=1e-12)
    np.testing.assert_allclose(s.parameters["dense1.b"], best[4], atol=1e-12)
    assert np.linalg.norm(flat(s.gradients())) < 1e-12


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_a_step_is_that_of_the_whole_matrix(l2: float):
    s = session(damping=3.0, iterations=60, l2=l2)
    for _ in range(3):
        matrix, gradient, before = hessian(s), flat(s.gradients()), flat(dict(s.parameters))
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
        whole = matrix + 3.0 * np.eye(len(matrix))
        assert np.linalg.eigvalsh(whole).min() > 0
        s.train(steps=1)
        np.testing.assert_allclose(flat(dict(s.parameters)), before - np.linalg.solve(whole, gradient), rtol=1e-9)


@pytest.mark.parametrize("iterations", [1, 3, 8])
def test_few_iterations_are_those_of_scipy(iterations: int):
    s = session(damping=2.0, iterations=iterations, batch_size=5)
    matrix, gradient, before = hessian(s), flat(s.gradients()), flat(dict(s.parameters))
    operator = LinearOperator(matrix.shape, matvec=lambda v: matrix @ v + 2.0 * v)
    wanted, _ = cg(operator, gradient, maxiter=iterations, rtol=0, atol=0)
    s.train(steps=1)
    np.testing.assert_allclose(before - flat(dict(s.parameters)), wanted, rtol=1e-9, atol=1e-14)


def test_where_the_curvature_is_negative_the_step_goes_down():
    """At a saddle the quadratic model has no minimum: the gradient, or what was found before, is taken."""
    network = nets.chain(("Input", {"shape": (1,)}), ("Dense", {"units": 1}), ("Dense", {"units": 1}),
                         ("SquaredError", {}))  # fmt: skip
    s = engine.Session(network, (np.ones((4, 1)), 4 * np.ones((4, 1))), dtype="float64",
                       optimizer=Newton(0.01, damping=0.0, cg_iterations=3))  # fmt: skip
    for name, start in (("dense1.W", 0.1), ("dense2.W", -0.1), ("dense1.b", 0.0), ("dense2.b", 0.0)):
        s.parameters[name] = np.full(s.parameters[name].shape, start)
    gradient, curved = flat(s.gradients()), hessian(s)
    assert gradient @ curved @ gradient > 0 > np.linalg.eigvalsh(curved).min()
    before = s.loss()
    s.train(steps=1)
    assert s.loss() < before
    step = flat({name: s.values[name] for name in s.values if name == "update.step"})
    assert step @ step > 0


def test_the_first_direction_of_negative_curvature_is_the_gradient():
    x = np.array([[1.0], [1.0]])
    network = nets.chain(("Input", {"shape": (1,)}), ("Dense", {"units": 1, "activation": "tanh"}),
                         ("SquaredError", {}))  # fmt: skip
    s = engine.Session(network, (x, 0.9 * x), dtype="float64", optimizer=Newton(0.5, damping=0.0, cg_iterations=4))
    s.parameters["dense1.W"], s.parameters["dense1.b"] = [[-1.5]], [0.0]
    gradient, before = flat(s.gradients()), flat(dict(s.parameters))
    assert gradient @ hessian(s) @ gradient < 0
    s.train(steps=1)
    np.testing.assert_allclose(flat(dict(s.parameters)), before - 0.5 * gradient, rtol=1e-12)


def test_layers_frozen_or_slow():
    dense = {"units": 4, "activation": "tanh"}
    network = nets.chain(("Input", {"shape": (3,)}), ("Dense", {**dense, "rate": 0.0}), ("Dense", dense),
                         ("Dense", {"units": 3, "rate": 0.5}), ("CrossEntropy", {}))  # fmt: skip
    data, settings = nets.data("CrossEntropy"), {"dtype": "float64", "seed": 1}
    s = engine.Session(network, data, optimizer=Newton(damping=2.0, cg_iterations=80), **settings)
    before, gradients = {name: array.copy() for name, array in s.parameters.items()}, s.gradients()
    moving = [name for name in gradients if "dense1" not in name]
    size = sum(gradients[name].size for name in moving)
    order, full = list(gradients), hessian(s)
    places = np.concatenate([np.full(gradients[name].size, name in moving) for name in order])
    part = full[np.ix_(places, places)] + 2.0 * np.eye(size)
    wanted = np.linalg.solve(part, flat(gradients)[places])
    s.train(steps=1)
    factors = np.concatenate([np.full(gradients[n].size, 0.5 if "dense3" in n else 1.0) for n in order if n in moving])
    moved = flat({name: before[name] - s.parameters[name] for name in order if name in moving})
    np.testing.assert_allclose(moved, factors * wanted, rtol=1e-8, atol=1e-12)
    assert s.parameters["dense1.W"].tobytes() == before["dense1.W"].tobytes()


def test_it_needs_fewer_steps_than_gradient_descent():
    fast = session(damping=1.0, iterations=20)
    slow = engine.Session(nets.mlp((3, 4, 3)), nets.data("CrossEntropy", rows=12), dtype="float64", seed=3,
                          optimizer="sgd", learning_rate=0.5)  # fmt: skip
    fast.train(steps=10)
    slow.train(steps=10)
    assert fast.loss() < 0.9 * slow.loss()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bits_do_not_depend_on_the_number_of_threads(dtype: str):
    found = set()
    for threads in (1, 2, 3):
        s = session((20, 30, 3), dtype=dtype, threads=threads, batch_size=5)
        s.execution.runner.workers = threads
        s.train(steps=3)
        found.add(s.execution.state().tobytes())
    assert len(found) == 1


def test_saving_and_going_on_is_exact(tmp_path):
    whole, first = session(batch_size=5), session(batch_size=5)
    whole.train(steps=7)
    first.train(steps=3)
    first.save(tmp_path / "net.chainrule")
    again = engine.Session(engine.load(tmp_path / "net.chainrule"), nets.data("CrossEntropy", rows=12), seed=3,
                           optimizer=whole.optimizer, dtype="float64", batch_size=5)  # fmt: skip
    again.train(steps=4)
    assert again.execution.state().tobytes() == whole.execution.state().tobytes()


def test_gradients_keep_their_names():
    s = session(damping=2.0, iterations=40)
    plain = engine.Session(nets.mlp((3, 4, 3)), nets.data("CrossEntropy", rows=12), dtype="float64", seed=3)
    assert set(plain.values) < set(s.values)
    for name, gradient in plain.gradients().items():
        np.testing.assert_array_equal(s.gradients()[name], gradient)
        np.testing.assert_array_equal(s.values[f"{name}.grad"], gradient)
    left = [float(s.values[f"update.residual{k}"][0]) for k in range(41)]
    assert left[0] == pytest.approx(np.sum(flat(plain.gradients()) ** 2), rel=1e-12)
    assert left[-1] < 1e-12 * left[0]


def test_divergence_is_named():
    network, data = nets.mlp((3, 4, 3), "linear", "SquaredError"), nets.data("SquaredError", inputs=3, outputs=3)
    s = engine.Session(network, data, dtype="float64", optimizer=Newton(1e200, damping=1.0, cg_iterations=3))
    with pytest.raises(DivergedError, match="diverged at step 1"):
        s.train(steps=5)
    s.reset()
    assert np.isfinite(s.loss())


def test_too_much_work_is_refused_with_figures(monkeypatch):
    monkeypatch.setattr(newton, "MOST_ROWS", 500)
    with pytest.raises(SessionError, match=r"with 40 iterations .* would take [\d,]+ instructions and 0.0 GiB"):
        session(iterations=40)
    session(iterations=3)
    monkeypatch.setattr(newton, "MOST_ROWS", 50_000)
    monkeypatch.setattr(newton, "MOST_BYTES", 1000)
    with pytest.raises(SessionError, match="another optimiser"):
        session()


def test_bad_settings_are_named():
    for bad in (0, 2.5, -1):
        with pytest.raises(SessionError, match="cg_iterations"):
            Newton(cg_iterations=bad)
    with pytest.raises(SessionError, match="damping"):
        Newton(damping=-1.0)


def hill(damping: float) -> engine.Session:
    """One tanh unit where the loss bends downwards along its gradient."""
    x = np.array([[1.0], [1.0]])
    network = nets.chain(("Input", {"shape": (1,)}), ("Dense", {"units": 1, "activation": "tanh"}),
                         ("SquaredError", {}))  # fmt: skip
    s = engine.Session(network, (x, 0.9 * x), dtype="float64", optimizer=Newton(0.5, damping=damping, cg_iterations=4))
    s.parameters["dense1.W"], s.parameters["dense1.b"] = [[-1.5]], [0.0]
    return s


def test_a_step_that_meets_negative_curvature_asks_for_more_damping():
    s = hill(0.0)
    assert s.hints() == []  # nothing is done yet
    s.train(steps=1)
    (hint,) = s.hints()
    assert (hint.severity, "damping" in hint.suggestion) == ("warning", True)
    s.reset()
    assert s.hints() == []
    calm = hill(20.0)
    calm.train(steps=1)
    assert calm.hints() == []


def test_nothing_is_said_where_rounding_is_all_that_is_left():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 4))
    network = nets.chain(("Input", {"shape": (4,)}), ("Dense", {"units": 2}), ("SquaredError", {}))
    s = engine.Session(network, (x, x[:, :2]), dtype="float64", optimizer=Newton(damping=0.0, cg_iterations=30))
    for _ in range(3):
        s.train(steps=1)
        assert s.hints() == []


def test_advice_for_one_that_diverged_names_the_damping():
    network, data = nets.mlp((3, 4, 3), "linear", "SquaredError"), nets.data("SquaredError", inputs=3, outputs=3)
    s = engine.Session(network, data, dtype="float64", optimizer=Newton(1e200, damping=1.0, cg_iterations=3))
    with pytest.raises(DivergedError, match="Raise the damping"):
        s.train(steps=5)
