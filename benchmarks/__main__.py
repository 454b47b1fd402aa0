"""``python -m benchmarks [ROOM ...] [--quick] [--out FILE]``: measures each room in a process of its own, prints one table,
keeps the figures, and brings the documents that show them up to date.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import documents, report

ROOMS = ("upload", "coverage", "scale", "page")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs from the command line; only a full run replaces the kept figures by itself."""
    parser = report.parser("benchmarks", __doc__ or "")
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"one of {', '.join(ROOMS)}; all if none is named")
    asked = parser.parse_args(arguments)
    if unknown := {*asked.rooms} - {*ROOMS}:
        parser.error(f"no such room: {', '.join(sorted(unknown))}; there are {', '.join(ROOMS)}")
    with tempfile.TemporaryDirectory(prefix="atlas-bench-") as folder:
        out: Path = asked.out or (Path(folder) / "results.json" if asked.quick else report.RESULTS)
        measured = asked.rooms or ROOMS
        for room in measured:
            print(f"== {room}", file=sys.stderr)
            quick = ["--quick"] if asked.quick else []
            command = [sys.executable, "-m", f"benchmarks.{room}", "--out", str(out), *quick]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        kept = json.loads(out.read_text(encoding="utf-8"))
    print(report.table(kept[room] for room in measured))
    if out == report.RESULTS:
        documents.bring_up_to_date()


if __name__ == "__main__":
    main()
