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
from engine.files import LESSONS, SUFFIX
from engine.generate import exact


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


FIGURES = {
    "perceptron": judged("train", "accuracy", 1.0),
    "four_neuron_chain": judged("train", "loss", 1e-5),
    "linear_regression": judged("validation", "r2", 0.95),
    "xor": judged("validation", "accuracy", 0.95),
    "circles": judged("validation", "accuracy", 0.98),
    "spirals": judged("validation", "accuracy", 0.97),
    "hills": judged("validation", "r2", 0.9),
    "iris": judged("validation", "accuracy", 0.95),
    "wine": judged("validation", "accuracy", 0.95),
    "digits": judged("validation", "accuracy", 0.96),
    "diabetes": judged("validation", "r2", 0.4),
    "cnn_digits": judged("validation", "accuracy", 0.98),
    "denoising_autoencoder": Figure("error left of noise", left_of_noise, 0.02, False),
    "elman_rnn": judged("validation", "r2", 0.98),
    "reversal": Figure("answers exact", exact, 0.99),
    "char_lstm": bits(2.45),
    "decoder_transformer": bits(2.5),
}


def trained(name: str, seed: int | None = None) -> engine.Session:
    """A lesson after its full run."""
    network = engine.load(LESSONS / f"{name}{SUFFIX}")
    session = engine.Session.from_network(network, seed=seed)
    session.train(epochs=network.training.epochs)
    return session


def main() -> int:
    """Train the lessons asked for, print what each reaches."""
    parser = argparse.ArgumentParser(prog="python -m tests.figures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="lessons (all)")
    names = parser.parse_args().names or list(FIGURES)
    print(f"{'lesson':<22} {'figure':<20} {'reached':>9} {'stated':>9} {'seconds':>8} {'CPU':>7}")
    missed = 0
    for name in names:
        figure, clock, cpu = FIGURES[name], time.perf_counter(), time.process_time()
        session = trained(name)
        seconds, cpu = time.perf_counter() - clock, time.process_time() - cpu
        reached = figure.of(session)
        stated = f"{'≥' if figure.at_least else '≤'} {figure.bound:g}"
        remark = "" if figure.met(reached) else "  missed"
        missed += not figure.met(reached)
        print(
            f"{name:<22} {figure.name:<20} {reached:>9.4g} {stated:>9} {seconds:>8.1f} {cpu:>7.1f}{remark}", flush=True
        )
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
