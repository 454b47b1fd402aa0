"""A real ``streamlit run`` on a free port, for as long as it is needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.measure import EMPTY, EXPLORE, GEOJSON, OURS

ROOT = Path(__file__).parents[1]
_START_S = 60.0
_STOP_S = 10.0
_ASK_AGAIN_S = 0.1


@contextmanager
def every_candidate(logs: Path) -> Iterator[dict[str, str]]:
    """Our app and the plain page, each in a server of its own: candidate -> address."""
    with (
        serving("app.py", logs / "ours.log") as ours,
        serving("benchmarks/plain_app.py", logs / "plain.log") as plain,
    ):
        plain_ways = {GEOJSON: "geojson", EXPLORE: "explore", EMPTY: "empty"}
        yield {OURS: ours, **{name: f"{plain}/?how={how}" for name, how in plain_ways.items()}}


@contextmanager
def serving(script: str, log: Path) -> Iterator[str]:
    """Serves ``script`` (under the project's root) with this environment; gives its address, stops it afterwards.

    Raises:
        RuntimeError: it did not come up; the message ends with what it said.
    """
    address = f"http://127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", address.rpartition(":")[2]]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_for(address, process, log)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(f"{address}/_stcore/health") as answer:
                if answer.status == 200:
                    return
        except (URLError, ConnectionError):
            time.sleep(_ASK_AGAIN_S)
    raise RuntimeError(f"{address}: {log.read_text(errors='replace')[-2000:]}")
