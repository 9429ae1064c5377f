"""Made-up programs and snapshots for the tests of plots and panels: no engine runs here."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from app.snapshot import Boundary, History, Snapshot
from engine.instructions import Instruction


def row(index: int, phase: str, layer: str, op: str, inputs: tuple, outputs: tuple, title: str = "",
        formula: str = "y = x", shapes: tuple = ((6, 3),)) -> Instruction:  # fmt: skip
    """One instruction."""
    return Instruction(
        index,
        phase,
        layer,
        op,
        title or op,
        formula,
        "",
        inputs,
        outputs,
        (),
        shapes,
        1,
        (title or op).removesuffix(" grad"),
    )


PROGRAM = (
    row(0, "forward", "dense1", "linear", ("input1.x", "dense1.W", "dense1.b"), ("dense1.z",), formula=r"z = x W + b"),
    row(1, "forward", "dense1", "tanh", ("dense1.z",), ("dense1.a",), formula=r"y = \tanh x"),
    row(2, "forward", "loss1", "cross_entropy", ("dense1.a", "loss1.target"), ("loss1.losses", "loss1.p")),
    row(3, "backward", "dense1", "tanh_grad", ("dense1.a.grad", "dense1.a"), ("dense1.z.grad",), "tanh grad",
        r"\bar x = \bar y \odot (1 - y^2)"),
    row(4, "backward", "dense1", "matmul", ("input1.x", "dense1.z.grad"), ("dense1.W.grad",), "matrix product"),
    row(5, "backward", "dense1", "sum", ("dense1.z.grad",), ("dense1.b.grad",), "sum"),
    row(6, "update", "", "sgd", ("", "", "learning rate"), (), "gradient descent"),
)  # fmt: skip


def part(x: np.ndarray, y: np.ndarray) -> SimpleNamespace:
    """A part of a data set."""
    return SimpleNamespace(x=x, y=y, rows=np.arange(len(y)))


def dataset(task: str = "classification", shape: tuple = (2,), classes: int = 2) -> SimpleNamespace:
    """Four training rows at (±1, ±1), labelled by the sign of the first feature."""
    x = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    y = np.array([0, 0, 1, 1]) if task == "classification" else x[:, :1]
    names = tuple(f"kind {k}" for k in range(classes)) if task == "classification" else ()
    features = ("width", "height")
    return SimpleNamespace(train=part(x, y), task=task, shape=shape, class_names=names, feature_names=features,
                           image_shape=None)  # fmt: skip


def history(steps: int = 50, top: float = 1.0, bottom: float = 0.5) -> History:
    """A loss that falls from `top` to `bottom`, evaluated five times."""
    at, seen = np.arange(steps), np.linspace(0, steps - 1, 5)
    loss = np.geomspace(top, bottom, steps)
    return History(at, loss, seen, np.geomspace(top, bottom, 5) * 1.5, np.linspace(0.5, 0.9, 5), np.linspace(0.5, 1, 5))


def plane(height: int = 8, width: int = 8) -> Boundary:
    """Class 1 on the right half."""
    p = np.tile(np.where(np.arange(width) < width / 2, 0.0, 1.0), (height, 1))
    return Boundary(np.stack([1 - p, p], -1), (-2.0, 2.0, -2.0, 2.0))


def snapshot(**changes) -> Snapshot:
    """A paused session in the middle of a backward pass."""
    rng = np.random.default_rng(0)
    values = {"dense1.a": rng.normal(size=(6, 3)), "dense1.a.grad": rng.normal(size=(6, 3)) * 1e-3}
    given = dict(
        state="paused", steps=50, cursor=4, focus=3, loss=0.5, metrics={"train_accuracy": 1.0}, history=history(),
        instructions=PROGRAM, values=values, gradient_norms={"dense1": 1e-2, "dense2": 1e-4}, boundary=plane(),
        dataset=dataset(),
    )  # fmt: skip
    return Snapshot(**(given | changes))


def explanation(**changes) -> SimpleNamespace:
    """Of the tanh gradient, element (2, 1)."""
    rng = np.random.default_rng(1)
    incoming, local = rng.normal(size=(6, 3)), rng.uniform(size=(6, 3))
    given = dict(
        instruction=PROGRAM[3], title="tanh, gradient", formula=PROGRAM[3].formula, derivative="",
        shapes="[6, 3] = [6, 3] ⊙ [6, 3]", element=(2, 1), numbers="−0.0312 = −0.0894 · (1 − 0.8069²)",
        incoming=incoming, local=local, outgoing=incoming * local,
        names=("dense1.a.grad", "local derivative", "dense1.z.grad"),
        operands=(("dense1.a.grad", incoming), ("dense1.a", local)), link="⊙", window=None,
    )  # fmt: skip
    return SimpleNamespace(**(given | changes))
