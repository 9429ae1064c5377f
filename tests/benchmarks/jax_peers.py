"""JAX as a further peer, in a process of its own and under a Python of its own: JAX_PYTHON, or else this one.

It is optional, and stands outside the project's environment:
``python -m venv DIR && DIR/bin/pip install -r requirements-jax.txt``, then JAX_PYTHON=DIR/bin/python.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.jax_steps import T, X

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = "JAX_PYTHON"
Steps = Callable[[int], tuple[float, float]]


def python() -> str:
    """The Python that JAX is looked for in."""
    return os.environ.get(VARIABLE, sys.executable)


@functools.cache
def installed() -> bool:
    """Whether JAX is there."""
    try:
        return subprocess.run([python(), "-c", "import jax"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def steps(work: Any) -> Iterator[Steps]:
    """The work's steps from the parameters that our session starts with: count → CPU seconds, last loss."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "start.npz"
        np.savez(path, **_start(work))
        command = [python(), "-m", "tests.benchmarks.jax_steps", str(path), json.dumps(work.jax_model), work.optimizer]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            try:
                yield lambda count: _ask(child, count)
            finally:
                child.kill()
                with suppress(BrokenPipeError):  # of what it was asked when it was gone already
                    child.stdin.close()  # type: ignore[union-attr]


def _start(work: Any) -> dict[str, np.ndarray]:
    session, (x, t) = work.session(), work.rows()
    learned = {name: session.parameters[name] for name in session.gradients()}
    return {**learned, X: x, T: t}


def _ask(child: subprocess.Popen[str], count: int) -> tuple[float, float]:
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError):  # then there is no answer either
        child.stdin.write(f"{count}\n")
        child.stdin.flush()
    answer = child.stdout.readline().split()
    if len(answer) != 2:
        raise RuntimeError("JAX did not do its steps; what it said stands above")
    return float(answer[0]), float(answer[1])
