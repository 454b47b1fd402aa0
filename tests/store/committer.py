"""Commits until it is killed, or COMMITS times: run by the tests as ``committer.py URL WRITER COMMITS ROUNDS``.

It forks a fresh writer for each of ROUNDS, so that libraries are loaded once. A writer prints its process id when it
starts and the number of each revision once the store has acknowledged it.
"""

from __future__ import annotations

import os
import sys

from shapely import Point

from geo.model import Layer, feature_frame
from geo.store import Draft, Store

FEATURES = 40  # per revision


def draft(writer: str, step: int) -> Draft:
    rows = [{"id": f"{writer}-{place}", "name": f"{step}"} for place in range(FEATURES)]
    frame = feature_frame(Layer.FACILITIES, rows, [Point(121, 28)] * FEATURES)
    return Draft("import", writer, upserts={Layer.FACILITIES: frame})


def write(url: str, writer: str, commits: int) -> None:
    print("pid", os.getpid(), flush=True)
    store = Store.open(url)
    for step in range(commits):
        print("ack", store.commit("county", draft(writer, step)).number, flush=True)


def main(url: str, writer: str, commits: str, rounds: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(rounds)):
        child = os.fork()
        if child == 0:
            write(url, f"{writer}{number}", int(commits))
            os._exit(0)
        os.waitpid(child, 0)
        print("end", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
