"""Entering figures about the plan, what is refused, how revisions keep them, and the whole state as one document."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from shapely import Point

from geo import usecases
from geo.errors import ConflictError, InputError, NotFoundError, ReadOnlyError, UnchangedError
from geo.i18n import message
from geo.model import Layer
from geo.progress import Entry, Kind
from geo.usecases import Author

STAFF = Author("王工")
TODAY = date(2026, 1, 1)
FUND = Entry(Kind.TARGET, "funds", year=2022, value=3)


def entries(atlas, at=None):
    return usecases.plan_state(atlas, usecases.snapshot(atlas, at)).entries


def test_an_entry_is_a_revision_that_is_compared_looked_back_at_and_undone(atlas):
    made = usecases.record(atlas, [FUND], STAFF)
    assert (made.kind, made.author, made.added, made.changed, made.removed) == ("record", "王工", 1, 0, 0)
    again = usecases.record(atlas, [Entry(Kind.TARGET, "funds", year=2022, value=4)], STAFF)
    assert (again.added, again.changed) == (0, 1)
    (told,) = usecases.diff(atlas, 2, 3)
    assert (told.layer, told.id, told.label.zh) == (
        Layer.RECORDS,
        "target:funds::2022",
        "新设立或引进合作基金 · 目标 · 2022",
    )
    assert [(one.name, one.old, one.new) for one in told.fields] == [("value", 3.0, 4.0)]
    assert entries(atlas, 2).every == (FUND,)
    usecases.undo(atlas, 3, STAFF)
    assert entries(atlas).every == (FUND,)
    gone = usecases.record(atlas, [Entry(Kind.TARGET, "funds", year=2022)], STAFF)
    assert (gone.removed, entries(atlas).every) == (1, ())


def test_entries_are_no_map_no_upload_and_no_sample(atlas):
    before = usecases.snapshot(atlas)
    usecases.record(atlas, [FUND], STAFF)
    now = usecases.snapshot(atlas)
    assert now.areas.digest == before.areas.digest
    assert now.sample_count == before.sample_count
    assert now.frame(Layer.RECORDS).geometry.is_empty.all()
    assert usecases.remove_sample(atlas, STAFF).removed == before.sample_count
    assert entries(atlas).every == (FUND,)


def test_uploaded_floor_areas_and_levels_count_for_targets_until_they_are_undone(atlas):
    """By the plan's own unit, 万平方米, in the district where the base lies; an entry of the same year goes first."""
    file = (
        "编号,基地名称,孵化阶段,建筑面积(平方米),投用年份,级别,认定年份,经度,纬度\n"
        "n1,新园,产业园,12000,2023,省级,2024,120.96,28.03\n"
        "n2,旧园,产业园,1.5万㎡,2019,,,120.961,28.031\n"
    ).encode()
    report = usecases.check_file(atlas, file, "新园.csv", Layer.BASES)
    assert [fault.code for fault in report.faults if fault.severity == "error"] == []
    usecases.store(atlas, report, STAFF)

    def actuals(metric):
        state = usecases.plan_state(atlas, usecases.snapshot(atlas), TODAY)
        (one,) = [one for one in state.targets if one.target.metric == metric]
        return [(figure.year, figure.actual, dict(figure.districts)) for figure in one.figures if figure.actual]

    for lang in ("zh", "en"):  # as it is downloaded to be mended, it comes back unchanged
        table = usecases.export_layer(usecases.snapshot(atlas), Layer.BASES, "csv", lang)
        again = usecases.check_file(atlas, table, "again.csv", Layer.BASES)
        assert (again.accepted_count, list(filter(None, again.changes.values()))) == (24, [])
        back = again.accepted.set_index("id")
        assert back.loc["n1", ["floor_area", "built_year", "level", "level_year"]].tolist() == [
            12000,
            2023,
            "provincial",
            2024,
        ]
    assert actuals("floor-area") == [(2023, 1.2, {"devzone": 1.2})]
    assert actuals("provincial-incubators") == [(2024, 1.0, {"devzone": 1.0})]
    usecases.record(atlas, [Entry(Kind.AREA, "n1", year=2023, value=2)], STAFF)
    assert actuals("floor-area") == [(2023, 2.0, {"devzone": 2.0})]
    usecases.undo(atlas, 3, STAFF)
    usecases.undo(atlas, 2, STAFF)
    assert actuals("floor-area") == []


def test_the_same_entry_is_not_stored_twice_and_a_blank_one_takes_nothing_away(atlas):
    usecases.record(atlas, [FUND], STAFF)
    for said in ([FUND], [], [Entry(Kind.TARGET, "funds", year=2023)]):
        with pytest.raises(UnchangedError):
            usecases.record(atlas, said, STAFF)


def test_a_backup_keeps_what_was_entered(atlas, tmp_path):
    usecases.record(atlas, [FUND], STAFF)
    usecases.backup(atlas, tmp_path / "copy.db")
    copied = usecases.open_atlas(f"sqlite:///{tmp_path / 'copy.db'}", "yueqing")
    assert entries(copied).every == (FUND,)
    copied.store.close()


WRONG = [
    (Entry(Kind.TARGET, "funds", year=2030, value=1), "2030 年不在规划期内,请写 2022—2024"),
    (Entry(Kind.TARGET, "operators", year=2024, value=1), "规划没有给这一年定目标"),
    (Entry(Kind.TARGET, "funds", year=2022, value=-1), "-1 不能用"),
    (Entry(Kind.TARGET, "funds", year=2022, value=float("nan")), "nan 不能用"),
    (Entry(Kind.TARGET, "funds", year=2022, note="x"), "请写数字"),
    (Entry(Kind.TARGET, "funds", value=1), "请写年份"),
    (Entry(Kind.TARGET, "nothing", year=2022, value=1), "规划没有指标 nothing"),
    (Entry(Kind.ACTUAL, "funds", "nowhere", 2022, 1), "没有“nowhere”这一项"),
    (Entry(Kind.AREA, "dianli", year=2019, value=1), "2019 年不在规划期内"),
    (Entry(Kind.STANDS, "nobody", state="done"), "没有基地 nobody"),
    (Entry(Kind.STANDS, "dianli", state="perhaps"), "不认识的状态“perhaps”"),
    (Entry(Kind.STANDS, "dianli", year=2020), "请先选状态"),
    (Entry(Kind.STANDS, "dianli", state="done", year=2027), "2027 年不对"),
    (Entry(Kind.LEVEL, "dianli", "royal", 2022), "没有“royal”这一项"),
    (Entry(Kind.ITEM, "dianli", "seventh", state="done"), "没有“seventh”这一项"),
    (Entry(Kind.ITEM, "dianli", "fund", state="done", link="javascript:alert(1)"), "链接“javascript:alert(1)”不能用"),
    (Entry(Kind.ITEM, "dianli", "fund", state="done", link="https://"), "链接“https://”不能用"),
    (Entry(Kind.ITEM, "dianli", "fund", state="done", link="https://a.cn/\"onclick="), "不能用"),
    (Entry(Kind.ITEM, "dianli", "fund", state="done", evidence="字" * 501), "依据太长,请缩短到 500 个字以内"),
    (Entry(Kind.ITEM, "dianli", "fund", state="done", who="a\x00"), "谁里有不能保存的控制字符"),
    (Entry(Kind.ITEM, "dianli", "fund", state="done", day="2026-01-02"), "日期“2026-01-02”不能用"),
    (Entry(Kind.ITEM, "dianli", "fund", state="done", day="昨天"), "日期“昨天”不能用"),
    (Entry(Kind.ITEM, "dianli", "fund", state="done", file="a", file_sha256="ff"), "文件指纹不是 SHA-256"),
    (Entry(Kind.TASK, "nothing", state="done"), "规划没有措施 nothing"),
    (Entry(Kind.TASK, "results-talent", year=2025), "2025 年不在规划期内"),
]  # fmt: skip


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """One store for all that is refused."""
    opened = usecases.open_atlas(f"sqlite:///{tmp_path_factory.mktemp('plan') / 'atlas.db'}", "yueqing")
    yield opened
    opened.store.close()


@pytest.mark.parametrize(("entry", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_cannot_be_is_refused_with_what_to_do_and_nothing_is_stored(untouched, entry, said):
    with pytest.raises(InputError) as caught:
        usecases.record(untouched, [FUND, entry], STAFF, today=TODAY)
    assert said in caught.value.text()
    assert caught.value.text("en").startswith("Nothing was saved. ")
    assert len(usecases.history(untouched)) == 1


def test_many_faults_are_told_together_and_the_rest_counted(atlas):
    wrong = [Entry(Kind.TARGET, "funds", year=year, value=1) for year in range(2030, 2037)]
    with pytest.raises(InputError) as caught:
        usecases.record(atlas, wrong, STAFF)
    assert caught.value.text().count("不在规划期内") == 5
    assert caught.value.text().endswith("另有 2 处。")


def test_who_may_not_write_stores_nothing(atlas):
    with pytest.raises(ReadOnlyError):
        usecases.record(atlas, [FUND], Author("客人", message("只读")))


def test_who_has_not_seen_what_another_entered_stores_nothing_and_is_told(atlas):
    usecases.record(atlas, [replace(FUND, value=1.5, note="甲的")], STAFF)
    elsewhere = usecases.record(atlas, [replace(FUND, year=2023, value=7)], STAFF, expected_head=1)
    assert elsewhere.number == 3  # nobody else entered that year
    with pytest.raises(ConflictError) as caught:
        usecases.record(atlas, [replace(FUND, value=2)], STAFF, expected_head=1)
    assert caught.value.text("zh").startswith(f"没有保存:您打开这一页之后,{STAFF.name}改了同样的地方:")
    assert "”的数值由 – 改为 1.5、" in caught.value.text("zh"), "the year is in the name"
    assert "由 – 改为 甲的" in caught.value.text("zh")
    assert "Not saved: since you opened this page" in caught.value.text("en")
    usecases.record(atlas, [replace(FUND, value=3)], STAFF, expected_head=3)
    with pytest.raises(ConflictError, match=r"由 1\.5 改为 3"):
        usecases.record(atlas, [replace(FUND, value=2)], STAFF, expected_head=3)


def test_only_those_who_entered_the_same_are_named(atlas):
    usecases.record(atlas, [replace(FUND, value=1.5)], Author("甲"))
    usecases.record(atlas, [replace(FUND, year=2023, value=7)], Author("乙"))
    usecases.record(atlas, [replace(FUND, value=3)], Author("丙"))
    with pytest.raises(ConflictError, match="您打开这一页之后,甲、丙改了同样的地方"):
        usecases.record(atlas, [replace(FUND, value=2)], STAFF, expected_head=1)


def test_a_plans_own_figure_cannot_be_written_over(pingyang, tmp_path):
    atlas = usecases.open_atlas(f"sqlite:///{tmp_path / 'p.db'}", str(pingyang))
    target = next(one for one in atlas.pack.plan.targets if any(value is not None for value in one.values.values()))
    year = next(year for year, value in target.values.items() if value is not None)
    with pytest.raises(InputError, match="规划已写明目标"):
        usecases.record(atlas, [Entry(Kind.TARGET, target.metric, year=year, value=1)], STAFF)
    assert usecases.cluster_coverage(atlas, usecases.snapshot(atlas)).keys() <= {
        one.id for one in atlas.pack.plan.clusters
    }
    atlas.store.close()


def test_a_year_that_the_plan_does_not_have_is_refused(atlas):
    with pytest.raises(NotFoundError, match="没有 1999 年:请用 2022、2023、2024 之一"):
        usecases.phases(atlas, usecases.snapshot(atlas), 1999)


# --- the command line ----------------------------------------------------------------------------------------------


def test_the_whole_state_is_one_document(own, own_url, put):
    atlas = usecases.open_atlas(own_url, "yueqing")
    row = {"id": "micro", "name": "小微园", "stage": "micro", "cluster": "digital", "certainty": "reported"}
    put(atlas, Layer.BASES, [row], [Point(120.91, 28.06)])
    usecases.record(atlas, [FUND, Entry(Kind.DEMONSTRATION, "dianli", year=2023)], STAFF)
    told = json.loads(own("plan", "--json", "--year", "2023").stdout)
    gaps = {chain["cluster"]: chain["gaps"] for chain in told["chains"] if chain["gaps"]}
    assert gaps == {"headquarters": ["maker"], "harbour": ["park"]}
    (digital,) = [chain for chain in told["chains"] if chain["cluster"] == "digital"]
    assert digital["links"][1]["standing"] == ["micro"]
    assert digital["coverage"]["sample"] is True
    states = {base["base"]: base["state"] for roster in told["rosters"] for base in roster["bases"]}
    assert (states["dianli"], states["haiyang"]) == ("recognised", "missed")
    figures = {(one["metric"], year["year"]): year for one in told["targets"] for year in one["years"]}
    assert (figures["funds", 2022]["target"], figures["funds", 2022]["blanked"]) == (3.0, True)
    assert figures["demonstration-bases", 2023]["actual"] == 1
    assert sum(len(task["measures"]) for task in told["tasks"]) == 32
    assert (told["revision"], told["bases"]["micro"], told["bases"]["haiyang"]) == (3, "stands", "missed")
    before = json.loads(own("plan", "--json", "--at", "1").stdout)
    assert (before["revision"], "bases" in before) == (1, False)
    assert [chain["gaps"] for chain in before["chains"] if chain["cluster"] == "digital"] == [["micro"]]


def test_people_read_it_as_lines_in_their_language(geo):
    zh, en = geo("plan", "--year", "2022").stdout, geo("--lang", "en", "plan").stdout
    assert [line.split() for line in zh.splitlines() if "数字经济" in line and "小微园" in line] == [
        ["数字经济", "三(三)", "小微园", "缺"]
    ]
    assert "2022 年年底" in zh
    assert "small-business park" in en
    assert "Blanked in the plan" in en


@pytest.mark.parametrize("command", ["export", "validate", "import"])
def test_entries_are_no_layer_of_files(geo, tmp_path, command):
    file = tmp_path / "a.csv"
    file.write_text("id\n1\n")
    told = geo(command, *([] if command == "export" else [str(file)]), "--layer", "records")
    assert told.exit_code == 2
    assert "计划填报不是文件的图层" in told.stderr
