"""The most memory that a job takes, in a process of its own: what other jobs left behind does not count."""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Took:
    """``peak_bytes``: the most that the process held at once, less what it held before the job, all libraries loaded."""

    peak_bytes: int
    result: Any


def taken(job: str, *arguments: str, timeout_s: float = 600.0) -> Took:
    """Runs a job in a new process. ``job`` is ``module:function``: the function makes everything ready and gives the
    act that is measured; what the act gives must be fit for JSON.

    Raises:
        RuntimeError: the process failed; the message ends with what it said.
    """
    command = [sys.executable, "-m", "benchmarks.memory", job, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=timeout_s)
    if done.returncode:
        raise RuntimeError(f"{job} {arguments}: {done.returncode}: {done.stderr[-2000:]}")
    return Took(**json.loads(done.stdout.splitlines()[-1]))


def _held(name: str) -> int:
    """Bytes of this process: VmRSS now, VmHWM at its most. Where there is no /proc, the most in both cases."""
    if STATUS.exists():
        # Not ru_maxrss: on Linux a child begins with its parent's.
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _forget() -> None:
    """Lets the most that was held so far be what is held now: making ready may have held more than the job."""
    with suppress(OSError):  # no /proc, or none that may be written
        Path("/proc/self/clear_refs").write_text("5")


def _main(job: str, *arguments: str) -> None:
    module, function = job.split(":")
    ready: Callable[[], Any] = getattr(importlib.import_module(module), function)(*arguments)
    _forget()
    before = _held("VmRSS")
    result = ready()
    print(json.dumps(asdict(Took(_held("VmHWM") - before, result))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
