"""What a visitor reads when the pack, the store or a page cannot be used, and what the server's log keeps of it."""

from __future__ import annotations

import logging

import streamlit as st

from geo.errors import AtlasError
from geo.i18n import N_, Lang, translate
from pages.parts.html import plain

_LOG = logging.getLogger(__name__)


UNEXPECTED = N_("这一页没能显示完;已经存入的都在。请再试一次;若还不行,请把服务器日志的最后几行交给维护人员。")


def show(fault: Exception, lang: Lang) -> None:
    """The fault's own sentence, which says what to do, and a way to try again; the traceback goes to the log alone."""
    _LOG.error("%s", fault, exc_info=fault)
    said = fault.text(lang) if isinstance(fault, AtlasError) else translate(lang, UNEXPECTED)
    st.error("  \n".join(map(plain, said.split("\n"))), icon=":material/error:")
    st.button(translate(lang, N_("再试一次")), key="try_again")


def toast(fault: AtlasError, lang: Lang) -> None:
    """What came of a push that failed. A name in it is hostile: a toast reads Markdown."""
    st.toast(plain(fault.text(lang)), icon=":material/error:")
