"""The pass/fail sheet of one place as a single A4 page: nothing is loaded, every value is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from geo.coverage import Check, CheckRow, Walk
from geo.i18n import N_, translate
from geo.model import Pack
from geo.reports.cells import clean
from geo.reports.facts import Facts, fact_lines, sample_words
from geo.reports.sheet import conclusion, no_way, verdict, walks_of
from geo.reports.sketch import Surroundings, dot, edge_class, family_colours, place_mark, sign, sketch

_STYLE = """
@page { size: A4 portrait; margin: 10mm }
* { box-sizing: border-box; margin: 0; padding: 0 }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact; background: #dfe4e8 }
body { font: 9pt/1.35 "Microsoft YaHei UI", "PingFang SC", "Noto Sans CJK SC", sans-serif; color: #1c2429 }
.page { width: 190mm; height: 276mm; margin: 0 auto; background: #fff; display: flex; flex-direction: column; gap: 2mm;
  overflow: hidden }
.page > * { flex: none }
@media screen { .page { box-shadow: 0 0 0 10mm #fff, 0 0 0 10.3mm #b9c3ca; margin: 14mm auto 20mm } }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 6mm; border-bottom: .6mm solid #1c2429;
  padding-bottom: 1.2mm }
h1 { font-size: 15pt; line-height: 1.25 }
header span { font-size: 8.5pt; white-space: nowrap; color: #4a565e }
h1, .clip { overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
  overflow-wrap: anywhere }
.said { font-size: 10.5pt; font-weight: 600 }
.sample { border: .5mm dashed #a4500a; color: #8a4206; padding: .8mm 2mm; font-weight: 600 }
.page > .map { flex: 1 1 0; min-height: 56mm; overflow: hidden; display: flex; gap: 3mm }
.page:has(> .ways) > .map { min-height: 42mm }
.drawn { flex: 1 1 0; min-width: 0; position: relative }
.drawn svg { position: absolute; inset: 0; width: 100%; height: 100% }
.key { flex: 0 0 45mm; font-size: 8.5pt }
.key b { display: block; margin-bottom: .5mm }
.key div { display: flex; align-items: center; gap: 1.5mm; line-height: 1.2; padding: .35mm 0 }
.key svg { flex: 0 0 5mm; width: 5mm; height: 5mm }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: 8.5pt }
th { text-align: left; border-bottom: .4mm solid #1c2429; font-size: 8pt; line-height: 1.15; vertical-align: bottom;
  padding: .4mm .8mm }
td { border-bottom: .15mm solid #b9c3ca; padding: .55mm .8mm; vertical-align: middle }
.n { text-align: right; padding-left: 0; padding-right: 1.6mm; font-variant-numeric: tabular-nums }
td .clip, .ways .clip { -webkit-line-clamp: 1 }
tr.gap td { background: #fbe9d9 }
.ok, .no { font-weight: 700; white-space: nowrap }
.ok { color: #1d6b45 } .no { color: #a4500a }
.kind { display: flex; align-items: center; gap: 1.2mm }
.kind svg { flex: 0 0 4mm; width: 4mm; height: 4mm }
.small { font-size: 7.5pt; line-height: 1.3; color: #34404a }
.small.two { columns: 2; column-gap: 5mm }
.small p { break-inside: avoid; overflow-wrap: anywhere }
.notes { height: 17mm; border: .2mm solid #7d8a93; padding: 1mm 2mm }
.sign { display: flex; gap: 6mm; padding-top: 3mm }
.sign span { flex: 1; border-bottom: .2mm solid #1c2429 }
button { position: fixed; right: 8mm; top: 6mm; font: inherit; font-size: 14px; padding: 8px 18px; border: 0;
  border-radius: 4px; background: #14507a; color: #fff; cursor: pointer }
svg text { font-family: inherit; text-anchor: middle }
.ground { fill: #fafbfb; stroke: #b9c3ca }
.district { fill: none; stroke: #9aa7b0; stroke-width: 1 } .schematic { stroke-dasharray: 5 4 }
.county { fill: none; stroke: #7d8a93; stroke-width: 1.6 }
.faint { fill: #8b98a1; font-size: 12px; letter-spacing: 2px }
.ring { fill: #14507a; fill-opacity: .05; stroke: #14507a; stroke-width: 1.4 }
.radius, .name, .scale { paint-order: stroke; stroke: #fff; stroke-width: 3.5px; stroke-linejoin: round }
.radius { fill: #14507a; font-size: 12.5px; font-weight: 700 }
.name { fill: #4a565e; font-size: 10.5px }
.base { fill: #fff; stroke: #4a565e; stroke-width: 1.6 }
.place circle { fill: #fff; stroke: #b00020; stroke-width: 3 }
.place path { stroke: #b00020; stroke-width: 1.6; fill: none }
.site { fill: #b00020; fill-opacity: .12; stroke: #b00020; stroke-width: 1.6 }
.bar { fill: none; stroke: #1c2429; stroke-width: 2 } .back { fill: #fff; fill-opacity: .8 }
.scale { font-size: 12px; fill: #1c2429 } .north { fill: #1c2429 }
@media print { html { background: #fff } button { display: none } }
"""
_LANGUAGES = {"zh": "zh-CN", "en": "en"}


def sheet_html(
    check: Check,
    pack: Pack,
    around: Surroundings,
    title: str,
    place: Any,
    facts: Facts,
    lang: str,
) -> str:
    """A complete HTML document that prints on one A4 page.

    Args:
        around: of the same moment as the check, for the sketch.
        title: what is checked, in the reader's language.
        place: its geometry, EPSG:4326.
    """
    clauses = _clauses(check, lang)
    parts = (
        _head(title, pack, lang),
        f'<p class="said clip">{_safe(conclusion(check, pack, lang))}</p>',
        f'<p class="sample">{_safe(sample_words(True, lang))}</p>' if check.sample else "",
        f'<section class="map"><div class="drawn">{sketch(check, pack, around, place, lang)}</div>'
        f"{_key(check, pack, around, lang)}</section>",
        _table(check, pack, clauses, lang),
        _sources(clauses, lang),
        _no_ways(check, pack, lang),
        _facts(pack, facts, lang),
        _signing(lang),
    )
    heading = _safe(f"{title} · {translate(lang, N_('配套核查表'))}")
    return (
        f'<!doctype html><html lang="{_LANGUAGES.get(lang, "zh-CN")}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{heading}</title><style>{_STYLE}</style></head>'
        f'<body><button type="button" onclick="print()">{_word(lang, N_("打印"))}</button>'
        f'<main class="page">{"".join(parts)}</main></body></html>'
    )


def _safe(text: str) -> str:
    return escape(clean(text))


def _word(lang: str, msgid: str) -> str:
    return _safe(translate(lang, msgid))


def _head(title: str, pack: Pack, lang: str) -> str:
    kind = _safe(f"{pack.label.text(lang)} · {translate(lang, N_('配套核查表'))}")
    return f"<header><h1>{_safe(title)}</h1><span>{kind}</span></header>"


def _clauses(check: Check, lang: str) -> dict[str, int]:
    """Each basis with its certainty, numbered in the order of the rows: the table needs only the number."""
    found: dict[str, int] = {}
    for row in check.rows:
        found.setdefault(_clause(row, lang), len(found) + 1)
    return found


def _clause(row: CheckRow, lang: str) -> str:
    return translate(lang, N_("{clause}(可信度:{certainty})"), clause=row.clause, certainty=row.certainty)


def _table(check: Check, pack: Pack, clauses: dict[str, int], lang: str) -> str:
    rings = [f"{ring.radius_m:,.0f}" for ring in check.rings]
    columns = [
        (N_("配套"), "", "17%"),
        *((translate(lang, N_("≤{m} 米"), m=metres), "n", "5.4%") for metres in rings),
        (N_("标准(米)"), "n", "6.6%"),
        (N_("最近(米)"), "n", "6.6%"),
        (N_("最近设施"), "", ""),
        *([(N_("步行(米)"), "n", "6.6%"), (N_("分"), "n", "4%")] if check.walks else []),
        (N_("结论"), "", "8.5%"),
        (N_("圈外最近"), "", ""),
        (N_("圈外(米)"), "n", "6.6%"),
        (N_("依据"), "n", "5%"),
    ]
    widths = "".join(f'<col style="width:{width}">' if width else "<col>" for _, _, width in columns)
    head = "".join(f'<th class="{kind}">{_word(lang, text)}</th>' for text, kind, _ in columns)
    colours = family_colours(pack)
    each = zip(check.rows, walks_of(check), strict=True)
    rows = "".join(_row(row, walk, pack, colours[row.category], clauses, lang) for row, walk in each)
    return f"<table><colgroup>{widths}</colgroup><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(row: CheckRow, walk: Walk | None, pack: Pack, colour: str, clauses: dict[str, int], lang: str) -> str:
    category = pack.category(row.category)
    chip = _symbol(sign(10, 10, 9, category.glyph, colour, row.sample))
    cells = [
        f'<td><div class="kind">{chip}{_clip(category.label.text(lang))}</div></td>',
        *(f'<td class="n">{count}</td>' for count in row.counts),
        f'<td class="n">{_metres(row.threshold_m)}</td>',
        f'<td class="n">{_metres(row.nearest_m)}</td>',
        f"<td>{_clip(row.nearest_name.text(lang) or '–')}</td>",
        *([f'<td class="n">{_metres(of)}</td>' for of in (walk.metres, walk.minutes)] if walk else []),
        f'<td class="{"ok" if row.covered else "no"}">{_safe(verdict(row.covered, lang))}</td>',
        f"<td>{_clip(row.outside_name.text(lang) or '–')}</td>",
        f'<td class="n">{_metres(row.outside_m)}</td>',
        f'<td class="n">[{clauses[_clause(row, lang)]}]</td>',
    ]
    return f"<tr{'' if row.covered else ' class=gap'}>{''.join(cells)}</tr>"


def _clip(text: str) -> str:
    return f'<span class="clip">{_safe(text)}</span>'


def _metres(value: float) -> str:
    return f"{value:,.0f}" if value == value else "–"  # nan differs from itself


def _symbol(drawn: str) -> str:
    return f'<svg viewBox="0 0 20 20" aria-hidden="true">{drawn}</svg>'


def _key(check: Check, pack: Pack, around: Surroundings, lang: str) -> str:
    """What the signs of the sketch mean."""
    shown = {pack.category(row.category).family for row in check.rows}
    items: list[tuple[str, str]] = [
        (f'<g transform="translate(10 10) scale(.65)">{place_mark(0, 0)}</g>', translate(lang, N_("核查位置"))),
        ('<path class="base" d="M10 3l7 7-7 7-7-7z"/>', translate(lang, N_("其他基地"))),
        *((dot(10, 10, 7, f.colour, False), f.label.text(lang)) for f in pack.families if f.id in shown),
        *([(dot(10, 10, 7, "#4a565e", True), translate(lang, N_("空心:示例数据")))] if check.sample else []),
        ('<circle class="ring" cx="10" cy="10" r="8"/>', translate(lang, N_("缓冲圈(直线)"))),
        *_borders(around, lang),
        ('<path class="county" d="M0 10h20"/>', translate(lang, N_("县界"))),
    ]
    lines = "".join(f"<div>{_symbol(drawn)}{_clip(text)}</div>" for drawn, text in items)
    return f'<aside class="key"><b>{_word(lang, N_("图例"))}</b>{lines}</aside>'


def _borders(around: Surroundings, lang: str) -> list[tuple[str, str]]:
    words = {True: N_("片区界(示意)"), False: N_("片区界")}
    return [
        (f'<path class="{edge_class(rough)}" d="M0 10h20"/>', translate(lang, words[rough]))
        for rough in sorted(set(around.districts["schematic"].tolist()))
    ]


def _sources(clauses: dict[str, int], lang: str) -> str:
    lines = "".join(f'<p class="clip">[{number}] {_safe(text)}</p>' for text, number in clauses.items())
    return f'<section class="small two"><p><b>{_word(lang, N_("依据"))}</b></p>{lines}</section>'


def _no_ways(check: Check, pack: Pack, lang: str) -> str:
    """Where a walk has no figure: the categories by reason."""
    found: dict[str, list[str]] = {}
    for row, walk in zip(check.rows, walks_of(check), strict=True):
        if walk and walk.why:
            found.setdefault(no_way(walk, lang), []).append(pack.category(row.category).label.text(lang))
    between = translate(lang, N_("、"))
    lines = "".join(f'<p class="clip"><b>{_safe(why)}</b> {_safe(between.join(of))}</p>' for why, of in found.items())
    return f'<section class="small ways">{lines}</section>' if lines else ""


def _facts(pack: Pack, facts: Facts, lang: str) -> str:
    pairs: Iterable[str] = (f"<b>{_safe(heading)}</b> {_safe(text)}" for heading, text in fact_lines(facts, lang))
    review = pack.review_number or translate(lang, N_("内部使用,未送审"))
    border = f"{pack.boundary_note.text(lang)} · {translate(lang, N_('审图号'))} {review}"
    return (
        f'<section class="small"><p class="clip">{" · ".join(pairs)}</p><p class="clip">{_safe(border)}</p></section>'
    )


def _signing(lang: str) -> str:
    lines = "".join(f"<span>{_word(lang, word)}</span>" for word in (N_("核查人"), N_("审核人"), N_("日期")))
    return f'<div class="notes small">{_word(lang, N_("备注"))}</div><div class="sign">{lines}</div>'
