"""A work's training steps in JAX, in a process of its own.

``python -m tests.benchmarks.jax_steps FILE MODEL OPTIMIZER``: FILE holds parameters, x and t as arrays, MODEL is JSON,
the name of a function in `jax_models` and its arguments. Each line of the input is a number of steps to do; the answer
is a line with the CPU seconds they took, and the loss before the last update. Forward pass, gradient and update are one
jitted function on one thread. Nothing here needs the engine.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks import jax_models
from tests.benchmarks.figures import RATE

FLAG = "--xla_cpu_multi_thread_eigen=false"
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
X, T = " x", " t"  # no parameter's name begins with a space
Step = Callable[[Any, Any, Any], tuple[Any, Any]]


def step_of(jax: Any, forward: jax_models.Forward, optimizer: str) -> Step:
    """(state, x, t) → the state after an update, and the loss before it."""
    update = {"adam": _adam, "sgd": _sgd}[optimizer]

    def error(parameters: Any, x: Any, t: Any) -> Any:
        y = forward(parameters, x)
        if t.dtype.kind != "i":
            return ((y - t) ** 2).mean()
        picked = jax.numpy.take_along_axis(jax.nn.log_softmax(y), t[..., None], -1)
        return -picked.mean()

    def step(state: Any, x: Any, t: Any) -> tuple[Any, Any]:
        loss, gradient = jax.value_and_grad(error)(state[0], x, t)
        return update(jax, state, gradient), loss

    return step


def _sgd(jax: Any, state: Any, gradient: Any) -> Any:
    parameters, *rest = state
    return jax.tree.map(lambda p, g: p - RATE * g, parameters, gradient), *rest


def _adam(jax: Any, state: Any, gradient: Any) -> Any:
    """Kingma and Ba 2015, algorithm 1."""
    parameters, first, second, steps = state
    steps = steps + 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradient)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradient)
    bias1, bias2 = 1 - BETA1**steps, 1 - BETA2**steps

    def moved(p: Any, m: Any, v: Any) -> Any:
        return p - RATE * (m / bias1) / (jax.numpy.sqrt(v / bias2) + EPSILON)

    return jax.tree.map(moved, parameters, first, second), first, second, steps


def jax_on_one_core() -> Any:
    """JAX; this process keeps to one core, so that its pool of threads has one."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {FLAG}".strip()
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax

    return jax


def main(path: str, model: str, optimizer: str) -> None:
    """Do the steps asked for, until the input ends."""
    jax, (name, arguments) = jax_on_one_core(), json.loads(model)
    parameters = {key: jax.numpy.array(array) for key, array in np.load(path).items()}
    x, t = parameters.pop(X), parameters.pop(T)
    moments = [jax.tree.map(jax.numpy.zeros_like, parameters) for _ in range(2)]
    state: Any = (parameters, *moments, jax.numpy.zeros((), "int32"))
    step = jax.jit(step_of(jax, getattr(jax_models, name)(jax, **arguments), optimizer), donate_argnums=0)
    for line in sys.stdin:
        begin = time.process_time()
        for _ in range(int(line)):
            state, loss = step(state, x, t)
        loss.block_until_ready()
        print(time.process_time() - begin, float(loss), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
