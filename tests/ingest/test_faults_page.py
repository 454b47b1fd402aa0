"""docs/faults.md lists every code, as grave as it is, with the repairs that are offered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.ingest import REPAIR_WORDS, SEVERITIES
from tests.ingest.making import report
from tests.ingest.test_codes import CASES

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
ROW = re.compile(r"^\| `(\w+)` \| (\S+) \| ([^|]+) \| ([^|]+) \|(?: `(\w+)`)? \|$", re.MULTILINE)
CHINESE, ENGLISH = (
    {code: (severity, when, what, repair) for code, severity, when, what, repair in ROW.findall(part)}
    for part in PAGE.read_text(encoding="utf-8").split("## In English")
)


@pytest.mark.parametrize(
    ("table", "words"),
    [(CHINESE, {"error": "错误", "warning": "提醒"}), (ENGLISH, {"error": "error", "warning": "warning"})],
    ids=["zh", "en"],
)
def test_the_page_has_each_code_once_and_as_grave_as_it_is(table, words):
    assert {code: severity for code, (severity, *_) in table.items()} == {
        code: words[severity] for code, severity in SEVERITIES.items()
    }
    assert len(ROW.findall(PAGE.read_text(encoding="utf-8"))) == 2 * len(SEVERITIES)


def test_the_repairs_of_the_page_are_those_that_are_offered():
    listed = {code: repair for code, (*_, repair) in CHINESE.items() if repair}
    assert listed == {code: repair for code, (*_, repair) in ENGLISH.items() if repair}
    assert sorted(listed.values()) == sorted(REPAIR_WORDS)
    offered = {
        (case.code, repair.kind)
        for case in CASES
        for repair in report(case.file, case.layer, case.choices, case.existing).repairs
    }
    assert offered == {(code, kind) for code, kind in listed.items() if kind != "shift_datum"}
