"""How a capacity is shared out, in words and figures: the same on the page and on the command line."""

from __future__ import annotations

import geopandas as gpd

from geo.coverage import SLOW_DECAY, Served, Supply
from geo.i18n import N_, Label, Message, message, translate
from geo.model import Pack

_TOLD = 0.5  # what would be shown as 0 is not told


def district_name(pack: Pack, id: str, lang: str) -> str:
    """A district in words; "" is what lies in none."""
    return pack.label_of("district", id).text(lang) if id else translate(lang, N_("不在任何片区"))


def town_name(towns: gpd.GeoDataFrame, id: str, lang: str) -> str:
    """A town in words; "" is what lies in none. ``towns``: columns name, name_en."""
    english = towns.loc[towns["name"] == id, "name_en"]
    return Label(id, english.iloc[0] if len(english) else "").text(lang) if id else translate(lang, N_("不在任何乡镇"))


def supply_basis(found: Supply) -> tuple[Message, ...]:
    """What was shared among whom, and by which method."""
    return (_capacity(found), *_idle(found), _among(found), _method(found))


def _capacity(found: Supply) -> Message:
    if found.counted and found.known:
        text = N_("{n} 处里只有 {known} 处写明容量,不到一半,所以每处算 1(单位:处)。补上容量后按容量算。")
        return message(text, n=found.known + found.unknown, known=found.known)
    if found.counted:
        text = N_("{n} 处都没有写容量,每处算 1(单位:处)。上传容量(床位、学位、套数……)后按容量算。")
        return message(text, n=found.unknown)
    text = N_("容量已知 {known} 处,共 {capacity:,.0f};未知 {unknown} 处,没有算。")
    return message(text, known=found.known, capacity=found.capacity, unknown=found.unknown)


def _idle(found: Supply) -> tuple[Message, ...]:
    return (message(N_("其中 {idle:,.0f} 没有人够得着。"), idle=found.idle),) if found.idle >= _TOLD else ()


def _among(found: Supply) -> Message:
    if found.by_people:
        return message(N_("按 100 米格网和上传的人口分,分得少的地方排在前面。"))
    return message(N_("还没有人口数据,按面积分;上传人口后按人分。"))


def _method(found: Supply) -> Message:
    return message(
        N_("算法:增强两步移动搜索(Luo、Qi,2009)。服务距离 {radii} 米三等分,由近到远的权重是 {weights}。"),
        radii=" / ".join(f"{radius:,.0f}" for radius in found.radii_m),
        weights=" / ".join(f"{weight:g}" for weight in SLOW_DECAY),
    )


def supply_head(found: Supply, lang: str) -> tuple[str, ...]:
    """Headings of :func:`supply_cells`, the place first."""
    people = found.by_people
    words = (
        N_("地方"),
        N_("人口") if people else N_("面积(平方公里)"),
        N_("分到(处)") if found.counted else N_("分到的容量"),
        N_("每千人") if people else N_("每平方公里"),
        N_("够不着的人") if people else N_("够不着的面积"),
        N_("占比"),
    )
    return tuple(translate(lang, word) for word in words)


def supply_cells(one: Served, by_people: bool) -> tuple[str, ...]:
    """The figures of one place."""
    digits = 0 if by_people else 1
    return (
        f"{one.demand:,.{digits}f}",
        f"{one.capacity:,.1f}",
        f"{one.rate:,.{2 if one.rate >= 1 or not one.rate else 4}f}",
        f"{one.without:,.{digits}f}",
        f"{one.share_without:.0%}",
    )
