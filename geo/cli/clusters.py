"""Coverage on a cluster, as the command line asks for it and tells of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from geo import scale, usecases
from geo.cli import terminal
from geo.cli.call import FINE, Call
from geo.errors import InputError
from geo.i18n import N_
from geo.usecases import Atlas, Settings

_STEPS = 20  # lines of progress


def on_cluster(
    call: Call,
    cluster: str,
    source: str | None,
    out: str | None,
    settings: Settings,
    category: str | None,
    plain: bool,
    as_json: bool,
) -> int:
    """
    Raises:
        InputError: no folder for the result, or (not ``plain``) an option that has no meaning here.
    """
    if not plain:
        raise InputError(N_("--cluster 只算直线距离、逐个基地,写成 GeoParquet:请去掉 --by、--on-foot、--format。"))
    if out is None or out == terminal.STANDARD:
        raise InputError(N_("--cluster 的结果是一个文件夹:请用 --out 写明放在哪里。"))
    with call.opened() as atlas:
        folder = Path(source) if source is not None else _exported(call, atlas, Path(out))
        summary = usecases.coverage_on_cluster(
            atlas, cluster, folder, Path(out), settings, category, progress(call.note)
        )
        _tell(call, atlas, summary, out, as_json)
    return FINE


def _exported(call: Call, atlas: Atlas, out: Path) -> Path:
    snap = usecases.snapshot(atlas)
    folder = usecases.export_source(atlas, snap, out)
    call.note(N_("已把第 {revision} 号修订导出到“{folder}”。"), revision=snap.revision, folder=folder)
    return folder


def progress(note: Callable[..., None]) -> Callable[[int, int], None]:
    """Says how far a run is, some twenty times: at the beginning, at the end, and between."""
    last = -1

    def told(done: int, of: int) -> None:
        nonlocal last
        step = _STEPS * done // of if of else _STEPS
        if step != last:
            last = step
            note(N_("已做完 {done}/{of} 份。"), done=done, of=of)

    return told


def _tell(call: Call, atlas: Atlas, summary: scale.Summary, out: str, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"category": id, "bases": n, "covered": covered, "share": round(covered / n, 4)}
        for id, (n, covered) in summary.judged.items()
    ]
    if as_json:
        about = {"out": str(Path(out) / "parts"), "parts": summary.parts, "found": summary.found}
        about |= {"bases": summary.bases, "sample": summary.sample, "cpu_s": round(summary.cpu_s, 2)}
        terminal.write_json({**about, "peak_bytes": summary.workers, "categories": rows})
    else:
        head = [call.t(word) for word in (N_("配套"), N_("基地数"), N_("达标的基地"), N_("达标率"))]
        kinds = {one.id: call.say(one.label) for one in atlas.pack.categories}
        cells = [
            (kinds[row["category"]], str(row["bases"]), str(row["covered"]), f"{row['share']:.0%}") for row in rows
        ]
        terminal.write_lines(terminal.table(head, cells))
    call.note(
        N_("{bases} 个基地,{parts} 份(其中 {found} 份是先前做好的):“{out}”。"),
        bases=summary.bases,
        parts=summary.parts,
        found=summary.found,
        out=str(Path(out) / "parts"),
    )
    if summary.sample:
        call.note(N_("含示例数据,非真实设施"))
