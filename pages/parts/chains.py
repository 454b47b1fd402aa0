"""The chains beside and on the map, and the table in which staff say which bases stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import shapely
import streamlit as st

from geo import usecases
from geo.i18n import N_
from geo.maps.state import Focus, LegendItem, LegendSection, Overlay
from geo.maps.view import COVERED_COLOUR, GAP_COLOUR, UNSTATED_COLOUR
from geo.progress import STANDS_WORDS, ChainProgress, Entry, Kind, LinkProgress, LinkState
from pages.parts import entering, navigation, start
from pages.parts.context import Here
from pages.parts.html import Cell, heading, line, paper, scroll, table
from pages.parts.words import base_names, certainty

LINK_WORDS: Mapping[LinkState, tuple[str, str]] = {
    LinkState.COMPLETE: (N_("✓ 已有"), "good"),
    LinkState.PLANNED: (N_("◌ 规划中,未见建成"), "none"),
    LinkState.MISSING: (N_("✗ 缺"), "gap"),
}
_FIELDS = ("state", "year", "evidence", "link")


def one_cluster(here: Here) -> str:
    """The cluster to look at, "" for all of them."""
    names = {"": here.t("全部集群"), **{one.id: here.say(one.label) for one in here.pack.plan.clusters}}
    picked = st.selectbox(
        here.t("产业集群"),
        list(names),
        format_func=names.__getitem__,
        key="chain_cluster",
        filter_mode=None,
        persist_state="session",
    )
    return picked or ""


# --- on the map ----------------------------------------------------------------------------------------------------


def _ids(chains: Iterable[ChainProgress]) -> dict[str, LinkProgress]:
    """Base id -> a link that it is at."""
    return {id: link for chain in chains for link in chain.links for id in (*link.standing, *link.planned)}


def mask(here: Here, chains: Sequence[ChainProgress]) -> usecases.Mask:
    """The bases of the chains."""
    flags: usecases.Mask = here.snap.bases["id"].isin(list(_ids(chains))).to_numpy(dtype=bool)
    return flags


def badges(chains: Sequence[ChainProgress]) -> dict[str, str]:
    return {id: COVERED_COLOUR if id in link.standing else UNSTATED_COLOUR for id, link in _ids(chains).items()}


def _short(chains: Iterable[ChainProgress]) -> set[str]:
    """The districts of clusters that a stage is missing in."""
    return {chain.cluster.district for chain in chains if chain.gaps} - {""}


def overlay(here: Here, chains: Sequence[ChainProgress]) -> tuple[Overlay, ...]:
    """A hatch over the districts in which a chain has a stage that is missing."""
    areas = here.snap.district_areas
    shapes = areas.geometry[areas["id"].isin(list(_short(chains)))]
    return tuple(Overlay(text, GAP_COLOUR, hatch=True, weight=0.8) for text in shapely.to_geojson(shapes.to_numpy()))


def focus(here: Here, cluster: str) -> Focus | None:
    """The district of the chosen cluster, where the plan names one."""
    areas = here.snap.district_areas
    own = areas[areas["id"] == (here.pack.cluster(cluster).district if cluster else "")]
    if own.empty:
        return None
    west, south, east, north = own.total_bounds.tolist()
    return Focus(at=f"chain-{cluster}", bounds=((south, west), (north, east)))


def legend(here: Here, chains: Sequence[ChainProgress]) -> tuple[LegendSection, ...]:
    t = here.t
    drawn = set(badges(chains).values())
    items = [
        *([LegendItem("hatch", t("集群链条缺一段的片区"), GAP_COLOUR)] if _short(chains) else []),
        *([LegendItem("base", t("已建成"), badge=COVERED_COLOUR)] if COVERED_COLOUR in drawn else []),
        *([LegendItem("base", t("规划中,未见建成"), badge=UNSTATED_COLOUR)] if UNSTATED_COLOUR in drawn else []),
    ]
    return (LegendSection("page", t("集群链条"), tuple(items)),) if items else ()


# --- beside it -----------------------------------------------------------------------------------------------------


def show(here: Here, chains: Sequence[ChainProgress], state: usecases.PlanState) -> None:
    """What is missing, the chains, and the table to fill in."""
    t = here.t
    gaps = [(chain, link) for chain in chains for link in chain.gaps]
    missing, every, fill = st.tabs([t("缺的 {n}", n=len(gaps)), t("链条"), t("填报建成情况")], key="chain_tabs")
    with missing:
        _missing(here, gaps)
    with every:
        _chains(here, chains)
    with fill:
        _fill(here, chains, state)


def _missing(here: Here, gaps: Sequence[tuple[ChainProgress, LinkProgress]]) -> None:
    t = here.t
    if not gaps:
        paper(line(t("所选集群的链条没有缺的一段。"), "good"))
        return
    head = [Cell(t("集群")), Cell(t("条文")), Cell(t("缺的一段")), Cell(t("原文的链条")), Cell(t("片区"))]
    rows = [
        (
            Cell(here.say(chain.cluster.label), "wide"),
            Cell(here.say(chain.cluster.clause), "short"),
            Cell(here.say(link.link.words), "gap"),
            Cell(here.say(chain.cluster.chain_text)),
            Cell(here.say(here.pack.label_of("district", chain.cluster.district)) if chain.cluster.district else "–"),
        )
        for chain, link in gaps
    ]
    said = t("补上的办法:上传这一集群、这一阶段的基地(带实测或上传者所报的位置);存入后,这里和图上就不再缺。")
    paper(scroll(table(head, rows, "plan gaps")), line(said, "quiet"))
    st.page_link(navigation.page("upload", t), label=t("去上传基地"), icon=":material/upload:", width="stretch")


def _chains(here: Here, chains: Sequence[ChainProgress]) -> None:
    names = base_names(here)
    covered = usecases.cluster_coverage(here.atlas, here.snap)
    parts = [part for chain in chains for part in _chain(here, chain, names, covered.get(chain.cluster.id))]
    paper(line(_rule(here), "quiet"), scroll("".join(parts)))


def _rule(here: Here) -> str:
    return here.t(
        "怎样算“已有”:填报为已建成的;没有填报时,位置是实测或上传者所报的。只在规划里点到名、位置示意的,算“规划中”。"
    )


def _chain(
    here: Here, chain: ChainProgress, names: Mapping[str, str], covered: usecases.Covered | None
) -> tuple[str, ...]:
    t = here.t
    cluster = chain.cluster
    title = heading(f"{here.say(cluster.label)} · {here.say(cluster.clause)}")
    about = line(_coverage(here, covered), "quiet")
    if not chain.links:
        none = t("原文只提到名字,没有写链条。") if cluster.developing else t("原文没有写链条。")
        return title, line(none, "quiet"), about
    head = [Cell(t("阶段(原文)")), Cell(t("状态")), Cell(t("基地")), Cell(t("推定"))]
    said = [line(here.say(cluster.chain_text))] if here.say(cluster.chain_text) else []
    return title, *said, about, table(head, [_link(here, link, names) for link in chain.links], "plan chain")


def _coverage(here: Here, covered: usecases.Covered | None) -> str:
    if covered is None:
        return here.t("配套:这一集群还没有基地可判断。")
    said = N_("配套达标:{covered} / {judged}({share:.0%})")
    sample = N_("配套达标:{covered} / {judged}({share:.0%},含示例数据)")
    share = covered.covered / covered.judged
    return here.t(sample if covered.sample else said, covered=covered.covered, judged=covered.judged, share=share)


def _link(here: Here, link: LinkProgress, names: Mapping[str, str]) -> list[Cell]:
    word, kind = LINK_WORDS[link.state]
    there = [f"✓ {names[id]}" for id in link.standing] + [f"◌ {names[id]}" for id in link.planned]
    there += [here.t("◌ {id}(规划点名,数据里没有)", id=id) for id in link.absent]
    reasons = ";".join(here.say(one.reason) for one in link.link.inferred)
    return [
        Cell(here.say(link.link.words)),
        Cell(here.t(word), kind),
        Cell(";".join(there) or "–"),
        Cell(here.t("推定") if reasons else "", "none", reasons),
    ]


# --- what staff fill in --------------------------------------------------------------------------------------------


def _fill(here: Here, chains: Sequence[ChainProgress], state: usecases.PlanState) -> None:
    t = here.t
    ids = [id for id in here.snap.bases["id"] if id in _ids(chains)]
    if not ids:
        start.nobody(here)
        return
    paper(line(t("这些基地建成了没有、哪一年、依据是什么。没有填报的,按位置判断。"), "quiet"))
    columns = {
        "name": st.column_config.TextColumn(t("基地"), pinned=True),
        "state": entering.states(here, t("建成"), STANDS_WORDS),
        "year": st.column_config.NumberColumn(t("哪一年"), min_value=1900, step=1, format="%d"),
        "evidence": st.column_config.TextColumn(t("依据"), max_chars=500),
        "link": st.column_config.LinkColumn(t("链接"), max_chars=500),
        "position": st.column_config.TextColumn(t("位置")),
    }
    key = entering.table(here, "stands", _rows(here, ids, state), columns, ["name", "position"])
    entering.button(here, "stands", lambda: _entries(ids, state, entering.edits(key)))


def _rows(here: Here, ids: Sequence[str], state: usecases.PlanState) -> pd.DataFrame:
    names = base_names(here)
    sure = dict(zip(here.snap.bases["id"], here.snap.bases["certainty"], strict=True))
    rows = []
    for id in ids:
        entry = state.entries.get(Kind.STANDS, id) or Entry(Kind.STANDS, id)
        said = {field: getattr(entry, field) for field in _FIELDS}
        rows.append({"name": names[id], **said, "position": certainty(here, sure[id])})
    return pd.DataFrame(rows, index=ids).astype({"year": "Int64"})


def _entries(ids: Sequence[str], state: usecases.PlanState, edits: entering.Edits) -> list[Entry]:
    found = []
    for row, values in edits.items():
        old = state.entries.get(Kind.STANDS, ids[row]) or Entry(Kind.STANDS, ids[row])
        found.append(entering.edited(old, values))
    return found
