"""集群链条: what is missing in the list and on the map, how a gap closes, and that undoing it opens it again."""

from __future__ import annotations

import pytest

from geo import usecases
from geo.model import Layer
from geo.progress import Entry, Kind
from geo.usecases import Author
from tests.pages import entering, truth

BASE_IDS = truth.ids(truth.BASES)
GAP, COVERED, UNSTATED = "#d9730d", "#1d6b45", "#56626b"
MISSING = [
    ["数字经济", "三(三)", "小微园", "孵化中心-小微园", "柳白片区"],
    ["总部经济", "三(六)", "众创空间孵化基地", "“一园+多孵”", "中心城区"],
    ["临港经济", "三(七)", "产业园", "孵化园-产业园", "乐清湾港区"],
]


def rows(look, table=0):
    return [[cell.text for cell in row] for row in look.tables[table][1:]]


def store(atlas, feature, as_file):
    """A base at the stage that the digital cluster lacks, as staff would upload it."""
    given = feature(120.91, 28.06, id="micro", name="<b>柳市小微园</b>", stage="小微园", cluster="数字经济")
    report = usecases.check_file(atlas, as_file(given), "up.geojson", Layer.BASES)
    return usecases.store(atlas, report, Author("王工")).revision


def test_what_is_missing_is_listed_with_its_clause_and_hatched_on_the_map(shared, page):
    look = page().open("chain")
    assert rows(look) == MISSING
    assert look.figures == {
        "产业集群": "11", "写明链条的": "6", "链条齐全的": "0", "链条各段": "15", "已有": "0", "只在规划中": "12", "缺": "3",
    }  # fmt: skip
    assert [(part["colour"], part["hatch"]) for part in look.map["overlay"]] == [(GAP, True)] * 3
    assert look.legend("page") == ["集群链条缺一段的片区", "规划中,未见建成"]
    assert set(look.map["badges"].values()) == {UNSTATED}
    named = {
        id for cluster in truth.PLAN["cluster"] for link in cluster.get("chain", ()) for id in link.get("bases", ())
    }
    assert set(look.marked("bases", BASE_IDS)) == named == set(look.map["badges"])
    assert look.drawn("facilities") == 0


def test_a_cluster_is_shown_by_itself_with_its_own_coverage(shared, page):
    look = page().open("chain").set("selectbox", "chain_cluster", "harbour")
    assert rows(look) == MISSING[2:]
    assert rows(look, 1) == [
        ["孵化园", "◌ 规划中,未见建成", "◌ 海洋经济产业空间孵化园", ""],
        ["产业园", "✗ 缺", "–", ""],
    ]
    judged = [row for row in truth.judge() if row.base in truth.ids(truth.BASES, cluster=("harbour",))]
    covered = sum(row.covered for row in judged)
    assert f"配套达标:{covered} / {len(judged)}({covered / len(judged):.0%},含示例数据)" in look.html
    assert look.marked("bases", BASE_IDS) == ["haiyang"]
    assert look.map["focus"]["bounds"][0][0] > 27.9


def test_a_cluster_without_chain_says_so(shared, page):
    look = page().open("chain").set("selectbox", "chain_cluster", "ai")
    assert "原文只提到名字,没有写链条。" in look.html
    assert "这一集群还没有基地可判断" in look.html
    assert look.map["overlay"] == []
    assert list(look.at.data_editor) == []


def test_an_uploaded_base_closes_the_gap_and_its_undo_opens_it_again(own, page, feature, as_file):
    revision = store(own, feature, as_file)
    look = page().open("chain").set("selectbox", "chain_cluster", "digital")
    assert "没有缺的一段" in look.html
    assert rows(look, 0)[1] == ["小微园", "✓ 已有", "✓ <b>柳市小微园</b>", ""]
    assert "<b>柳市小微园</b>" not in look.html
    assert look.map["badges"]["micro"] == COVERED
    assert look.map["overlay"] == []
    usecases.undo(own, revision.number, Author("王工"))
    look.run()
    assert rows(look) == MISSING[:1]


def test_what_stands_is_entered_stored_told_and_taken_back_on_the_spot(own, page):
    look = page().open("chain").set("selectbox", "chain_cluster", "harbour")
    key, shown = entering.editor(look, "stands")
    assert shown["name"].tolist() == ["海洋经济产业空间孵化园"]
    link = "https://example.cn/<script>"
    entering.fill(
        look, "stands", (0, {"state": "done", "year": 2023, "evidence": "验收单", "link": "https://example.cn/a"})
    )
    look.set("text_input", "author_name", "李工").click("stands_save")
    assert look.said == ["已存为第 2 号修订,各页已是新数据。"]
    told = usecases.history(own)[0]
    assert (told.kind, told.author, told.added) == ("record", "李工", 1)
    entry = usecases.plan_state(own, usecases.snapshot(own)).entries.get(Kind.STANDS, "haiyang")
    assert entry == Entry(
        Kind.STANDS, "haiyang", year=2023, state="done", evidence="验收单", link="https://example.cn/a"
    )
    assert look.figures["已有"] == "1"
    assert look.map["badges"] == {"haiyang": COVERED}
    again, shown = entering.editor(look, "stands")
    assert (again != key, shown.loc[0, "state"], shown.loc[0, "year"]) == (True, "done", 2023)
    entering.fill(look, "stands", (0, {"link": link})).click("stands_save")
    assert "链接“https://example.cn/<script>”不能用" in look.said[-1]
    assert len(usecases.history(own)) == 2
    look.click("entering_undo")
    assert look.said == ["已撤销:记为第 3 号修订。"]
    assert look.figures["已有"] == "0"


def test_nobody_enters_where_writing_is_not_allowed(shared, page, monkeypatch):
    monkeypatch.setattr("streamlit.get_option", lambda name: "0.0.0.0" if name == "server.address" else None)
    look = page().open("chain")
    assert look.at.button(key="stands_save").disabled
    assert look.at.data_editor[0].proto.disabled


@pytest.mark.parametrize(("locale", "said"), [("zh-CN", "规划里还没有集群"), ("en-GB", "The plan has no clusters yet")])
def test_a_plan_without_clusters_says_what_to_do(skeleton, tmp_path, monkeypatch, page, locale, said):
    monkeypatch.setenv("ATLAS_DATABASE_URL", f"sqlite:///{tmp_path / 'atlas.db'}")
    monkeypatch.setenv("ATLAS_PACK", str(skeleton))
    look = page(locale).open("chain")
    assert f"<h3>{said}</h3>" in look.html
    assert "plan.toml" in look.html
    for name in ("demonstration", "targets", "tasks"):
        assert "plan.toml" in look.go(name).html
        assert list(look.at.data_editor) == []
    usecases.open_atlas().store.close()
