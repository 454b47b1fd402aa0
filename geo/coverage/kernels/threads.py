"""How kernels are compiled and shared out.

Kernels release the interpreter and each runs on one thread; we share the work out ourselves. Numba's own parallel loops
are of no use under a server: its default threading layer ends the process when two threads call it at once, the others
need libraries that not every system has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

THREADS = 2

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

# Only what lets a minimum be taken on several lanes at once; nothing here may round differently from numpy. So kernels
# must not meet nan: whether a value is one cannot be asked.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"nnan", "nsz"}}


def kernel(function: Callable[..., Any]) -> Any:
    """Compiles ``function`` at its first call and keeps the machine code on disk for the next process.

    Numba keeps it beside the source, or in the user's cache where that folder cannot be written, or in
    ``NUMBA_CACHE_DIR``. Where none of them can be, each process compiles for itself.
    """
    try:
        return njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # "no locator available"
        return njit(**_OPTIONS)(function)


def together(jobs: Iterable[Callable[[], object]]) -> None:
    """Runs every job on :data:`THREADS` threads that all callers share; raises what the first to fail raised."""
    waiting = list(jobs)
    if len(waiting) == 1:
        waiting[0]()
        return
    for done in [_pool().submit(job) for job in waiting]:
        done.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="kernel")


if hasattr(os, "register_at_fork"):  # a forked child has none of its parent's threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


def plain(values: npt.ArrayLike, dtype: Any) -> npt.NDArray[Any]:
    """``values`` as a contiguous, writable array: any other kind would be compiled for anew, while a reader waits."""
    return np.require(values, dtype, ["C", "W"])
