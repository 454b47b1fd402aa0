"""What a person decides about a file before it is stored: sheet, columns, words, datum and repairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from geo import ingest, usecases
from geo.crs import DATUM_WORDS, Datum
from geo.i18n import Label, Message, message
from geo.ingest import FIELD_WORDS, REPAIR_WORDS, Choices, Report
from geo.model import Layer
from pages.parts.context import Here
from pages.parts.html import Cell, heading, line, paper, plain, scroll, table

_KEY = "desk_choices"  # sha256 and layer -> Choices
_SHOWN = 100
_MOST_HEADERS = 60


def of(sha256: str, layer: Layer) -> Choices:
    """The decisions so far on the file of that digest."""
    every: Mapping[tuple[str, Layer], Choices] = st.session_state.setdefault(_KEY, {})
    return every.get((sha256, layer), Choices())


def _keep(sha256: str, layer: Layer, choices: Choices) -> None:
    st.session_state[_KEY] = {**st.session_state.get(_KEY, {}), (sha256, layer): choices}


def start(here: Here, report: Report) -> bool:
    """Takes over what was decided on the last file of this shape, or on the one that its rows come from; True where that
    changes how this one is read.

    Raises:
        InputError: the rows come from files that were read differently.
    """
    key = f"desk_started_{report.sha256}_{report.layer}"
    if st.session_state.get(key):
        return False
    known = usecases.remembered(here.atlas, report.layer, report)
    st.session_state[key] = True
    if known is None:
        return False
    _keep(report.sha256, report.layer, replace(known, table=report.choices.table))
    return True


def choose_table(here: Here, sha256: str, layer: Layer, tables: tuple[str, ...]) -> Choices:
    """The sheet or layer, where there are several."""
    choices = of(sha256, layer)
    if len(tables) > 1:
        chosen = st.selectbox(
            here.t("读哪一张表、哪个图层或波段"), tables, key=f"desk_table_{sha256}", filter_mode=None, width="stretch"
        )
        if chosen != choices.table:
            choices = Choices(table=chosen)
            _keep(sha256, layer, choices)
    return choices


# --- columns and words ---------------------------------------------------------------------------------------------


def columns(here: Here, report: Report) -> None:
    """What each header is taken for; every one can be told otherwise."""
    t = here.t
    paper(line(t("认出的列如下;不对的请改,下次同样的表会照此读。"), "quiet"))
    fields = ["", *ingest.fields_of(report.layer, report.placed)]
    left, right = st.columns(2, gap="small")
    for place, one in enumerate(report.columns[:_MOST_HEADERS]):
        with left if place % 2 == 0 else right:
            st.selectbox(
                _header(one),
                fields,
                index=fields.index(one.field) if one.field in fields else 0,
                format_func=lambda field: here.t(FIELD_WORDS[field]) if field else t("(不用)"),
                key=_widget(report, "column", place),
                on_change=_set_column,
                args=(report, one.header, _widget(report, "column", place)),
                filter_mode=None,
            )
    if len(report.columns) > _MOST_HEADERS:
        paper(line(t("只列出前 {n} 列。", n=_MOST_HEADERS), "quiet"))


def _header(one: ingest.Match) -> str:
    """A header with an example, with nothing left that Markdown could read."""
    return plain(f"{one.header}({one.example})" if one.example else one.header)


def _widget(report: Report, kind: str, place: object) -> str:
    return f"desk_{kind}_{report.sha256}_{report.layer}_{report.choices.table}_{place}"


def _set_column(report: Report, header: str, key: str) -> None:
    told = dict(report.choices.columns)
    field = st.session_state[key]
    told = {other: kept for other, kept in told.items() if kept != field or not field}
    _keep(report.sha256, report.layer, replace(report.choices, columns=(*{**told, header: field}.items(),)))


def words(here: Here, report: Report) -> None:
    """Words that the pack does not know, each to be told what it means, and those that were told, to be told otherwise."""
    t = here.t
    for field in dict.fromkeys([*report.unknown_words, *(field for field, _, _ in report.choices.words)]):
        known = usecases.labels_of(here.pack, field)
        decided = report.choices.words_of(field)
        unknown = report.unknown_words.get(field, ())
        if unknown:
            paper(line(t("{field}里不认识的词,请指明各是什么:", field=message(FIELD_WORDS[field])), "warning"))
        else:
            paper(line(t("{field}里的这些词照指明的读:", field=message(FIELD_WORDS[field])), "quiet"))
        left, right = st.columns(2, gap="small")
        for place, word in enumerate(dict.fromkeys([*decided, *unknown])):
            key = _widget(report, f"word_{field}", word)
            ids = ["", *known]
            with left if place % 2 == 0 else right:
                st.selectbox(
                    plain(word),
                    ids,
                    index=ids.index(decided[word]) if decided.get(word) in known else 0,
                    format_func=lambda id, known=known: here.say(known[id]) if id else t("(还没指明)"),
                    key=key,
                    on_change=_set_word,
                    args=(report, field, word, key),
                    filter_mode=None,
                )


def _set_word(report: Report, field: str, word: str, key: str) -> None:
    others = tuple(told for told in report.choices.words if told[:2] != (field, word))
    id = st.session_state[key]
    words = (*others, (field, word, id)) if id else others
    _keep(report.sha256, report.layer, replace(report.choices, words=words))


# --- datum and repairs ---------------------------------------------------------------------------------------------


def datum(here: Here, report: Report) -> None:
    """What the evidence says of the datum, and the choice of it."""
    t = here.t
    finding = report.finding
    parts = [heading(t("坐标基准"))]
    if report.origins and (report.choices.datum or report.choices.epsg):
        parts.append(line(t("这些行从“待改的行”回来,先照当时选的坐标基准读;若已改成别的,请在下面改。"), "warning"))
    if finding is not None:
        known = finding.datum is not None or finding.mixed
        parts.append(
            line(here.say(finding.message), "warning" if known and finding.datum is not Datum.WGS84 else "quiet")
        )
        parts += [line("· " + here.say(one.message), "quiet") for one in finding.evidence]
    paper(*parts)
    st.segmented_control(
        t("文件里的坐标是"),
        list(Datum),
        default=report.choices.datum,
        format_func=lambda datum: _SHORT[datum],
        key=_widget(report, "datum", ""),
        on_change=_set_datum,
        args=(report, _widget(report, "datum", "")),
        help=";".join(t(words) for words in DATUM_WORDS.values()),
    )


_SHORT = {Datum.WGS84: "WGS-84", Datum.GCJ02: "GCJ-02", Datum.BD09: "BD-09"}


def _set_datum(report: Report, key: str) -> None:
    _keep(report.sha256, report.layer, replace(report.choices, datum=st.session_state[key]))


def repairs(here: Here, report: Report) -> None:
    """The mends that could be made, by kind and one by one, each with before and after."""
    t = here.t
    proposals = {
        kind: n for kind, n in report.proposals().items() if kind != "shift_datum" or report.choices.datum is None
    }
    paper(heading(t("可以修的")))
    if not proposals:
        paper(line(t("没有可以自动修的问题。"), "quiet"))
    for kind, n in proposals.items():
        st.checkbox(
            t("{what}:{n} 行", what=message(REPAIR_WORDS[kind]), n=n),
            value=kind in report.choices.repairs,
            key=_widget(report, "repair", kind),
            on_change=_set_kind,
            args=(report, kind, _widget(report, "repair", kind)),
        )
        of_kind = [repair for repair in report.repairs if repair.kind == kind]
        if kind not in report.choices.repairs and kind != "shift_datum" and n > 1:
            _one_by_one(here, report, kind, of_kind)
        paper(scroll(_before_after(here, of_kind)))


def _one_by_one(here: Here, report: Report, kind: str, of_kind: list[ingest.Repair]) -> None:
    key = _widget(report, "single", kind)
    st.multiselect(
        here.t("或只修这些行"),
        [repair.row for repair in of_kind],
        default=[row for known, row in sorted(report.choices.single) if known == kind],
        key=key,
        on_change=_set_single,
        args=(report, kind, key),
        placeholder=here.t("选行号"),
    )


def _before_after(here: Here, repairs: list[ingest.Repair]) -> str:
    rows = [
        (
            Cell(str(repair.row), "num"),
            Cell(repair.id),
            Cell(_said(here, repair.before)),
            Cell(_said(here, repair.after), "good" if repair.made else ""),
            Cell(here.t("已修") if repair.made else here.t("未修"), "good" if repair.made else "none"),
        )
        for repair in repairs[:_SHOWN]
    ]
    head = [here.t("行"), here.t("编号或名称"), here.t("修前"), here.t("修后"), here.t("状态")]
    return table([Cell(head[0], "num"), *map(Cell, head[1:])], rows, "repairs")


def _said(here: Here, text: Message | Label | str) -> str:
    return text if isinstance(text, str) else here.say(text)


def _set_kind(report: Report, kind: str, key: str) -> None:
    kinds = report.choices.repairs | {kind} if st.session_state[key] else report.choices.repairs - {kind}
    single = frozenset(one for one in report.choices.single if one[0] != kind)
    _keep(report.sha256, report.layer, replace(report.choices, repairs=frozenset(kinds), single=single))


def _set_single(report: Report, kind: str, key: str) -> None:
    others = {one for one in report.choices.single if one[0] != kind}
    chosen = {(kind, row) for row in st.session_state[key]}
    _keep(report.sha256, report.layer, replace(report.choices, single=frozenset(others | chosen)))
