"""The code names no county, cluster, year or clause: those are in packs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from geo import packs
from geo.i18n import typeset
from tests.counties import shipped_names, traces

ROOT = Path(__file__).parents[2]
NAMES = shipped_names()
CODE = [
    path
    for pattern in ("geo/**/*.py", "geo/**/*.po", "pages/**/*.py", "static/atlas/*", "app.py", "data/skeleton/*")
    for path in sorted(ROOT.glob(pattern))
]


@cache
def identifiers() -> set[str]:
    """Ids of bases, clusters, stages and categories: they could only stand in code as literals."""
    found: set[str] = set()
    for summary in packs.list_packs():
        pack = packs.load_pack(summary.path)
        things = (*pack.plan.clusters, *pack.plan.stages, *pack.categories, *pack.families)
        found |= {thing.id for thing in things} | set(pack.bases["id"]) | {pack.id}
    return found


@cache
def years() -> set[str]:
    return {str(year) for summary in packs.list_packs() for year in summary.years}


def test_there_is_something_to_look_for_and_in():
    assert {
        "乐清",
        "330382",
        "4549",
        "柳市镇",
        "智能电气",
        typeset("四(五)"),
        typeset("三(一)"),
        "Smart electrics",
    } <= NAMES
    assert len(NAMES) > 150
    assert {"pages/overview.py", "static/atlas/atlas.js", "geo/locale/en/LC_MESSAGES/atlas.po"} <= {
        path.relative_to(ROOT).as_posix() for path in CODE
    }


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_names_no_county_plan_or_year(path):
    text = path.read_text(encoding="utf-8")
    assert set(traces(text, NAMES)) == set()
    if path.parent.name != "skeleton":
        quoted = set(re.findall(r"""["']([a-z0-9-]+)["']""", text))
        assert quoted & identifiers() == set()
    assert set(re.findall(r"(?<![-\d])\d{4}(?![-\d])", text)) & years() == set()
