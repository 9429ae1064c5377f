"""JAX as a further peer: forward pass, gradient and update of a work as one jitted function on one thread.

It is optional (pip install -r requirements-jax.txt). Its pool of threads is made while the process may use one core
only, and so has one thread; XLA's own products run without a second pool.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.benchmarks.figures import RATE, Run

HEAD = "JAX, jitted"
FLAG = "--xla_cpu_multi_thread_eigen=false"
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
Step = Callable[[Any, Any, Any], tuple[Any, Any]]


@functools.cache
def jax_or_none() -> Any:
    """JAX on one thread of this processor, where it is installed."""
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {FLAG}".strip()
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    with _one_core():
        try:
            import jax
        except ImportError:
            return None
        jax.devices()
    return jax


@contextmanager
def _one_core() -> Iterator[None]:
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def run(work: Any) -> Run | None:
    """The work's steps, from the parameters that our session starts with; None without JAX."""
    jax = jax_or_none()
    if jax is None:
        return None
    step, (state, x, t) = jax.jit(step_of(jax, work), donate_argnums=0), first_state(jax, work)
    held = [state]

    def steps(count: int) -> None:
        for _ in range(count):
            held[0], loss = step(held[0], x, t)
        loss.block_until_ready()

    return steps


def first_state(jax: Any, work: Any) -> tuple[Any, Any, Any]:
    """What a step starts from (parameters, two moments of each, the number of steps), and the batch."""
    names = work.session().gradients()
    parameters = {name: jax.numpy.array(array) for name, array in work.session().parameters.items() if name in names}
    moments = [jax.tree.map(jax.numpy.zeros_like, parameters) for _ in range(2)]
    x, t = work.rows()
    return (parameters, *moments, jax.numpy.zeros((), "int32")), jax.numpy.array(x), jax.numpy.array(t)


def step_of(jax: Any, work: Any) -> Step:
    """(state, x, t) → the state after an update, and the loss before it."""
    forward = work.jax_model(jax)
    update = {"adam": _adam, "sgd": _sgd}[work.optimizer]

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
