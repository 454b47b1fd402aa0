"""The plan against what stands, as one document or as lines for people."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from geo import progress, usecases
from geo.cli import terminal
from geo.cli.call import FINE, Call, JsonFlag
from geo.cli.moments import AtOption, number_of
from geo.i18n import N_
from geo.usecases import Atlas, PlanState, Snapshot

commands = typer.Typer()

LINK_WORDS = {
    progress.LinkState.COMPLETE: N_("已有"),
    progress.LinkState.PLANNED: N_("只在规划中"),
    progress.LinkState.MISSING: N_("缺"),
}
SEAT_WORDS = {
    progress.RosterState.RECOGNISED: N_("当年认定"),
    progress.RosterState.LATE: N_("迟于当年"),
    progress.RosterState.PENDING: N_("年份未到"),
    progress.RosterState.MISSED: N_("到期未认定"),
}


@commands.command(help=N_("规划进展:集群链条和缺的一段、示范名单、目标、任务措施。"))
def plan(
    ctx: typer.Context,
    year: Annotated[
        int | None,
        typer.Option("--year", metavar="YYYY", help=N_("另列这一年年底每个基地已建成、规划中还是到期未认定。")),
    ] = None,
    at: AtOption = None,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    with call.opened() as atlas:
        snap = usecases.snapshot(atlas, None if at is None else number_of(atlas, at))
        state = usecases.plan_state(atlas, snap)
        phases = {} if year is None else usecases.phases(atlas, snap, year)
        covered = usecases.cluster_coverage(atlas, snap)
    if as_json:
        document = _document(call, atlas, snap, state, covered)
        terminal.write_json(document if year is None else {**document, "year": year, "bases": dict(phases)})
        return FINE
    terminal.write_lines(_lines(call, state))
    if year is not None:
        names = dict(zip(snap.bases["id"], snap.bases["name"], strict=True))
        rows = [(names[id], call.t(progress.PHASE_WORDS[phase])) for id, phase in phases.items()]
        terminal.write_lines(terminal.table([call.t(N_("基地")), call.t(N_("{year} 年年底"), year=year)], rows))
    return FINE


# --- for programs --------------------------------------------------------------------------------------------------


def _document(
    call: Call, atlas: Atlas, snap: Snapshot, state: PlanState, covered: dict[str, usecases.Covered]
) -> dict[str, Any]:
    plan = atlas.pack.plan
    return {
        "plan": call.say(plan.title),
        "document": plan.document,
        "years": list(plan.years),
        "revision": snap.revision,
        "chains": [_chain(call, chain, covered.get(chain.cluster.id)) for chain in state.chains],
        "rosters": [_roster(call, roster, state.entries) for roster in state.rosters],
        "targets": [_target(call, one) for one in state.targets],
        "tasks": [_task(call, one) for one in state.tasks],
    }


def _chain(call: Call, chain: progress.ChainProgress, covered: usecases.Covered | None) -> dict[str, Any]:
    cluster = chain.cluster
    return {
        "cluster": cluster.id,
        "label": call.say(cluster.label),
        "clause": call.say(cluster.clause),
        "district": cluster.district,
        "chain": call.say(cluster.chain_text),
        "links": [
            {
                "stage": link.link.stage,
                "words": call.say(link.link.words),
                "state": str(link.state),
                "standing": list(link.standing),
                "planned": list(link.planned),
                "absent": list(link.absent),
                "inferred": [call.say(one.reason) for one in link.link.inferred],
            }
            for link in chain.links
        ],
        "gaps": [link.link.stage for link in chain.gaps],
        "complete": chain.complete,
        "coverage": None
        if covered is None
        else {"covered": covered.covered, "judged": covered.judged, "sample": covered.sample},
    }


def _roster(call: Call, roster: progress.RosterProgress, entries: progress.Entries) -> dict[str, Any]:
    return {
        "year": roster.year,
        "clause": call.say(roster.clause) if roster.clause else None,
        "bases": [
            {
                "name": call.say(seat.named.name),
                "base": seat.named.base or None,
                "state": str(seat.state),
                "recognised": seat.recognised,
                "recognition": _entry(entries.get(progress.Kind.DEMONSTRATION, seat.named.base)),
                "items": {one.item.id: _entry(one.entry) for one in seat.items},
                "left": [item.id for item in seat.left],
            }
            for seat in roster.seats
        ],
    }


def _entry(entry: progress.Entry | None) -> dict[str, str] | None:
    if entry is None:
        return None
    names = ("state", "evidence", "link", "file", "file_sha256", "day", "who", "note")
    return {name: getattr(entry, name) for name in names}


def _target(call: Call, one: progress.TargetProgress) -> dict[str, Any]:
    return {
        "metric": one.target.metric,
        "label": call.say(one.target.label),
        "unit": one.target.unit_text(call.lang),
        "clause": call.say(one.target.clause),
        "years": [
            {
                "year": figure.year,
                "stated": figure.stated,
                "words": call.say(figure.words) if figure.words else None,
                "blanked": figure.blanked,
                "target": figure.target,
                "counted": figure.counted,
                "entered": figure.entered,
                "actual": figure.actual,
                "gap": figure.gap,
                "districts": dict(figure.districts),
            }
            for figure in one.figures
        ],
    }


def _task(call: Call, one: progress.TaskProgress) -> dict[str, Any]:
    return {
        "task": one.task.id,
        "clause": call.say(one.task.clause),
        "title": call.say(one.task.title),
        "measures": [
            {
                "measure": measure.measure.id,
                "text": call.say(measure.measure.text),
                "owners": [call.say(owner) for owner in measure.owners],
                "due": measure.due,
                "state": str(measure.state) if measure.state else None,
                "overdue": measure.overdue,
                "note": measure.entry.note if measure.entry else "",
            }
            for measure in one.measures
        ],
    }


# --- for people ----------------------------------------------------------------------------------------------------


def _lines(call: Call, state: PlanState) -> list[str]:
    parts = (_chain_lines, _roster_lines, _target_lines, _task_lines)
    return [line for part in parts for line in (*part(call, state), "")]


def _chain_lines(call: Call, state: PlanState) -> list[str]:
    head = [call.t(word) for word in (N_("集群"), N_("条文"), N_("阶段(原文)"), N_("状态"))]
    rows = [
        (
            call.say(chain.cluster.label),
            call.say(chain.cluster.clause),
            call.say(link.link.words),
            call.t(LINK_WORDS[link.state]),
        )
        for chain in state.chains
        for link in chain.links
    ]
    return terminal.table(head, rows)


def _roster_lines(call: Call, state: PlanState) -> list[str]:
    head = [call.t(word) for word in (N_("年份"), N_("基地"), N_("认定"), N_("具备"))]
    rows = [
        (
            str(seat.year),
            call.say(seat.named.name),
            call.t(SEAT_WORDS[seat.state]),
            f"{len(seat.items) - len(seat.left)} / {len(seat.items)}",
        )
        for roster in state.rosters
        for seat in roster.seats
    ]
    return terminal.table(head, rows)


def _target_lines(call: Call, state: PlanState) -> list[str]:
    head = [call.t(word) for word in (N_("指标"), N_("年份"), N_("目标"), N_("实际"), N_("还差"))]
    rows = [
        (
            call.say(one.target.label),
            str(figure.year),
            _number(figure.target, call.t(N_("原文已隐去")) if figure.blanked else "–"),
            _number(figure.actual, "–"),
            _number(figure.gap, "–"),
        )
        for one in state.targets
        for figure in one.figures
    ]
    return terminal.table(head, rows)


def _task_lines(call: Call, state: PlanState) -> list[str]:
    head = [call.t(word) for word in (N_("条文"), N_("期限"), N_("状态"), N_("措施(原文)"))]
    rows = [
        (
            call.say(one.task.clause),
            "–" if measure.due is None else str(measure.due),
            _state(call, measure),
            call.say(measure.measure.text),
        )
        for one in state.tasks
        for measure in one.measures
    ]
    return terminal.table(head, rows)


def _state(call: Call, measure: progress.MeasureProgress) -> str:
    word = call.t(N_("未填")) if measure.state is None else call.t(progress.STATE_WORDS[measure.state])
    return call.t(N_("✗ 逾期 · {state}"), state=word) if measure.overdue else word


def _number(value: float | None, nothing: str) -> str:
    return nothing if value is None else f"{value:g}"
