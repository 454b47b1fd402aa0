"""覆盖缺口: each base × category judged by the standard, and the ground that a category leaves uncovered."""

from __future__ import annotations

import streamlit as st

from geo import usecases
from pages.parts import banner, filters, ground, map_panel, matrix
from pages.parts.context import here as surroundings
from pages.parts.html import Figure, line, paper, strip
from pages.parts.views import state_of

here = surroundings()
t = here.t

with st.sidebar:
    category = filters.one_category(here)
    settings = filters.settings(here)
    chosen = filters.plan_filter(here)

table = usecases.coverage(here.atlas, here.snap, settings)
bases = usecases.base_mask(here.snap, chosen)
facilities = usecases.facility_mask(here.snap, chosen, [category.id])
judged = table[table["base_id"].isin(here.snap.bases.loc[bases, "id"])]
of_category = judged[judged["category"] == category.id]
schematic = usecases.chosen_areas(here.snap, chosen.districts)["schematic"].any()
shares = usecases.shares(here.atlas, here.snap, category.id, settings)

banner.show(here)
strip(
    [
        Figure(t("判断"), f"{len(judged):,}", t("基地 × 类别")),
        Figure(
            t("达标率"),
            f"{judged['covered'].mean():.0%}" if len(judged) else "–",
            t("含示例数据") if judged["sample"].any() else "",
        ),
        Figure(t("缺口"), str(int((~judged["covered"]).sum())), warm=True),
        Figure(here.say(category.label), f"{int(of_category['covered'].sum())} / {len(of_category)}", t("基地达标")),
        Figure(
            t("空白地带"),
            f"{ground.share(shares, chosen.districts):.0%}",
            t("占所选片区面积(片区界为示意)") if schematic else t("占所选片区面积"),
            warm=True,
        ),
    ]
)

map_column, results = st.columns([0.5, 0.5], gap="small")
with map_column:
    map_panel.show(
        here,
        state_of(
            here,
            bases,
            facilities,
            chosen,
            ground.legend(here, category),
            overlay=ground.overlay(here, category, settings, chosen.districts),
            badges=ground.badges(of_category),
        ),
    )
with results:
    if judged.empty:
        filters.nothing(here)
    else:
        matrix.show(here, judged, category, settings, shares, chosen.districts)
        paper(line(ground.note(here, category, settings, of_category), "quiet"))
        matrix.downloads(here, judged, settings)
