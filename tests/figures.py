"""The figure that each ready-made network's text names, trained in full: ``python -m tests.figures [NAME …]``.

Prints a table, and ends with exit status 1 if a figure is missed.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import engine
from engine.data.synthetic import EXTENT, fan_deviation
from engine.early_stopping import train
from engine.files import LESSONS, SUFFIX
from engine.generate import exact
from engine.surface.directions import random_plane
from engine.surface.losses import PlaneLosses
from engine.surface.plane import Grid
from engine.surface.rows import rows_of
from engine.through_time import through_time
from tests.ravine import ravine


@dataclass(frozen=True)
class Figure:
    """What a trained lesson reaches: `of(session)` is at least, or else at most, `bound`."""

    name: str
    of: Callable[[engine.Session], float]
    bound: float
    at_least: bool = True

    def met(self, reached: float) -> bool:
        """Whether `reached` is as good as stated."""
        return reached >= self.bound if self.at_least else reached <= self.bound


def judged(part: str, name: str, bound: float) -> Figure:
    """A figure as `Session.evaluate` gives it; a loss is at most `bound`."""
    return Figure(f"{part} {name}", lambda session: session.evaluate(part)[name], bound, name != "loss")


def bits(bound: float) -> Figure:
    """Cross entropy of the stretch that is held out."""
    return Figure("bits a character", lambda s: s.evaluate("validation")["loss"] / math.log(2), bound, False)


def left_of_noise(session: engine.Session) -> float:
    """Mean squared error of validation rows cleaned of new noise, of the same deviation as in training."""
    sigma = next(node.attrs["sigma"] for node in session.network.nodes.values() if node.layer.kind == "GaussianNoise")
    clean = session.dataset.validation.x
    noisy = clean + sigma * np.random.default_rng(0).standard_normal(clean.shape)
    return float(np.mean((session.predict(noisy) - clean) ** 2))


def head(loss: str, name: str, bound: float) -> Figure:
    """The score of one loss out of several on the validation rows."""
    return Figure(
        f"{loss} {name}", lambda session: session.evaluate("validation")[f"{loss}.{name}"], bound, name != "loss"
    )


def shown(session: engine.Session, name: str) -> np.ndarray:
    """A named value of the validation rows."""
    return session.evaluator.values(session.parameter_block(), session.dataset.validation.x, [name])[name]


def spread_off(session: engine.Session) -> float:
    """By how much the predicted deviations are off, on average, as a share of the true ones."""
    assert session.network.data is not None
    p1 = session.dataset.validation.x[:, 0] / EXTENT
    true = fan_deviation(session.network.data.options, p1)
    return float(np.mean(np.abs(np.exp(0.5 * shown(session, "log variance.a")[:, 0]) / true - 1.0)))


def code_activity(session: engine.Session) -> float:
    """The mean activity of the code's units."""
    return float(shown(session, "code.a").mean())


def code_slopes(session: engine.Session) -> float:
    """Σ (∂h/∂x)² of a digit, of a code h of sigmoid units (Rifai et al. 2011, equation 6)."""
    h, weights = shown(session, "code.a"), session.parameters["code.W"]
    return float(np.mean((h * (1.0 - h)) ** 2 @ (weights**2).sum(0)))


def code_off_normal(session: engine.Session) -> float:
    """The largest distance of a mean of the code from 0, or of a deviation from 1."""
    code = shown(session, "code.a")
    return float(max(np.abs(code.mean(0)).max(), np.abs(code.std(0) - 1.0).max()))


def made_in_clouds(session: engine.Session) -> np.ndarray:
    """The share of 2,000 points of the generator that lie within 3 deviations of each cloud's centre."""
    assert session.network.data is not None
    options, rows, p = (
        session.network.data.options,
        np.random.default_rng(0).standard_normal((2000, 2)),
        session.parameters,
    )
    for name in ("make 1", "make 2"):
        rows = np.maximum(rows @ p[f"{name}.W"] + p[f"{name}.b"], 0.0)
    made = rows @ p["made.W"] + p["made.b"]
    angles = np.pi / 4 + 2 * np.pi * np.arange(options["classes"]) / options["classes"]
    centres = 0.55 * EXTENT * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    distances = np.linalg.norm(made[:, None] - centres, axis=2)
    return np.asarray((distances < 3 * EXTENT * (0.1 + 0.4 * options["noise"])).mean(0))


def left_of_gradient(session: engine.Session) -> float:
    """The gradient of the first sigmoid layer's weights before training, as a share of the fourth's."""
    start = engine.Session.from_network(session.network, seed=session.seed).gradients()
    return float(np.linalg.norm(start["sigmoid 1.W"]) / np.linalg.norm(start["sigmoid 4.W"]))


def dead(session: engine.Session, name: str) -> float:
    """The largest share of a hidden layer's units that are at most 0 for all training rows."""
    names = [f"{name} {k}.z" for k in (1, 2, 3)]
    values = session.evaluator.values(session.parameter_block(), session.dataset.train.x, names)
    return max(float((z.max(0) <= 0).mean()) for z in values.values())


def apart(session: engine.Session, name: str, what: str = "apart") -> float:
    """A loss on the validation rows: of one part of the network, or one that only measures."""
    return session.evaluate("validation")[f"{name} {what}.loss"]


def ridge(session: engine.Session, l2: float) -> np.ndarray:
    """The weights (features,) that make mean ½(y − Xw − b)² + l2·Σw² least, by its equations."""
    x, y = session.dataset.train.x, session.dataset.train.y
    x, y = x - x.mean(0), y - y.mean(0)
    return np.asarray(np.linalg.solve(x.T @ x + 2 * l2 * len(x) * np.eye(x.shape[1]), x.T @ y)[:, 0])


def off_ridge(session: engine.Session) -> float:
    """The largest difference between a weight and that of ridge regression."""
    weights = session.parameters["progression.W"][:, 0]
    return float(np.abs(weights - ridge(session, session.network.training.l2)).max())


def above_least(session: engine.Session) -> float:
    """By how much the training loss of linear regression is above the least possible one, as a share of it."""
    x, y = session.dataset.train.x, session.dataset.train.y[:, 0]
    rest = y - y.mean() - (x - x.mean(0)) @ ridge(session, 0.0)
    return session.evaluate("train")["loss"] / float(np.mean(rest**2)) - 1


def first_of_last(session: engine.Session, name: str) -> float:
    """The gradient that reaches the first step of a sequence before training, as a share of the last step's."""
    start = engine.Session.from_network(session.network, seed=session.seed)
    start.loss()
    gradients = through_time(start)[name].gradients
    return float(gradients[0] / gradients[-1])


def slope_left(session: engine.Session) -> float:
    """The norm of the gradient: next to 0 in a valley."""
    return float(np.sqrt(sum(float(np.sum(g**2)) for g in session.gradients().values())))


def hollows(session: engine.Session, planes: int = 3, size: int = 51) -> float:
    """How many points of a grid around the parameters lie below all eight neighbours: the mean of some planes of
    filter-normalised random directions, each one length to either side (Li et al. 2018)."""
    losses, block, found = PlaneLosses(session, rows_of(session)), session.parameter_block(), []
    for seed in range(planes):
        values = losses(random_plane(session, block, seed), Grid((-1, -1), (1, 1), (size, size)).places())
        values = values.reshape(size, size)
        inside, around = values[1:-1, 1:-1], [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
        below = [inside < values[i : size - 2 + i, j : size - 2 + j] for i, j in around]
        found.append(int(np.all(below, axis=0).sum()))
    return float(np.mean(found))


def pieces(session: engine.Session) -> float:
    """Linear regions of the square around the data."""
    from app.watches.regions import Watch

    return float(Watch(session).look()().count)


FIGURES: dict[str, tuple[Figure, ...]] = {
    "linear_regions": (judged("validation", "accuracy", 0.95), Figure("linear regions", pieces, 600)),
    "perceptron": (judged("train", "accuracy", 1.0),),
    "four_neuron_chain": (judged("train", "loss", 1e-5),),
    "linear_regression": (judged("validation", "r2", 0.95),),
    "xor": (judged("validation", "accuracy", 0.95),),
    "circles": (judged("validation", "accuracy", 0.98),),
    "spirals": (judged("validation", "accuracy", 0.97),),
    "hills": (judged("validation", "r2", 0.9),),
    "drawn_curve": (judged("validation", "r2", 0.98),),
    "iris": (judged("validation", "accuracy", 0.95),),
    "wine": (judged("validation", "accuracy", 0.95),),
    "digits": (judged("validation", "accuracy", 0.96),),
    "diabetes": (judged("validation", "r2", 0.4),),
    "cnn_digits": (judged("validation", "accuracy", 0.98),),
    "denoising_autoencoder": (Figure("error left of noise", left_of_noise, 0.02, False),),
    "elman_rnn": (judged("validation", "r2", 0.98),),
    "reversal": (Figure("answers exact", exact, 0.99),),
    "char_lstm": (bits(2.45),),
    "decoder_transformer": (bits(2.5),),
    "two_tasks": (head("species", "accuracy", 0.95), head("length", "r2", 0.95)),
    "mean_and_variance": (judged("validation", "loss", -0.85), Figure("deviation off by", spread_off, 0.15, False)),
    "dropout_digits": (judged("validation", "accuracy", 0.965),),
    "bottleneck": (judged("validation", "accuracy", 0.95),),
    "sparse_autoencoder": (judged("validation", "loss", 0.007), Figure("mean activity", code_activity, 0.11, False)),
    "contractive_autoencoder": (
        judged("validation", "loss", 0.016), Figure("slopes of the code", code_slopes, 6, False),
    ),
    "predictive_autoencoder": (head("from prediction", "loss", 0.006),),
    "generator": (
        Figure("made in a cloud", lambda session: float(made_in_clouds(session).sum()), 0.9),
        Figure("in the least cloud", lambda session: float(made_in_clouds(session).min()), 0.15),
    ),
    "adversarial_autoencoder": (
        head("restore", "loss", 0.046), Figure("code off normal", code_off_normal, 0.25, False),
    ),
    "newton": (judged("train", "loss", 0.03), judged("validation", "accuracy", 0.95)),
    "vanishing_gradients": (
        Figure("of sigmoid 4's gradient", left_of_gradient, 0.03, False),
        Figure("sigmoid accuracy", lambda session: head("sigmoid loss", "accuracy", 0).of(session), 0.7, False),
        head("tanh loss", "accuracy", 0.98), head("relu loss", "accuracy", 0.98),
    ),
    "dying_relu": (
        Figure("dead in a ReLU layer", lambda session: dead(session, "relu"), 1.0),
        Figure("dead in a leaky layer", lambda session: dead(session, "leaky"), 0.75, False),
        Figure("relu accuracy", lambda session: head("relu loss", "accuracy", 0).of(session), 0.7, False),
        head("leaky loss", "accuracy", 0.95),
    ),
    "pooling": (
        judged("validation", "accuracy", 0.8),
        Figure("left of the shift", lambda session: apart(session, "pooling") / apart(session, "pixels"), 1 / 3, False),
    ),
    "max_pool_is_maxout": (judged("validation", "accuracy", 0.95), head("difference", "loss", 0.0)),
    "learning_rates": (
        head("right loss", "accuracy", 0.95), head("adaptive loss", "accuracy", 0.95),
        Figure("too low, loss", lambda session: apart(session, "too low", "loss"), 0.3),
        Figure("too high, loss", lambda session: apart(session, "too high", "loss"), 0.3),
    ),
    "decayed_rate": (Figure("above the least loss", above_least, 1e-3, False), judged("validation", "r2", 0.4)),
    "gradients_through_time": (
        Figure("fading, first of last", lambda session: first_of_last(session, "fading"), 0.02, False),
        Figure("exploding, first of last", lambda session: first_of_last(session, "exploding"), 100),
        Figure("LSTM, times the fading", lambda session: first_of_last(session, "gated")
               / first_of_last(session, "fading"), 1.5),
    ),
    "weight_prior": (Figure("off ridge regression", off_ridge, 1e-4, False), judged("validation", "r2", 0.4)),
    "augmented_digits": (judged("validation", "accuracy", 0.935),),
    "early_stopping": (
        judged("validation", "loss", 0.18), Figure("epochs", lambda session: session.epoch, 150, False),
    ),
    "curriculum": (judged("validation", "accuracy", 0.94),),
    "two_weights": (judged("train", "loss", 0.1), Figure("slope left", slope_left, 0.01, False)),
    "ravine": (
        judged("train", "loss", 0.977),
        Figure("times as steep", lambda s: ravine(s).curvature[1] / ravine(s).curvature[0], 95),
        Figure("limit of the rate", lambda s: 2 / ravine(s).curvature[1], 0.2125, False),
        Figure("SGD crosses", lambda s: ravine(s).crossings("sgd"), 100),
        Figure("momentum crosses", lambda s: ravine(s).crossings("momentum"), 25, False),
        Figure("Adam's way across", lambda s: ravine(s).across("adam") / ravine(s).across("sgd"), 1 / 3, False),
        Figure("Nesterov leaves", lambda s: ravine(s).left["nesterov"] / ravine(s).left["sgd"], 0.01, False),
    ),
    "deep_plain": (
        Figure("hollows", hollows, 18),
        Figure("train accuracy", lambda session: session.evaluate("train")["accuracy"], 0.75, False),
    ),
    "deep_residual": (Figure("hollows", hollows, 17, False), judged("validation", "accuracy", 0.97)),
}  # fmt: skip


def trained(name: str, seed: int | None = None) -> engine.Session:
    """A lesson after its full run."""
    network = engine.load(LESSONS / f"{name}{SUFFIX}")
    session = engine.Session.from_network(network, seed=seed)
    train(session, network.training.epochs)
    return session


def main() -> int:
    """Train the lessons asked for, print what each reaches."""
    parser = argparse.ArgumentParser(prog="python -m tests.figures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="lessons (all)")
    names = parser.parse_args().names or list(FIGURES)
    print(f"{'lesson':<23} {'figure':<20} {'reached':>9} {'stated':>9} {'seconds':>8} {'CPU':>7}")
    missed = 0
    for name in names:
        clock, cpu = time.perf_counter(), time.process_time()
        session = trained(name)
        spent = f"{time.perf_counter() - clock:>8.1f} {time.process_time() - cpu:>7.1f}"
        for figure in FIGURES[name]:
            reached = figure.of(session)
            stated = f"{'≥' if figure.at_least else '≤'} {figure.bound:g}"
            remark = "" if figure.met(reached) else "  missed"
            missed += not figure.met(reached)
            print(f"{name:<23} {figure.name:<20} {reached:>9.4g} {stated:>9} {spent}{remark}", flush=True)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
