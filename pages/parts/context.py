"""What every page knows at the start of a rerun: the atlas, the newest revision, the language, and whether it may write."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

import streamlit as st

from geo import usecases
from geo.errors import NotFoundError
from geo.i18n import LANGS, N_, Label, Lang, Message, lang_of, message, translate
from geo.model import Pack
from pages.parts.html import heading, line, paper

_SESSION_KEY = "here"
_LANG_NAMES = {"zh": "中文", "en": "EN"}
AUTHOR_KEY = "author_name"
AS_OF = "as_of"  # the revision that the visitor looks back at


@dataclass(frozen=True)
class Here:
    """One rerun's surroundings."""

    atlas: usecases.Atlas
    snap: usecases.Snapshot
    lang: Lang
    read_only: Message | None
    as_of: int | None = None  # an earlier revision that the visitor looks at; None: the newest

    @property
    def pack(self) -> Pack:
        return self.atlas.pack

    def t(self, msgid: str, **params: Any) -> str:
        """The sentence in the reader's language."""
        return translate(self.lang, msgid, **params)

    def say(self, text: Label | Message) -> str:
        """A name from the data or a message from below, in the reader's language."""
        return text.text(self.lang)

    def author(self) -> usecases.Author:
        name = str(st.session_state.get(AUTHOR_KEY, "")).strip()
        return usecases.Author(name or self.t("未署名"), self.read_only)


def read_only_reason(address: str | None) -> Message | None:
    """Why nobody may write when the app listens on ``address``; None on loopback, where only this machine can reach it."""
    if address:
        try:
            loopback = ipaddress.ip_address(address).is_loopback
        except ValueError:
            loopback = address == "localhost"
        if loopback:
            return None
    return message(
        N_("只读:应用开放在 {address} 上,而登录尚未建成,任何人都能改数据。要写入,请在本机以 127.0.0.1 启动。"),
        address=address or "0.0.0.0",  # noqa: S104 -- named in the message, not bound
    )


def begin(lang: Lang) -> Here:
    """Opens the rerun: called once by the frame, after :func:`language` and before anything of a page is drawn.

    Raises:
        PackError, StoreError: the pack or the store cannot be used.
    """
    atlas = usecases.open_atlas()
    pack = atlas.pack
    with st.sidebar:
        paper(line(f"{pack.label.text(lang)} · {pack.plan.title.text(lang)}", "quiet"))
    as_of: int | None = st.session_state.get(AS_OF)
    try:
        snap = usecases.snapshot(atlas, as_of)
    except NotFoundError:  # a backup was put back that does not have the revision that was looked at
        as_of = st.session_state[AS_OF] = None
        snap = usecases.snapshot(atlas)
    reason = read_only_reason(st.get_option("server.address")) or _looking_back(snap, as_of)
    here = Here(atlas, snap, lang, reason, as_of)
    st.session_state[_SESSION_KEY] = here
    return here


def _looking_back(snap: usecases.Snapshot, as_of: int | None) -> Message | None:
    if as_of is None:
        return None
    text = N_("正在看第 {number} 号修订({at})时的数据,不能改;回到最新后再改。")
    return message(text, number=as_of, at=f"{snap.at.astimezone():%Y-%m-%d %H:%M}")


def here() -> Here:
    """The surroundings of this rerun."""
    found: Here = st.session_state[_SESSION_KEY]
    return found


def language() -> Lang:
    """The head of the sidebar: what this is, and in which language. It needs neither pack nor store."""
    first: Lang = lang_of(st.context.locale)
    with st.sidebar:
        title, switch = st.columns([0.47, 0.53], vertical_alignment="center", gap="small")
    with switch:
        chosen = _switch(first)
    lang = chosen or first
    with title:
        paper(heading(translate(lang, N_("孵化一张图"))))
    return lang


def _switch(first: Lang) -> Lang | None:
    return st.segmented_control(
        "语言 / Language",
        LANGS,
        default=first,
        format_func=_LANG_NAMES.__getitem__,
        key="lang",
        required=True,
        label_visibility="collapsed",
        bind="query-params",
    )
