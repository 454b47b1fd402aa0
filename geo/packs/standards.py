"""Standards: one file for each source of figures, and evaluation files that say which row judges which category."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from geo import i18n
from geo.i18n import N_, Label, Listed, message
from geo.model import Profile, Ring, Rule, Standard
from geo.packs import files
from geo.packs.faults import Faults
from geo.packs.places import Keys
from geo.packs.toml import TomlFile, read_toml

_CERTAINTY_FILE = "certainty.toml"


@dataclass(frozen=True)
class _Row:
    """A figure with all that a sheet must say of it."""

    figure_m: float
    clause: Label
    source: str
    item: Label
    certainty: Label


def read_standards(
    folders: Sequence[Path], categories: Collection[str] | None, wanted: str | None, faults: Faults
) -> tuple[Standard, ...]:
    """The evaluation standards of ``folders`` that judge exactly these categories (None: they could not be read).

    One that judges others is for other packs and left out, unless it is the ``wanted`` one: then that is a fault.
    """
    certainties: dict[str, Label] = {}
    for folder in folders:
        if (folder / _CERTAINTY_FILE).is_file():
            words = read_toml(folder / _CERTAINTY_FILE, dict[str, files.Words], faults)
            certainties |= {key: label(value) for key, value in words.value.items()} if words else {}
    paths = [path for folder in folders for path in sorted(folder.glob("*.toml")) if path.name != _CERTAINTY_FILE]
    evaluations = [path for path in paths if _is_evaluation(path)]
    rows: dict[str, _Row] = {}
    for path in paths:
        if path not in evaluations:
            rows |= _rows(path, certainties, faults)
    read = [file for path in evaluations if (file := read_toml(path, files.StandardFile, faults))]
    return tuple(_standard(file, rows) for file in read if _applies(file, categories, wanted))


def label(words: files.Words) -> Label:
    """Words of a file as the name that they are, set as Chinese is: a pack's words are ours, unlike the names of bases."""
    return Label(i18n.typeset(words.zh), words.en)


def _is_evaluation(path: Path) -> bool:
    try:
        return "rule" in tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False  # read again as a source file, which says what is wrong


def _rows(path: Path, certainties: dict[str, Label], faults: Faults) -> dict[str, _Row]:
    file = read_toml(path, files.SourceFile, faults)
    rows: dict[str, _Row] = {}
    for place, entry in enumerate(file.value.row if file else ()):
        if file is None or not _usable(file, place, entry, certainties):
            continue
        clause = _clause(file.value.label, entry.clause)
        certainty = certainties[entry.certainty]
        rows[f"{file.value.id}/{entry.id}"] = _Row(entry.figure, clause, file.value.id, label(entry.item), certainty)
    return rows


def _usable(file: TomlFile[files.SourceFile], place: int, entry: files.RowEntry, certainties: dict[str, Label]) -> bool:
    keys: Keys = ("row", place)
    if entry.unit != "m" or entry.figure <= 0:
        what = message(N_("{row} 行的数或单位不能用"), row=entry.id)
        file.fault((*keys, "figure"), what, message(N_("数要大于 0,单位要写 m")))
    file.refers([((*keys, "certainty"), entry.certainty)], certainties, N_("可信度"))
    return entry.certainty in certainties


def _clause(standard: files.Words, clause: str | files.Words) -> Label:
    """The standard's name and the place in it. A number is the same in both languages, words are not."""
    place = Label(clause, clause) if isinstance(clause, str) else label(clause)
    return Label(f"{standard.zh} {place.zh}", f"{standard.en} {place.en}")


def _applies(file: TomlFile[files.StandardFile], categories: Collection[str] | None, wanted: str | None) -> bool:
    """Whether the standard is for this pack; of the wanted one, what it lacks and has too much is noted."""
    if categories is None:
        return False
    rules = [(("rule", place, "category"), entry.category) for place, entry in enumerate(file.value.rule)]
    if file.value.id == wanted:
        file.refers(rules, categories, N_("配套类别"))
        _complete(file, ("rule",), {id for _, id in rules}, categories, N_("配套类别"))
    return {id for _, id in rules} == set(categories)


def _complete(
    file: TomlFile[files.StandardFile], keys: Keys, given: Collection[str], wanted: Collection[str], what: str
) -> None:
    missing = [id for id in wanted if id not in given]
    if missing:
        said = message(N_("{what} {id} 没有规则"), what=message(what), id=Listed(tuple(missing)))
        file.fault(keys, said, message(N_("请补一条")))


def _standard(file: TomlFile[files.StandardFile], rows: dict[str, _Row]) -> Standard:
    whole = file.value
    profiles = tuple(Profile(entry.id, label(entry.label)) for entry in whole.profile)
    rings = [
        Ring(ring.minutes, row.figure_m, row.clause, row.certainty)
        for place, ring in enumerate(whole.ring)
        if (row := _row(file, ("ring", place, "row"), rows, ring.row))
    ]
    rules = tuple(rule for place in range(len(whole.rule)) for rule in _rules(file, place, rows, profiles))
    rings.sort(key=lambda ring: ring.radius_m)
    return Standard(whole.id, label(whole.label), label(whole.note), profiles, tuple(rings), rules)


def _rules(
    file: TomlFile[files.StandardFile], place: int, rows: dict[str, _Row], profiles: tuple[Profile, ...]
) -> Iterator[Rule]:
    entry = file.value.rule[place]
    keys: Keys = ("rule", place, "rows")
    known = [profile.id for profile in profiles]
    file.refers([((*keys, profile), profile) for profile in entry.rows], known, N_("标准情形"))
    _complete(file, keys, entry.rows, known, N_("标准情形"))
    for profile, reference in entry.rows.items():
        if row := _row(file, (*keys, profile), rows, reference):
            note = label(entry.note) if entry.note else row.item
            yield Rule(entry.category, profile, row.figure_m, row.clause, row.source, row.certainty, note)


def _row(file: TomlFile[files.StandardFile], keys: Keys, rows: dict[str, _Row], reference: str) -> _Row | None:
    if reference not in rows:
        mend = message(N_("请写成“标准/行”,例如 {example}"), example=next(iter(rows), "source/row"))
        file.fault(keys, message(N_("没有标准行 {id}"), id=reference), mend)
    return rows.get(reference)
