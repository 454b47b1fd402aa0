"""Who does it: the name under a revision, typed once in a visit and shown beside whatever is signed with it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts.context import AUTHOR_KEY, Here

_MOST = 60  # characters of a name


def name(beside: Any, label: str) -> None:
    """The name in the column ``beside``, of whoever stores what the page is about; it stays for the visit."""
    beside.text_input(label, key=AUTHOR_KEY, max_chars=_MOST, persist_state="session")


def sign(here: Here, place: str, beside: Any) -> None:
    """The name in the column ``beside``, once more for what is done at ``place``: a page may have several such."""
    key = f"{AUTHOR_KEY}_{place}"
    st.session_state[key] = st.session_state.get(AUTHOR_KEY, "")
    beside.text_input(
        here.t("署名"),
        key=key,
        max_chars=_MOST,
        on_change=_take,
        args=(key,),
        placeholder=here.t("未署名"),
        disabled=here.read_only is not None,
    )


def _take(key: str) -> None:
    st.session_state[AUTHOR_KEY] = st.session_state[key]
