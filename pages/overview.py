"""地图总览: districts, clusters, bases and facilities, filtered; how they are at the end of a year of the plan."""

from __future__ import annotations

import streamlit as st

from geo import usecases
from pages.parts import banner, filters, map_panel, story, years
from pages.parts.context import here as surroundings
from pages.parts.html import Figure, strip
from pages.parts.views import state_of

here = surroundings()
t = here.t

with st.sidebar:
    chosen = filters.plan_filter(here)
    year = years.choose(here)
    categories = filters.categories(here)

table = usecases.coverage(here.atlas, here.snap, usecases.Settings())
bases = usecases.base_mask(here.snap, chosen)
facilities = usecases.facility_mask(here.snap, chosen, categories)
judged = table[table["base_id"].isin(here.snap.bases.loc[bases, "id"])]
share = f"{judged['covered'].mean():.0%}" if len(judged) else "–"
demonstrations = int(here.snap.bases.loc[bases, "demo_year"].notna().sum())
clusters = here.snap.bases.loc[bases, "cluster"]

banner.show(here)
strip(
    [
        Figure(t("基地与平台"), str(int(bases.sum())), t("共 {n}", n=len(bases))),
        Figure(t("列入示范名单"), str(demonstrations)),
        Figure(t("涉及集群"), str(clusters[clusters != ""].nunique()), t("共 {n}", n=len(here.pack.plan.clusters))),
        Figure(t("配套设施"), f"{int(facilities.sum()):,}"),
        Figure(t("配套达标率"), share, t("含示例数据") if judged["sample"].any() else ""),
        Figure(t("覆盖缺口"), str(int((~judged["covered"]).sum())), warm=True),
    ]
)

map_column, details = st.columns([0.74, 0.26], gap="small")
with map_column:
    badges, marked = years.marks(here, year, bases)
    map_panel.show(here, state_of(here, bases, facilities, chosen, marked, badges=badges))
with details:
    story.show(here, table, judged)
