"""Work in a process of its own: where a library may be brought down by what it reads, it must not take the app along."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")
_ROOT = Path(__file__).parents[1]
_TOLD, _DONE, _RAISED = range(3)

Tell = Callable[..., None]


class DiedError(Exception):
    """The process ended before its work did: a library crashed in it, or there was no memory for it."""


def call(work: Callable[..., _T], *args: Any, tell: Tell) -> _T:
    """What ``work(*args, tell)`` gives, in a process that ends with it; ``work`` is a function of a module.

    What ``work`` tells is told here. What ``tell`` raises ends the process and is raised, as is what ``work`` raises.

    Raises:
        DiedError: the process died.
    """
    # Neither multiprocessing nor concurrent.futures will do: they import the main module anew, which Streamlit has made
    # of the page that runs.
    command = [sys.executable, "-m", __name__]
    try:
        with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603 -- ourselves
            try:
                kind, said = _answer(child, (work, args), tell)
            except BaseException:
                child.kill()
                raise
    except (EOFError, BrokenPipeError, pickle.UnpicklingError) as fault:
        raise DiedError(f"{command} ended with {child.returncode}") from fault
    if kind == _RAISED:
        raise said
    result: _T = said
    return result


def _answer(child: subprocess.Popen[bytes], task: Any, tell: Tell) -> tuple[int, Any]:
    """The child's last word, after all that it tells."""
    assert child.stdin is not None
    assert child.stdout is not None
    pickle.dump(task, child.stdin)
    child.stdin.close()
    while True:
        kind, said = pickle.load(child.stdout)  # noqa: S301 -- our own process wrote it
        if kind != _TOLD:
            return kind, said
        tell(*said)


def _serve() -> None:
    """The child's side: takes the work from its input, and tells on its output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent, which has it too, decides
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # for what libraries print

    def send(kind: int, said: Any) -> None:
        out.write(pickle.dumps((kind, said), pickle.HIGHEST_PROTOCOL))
        out.flush()

    work, args = pickle.load(sys.stdin.buffer)  # noqa: S301 -- our own process wrote it
    try:
        send(_DONE, work(*args, lambda *said: send(_TOLD, said)))
    except BrokenPipeError:  # nobody is there any more
        os._exit(1)
    except Exception as fault:
        fault.add_note(traceback.format_exc())
        send(_RAISED, fault)


if __name__ == "__main__":
    _serve()
