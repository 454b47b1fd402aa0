"""The one style sheet of the pages: the map takes the room, figures are big, nothing of Streamlit's English shows."""

from __future__ import annotations

import json

import streamlit as st

from geo.i18n import N_, Lang, translate
from geo.ingest.readers.limits import MAX_BYTES
from geo.usecases import MOST_BYTES

_MOST_MB = MAX_BYTES // 2**20

_CSS = """
:root { --ink: #1f2a33; --quiet: #5d6b74; --line: #dfe3e2; --accent: #1f5f8b; --warm: #b4560a; --good: #1d6b45; }
.stMainBlockContainer { padding: 3.9rem 1rem 0.4rem; max-width: none; }
.stMainBlockContainer > div > .stVerticalBlock, .stMain .stVerticalBlock { gap: 0.5rem; }
[data-testid="stSidebarContent"] { padding: 0; overflow-x: hidden; }
[data-testid="stSidebarHeader"] { height: 0.6rem; min-height: 0; margin: 0; padding: 0; }
[data-testid="stSidebarCollapseButton"] { position: absolute; right: -0.1rem; top: 0.1rem; z-index: 2; }
[data-testid="stSidebarUserContent"] { padding: 0 1rem 1rem; }
[data-testid="stSidebar"] .stVerticalBlock { gap: 0.5rem; }
[data-testid="stSidebar"] .stColumn { min-width: 0; }
[data-testid="stSidebar"] label { min-height: 1.3rem; margin-bottom: 0.1rem; }
[data-testid="stSidebar"] [data-testid="stWidgetLabel"] p { font-weight: 600; }
[data-testid="stSidebar"] [data-baseweb="button-group"] { gap: 0.25rem; }
[data-testid="stSidebar"] div[data-baseweb="select"] > div { min-height: 2.2rem; height: 2.2rem; }
[data-testid="stSidebar"] label p, .stMain label p { font-size: 14px; }
[data-testid="stSidebar"] button[kind^="pills"] { min-height: 1.7rem; padding: 0 0.5rem; }
.stMain button { min-height: 2.1rem; padding-top: 0.15rem; padding-bottom: 0.15rem; }
[data-testid="InputInstructions"], [data-testid="stStatusWidget"], [data-testid="stToolbarActions"], [data-testid="stElementToolbar"], [data-testid="stDataFrameColumnMenu"] { display: none; }
.stMain .stElementContainer:has(> .stHtml style) { display: none; }

iframe[title^="streamlit_folium"] { height: var(--map-height, 600px) !important; border: 1px solid var(--line); border-radius: 6px; width: 100%; background: #dce8ee; display: block; }
.stApp { --map-height: calc(100dvh - 9.6rem); --table-height: calc(100dvh - 17.4rem); }
.stApp:has(.stMain [data-testid="stButtonGroup"]) { --table-height: calc(100dvh - 19.7rem); }
.stMain [data-testid="stButtonGroup"] * { flex-wrap: wrap; overflow: visible; }
.stMain [data-testid="stButtonGroup"] button { flex: 0 1 auto; padding: 0.1rem 0.7rem; margin: 0 4px 4px 0; border-radius: 6px; border: 1px solid var(--line); }
.stMain [data-testid="stButtonGroup"] button[aria-checked="true"] { border-color: var(--accent); }
.stApp:not(:has(.strip)) { --map-height: calc(100dvh - 7rem); }

.strip { display: flex; flex-wrap: wrap; gap: 0.2rem 1.25rem; align-items: baseline; }
.strip div { white-space: nowrap; }
.strip span { font-size: 14px; color: var(--quiet); margin-right: 0.45rem; }
.strip b { font-size: 22px; font-weight: 600; color: var(--ink); font-variant-numeric: tabular-nums; }
.strip small { font-size: 13px; color: var(--quiet); }
.strip .warm b { color: var(--warm); }

.banner { background: #fdf3e3; border: 1px solid #f0d9b0; color: #6f4306; border-radius: 6px; padding: 0.28rem 0.7rem; font-size: 14px; }
.banner.lock { background: #eef1f3; border-color: #d3dade; color: #3c4a55; }

.paper h3 { font-size: 18px; margin: 0 0 0.2rem; overflow-wrap: anywhere; }
.paper p { font-size: 14.5px; line-height: 1.55; margin: 0.15rem 0 0.4rem; }
.paper .quiet { color: var(--quiet); font-size: 14px; }
.paper table { border-collapse: collapse; width: 100%; font-size: 15px; }
.paper th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 14px; border-bottom: 1.5px solid #b9c2c7; padding: 0.22rem 0.4rem; }
.paper td { border-bottom: 1px solid var(--line); padding: 0.24rem 0.4rem; vertical-align: top; overflow-wrap: anywhere; }
.paper .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.paper th.num { white-space: normal; }
.paper .sheet td, .paper .sheet th { padding-inline: 0.22rem; } .paper .sheet td:first-child { min-width: 5.2em; overflow-wrap: break-word; } .paper .sheet td:last-child { min-width: 4.6em; }
.paper .good { color: var(--good); white-space: nowrap; } .paper .gap { color: var(--warm); font-weight: 600; white-space: nowrap; }
.paper .none { color: var(--quiet); }
.paper .mark { background: #fdf3e3; color: #6f4306; border-radius: 4px; padding: 0 0.3rem; font-size: 13px; white-space: nowrap; }
.paper .revisions { min-width: 46rem; }
.paper .walk td:first-child, .paper .ground td:first-child, .paper .changes td:first-child { min-width: 8em; }
.paper .plan th, .paper .short { white-space: nowrap; } .paper .wide { min-width: 8em; }
.paper .targets .wide { min-width: 10em; } .paper .targets td.extra:last-child { min-width: 6.6em; } .paper .standard { min-width: 34rem; } .paper .standard td:last-child { min-width: 4.6em; } .paper .tasks { min-width: 46rem; } .paper .tasks td.wide:nth-child(2) { min-width: 18em; }
.stMain:has([role="tab"]:first-child[aria-selected="true"]) .st-key-entering_bar { display: none; }
.paper .scroll { overflow: auto; max-height: var(--table-height, none); }
.paper .matrix td, .paper .matrix th { text-align: center; padding: 0.2rem 0.25rem; font-size: 13.5px; }
.paper .matrix td + td { white-space: nowrap; }
.paper .matrix th:first-child, .paper .matrix td:first-child { text-align: left; position: sticky; left: 0; background: #fff; min-width: 9.5em; vertical-align: bottom; }
.paper .matrix thead th { position: sticky; top: 0; background: #fff; z-index: 1; }
.paper .matrix th.upright { writing-mode: vertical-rl; vertical-align: bottom; padding: 0.2rem 0; line-height: 1.9; white-space: nowrap; font-size: 14px; color: var(--ink); }
.paper .matrix td.gapcell { background: #fbe6d2; color: #8a3f00; }
.paper .matrix td.chosen, .paper .matrix th.chosen { box-shadow: inset 2px 0 var(--accent), inset -2px 0 var(--accent); }
.paper ol { margin: 0.1rem 0 0.5rem; padding-left: 1.3rem; } .paper li { font-size: 15px; line-height: 1.5; margin-bottom: 0.3rem; overflow-wrap: anywhere; }
.paper li small { color: var(--quiet); font-size: 14px; display: block; }
.paper .error { color: #a11b1b; font-weight: 600; } .paper .warning { color: var(--warm); font-weight: 600; }

.stApp:has([data-testid="stFileChip"]) { --map-height: calc(100dvh - 16.2rem); --table-height: calc(100dvh - 24rem); }

@media (max-width: 640px) {
  .stApp, .stApp:not(:has(.strip)) { --map-height: 62dvh; --table-height: none; }
  .stMainBlockContainer { padding: 4.3rem 0.6rem 1rem; }
  .paper .extra { display: none; } .paper .wide { min-width: 5.5em; } .paper .gaps td:last-child { min-width: 4.4em; } .paper .targets .wide { min-width: 7.6em; } .paper .targets .none { white-space: normal; }
  .paper .tasks td.wide:nth-child(2) { min-width: 11em; }
  .strip { gap: 0.1rem 1.1rem; } .strip b { font-size: 18px; }
}
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], .stButton, .stDownloadButton, .stLinkButton, .stFileUploader { display: none !important; }
  .stMainBlockContainer { padding: 0; }
  .stApp, .stMain, [data-testid="stAppViewContainer"] { position: static; overflow: visible; height: auto; }
  .paper .revisions { min-width: 46rem; }
.paper .scroll { overflow: visible; max-height: none; }
}
"""


def apply(lang: Lang) -> None:
    """Puts the style sheet on the page, with the words that Streamlit itself would show in English."""
    limit = N_("或把文件拖到这里,最大 {most} MB")
    evidence = '.st-key-evidence_file [data-testid="stFileUploaderDropzoneInstructions"]'
    words = {
        '[data-testid="stFileUploaderDropzone"] button p': translate(lang, N_("选择文件")),
        '[data-testid="stFileUploaderDropzoneInstructions"]': translate(lang, limit, most=_MOST_MB),
        evidence: translate(lang, limit, most=MOST_BYTES // 2**20),
    }
    replaced = "".join(
        f"{place} {{ font-size: 0 !important; }} {place} * {{ display: none; }} "
        f"{place}::after {{ content: {json.dumps(text, ensure_ascii=False)}; font-size: 14px; }}"
        for place, text in words.items()
    )
    st.html(f"<style>{_CSS}{replaced}</style>")
