"""The lines that say what must not be forgotten: sample data in use, a look back, or no writing here."""

from __future__ import annotations

from html import escape

import streamlit as st

from geo import usecases
from geo.errors import AtlasError
from geo.i18n import Message
from pages.parts import trouble
from pages.parts.context import AS_OF, Here


def show(here: Here) -> None:
    """Above each page that uses features: the sample banner with its way out, and the read-only notice."""
    if here.snap.has_sample:
        _sample(here)
    if here.as_of is not None:
        _back(here)
    elif here.read_only is not None:
        _line(here.say(here.read_only), "lock")


def _back(here: Here) -> None:
    text, button = st.columns([0.8, 0.2], gap="small", vertical_alignment="center")
    with text:
        _line(here.say(here.read_only or Message("")), "lock")
    button.button(
        here.t("回到最新"), key="as_of_leave", on_click=st.session_state.pop, args=(AS_OF, None), width="stretch"
    )


def _sample(here: Here) -> None:
    text, button = st.columns([0.8, 0.2], gap="small", vertical_alignment="center")
    with text:
        _line(
            here.t(
                "本页含 {n} 条示例数据(按固定种子合成,非真实数据),设施和基地在图上画成空心;达标与缺口因此只作演示。",
                n=here.snap.sample_count,
            )
        )
    button.button(
        here.t("移除全部示例数据"),
        key="remove_sample",
        on_click=_remove,
        args=(here,),
        disabled=here.read_only is not None,
        help=here.t("一次移除,不会自动回来;可在修订记录里撤销。"),
        width="stretch",
    )


def _remove(here: Here) -> None:
    try:
        usecases.remove_sample(here.atlas, here.author())
    except AtlasError as fault:
        trouble.toast(fault, here.lang)


def _line(text: str, kind: str = "") -> None:
    st.html(f'<div class="banner {kind}">{escape(text)}</div>')
