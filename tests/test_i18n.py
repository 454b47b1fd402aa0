"""Translations: every sentence in the code has its English, nothing in the catalogue is stale, and how words are filled in."""

from __future__ import annotations

import io
import re
import string
import unicodedata
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from geo import i18n
from geo.i18n import DEFAULT_LANG, LANGS, LOCALE_DIR, Label, Listed, Message, lang_of, message, translate, typeset

ROOT = Path(__file__).parents[1]
# Ideographs, their punctuation, and full-width forms.
CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")


def marked() -> dict[str, list[str]]:
    """Msgid -> files that it is in, found with the same keywords as ``make i18n`` uses."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    (line,) = re.findall(r"pybabel -q extract (.*)", recipe)
    keywords = DEFAULT_KEYWORDS | parse_keywords(re.findall(r"-k (\S+)", line))
    found: dict[str, list[str]] = {}
    for folder in ("geo", "pages"):
        assert line.split().count(folder) == 1
        for file, _, msgid, _, _ in extract_from_dir(ROOT / folder, [("**.py", "python")], keywords=keywords):
            found.setdefault(msgid, []).append(f"{folder}/{file}")
    return found


def catalogue() -> Catalog:
    return read_po(io.BytesIO((LOCALE_DIR / "en" / "LC_MESSAGES" / "atlas.po").read_bytes()), locale="en")


MARKED = marked()
ENGLISH = {entry.id: entry.string for entry in catalogue() if entry.id}


def places(text: str) -> list[tuple[str, str, str]]:
    """The places to fill in, each with its conversion and format."""
    parsed = string.Formatter().parse(text)
    return sorted((name, conversion or "", spec or "") for _, name, spec, conversion in parsed if name is not None)


# --- the catalogue -------------------------------------------------------------------------------------------------


def test_sentences_are_found_in_every_part_of_the_code():
    assert len(MARKED) > 250
    files = {file for found in MARKED.values() for file in found}
    assert {"geo/model.py", "geo/ingest/check.py", "pages/parts/desk.py", "pages/coverage.py"} <= files


def test_every_sentence_in_the_code_has_its_english():
    missing = {msgid: MARKED[msgid] for msgid in MARKED if not ENGLISH.get(msgid)}
    assert missing == {}


def test_nothing_in_the_catalogue_is_unused():
    assert set(ENGLISH) - set(MARKED) == set()


def test_nothing_waits_for_a_second_look():
    assert [entry.id for entry in catalogue() if entry.id and entry.fuzzy] == []
    assert catalogue().obsolete == {}


def test_english_has_no_chinese_characters():
    assert {msgid: text for msgid, text in ENGLISH.items() if CJK.search(text)} == {}


def test_every_msgid_is_chinese():
    """A msgid that is English already would stay English for everybody."""
    assert [msgid for msgid in MARKED if not CJK.search(msgid)] == []


def test_translations_fill_in_the_same_places():
    differing = {msgid: text for msgid, text in ENGLISH.items() if places(msgid) != places(text)}
    assert differing == {}


def test_english_keeps_the_blanks_around_a_sentence_that_is_appended():
    """A part that begins or ends in a blank does so because something stands before or after it."""
    ends = {msgid: text for msgid, text in ENGLISH.items() if text != text.strip()}
    assert set(ends) == {"(修了 {n} 处)", "(已被第 {number} 号撤销)", "位置:", "来源:", "、"}


# --- translate -----------------------------------------------------------------------------------------------------


def test_a_sentence_is_said_in_either_language():
    assert translate("zh", "片区") == "片区"
    assert translate("en", "片区") == "District"


@pytest.mark.parametrize("lang", ["fr", "", "EN"])
def test_a_language_without_catalogue_falls_back_to_chinese(lang):
    assert translate(lang, "片区") == "片区"


def test_a_sentence_without_translation_falls_back_to_chinese():
    assert translate("en", "没有人翻译过的话 {n}", n=3) == "没有人翻译过的话 3"


@pytest.mark.parametrize("lang", LANGS)
def test_no_sentence_is_no_sentence(lang):
    """The catalogue's header, which gettext gives for it, is not shown."""
    assert translate(lang, "") == ""


@pytest.mark.parametrize("lang", LANGS)
def test_places_are_filled_in_with_their_format(lang):
    most = translate(lang, "半径 {radius} 米不能用:请填大于 0、不超过 {most:,.0f} 的米数。", radius=-1, most=20000)
    assert "20,000" in most
    assert "-1" in most
    assert "12.3 " in translate(lang, "落在海里,离本县县界 {km:.1f} 公里", km=12.345)
    assert "120.95000, 28.10000" in translate(lang, "图上所点的位置 {lon:.5f}, {lat:.5f}", lon=120.95, lat=28.1)


def test_a_place_that_nobody_fills_is_a_fault_of_the_code():
    with pytest.raises(KeyError, match="number"):
        translate("zh", "撤销第 {number} 号", other=1)


def test_without_values_braces_are_left_alone():
    """The map fills its own places in."""
    assert translate("en", "此处还有 {n} 处,放大可见") == "{n} more here: zoom in to see them"


def test_braces_in_a_value_are_not_places():
    assert translate("zh", "没有名称", name="x") == "没有名称"
    assert translate("zh", "没有写{field}", field="{other} {0}") == "没有写{other} {0}"


@pytest.mark.parametrize(
    ("locale", "lang"),
    [
        (None, "zh"), ("", "zh"), ("zh", "zh"), ("zh-CN", "zh"), ("zh_TW", "zh"), ("fr", "zh"), ("de-DE", "zh"),
        ("en", "en"), ("en-US", "en"), ("en_GB.UTF-8", "en"), ("EN", "en"), ("C", "zh"),
    ],
)  # fmt: skip
def test_english_is_for_those_who_ask_for_it(locale, lang):
    assert lang_of(locale) == lang


def test_chinese_is_the_first_language():
    assert LANGS == ("zh", "en")
    assert DEFAULT_LANG == "zh"


# --- names and sentences that are said later -----------------------------------------------------------------------


def test_a_label_speaks_the_readers_language_as_far_as_it_can():
    both, one = Label("柳白片区", "Liubai"), Label("柳白片区")
    assert (both.text("zh"), both.text("en"), str(both)) == ("柳白片区", "Liubai", "柳白片区")
    assert (one.text("zh"), one.text("en"), one.text("fr")) == ("柳白片区", "柳白片区", "柳白片区")


def test_a_message_is_translated_when_it_is_shown():
    said = message("撤销第 {number} 号", number=2)
    assert (said.text(), said.text("en"), str(said)) == ("撤销第 2 号", "Undo of no. 2", "撤销第 2 号")


def test_names_inside_a_message_follow_its_language():
    said = message(
        "写的是{given},坐标却在{under},相距 {km:.1f} 公里",
        given=Label("柳白片区", "Liubai"),
        under=Label("大荆片区", "Dajing"),
        km=12.34,
    )
    assert said.text("zh") == "写的是柳白片区,坐标却在大荆片区,相距 12.3 公里"
    assert said.text("en").startswith("It says Liubai, but the position is in Dajing")


def test_a_message_inside_a_message_follows_its_language():
    said = message("没有写{field}", field=message("片区(district)"))
    assert (said.text("zh"), said.text("en")) == ("没有写片区(district)", "There is no district")


def test_names_in_a_row_are_joined_as_the_language_joins_them():
    row = Listed((Label("孵化器", "Incubator"), message("片区"), Label("小微园")))
    assert (row.text(), row.text("en")) == ("孵化器、片区、小微园", "Incubator, District, 小微园")
    assert message("请用这些之一:{known}", known=row).text("en") == "Use one of these: Incubator, District, 小微园"
    assert Listed(()).text("en") == ""


def test_plain_words_in_a_row_are_the_same_in_every_language():
    row = Listed(("2022", "2023", Label("其他", "other")))
    assert (row.text(), row.text("en"), str(row)) == ("2022、2023、其他", "2022, 2023, other", "2022、2023、其他")


def test_messages_are_values():
    assert message("撤销第 {number} 号", number=2) == Message("撤销第 {number} 号", {"number": 2})
    assert message("撤销第 {number} 号", number=2) != message("撤销第 {number} 号", number=3)
    assert len({message("片区"), message("片区"), message("基地")}) == 2


# --- typesetting ---------------------------------------------------------------------------------------------------


def wide(text: str) -> str:
    """Marks after a tilde as the full-width ones that are meant."""
    return re.sub(r"~(.)", lambda found: chr(ord(found[1]) + 0xFEE0), text)


@pytest.mark.parametrize(
    ("plain", "read"),
    [
        ("新增 {n},更新 {m}。好", "新增 {n}~,更新 {m}。好"),
        ("必填:name(名称)、stage", "必填~:name~(名称~)、stage"),
        ("路网({n}/{all})", "路网~({n}/{all}~)"),
        ("{file}:GeoJSON(UTF-8),{n} 行", "{file}~:GeoJSON~(UTF-8~)~,{n} 行"),
        ("集群((嵌套)甲)", "集群~(~(嵌套~)甲~)"),
        ("是否移除? 好!", "是否移除~?好~!"),
        ("共 1,000 行,12:30 起", "共 1,000 行~,12:30 起"),
        ("第 {n:,} 行", "第 {n:,} 行"),
        ("在 {lon:.5f}, {lat:.5f} 附近", "在 {lon:.5f}, {lat:.5f} 附近"),
        ("用 EPSG:{epsg} 存", "用 EPSG:{epsg} 存"),
        ("见 http://主机:端口/甲,再传", "见 http://主机:端口/甲~,再传"),
        ("请加 --keep 图层:编号(保留现在的)", "请加 --keep 图层:编号~(保留现在的~)"),
        ("请写成 `字段:词=编号`,再试", "请写成 `字段:词=编号`~,再试"),
        ("见[说明](docs/x.md),再传", "见[说明](docs/x.md)~,再传"),
        ("缺一半)括号(", "缺一半)括号("),
        ("Rows: 1,000 (all); {n}", "Rows: 1,000 (all); {n}"),
        ("甲\0,{n}", "甲\0~,{n}"),
        ("", ""),
    ],
)
def test_chinese_is_set_with_its_own_punctuation(plain, read):
    assert typeset(plain) == wide(read)
    assert typeset(wide(read)) == wide(read)


@given(st.text(alphabet="甲乙aZ1 ,:;?!()[]{}`-/“”。、\n\0", max_size=40))
def test_typesetting_changes_the_width_of_marks_and_nothing_else(text):
    assert unicodedata.normalize("NFKC", typeset(text)).replace(" ", "") == unicodedata.normalize("NFKC", text).replace(
        " ", ""
    )


def test_what_is_filled_in_is_not_set(monkeypatch):
    words = "半径 {radius} 米不能用:请填大于 0、不超过 {most:,.0f} 的米数。"
    monkeypatch.setattr(i18n, "typeset", typeset)
    said = translate("zh", words, radius="甲,乙(丙)", most=10_000)
    assert said == wide("半径 甲,乙(丙) 米不能用~:请填大于 0、不超过 10,000 的米数。")
    assert Label("基地(甲)", "Base").text("zh") == "基地(甲)"
