"""How a result was made: printed in every file, so that it can be judged without the screen it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.i18n import N_, Label, translate

METRIC_WORDS = {"straight": N_("直线距离"), "foot": N_("步行距离(沿道路)")}


@dataclass(frozen=True)
class Facts:
    """The circumstances of an export.

    Attributes:
        revision: number of the revision that the data is of.
        data_date: day of that revision.
        sample: whether made-up features took part.
        standard: what judged; None where nothing was judged (a plain layer).
        metric: how distance was measured.
        radius_m: metres, where the reader replaced the standard's distances.
        profile: where the reader replaced the districts' own, or the one that a single place was judged by.
        roads: day of the revision that the walking network is of, where walks stand beside.
    """

    revision: int
    data_date: date
    sample: bool
    standard: Label | None = None
    metric: str = "straight"
    radius_m: float | None = None
    profile: Label | None = None
    roads: date | None = None


def fact_lines(facts: Facts, lang: str) -> tuple[tuple[str, str], ...]:
    """Heading and value of each fact in the reader's language; those of judging only where something was judged."""
    return (*_judged(facts, lang), *_data(facts, lang))


def _judged(facts: Facts, lang: str) -> tuple[tuple[str, str], ...]:
    if facts.standard is None:
        return ()
    profile = facts.profile.text(lang) if facts.profile else translate(lang, N_("按片区"))
    own = translate(lang, N_("按标准"))
    radius = own if facts.radius_m is None else translate(lang, N_("{m} 米"), m=f"{facts.radius_m:,.0f}")
    return (
        (translate(lang, N_("标准")), facts.standard.text(lang)),
        (translate(lang, N_("适用情形")), profile),
        (translate(lang, N_("服务半径")), radius),
        (translate(lang, N_("距离算法")), translate(lang, METRIC_WORDS.get(facts.metric, facts.metric))),
    )


def _data(facts: Facts, lang: str) -> tuple[tuple[str, str], ...]:
    return (
        (translate(lang, N_("数据修订号")), str(facts.revision)),
        (translate(lang, N_("数据日期")), facts.data_date.isoformat()),
        *([(translate(lang, N_("步行路网日期")), facts.roads.isoformat())] if facts.roads else []),
        (translate(lang, N_("示例数据")), sample_words(facts.sample, lang)),
    )


def sample_words(sample: bool, lang: str) -> str:
    """Whether made-up data took part, in words."""
    return translate(lang, N_("含示例数据,非真实设施") if sample else N_("不含示例数据"))


def fact_members(facts: Facts, lang: str) -> dict[str, Any]:
    """The facts as members of a GeoJSON collection: fixed keys, names in the reader's language."""
    judged: dict[str, Any] = {}
    if facts.standard is not None:
        judged = {
            "standard": facts.standard.text(lang),
            "profile": facts.profile.text(lang) if facts.profile else None,
            "radius_m": facts.radius_m,
            "metric": facts.metric,
        }
    return judged | {"revision": facts.revision, "data_date": facts.data_date.isoformat(), "sample": facts.sample}
