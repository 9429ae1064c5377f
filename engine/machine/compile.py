"""Kernels → C function pointers: each is compiled once for each dtype and kept on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import RLock
from typing import Any

from numba import cfunc

from engine.machine import cache
from engine.machine.pointers import kernel_signature
from engine.ops.loops import FAST

_compiled: dict[tuple[Callable[..., None], str], Any] = {}
_lock = RLock()
Progress = Callable[[int, int, str], None]


def address(kernel: Callable[..., None], dtype: str) -> int:
    """Address of `kernel` for `dtype`, compiled if need be. The function is kept alive for the process's life."""
    with _lock:
        compiled = _compiled.get((kernel, dtype))
        if compiled is None:
            compiled = _compiled[kernel, dtype] = _compile(kernel, dtype)
        return int(compiled.address)


def _compile(kernel: Callable[..., None], dtype: str) -> Any:
    options: dict[str, Any] = {"fastmath": FAST, "error_model": "numpy"}
    signature = kernel_signature(dtype)
    return cache.through(lambda on_disk: cfunc(signature, cache=on_disk, **options)(kernel))


def compile_all(kernels: Iterable[tuple[Callable[..., None], str]], dtype: str, progress: Progress) -> None:
    """Compile those of the `(kernel, name)` pairs that are not yet; tells `progress(done, total, name)` before each."""
    wanted = [(kernel, name) for kernel, name in dict(kernels).items() if (kernel, dtype) not in _compiled]
    for done, (kernel, name) in enumerate(wanted):
        progress(done, len(wanted), name)
        address(kernel, dtype)
    progress(len(wanted), len(wanted), "")
