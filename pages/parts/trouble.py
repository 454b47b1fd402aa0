"""What a visitor reads when the pack, the store or a page cannot be used, and what the server's log keeps of it."""

from __future__ import annotations

import logging

import streamlit as st

from geo.errors import AtlasError
from geo.i18n import N_, Lang, translate

_LOG = logging.getLogger(__name__)


def show(fault: AtlasError, lang: Lang) -> None:
    """The fault's own sentence, which says what to do, and a way to try again; the traceback goes to the log alone."""
    _LOG.error("%s", fault, exc_info=fault)
    st.error(fault.text(lang).replace("\n", "  \n"), icon=":material/error:")
    st.button(translate(lang, N_("再试一次")), key="try_again")
