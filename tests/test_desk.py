"""The upload desk where people work at once and files come back: nothing is overwritten unasked, and no row is lost."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from shapely import Point

from geo import crs, usecases
from geo.crs import Datum
from geo.errors import ConflictError, InputError, StoreError, UnchangedError
from geo.ingest import Choices
from geo.model import COLUMNS, PLACED, Layer
from geo.usecases import Author

STAFF, OTHER = Author("林工"), Author("王工")
MOVED = "库里刚有人改过,存入的结果会与核对时不同,所以没有保存:请看一下新的核对结果再存。"


@pytest.fixture
def check(atlas, as_file):
    """Checks features, or a file as it is, as an upload of bases unless it says of what."""

    def checked(*features, layer=Layer.BASES, name="up.geojson", choices=None):
        data = features[0] if isinstance(features[0], bytes) else as_file(*features)
        return usecases.check_file(atlas, data, name, layer, choices)

    return checked


def workbook(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def stored(atlas):
    """A layer's stored feature by its id."""

    def find(id, layer=Layer.BASES):
        return usecases.snapshot(atlas).frame(layer).set_index("id").loc[id]

    return find


# --- two people at once --------------------------------------------------------------------------------------------


def test_a_new_base_does_not_overwrite_one_that_came_meanwhile(atlas, check, feature, stored):
    mine = check(feature(id="n1", name="甲的", stage="孵化器"))
    usecases.store(atlas, check(feature(120.97, 28.04, id="n1", name="乙的", stage="众创空间")), OTHER)
    with pytest.raises(ConflictError) as caught:
        usecases.store(atlas, mine, STAFF)
    assert caught.value.text("zh") == MOVED
    assert caught.value.text("en").startswith("Somebody has just changed the stored data")
    assert (stored("n1")["name"], usecases.history(atlas)[0].number) == ("乙的", 2)
    again = check(feature(id="n1", name="甲的", stage="孵化器"))
    assert again.status("n1") == "changed"
    assert usecases.store(atlas, again, STAFF).revision.changed == 1


def test_what_a_file_leaves_blank_stays_as_somebody_wrote_it_meanwhile(atlas, check, feature, stored):
    usecases.store(atlas, check(feature(id="n1", name="基地", stage="孵化器")), STAFF)
    mine = check(feature(id="n1", name="基地", stage="众创空间"))
    usecases.store(atlas, check(feature(id="n1", name="基地", stage="孵化器", note="乙的备注")), OTHER)
    kept = usecases.store(atlas, mine, STAFF)  # the same outcome: only the stage changes
    assert (kept.revision.added, kept.revision.changed) == (0, 1)
    assert (stored("n1")["stage"], stored("n1")["note"]) == ("maker", "乙的备注")


def test_a_change_elsewhere_does_not_stand_in_the_way(atlas, check, feature):
    mine = check(feature(id="n1", name="甲的", stage="孵化器"), feature(id="bad", stage="孵化器"))
    usecases.store(atlas, check(feature(121.0, 28.1, id="n2", name="乙的", stage="孵化器")), OTHER)
    kept = usecases.store(atlas, mine, STAFF)
    assert (kept.revision.number, kept.revision.added, kept.upload.open) == (3, 1, 1)


@pytest.mark.parametrize("theirs", [{}, {"floor_area": 20.0}])
def test_many_rows_are_compared_with_what_was_told(atlas, check, feature, theirs):
    told = {"stage": "孵化器", "floor_area": 10.0}
    usecases.store(atlas, check(*[feature(id=id, name=id, **told) for id in ("n1", "n2")]), STAFF)
    mine = check(*[feature(id=id, name=id, **{**told, "stage": "众创空间"}) for id in ("n1", "n2", "n3")])
    moved = {**told, **theirs}
    usecases.store(
        atlas, check(feature(id="n2", name="n2", **moved), feature(121.0, 28.1, id="o", name="别处", **told)), OTHER
    )
    if theirs:
        with pytest.raises(ConflictError, match=MOVED):
            usecases.store(atlas, mine, STAFF)
    else:
        kept = usecases.store(atlas, mine, STAFF).revision
        assert (kept.number, kept.added, kept.changed) == (4, 1, 2)


def test_a_file_without_a_good_row_waits_whatever_others_stored(atlas, check, feature):
    mine = check(feature(id="b1", stage="孵化器"), feature(id="b2", stage="孵化器"))
    usecases.store(atlas, check(feature(id="n1", name="乙的", stage="孵化器")), OTHER)
    kept = usecases.store(atlas, mine, STAFF)
    assert (kept.revision, kept.upload.open) == (None, 2)


def test_who_is_overtaken_while_storing_is_asked_anew(atlas, check, feature, monkeypatch):
    mine = check(feature(id="n1", name="甲的", stage="孵化器"))
    theirs = check(feature(120.97, 28.04, id="n1", name="乙的", stage="众创空间"))
    commit = atlas.store.commit

    def overtaken(*args, **more):
        monkeypatch.setattr(atlas.store, "commit", commit)
        usecases.store(atlas, theirs, OTHER)
        return commit(*args, **more)

    monkeypatch.setattr(atlas.store, "commit", overtaken)
    with pytest.raises(ConflictError, match=MOVED):
        usecases.store(atlas, mine, STAFF)
    assert [one.author for one in usecases.history(atlas)] == ["王工", "pack"]


# --- made-up data --------------------------------------------------------------------------------------------------


def test_what_staff_upload_over_a_sample_is_real_and_stays_when_the_sample_goes(atlas, check, feature, stored):
    facilities = usecases.snapshot(atlas).facilities
    made_up, told = facilities[facilities["sample"]].iloc[0], facilities[facilities["sample"]].iloc[1]
    at = [one.geometry.representative_point().coords[0] for one in (made_up, told)]
    mine = check(
        feature(*at[0], id=made_up["id"], name="真的", category=made_up["category"]),
        feature(*at[1], id=told["id"], name=told["name"], category=told["category"], sample=True),
        layer=Layer.FACILITIES,
    )
    assert {change.field for change in mine.changes[made_up["id"]]} >= {"name", "sample", "certainty", "source"}
    usecases.store(atlas, mine, STAFF)
    real = stored(made_up["id"], Layer.FACILITIES)
    assert (real["sample"], real["certainty"], real["source"]) == (False, "reported", "up.geojson")
    assert stored(told["id"], Layer.FACILITIES)["sample"]
    usecases.remove_sample(atlas, STAFF)
    assert stored(made_up["id"], Layer.FACILITIES)["name"] == "真的"
    assert told["id"] not in set(usecases.snapshot(atlas).facilities["id"])


# --- there and back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("layer", [Layer.BASES, Layer.FACILITIES])
def test_an_exported_table_comes_back_as_it_went(atlas, check, feature, layer, kind, lang):
    usecases.remove_sample(atlas, STAFF)
    odd = {"name": "=1+1", "note": "'quoted'", "name_en": " - a", "source": "@x", "source_en": "+8", "note_en": "n"}
    own = {"stage": "孵化器", "level": "市级", "demo_year": 2023} if layer is Layer.BASES else {"category": "parking"}
    usecases.store(atlas, check(feature(id="odd", **odd, **own), layer=layer), STAFF)
    snap = usecases.snapshot(atlas)
    report = check(usecases.export_layer(snap, layer, kind, lang), layer=layer, name=f"a.{kind}")
    assert (report.rejected_count, report.accepted_count) == (0, len(snap.frame(layer)))
    assert {id: change for id, change in report.changes.items() if change} == {}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("layer", PLACED)
def test_the_headings_of_an_export_are_taken_for_what_they_are(atlas, check, layer, lang):
    data = usecases.export_layer(usecases.snapshot(atlas), layer, "csv", lang).decode("utf-8-sig")
    head = data.splitlines()[0].split(",")
    table = "\n".join([",".join(head), ",".join("1" for _ in head)])
    found = {one.header: one.field for one in check(table.encode(), layer=layer, name="a.csv").columns}
    assert [field for field in found.values() if field] == [*COLUMNS[layer], "lon", "lat"]


# --- rows that wait ------------------------------------------------------------------------------------------------


def test_bad_rows_of_a_second_sheet_are_kept_too(atlas, check):
    head = ["名称", "孵化阶段", "经度", "纬度"]
    data = workbook(甲=[head, ["一", "研究院", 120.96, 28.03]], 乙=[head, ["二", "研究院", 120.97, 28.04]])
    first = usecases.store(atlas, check(data, name="两张.xlsx", choices=Choices(table="甲")), STAFF)
    second = usecases.store(atlas, check(data, name="两张.xlsx", choices=Choices(table="乙")), STAFF)
    assert (first.upload.id, second.upload.id) == (1, 2)
    waiting = [usecases.quarantined_rows(atlas, id)[0] for id in (1, 2)]
    assert [(row.row, row.feature["properties"]["名称"]) for row in waiting] == [(2, "一"), (2, "二")]
    with pytest.raises(UnchangedError, match="第 2 次上传"):
        usecases.store(atlas, check(data, name="两张.xlsx", choices=Choices(table="乙")), STAFF)
    assert len(usecases.quarantine(atlas)) == 2


TRUE = Point(120.96, 28.03)
SHIFTED = crs.from_wgs84(TRUE, Datum.GCJ02)
TABLE = (["名称", "载体", "经度", "纬度"], ["一", "孵化器", 120.97, 28.04], ["二", "研究所", SHIFTED.x, SHIFTED.y])
READ = Choices(columns=(("载体", "stage"),), datum=Datum.GCJ02)


@pytest.fixture
def waiting(atlas):
    """An upload and its rows that wait."""

    def find(id):
        (upload,) = (one for one in usecases.quarantine(atlas) if one.id == id)
        return upload, usecases.quarantined_rows(atlas, id)

    return find


@pytest.fixture
def export(waiting):
    return lambda id, kind: usecases.export_quarantine(*waiting(id), kind, "zh")


@pytest.fixture
def to_mend(export):
    """The waiting rows of an upload as an Excel file, changed by ``mend`` heading -> value."""

    def take(upload, **mend):
        book = openpyxl.load_workbook(io.BytesIO(export(upload, "xlsx")))
        (sheet,) = book.worksheets
        head, *rows = sheet.iter_rows()
        for row in rows:
            for cell, heading in zip(row, head, strict=True):
                cell.value = mend.get(heading.value, cell.value)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue(), [cell.value for cell in head]

    return take


def test_mended_rows_are_read_in_the_datum_that_their_file_was_read_in(atlas, check, to_mend, stored):
    first = usecases.store(atlas, check(workbook(甲=TABLE), name="甲.xlsx", choices=READ), STAFF)
    assert first.upload.details["datum"] == "gcj02"
    data, head = to_mend(first.upload.id, 载体="众创空间")
    assert head == ["原文件行号", "问题", "怎么改", "名称", "载体", "经度", "纬度", "atlas_quarantine"]
    again = check(data, name="改.xlsx")
    known = usecases.remembered(atlas, Layer.BASES, again)
    assert known == READ
    mended = check(data, name="改.xlsx", choices=known)
    assert [one.kind for one in mended.repairs if one.made] == ["shift_datum"]
    usecases.store(atlas, mended, STAFF)
    (base,) = (one for one in usecases.snapshot(atlas).bases.itertuples() if one.name == "二")
    assert base.geometry.distance(TRUE) < 1e-6
    assert [upload.open for upload in usecases.quarantine(atlas)] == [0]


def test_a_mended_row_that_an_undo_keeps_is_not_to_be_mended_again(atlas, check, to_mend, feature):
    table = (TABLE[0], ["二", "研究所", 120.96, 28.03], ["三", "研究所", 120.97, 28.03])
    first = usecases.store(atlas, check(workbook(甲=table), name="甲.xlsx", choices=READ), STAFF)
    data, _ = to_mend(first.upload.id, 载体="众创空间")
    mended = usecases.store(atlas, check(data, name="改.xlsx", choices=READ), STAFF)
    (base,) = (one for one in usecases.snapshot(atlas).bases.itertuples() if one.name == "二")
    usecases.store(atlas, check(feature(id=base.id, name="二期", stage="众创空间")), STAFF)
    usecases.undo(atlas, mended.revision.number, STAFF, {(Layer.BASES, base.id): "keep"})
    back, _ = usecases.quarantine(atlas)
    assert [row.feature["properties"]["名称"] for row in usecases.quarantined_rows(atlas, back.id)] == ["三"]


def test_rows_that_were_read_differently_are_not_read_together(atlas, check, to_mend):
    ids = []
    for name, datum in (("甲", Datum.GCJ02), ("乙", Datum.BD09)):
        table = (TABLE[0], [name, "研究所", SHIFTED.x, SHIFTED.y])
        report = check(workbook(甲=table), name=f"{name}.xlsx", choices=Choices(columns=READ.columns, datum=datum))
        ids.append(usecases.store(atlas, report, STAFF).upload.id)
    sheets = [openpyxl.load_workbook(io.BytesIO(to_mend(id)[0])).worksheets[0] for id in ids]
    head, *_ = sheets[0].values
    both = check(workbook(甲=(head, *(list(sheet.values)[1] for sheet in sheets))), name="合.xlsx")
    with pytest.raises(InputError, match="请按上传次数分成几个文件"):
        usecases.remembered(atlas, Layer.BASES, both)


def test_a_row_that_comes_back_wrong_waits_once_and_as_it_stands_now(atlas, check, to_mend):
    first = usecases.store(atlas, check(workbook(甲=TABLE), name="甲.xlsx", choices=READ), STAFF)
    data, _ = to_mend(first.upload.id, 载体="研究院")
    second = usecases.store(atlas, check(data, name="改.xlsx", choices=READ), STAFF)
    assert [(upload.id, upload.open) for upload in usecases.quarantine(atlas)] == [(second.upload.id, 1), (1, 0)]
    (row,) = usecases.quarantined_rows(atlas, second.upload.id)
    assert row.feature["properties"]["载体"] == "研究院"
    assert to_mend(second.upload.id)[1].count("问题") == 1
    with pytest.raises(UnchangedError):
        usecases.store(atlas, check(data, name="改.xlsx", choices=READ), STAFF)


def test_a_file_of_another_layer_takes_no_row_out(atlas, check, feature):
    usecases.store(atlas, check(feature(name="一", stage="研究所")), STAFF)
    other = feature(120.97, 28.04, name="甲", category="parking", atlas_quarantine="1:1")
    usecases.store(atlas, check(other, layer=Layer.FACILITIES), STAFF)
    assert [upload.open for upload in usecases.quarantine(atlas)] == [1]


def test_rows_are_mended_in_a_file_that_can_hold_them(atlas, check, feature, waiting, export):
    area = {"type": "Polygon", "coordinates": [[[120.96, 28.03], [120.97, 28.03], [120.97, 28.04], [120.96, 28.03]]]}
    usecases.store(atlas, check({**feature(name="面", stage="研究所"), "geometry": area}), STAFF)
    usecases.store(atlas, check(feature(name="点", stage="研究所")), STAFF)
    usecases.store(atlas, check(workbook(甲=TABLE), name="甲.xlsx", choices=READ), STAFF)
    kinds = {1: ("geojson",), 2: ("geojson", "xlsx"), 3: ("xlsx",)}
    assert {id: usecases.quarantine_kinds(*waiting(id)) for id in kinds} == kinds
    with pytest.raises(InputError, match="第 1 次上传的行不能用 xlsx 改"):
        export(1, "xlsx")
    kept = json.loads(export(1, "geojson"))["features"][0]
    assert kept["geometry"] == area


def test_what_cannot_be_remembered_is_stored_all_the_same(atlas, check, monkeypatch, caplog):
    def full(*_args):
        raise StoreError("满了")

    monkeypatch.setattr(atlas.store, "remember", full)
    kept = usecases.store(atlas, check(workbook(甲=TABLE[:2]), name="甲.xlsx", choices=READ), STAFF)
    assert kept.revision.added == 1
    assert "is not remembered" in caplog.text
