"""What readers say: every sentence in both languages, every code with its severity."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from geo.i18n import translate
from geo.ingest import readers
from geo.ingest.report import SEVERITIES

SOURCES = sorted(Path(readers.__file__).parent.glob("*.py"))


def sentences() -> list[str]:
    calls = (
        node for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    )
    marked = (node.args[0] for node in calls if isinstance(node.func, ast.Name) and node.func.id == "N_")
    return [node.value for node in marked if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@pytest.mark.parametrize("text", sentences())
def test_every_sentence_is_in_english_with_the_same_places(text: str) -> None:
    english = translate("en", text)
    assert not re.search("[\u4e00-\u9fff]", english)
    assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", text))


def test_every_code_that_a_reader_writes_has_a_severity() -> None:
    text = "".join(path.read_text("utf-8") for path in SOURCES)
    written = re.findall(r'(?:Flaw\(\w+, |note = \(|append\(\(|return |_BadShapeError\()"([a-z]+_[a-z_]+)"', text)
    assert {"ragged_row", "no_header", "blank_tail", "bad_bytes", "bad_ring"} <= set(written)
    assert set(written) <= set(SEVERITIES)
