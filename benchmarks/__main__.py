"""``python -m benchmarks [--quick] [--out FILE]``: measures, prints the table, keeps the figures."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.county import FULL, QUICK, Size, write_store

RESULTS = Path(__file__).with_name("results.json")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs from the command line; only a full run replaces the kept figures by itself."""
    asked = _parser().parse_args(arguments)
    size = QUICK if asked.quick else FULL
    out: Path | None = asked.out or (None if asked.quick else RESULTS)
    with tempfile.TemporaryDirectory(prefix="atlas-bench-", ignore_cleanup_errors=True) as folder:
        _run(size, Path(folder), out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, one round: shows that it runs, measures nothing"
    )
    parser.add_argument("--out", type=Path, help="where the figures are kept as JSON")
    return parser


def _run(size: Size, folder: Path, out: Path | None) -> None:
    # The servers, the page tests and the calls in this process all find their store by this.
    os.environ["ATLAS_DATABASE_URL"] = write_store(folder, size)
    os.environ.pop("ATLAS_PACK", None)
    from streamlit.logger import set_log_level

    from benchmarks import browser, inprocess, report, reruns, servers, wire

    set_log_level("error")  # outside a session Streamlit warns at each call that there is none
    _say(f"{size.bases} 个基地,{size.facilities} 处设施")
    _say("1/4 进程内")
    figures = inprocess.measure(size.rounds)
    _say("2/4 整页重跑")
    figures += reruns.measure(size.rounds)
    with servers.every_candidate(folder) as addresses:
        _say("3/4 真服务器")
        figures += wire.measure(addresses, size.rounds)
        _say("4/4 浏览器")
        seen = browser.measure(addresses, size)
    seen = browser.Seen(figures + seen.figures, seen.steadiness)
    print(report.table(seen))
    if out is not None:
        report.write(out, seen, size)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
