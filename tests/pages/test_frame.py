"""The frame around every page: language, navigation, who may write, the sample banner, and what a failure says."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from streamlit import config

from geo import usecases
from geo.errors import StoreError
from geo.i18n import message
from geo.model import Layer
from geo.usecases import Author
from pages.parts.context import read_only_reason
from tests.pages import truth

PAGES = ("overview", "coverage", "buffer", "chain", "demonstration", "targets", "tasks", "upload")
TITLES = {
    "zh": ["地图总览", "覆盖缺口", "缓冲区核查", "集群链条", "示范基地", "目标进度", "任务措施", "上传基地"],
    "en": ["Overview", "Coverage gaps", "Buffer check", "Chains", "Demonstration", "Targets", "Measures", "Upload"],
}
SAMPLE = "本页含 419 条示例数据(按固定种子合成,非真实数据),设施和基地在图上画成空心;达标与缺口因此只作演示。"
LOCKED = "只读:应用开放在 {} 上,而登录尚未建成,任何人都能改数据。要写入,请在本机以 127.0.0.1 启动。"


def titles(look):
    """The pages' titles in the navigation, which AppTest keeps beside its tree."""
    return [one["page_name"] for one in look.at._registered_pages.values()]


# --- language ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "lang"),
    [
        (None, "zh"),
        ("zh-CN", "zh"),
        ("zh-Hant-TW", "zh"),
        ("fr-FR", "zh"),
        ("en-US", "en"),
        ("en", "en"),
        ("en-GB", "en"),
    ],
)
def test_chinese_comes_first_and_english_for_browsers_that_ask_for_it(shared, page, locale, lang):
    look = page(locale).open()
    assert look.at.segmented_control(key="lang").value == lang
    assert titles(look) == TITLES[lang]
    assert look.map["lang"] == lang
    assert ("<h3>Incubation Atlas</h3>" in look.html, "<h3>孵化一张图</h3>" in look.html) == (
        lang == "en",
        lang == "zh",
    )


def test_the_switch_changes_everything_at_once_and_back(shared, page):
    look = page("zh-CN").open()
    assert [option.content for option in look.at.segmented_control(key="lang").proto.options] == ["中文", "EN"]
    look.set("segmented_control", "lang", "en")
    assert list(look.figures)[:2] == ["Bases and platforms", "On a roster"]
    assert look.at.selectbox(key="district").label == "District"
    assert look.map["texts"]["legend"] == "Legend"
    assert titles(look) == TITLES["en"]
    look.set("segmented_control", "lang", "zh")
    assert list(look.figures)[:2] == ["基地与平台", "列入示范名单"]
    assert titles(look) == TITLES["zh"]


def test_the_language_stays_from_page_to_page(shared, page):
    look = page("zh-CN").open().set("segmented_control", "lang", "en")
    for name in PAGES:
        assert look.go(name).at.segmented_control(key="lang").value == "en"
        assert "<h3>Incubation Atlas</h3>" in look.html


@pytest.mark.parametrize(("locale", "word", "lang"), [("zh-CN", "EN", "en"), ("en-US", "中文", "zh")])
def test_an_address_that_names_the_language_goes_before_the_browsers(shared, page, locale, word, lang):
    """The switch keeps its word in the address, so that a link shows others what one sees."""
    look = page(locale)
    look.at.query_params["lang"] = word
    assert look.open().map["lang"] == lang


def test_an_address_with_an_unknown_language_is_as_one_without(shared, page):
    look = page("en-US")
    look.at.query_params["lang"] = "xx"
    assert look.open().map["lang"] == "en"


def test_the_sidebar_names_county_and_plan(shared, page):
    assert f"乐清市 · {truth.PLAN['title']['zh']}" in page().open("upload").html
    assert f"Yueqing · {truth.PLAN['title']['en']}" in page("en").open("upload").html


# --- sample --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_that_sample_data_is_in_use(shared, page, name):
    look = page().open(name)
    assert look.banners == [SAMPLE]
    assert not look.at.button(key="remove_sample").disabled


@pytest.mark.parametrize("name", PAGES)
def test_the_sample_goes_from_every_page_at_once_and_comes_back_only_by_undo(own, page, name):
    look = page().open(name).click("remove_sample")
    assert [one.kind for one in usecases.history(own)] == ["remove-sample", "seed"]
    for other in PAGES:
        assert look.go(other).banners == []
        assert "remove_sample" not in [button.key for button in look.at.button]
    assert page().open().figures["配套设施"] == "0"
    look.go("upload").click("undo")
    assert look.banners == [SAMPLE]
    assert look.go("overview").figures["配套设施"] == "419"


def test_without_any_facility_each_page_still_tells_the_truth(own, page):
    look = page().open().click("remove_sample")
    assert (look.figures["配套达标率"], look.figures["覆盖缺口"]) == ("0%", str(22 * 14))
    assert "全域没有一处" in look.html
    assert look.go("coverage").figures["空白地带"] == "100%"
    look.go("buffer").set("selectbox", "buffer_base", "iot-park")
    assert look.figures == {"达标": "0 / 14", "缺口": "14", "圈内设施": "0"}
    assert {row[-1].text for row in look.tables[0][1:]} == {"–"}


# --- who may write -------------------------------------------------------------------------------------------------


@pytest.fixture
def listen():
    """The app as if it listened on an address."""
    before = config.get_option("server.address")
    yield lambda address: config.set_option("server.address", address)
    config.set_option("server.address", before)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_on_this_machine_alone_one_may_write(address):
    assert read_only_reason(address) is None


@pytest.mark.parametrize(
    ("address", "named"), [("10.0.0.5", "10.0.0.5"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("atlas.gov", "atlas.gov")]
)
def test_open_to_others_nobody_may_write_and_it_says_why(address, named):
    assert read_only_reason(address).text() == LOCKED.format(named)
    assert f"the app is open on {named}" in read_only_reason(address).text("en")


@pytest.mark.parametrize("address", [None, ""])
def test_without_an_address_streamlit_listens_everywhere(address):
    assert read_only_reason(address).text() == LOCKED.format("0.0.0.0")


@pytest.mark.parametrize("name", PAGES)
def test_a_read_only_page_says_why_and_switches_writing_off(shared, page, listen, name):
    listen("10.0.0.5")
    look = page().open(name)
    assert look.banners == [SAMPLE, LOCKED.format("10.0.0.5")]
    assert look.at.button(key="remove_sample").disabled
    if name == "upload":
        assert look.at.file_uploader[0].proto.disabled


@pytest.mark.parametrize("key", ["undo", "remove_sample"])
def test_what_is_switched_off_is_refused_too(own, page, listen, feature, as_file, key):
    """Whoever talks to the server without its page can press a button that is switched off."""
    report = usecases.check_file(own, as_file(feature(name="新孵化器", stage="孵化器")), "up.geojson", Layer.BASES)
    usecases.store(own, report, Author("林工"))
    listen("10.0.0.5")
    look = page().open("upload")
    button = look.at.button(key=key)
    assert button.disabled
    button._value = True
    look.run()
    assert [one.number for one in usecases.history(own)] == [2, 1]


# --- failures ------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """The app with this database and this pack."""

    def use(database=None, pack="yueqing"):
        monkeypatch.setenv("ATLAS_DATABASE_URL", database or f"sqlite:///{tmp_path / 'atlas.db'}")
        monkeypatch.setenv("ATLAS_PACK", pack)

    return use


def assert_only_says(look, *sentences):
    (said,) = look.said
    for sentence in sentences:
        assert sentence in said
    assert look.figures == {}
    assert look.at.get("component_instance") == []
    assert [button.key for button in look.at.button] == ["try_again"]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_database_address_that_cannot_be_read_is_told_on_every_page(environment, page, name, lang):
    environment(database="nonsense")
    look = page(lang).open(name)
    said = {"zh": "数据库地址看不懂:请写成", "en": "The database address cannot be read: write it like"}
    assert_only_says(look, said[lang])
    assert titles(look) == TITLES[lang]


def test_the_language_can_be_switched_while_nothing_else_works(environment, page):
    environment(pack="atlantis")
    look = page().open()
    assert_only_says(look, "没有规划包 atlantis:请用 yueqing 之一")
    assert look.at.button(key="try_again").label == "再试一次"
    look.set("segmented_control", "lang", "en")
    assert_only_says(look, "There is no pack atlantis: use one of yueqing")
    assert look.at.button(key="try_again").label == "Try again"


def test_a_database_in_a_place_that_cannot_be_made_is_told_and_mended(environment, page, tmp_path):
    (tmp_path / "file").write_text("a file where a folder should be")
    environment(database=f"sqlite:///{tmp_path / 'file' / 'atlas.db'}")
    look = page().open()
    assert_only_says(look, "的文件夹建不了:请换一个可写的位置", str(tmp_path / "file" / "atlas.db"))
    (tmp_path / "file").unlink()
    look.click("try_again")
    assert look.said == []
    assert look.figures["基地与平台"] == "22"
    usecases.open_atlas().store.close()


def test_a_pack_with_a_broken_file_names_file_and_place(environment, page, tmp_path):
    for folder in ("yueqing", "standards"):
        shutil.copytree(truth.DATA / folder, tmp_path / folder)
    (tmp_path / "yueqing" / "plan.toml").write_text("years = [2022", encoding="utf-8")
    environment(pack=str(tmp_path / "yueqing"))
    look = page().open("coverage")
    assert_only_says(look, "plan.toml", "请改好这一处再试")


def test_a_database_that_breaks_under_an_open_page_is_told_in_its_place(environment, page, tmp_path, caplog):
    environment()
    look = page().open()
    usecases.open_atlas().store.close()
    (tmp_path / "atlas.db").write_bytes(b"no database at all" * 200)
    for beside in ("atlas.db-wal", "atlas.db-shm"):
        (tmp_path / beside).unlink(missing_ok=True)
    look.run()
    assert_only_says(look, "读不了或写不进:请检查地址、权限和磁盘空间", "file is not a database")
    (logged,) = [record for record in caplog.records if record.name == "pages.parts.trouble"]
    assert logged.exc_info[1].__cause__ is not None, "the server's log has the whole story"


def test_a_page_that_fails_midway_keeps_what_it_has_shown(environment, page, tmp_path):
    environment()
    look = page().open()
    with closing(sqlite3.connect(tmp_path / "atlas.db")) as database:
        database.execute("ALTER TABLE revision RENAME COLUMN undoes TO renamed")
    look.go("upload")
    (said,) = look.said
    assert "请检查地址、权限和磁盘空间" in said
    assert "no such column" in said
    assert look.at.selectbox(key="upload_layer").value == Layer.BASES
    assert look.go("overview").figures["基地与平台"] == "22"
    usecases.open_atlas().store.close()


@pytest.mark.parametrize("name", ["", "coverage", "buffer", "chain", "demonstration", "targets", "tasks", "upload"])
def test_a_new_county_without_bases_and_facilities_opens(environment, page, tmp_path, name):
    for folder in ("yueqing", "standards"):
        shutil.copytree(truth.DATA / folder, tmp_path / folder)
    for file in ("bases.geojson", "neighbours.geojson", "sample/facilities.geojson"):
        (tmp_path / "yueqing" / file).write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")
    plan = tmp_path / "yueqing" / "plan.toml"
    plan.write_text(plan.read_text(encoding="utf-8").partition("[[cluster]]")[0], encoding="utf-8")
    environment(pack=str(tmp_path / "yueqing"))
    look = page().open(name)
    assert not look.at.exception
    assert not look.at.error
    assert bool(look.at.get("component_instance")) == (name in ("", "coverage", "buffer"))  # the map


@pytest.mark.parametrize(
    ("locale", "said"), [("zh-CN", "这一页没能显示完"), ("en-GB", "This page could not be shown whole")]
)
def test_a_fault_that_nobody_foresaw_is_told_in_the_readers_language(shared, page, monkeypatch, locale, said, caplog):
    look = page(locale).open()
    monkeypatch.setattr("geo.usecases.summary", lambda *_: 1 / 0)
    with pytest.raises(AssertionError):
        look.go("coverage").set("segmented_control", "coverage_view", "district")
    assert any(said in one.value for one in look.at.error)
    assert not look.at.exception
    assert any(isinstance(record.exc_info[1], ZeroDivisionError) for record in caplog.records if record.exc_info)


def test_names_in_a_passing_message_are_no_markdown(shared, page, monkeypatch):
    hostile = "![x](http://10.9.9.9/p.png) $a$ ~~b~~"

    def fails(*_, **__):
        raise StoreError(message("{name}:已被改过", name=hostile))

    look = page().open("targets")
    monkeypatch.setattr("geo.usecases.record", fails)
    look.click("targets_save")
    (toast,) = look.at.toast
    assert look.said == [f"{hostile}:已被改过"]
    assert toast.value.startswith("\\!\\[x\\]\\(http\\:")


def test_a_revision_that_a_restore_took_away_leads_back_to_the_newest(shared, page):
    look = page().open()
    look.at.session_state["as_of"] = 999
    look.run()
    assert look.figures["基地与平台"] == "22"
    assert look.at.session_state["as_of"] is None
