"""The pass/fail sheet: as a workbook, as a page, and on paper."""

from __future__ import annotations

import io
import math
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import openpyxl
import pytest

from geo.coverage import WHY_WORDS, Walk, Walks, Why
from geo.i18n import Label
from geo.model import Category, Rule
from geo.reports import sheet_html, sheet_xlsx
from geo.reports.sketch import HEIGHT, WIDTH
from tests.reports.test_tables import formulas

VOID = {"meta", "col", "rect", "path", "circle"}


class Outline(HTMLParser):
    """Tags in order, texts, and whether every element is closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def page(check, pack, bases, facts, around):
    def make(facilities, title="甲基地", lang="zh", radii=(300, 600), schematic=True):
        result = check(facilities, radii)
        near = around(facilities, schematic)
        return sheet_html(result, pack, near, title, bases.geometry.iloc[0], facts, lang)

    return make


def test_the_workbook_says_what_passes_and_by_which_clause(check, facilities, pack, facts):
    book = openpyxl.load_workbook(io.BytesIO(sheet_xlsx(check(facilities), pack, "甲基地", facts, "zh")))
    assert book.sheetnames == ["核查表", "圈内设施", "说明"]
    rows = [[cell for cell in row if cell is not None] for row in book["核查表"].iter_rows(values_only=True)]
    assert rows[:3] == [["甲基地"], ["2 类配套中 1 类达标,1 类有缺口:医院。"], ["含示例数据,非真实设施"]]
    assert rows[5][:3] == ["配套", "300 米内", "600 米内"]
    school, clinic = rows[6], rows[7]
    assert (school[:4], school[5:7]) == (["学校", 1, 1, 500], ["一小", "✓ 达标"])
    assert school[-3:] == ["第 1 条", "中", "否"]
    assert (clinic[:4], clinic[5:8]) == (["医院", 0, 0, 500], ["示例医院", "✗ 缺口", "示例医院"])
    assert clinic[-3:] == ["第 2 条", "中", "是"]
    inside = list(book["圈内设施"].iter_rows(min_row=2, values_only=True))
    assert [row[:3] for row in inside] == [("f0", "一小", "学校")]
    assert book["核查表"].page_setup.paperSize == 9


def test_nothing_in_the_workbook_runs(check, hostile_facilities, pack, facts):
    data = sheet_xlsx(check(hostile_facilities), pack, '=HYPERLINK("x")', facts, "en")
    assert formulas(data) == []
    first = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]["A1"]
    assert (first.value, first.data_type, bool(first.quotePrefix)) == ('=HYPERLINK("x")', "s", True)


def test_the_page_is_whole_and_loads_nothing(page, facilities):
    html = page(facilities)
    outline = Outline(html)
    assert outline.open == []
    assert html.startswith('<!doctype html><html lang="zh-CN">')
    loading = {"script", "link", "img", "iframe", "image", "use", "object"}
    assert [tag for tag, _ in outline.tags if tag in loading] == []
    assert "url(" not in html.replace("url(#f)", "")
    assert re.findall(r"https?://[^\"' ]+", html) == ["http://www.w3.org/2000/svg"]


def test_the_page_says_verdict_clause_facts_and_place_to_sign(page, facilities):
    text = "".join(Outline(page(facilities)).texts)
    for expected in (
        "2 类配套中 1 类达标,1 类有缺口:医院。",
        "含示例数据,非真实设施",
        "✓ 达标",
        "✗ 缺口",
        "[1] 第 1 条(可信度:中)",
        "[2] 第 2 条(可信度:中)",
        "试行标准",
        "2024-05-06",
        "县界示意",
        "内部使用,未送审",
        "备注",
        "核查人",
        "审核人",
    ):
        assert expected in text


def test_without_sample_there_is_no_banner_and_nothing_hollow(page, facilities):
    html = page(facilities.iloc[:1])
    assert 'class="sample"' not in html
    assert "空心" not in html
    assert 'fill="#fff" stroke="#b9770e"' not in html
    assert 'fill="#fff" stroke="#c0392b"' in page(facilities)


def test_every_facility_and_ring_is_drawn_inside_the_frame(page, facilities):
    outline = Outline(page(facilities, radii=(300, 600, 900)))
    drawn = [attrs for tag, attrs in outline.tags if attrs.get("class") == "ring" and tag == "path"]
    assert len(drawn) == 3
    figures = [float(figure) for ring in drawn for figure in re.findall(r"[\d.]+", ring["d"] or "")]
    assert min(figures) > 0
    assert max(figures[::2]) < WIDTH
    assert max(figures[1::2]) < HEIGHT
    assert {"300 米", "600 米", "900 米"} <= set(outline.texts)


@pytest.mark.parametrize(
    ("schematic", "style", "words"), [(True, "district schematic", "片区界(示意)"), (False, "district", "片区界")]
)
def test_a_districts_edge_is_called_schematic_only_where_it_is(page, facilities, schematic, style, words):
    outline = Outline(page(facilities, schematic=schematic))
    edges = [attrs["class"] for tag, attrs in outline.tags if "district" in (attrs.get("class") or "")]
    assert edges == [style] * 2  # in the sketch and in its key
    assert [text for text in outline.texts if text.startswith("片区界")] == [words]


def test_hostile_text_stays_text(page, hostile_facilities, bases):
    bases.loc[1, "name"] = "</text><script>x</script>"
    html = page(hostile_facilities, title='"><img src=x onerror=alert(1)>\ud800')
    outline = Outline(html)
    assert outline.open == []
    assert not {tag for tag, _ in outline.tags} & {"script", "img"}
    handlers = [(tag, name) for tag, attrs in outline.tags for name in attrs if name.startswith("on")]
    assert handlers == [("button", "onclick")]
    html.encode("utf-8")


def test_many_facilities_become_dots_without_characters(page, facilities):
    crowd = facilities.iloc[[0] * 200].reset_index(drop=True)
    crowd["id"] = [f"f{n}" for n in range(200)]
    html = page(crowd)
    assert html.count('r="3" ') == 200
    assert html.count(">学</text>") == 1


def test_an_empty_county_still_has_a_sheet(page, facilities):
    text = "".join(Outline(page(facilities.iloc[:0])).texts)
    assert "2 类配套中 0 类达标,2 类有缺口:学校、医院。" in text


def test_names_follow_the_language(page, facilities):
    html = page(facilities, title="Base A", lang="en")
    assert '<html lang="en">' in html
    assert "School One" in html
    assert "medium" in html


@pytest.fixture
def crowded(pack):
    """Fourteen categories, each with a clause of its own that is too long for a line."""
    kinds = tuple(Category(f"k{n}", Label("很长的配套类别名称" * 3), "f", "around", "长", Label("")) for n in range(14))
    rules = tuple(
        Rule(kind.id, "city", 1000, Label(f"{kind.id}{'长条款' * 40}"), "", Label("中"), Label("")) for kind in kinds
    )
    standard = replace(pack.standards[0], rules=rules, label=Label("长标准" * 60))
    return replace(pack, categories=kinds, standards=(standard,))


def walking(result):
    """A check with walks beside it, every second of which leads nowhere."""
    ways = [
        Walk("", Label(""), math.nan, math.nan, WHY_WORDS[(Why.APART, Why.NONE, Why.FACILITIES_FAR)[n // 2 % 3]], False)
        if n % 2
        else Walk("f", Label("名字" * 60), 1234.5, 15.43, "", False)
        for n in range(len(result.rows))
    ]
    return replace(result, walks=Walks((), tuple(ways)))


def test_walks_stand_beside_with_the_reason_where_there_is_no_way(check, facilities, pack, bases, facts, around):
    result, told = walking(check(facilities)), replace(facts, roads=date(2024, 3, 2))
    html = sheet_html(result, pack, around(facilities), "甲基地", bases.geometry.iloc[0], told, "zh")
    text = "|".join(Outline(html).texts)
    assert "步行(米)|分|结论" in text
    assert "|1,234|15|" in text
    assert "走不到:基地所在的路网与这类设施的路网不相连| 医院" in text
    assert "步行路网日期| 2024-03-02" in text
    book = openpyxl.load_workbook(io.BytesIO(sheet_xlsx(result, pack, "甲基地", told, "zh")))
    rows = [[cell for cell in row if cell is not None] for row in book["核查表"].iter_rows(values_only=True)]
    assert rows[5][5:9] == ["最近设施", "步行(米)", "步行(分)", "结论"]
    assert rows[6][6:8] == [1234.5, 15.4]
    assert rows[7][6] == "走不到:基地所在的路网与这类设施的路网不相连"
    assert "步行" not in sheet_html(
        check(facilities), pack, around(facilities), "", bases.geometry.iloc[0], facts, "zh"
    )


@pytest.mark.browser
@pytest.mark.parametrize("on_foot", [False, True])
@pytest.mark.parametrize("radii", [(500,), (200, 400, 600, 800, 1000)])
def test_the_page_prints_on_one_sheet(radii, on_foot, crowded, bases, facilities, facts, around, browser):
    from geo.coverage import buffer_check

    place = bases.geometry.iloc[0]
    many = facilities.assign(category="k1", name="名字" * 60)
    standard = crowded.standards[0]
    result = buffer_check(place, many, crowded.categories, standard, "city", radii, crowded.metric_epsg)
    result = walking(result) if on_foot else result
    told = replace(facts, standard=standard.label, roads=date(2024, 3, 2) if on_foot else None)
    html = sheet_html(result, crowded, around(many), "标题" * 80, place, told, "zh")
    with browser.new_page() as tab:
        tab.set_content(html)
        printed = tab.pdf(prefer_css_page_size=True)
        tab.emulate_media(media="print")
        bottom, foot = tab.evaluate(
            "[document.querySelector('.page').getBoundingClientRect().bottom,"
            " document.querySelector('.sign').getBoundingClientRect().bottom]"
        )
        hidden = tab.locator("button").is_hidden()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert foot <= bottom
    assert hidden
