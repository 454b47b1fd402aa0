"""The figures as one table, the aims they are held against, and the file that keeps them."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.measure import Room, circumstances

RESULTS = Path(__file__).with_name("results.json")
Kept = Mapping[str, Any]  # what is kept of a room, as in the file


def main(name: str, about: str, run: Callable[[bool], Room], arguments: Sequence[str] | None = None) -> None:
    """One room's command line: measures, keeps the figures, prints them. Only a full run replaces the kept ones by itself."""
    asked = parser(f"benchmarks.{name}", about).parse_args(arguments)
    room = document(run(asked.quick))
    out: Path | None = asked.out or (None if asked.quick else RESULTS)
    if out is not None:
        keep(out, name, room)
    print(table([room]))


def parser(prog: str, about: str) -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog=f"python -m {prog}", description=about)
    found.add_argument(
        "--quick", action="store_true", help="small sizes, one round: shows that it runs, measures nothing"
    )
    found.add_argument("--out", type=Path, help="where the figures are kept as JSON")
    return found


# --- keeping -------------------------------------------------------------------------------------------------------


def document(room: Room) -> dict[str, Any]:
    """What is kept of a room."""
    return {
        **circumstances(room.libraries),
        "size": dict(room.size),
        "figures": [
            {**asdict(one), "values": [round(value, 3) for value in one.values], "median": round(one.median, 3)}
            for one in room.figures
        ],
        "aims": [{**asdict(one), "measured": round(one.measured, 3), "met": one.met} for one in room.aims],
        **room.more,
    }


def keep(path: Path, name: str, room: Kept) -> None:
    """Puts a room's figures in the place of its earlier ones; the other rooms' stay."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", suffix=".json", delete=False) as whole:
        json.dump({**kept, name: room}, whole, ensure_ascii=False, indent=1)
        whole.write("\n")
    Path(whole.name).replace(path)


# --- the table -----------------------------------------------------------------------------------------------------


def table(rooms: Iterable[Kept]) -> str:
    """Markdown: every figure with its ratio to the fastest of its job and its peak of memory, then the aims."""
    rooms = list(rooms)
    lines = ["| 做什么 | 做法 | 中位数 | 最小–最大 | 是最少的几倍 | 内存峰值 |", "|---|---|---:|---:|---:|---:|"]
    lines += [line for room in rooms for line in _figures(room["figures"])]
    lines += ["", "| 目标 | 实测 | 达到 |", "|---|---:|---|"]
    lines += [_aim(aim) for room in rooms for aim in room["aims"]]
    return "\n".join(lines)


def _figures(figures: Sequence[Kept]) -> Iterator[str]:
    least: dict[str, float] = {}
    for one in figures:
        least[one["job"]] = min(one["median"], least.get(one["job"], one["median"]))
    for one in figures:
        spread = f"{number(min(one['values']))}–{number(max(one['values']))}"
        times = number(one["median"] / least[one["job"]])
        memory = "–" if one["peak_bytes"] is None else megabytes(one["peak_bytes"])
        yield (
            f"| {one['job']} | {one['candidate']} | {number(one['median'])} {one['unit']} | {spread} | {times} | {memory} |"
        )


def _aim(aim: Kept) -> str:
    against = f",比 {aim['against']}" if aim["against"] else ""
    asked = f"{'少于' if aim['below'] else '至少'} {aim['asked']:g} {aim['unit']}"
    met = "是" if aim["met"] else "否"
    return f"| {aim['job']}{against}:{asked} | {number(aim['measured'])} {aim['unit']} | {met} |"


def megabytes(count: float) -> str:
    return f"{count / 1e6:,.0f} MB"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
