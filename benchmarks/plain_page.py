"""The overview as it is plainly written: filters, then the whole map anew, handed to st_folium.

``?how=`` says which way: geojson, explore, or empty for the filters alone (what a rerun costs before there is a map).
"""

from __future__ import annotations

import streamlit as st
from streamlit_folium import st_folium

from benchmarks.peers import plain_map
from geo import usecases

how = st.query_params.get("how", "geojson")
st.set_page_config(page_title=how, layout="wide")
atlas = usecases.open_atlas()
snap = usecases.snapshot(atlas)
pack = atlas.pack

with st.sidebar:
    districts = {"": "全部片区", **{district.id: district.label.zh for district in pack.districts}}
    stages = {stage.id: stage.label.zh for stage in pack.plan.stages}
    district = st.selectbox("片区", list(districts), format_func=districts.__getitem__, key="district")
    chosen = st.pills("孵化阶段", list(stages), selection_mode="multi", format_func=stages.__getitem__, key="stages")

asked = usecases.Filter(districts=(district,) if district else (), stages=tuple(chosen))
bases = snap.bases[usecases.base_mask(snap, asked)]
every_category = [category.id for category in pack.categories]
facilities = snap.facilities[usecases.facility_mask(snap, asked, every_category)]
if how != "empty":
    drawn = plain_map(how, pack, bases, facilities)
    st_folium(drawn, key="map", height=600, use_container_width=True, returned_objects=[])
