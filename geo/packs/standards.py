"""Standards: one file for each source of figures, and evaluation files that say which row judges which category."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from geo.errors import PackError
from geo.i18n import N_, Label, Listed, message
from geo.model import Profile, Ring, Rule, Standard
from geo.packs import files

_CERTAINTY_FILE = "certainty.toml"


@dataclass(frozen=True)
class _Row:
    """A figure with all that a sheet must say of it."""

    figure_m: float
    clause: Label
    source: str
    item: Label
    certainty: Label


def read_standards(folder: Path, categories: set[str]) -> tuple[Standard, ...]:
    """The evaluation standards of ``folder`` that judge exactly these categories.

    Raises:
        PackError: naming file, place and mend.
    """
    words = files.read_toml(folder / _CERTAINTY_FILE, dict[str, files.Words])
    certainties = {key: Label(value.zh, value.en) for key, value in words.items()}
    rows: dict[str, _Row] = {}
    evaluations = []
    for path in sorted(folder.glob("*.toml")):
        if path.name == _CERTAINTY_FILE:
            continue
        if _is_evaluation(path):
            evaluations.append(path)
        else:
            rows |= _rows(path, certainties)
    return tuple(_standard(path, rows, categories) for path in evaluations)


def _is_evaluation(path: Path) -> bool:
    try:
        return "rule" in tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False  # read again as a source file, which says what is wrong


def _rows(path: Path, certainties: dict[str, Label]) -> dict[str, _Row]:
    file = files.read_toml(path, files.SourceFile)
    rows = {}
    for entry in file.row:
        if entry.unit != "m" or entry.figure <= 0:
            raise PackError(
                message(N_("{file}:{row} 行的数要大于 0,单位要写 m。"), file=files.shown(path), row=entry.id)
            )
        if entry.certainty not in certainties:
            raise PackError(
                message(
                    N_("{file}:{row} 行的可信度 {word} 不在 certainty.toml 里,请改用 {known} 之一。"),
                    file=files.shown(path),
                    row=entry.id,
                    word=entry.certainty,
                    known=Listed(tuple(certainties)),
                )
            )
        label = Label(entry.item.zh, entry.item.en)
        rows[f"{file.id}/{entry.id}"] = _Row(
            entry.figure, _clause(file.label, entry.clause), file.id, label, certainties[entry.certainty]
        )
    return rows


def _clause(standard: files.Words, clause: str | files.Words) -> Label:
    """The standard's name and the place in it. A number is the same in both languages, words are not."""
    place = Label(clause, clause) if isinstance(clause, str) else Label(clause.zh, clause.en)
    return Label(f"{standard.zh} {place.zh}", f"{standard.en} {place.en}")


def _standard(path: Path, rows: dict[str, _Row], categories: set[str]) -> Standard:
    file = files.read_toml(path, files.StandardFile)
    profiles = tuple(Profile(entry.id, Label(entry.label.zh, entry.label.en)) for entry in file.profile)
    _complete(path, {entry.category for entry in file.rule}, categories, N_("配套类别"))
    rules = []
    for entry in file.rule:
        _complete(path, set(entry.rows), {profile.id for profile in profiles}, N_("标准情形"))
        rules += [_rule(entry, profile, _row(path, rows, ref)) for profile, ref in entry.rows.items()]
    rings = []
    for ring in file.ring:
        row = _row(path, rows, ring.row)
        rings.append(Ring(ring.minutes, row.figure_m, row.clause, row.certainty))
    rings.sort(key=lambda ring: ring.radius_m)
    return Standard(
        file.id,
        Label(file.label.zh, file.label.en),
        Label(file.note.zh, file.note.en),
        profiles,
        tuple(rings),
        tuple(rules),
    )


def _rule(entry: files.RuleEntry, profile: str, row: _Row) -> Rule:
    note = Label(entry.note.zh, entry.note.en) if entry.note else row.item
    return Rule(entry.category, profile, row.figure_m, row.clause, row.source, row.certainty, note)


def _row(path: Path, rows: dict[str, _Row], reference: str) -> _Row:
    if reference not in rows:
        raise PackError(
            message(
                N_("{file}:没有标准行 {id},请写成“标准/行”,例如 {example}。"),
                file=files.shown(path),
                id=reference,
                example=next(iter(rows), "gb50180-2018/circle-15"),
            )
        )
    return rows[reference]


def _complete(path: Path, given: set[str], wanted: set[str], what: str) -> None:
    for id in sorted(wanted - given):
        raise PackError(
            message(N_("{file}:{what} {id} 没有规则,请补一条。"), file=files.shown(path), what=message(what), id=id)
        )
    for id in sorted(given - wanted):
        raise PackError(
            message(
                N_("{file}:没有{what} {id},请用 {known} 之一。"),
                file=files.shown(path),
                what=message(what),
                id=id,
                known=Listed(tuple(sorted(wanted))),
            )
        )
