"""``python -m geo`` again and again without loading its libraries again and again: each call is a fork of one that has them."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Commands:
    """Processes of ``python -m geo`` in a folder that has a ``geo``."""

    folder: Path
    asks: IO[str]
    answers: IO[str]

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        said = [self.folder / f".said-{stream}" for stream in ("out", "err")]
        self.asks.write(json.dumps([args, *map(str, said)]) + "\n")
        self.asks.flush()
        code = int(self.answers.readline())
        out, err = (file.read_text(encoding="utf-8") for file in said)
        return subprocess.CompletedProcess(args, code, out, err)


@contextmanager
def commands(folder: Path, environment: Mapping[str, str]) -> Iterator[Commands]:
    pipe = subprocess.PIPE
    asked = [sys.executable, str(Path(__file__)), str(folder)]
    with subprocess.Popen(asked, cwd=folder, env=environment, stdin=pipe, stdout=pipe, encoding="utf-8") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Commands(folder, process.stdin, process.stdout)
        process.stdin.close()
    assert process.returncode == 0


def _serve(folder: str) -> None:
    sys.path[0] = folder
    import geo.cli.app  # noqa: F401 - what every call needs

    for line in sys.stdin:
        args, out, err = json.loads(line)
        child = os.fork()
        if not child:
            _call(args, out, err)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _call(args: Sequence[str], out: str, err: str) -> None:
    for stream, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = ["geo", *args]
    code = 1
    try:
        runpy.run_module("geo", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as leaves:
        code = leaves.code if isinstance(leaves.code, int) else int(leaves.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
