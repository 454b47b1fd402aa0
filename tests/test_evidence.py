"""Files given as evidence: kept with the revision that brings them, given back as they were, refused with a reason."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url

from geo import usecases
from geo.errors import ConflictError, InputError, NotFoundError, StoreError
from geo.progress import Entry, Kind
from geo.usecases import Attachment, Author

BASE, ITEM = "iot-park", "fund"
WHO = Author("李工")
SCAN = Attachment("合同.pdf", b"%PDF-1.7 scan")


def entry(file: Attachment) -> Entry:
    return Entry(Kind.ITEM, BASE, ITEM, state="done", file=file.name, file_sha256=file.sha256)


def test_a_file_comes_back_as_it_was_given_and_is_kept_once(atlas):
    usecases.record(atlas, [entry(SCAN)], WHO, files=[SCAN])
    assert usecases.evidence(atlas, SCAN.sha256) == SCAN.content
    again = Attachment("另名.pdf", SCAN.content)
    usecases.record(atlas, [entry(again)], WHO, files=[again])
    assert usecases.kept_evidence(atlas) == {SCAN.sha256: len(SCAN.content)}


def test_an_undo_and_its_undo_lose_no_file(atlas):
    number = usecases.record(atlas, [entry(SCAN)], WHO, files=[SCAN]).number
    undone = usecases.undo(atlas, number, WHO)
    assert usecases.evidence(atlas, SCAN.sha256) == SCAN.content
    usecases.undo(atlas, undone.number, WHO)
    assert usecases.plan_state(atlas, usecases.snapshot(atlas)).entries.get(Kind.ITEM, BASE, ITEM) == entry(SCAN)


def test_a_backup_carries_the_files(atlas, tmp_path):
    usecases.record(atlas, [entry(SCAN)], WHO, files=[SCAN])
    usecases.backup(atlas, tmp_path / "copy.db")
    later = Attachment("后来.png", b"\x89PNG later")
    usecases.record(atlas, [entry(later)], WHO, files=[later])
    atlas.store.restore(tmp_path / "copy.db")
    assert usecases.kept_evidence(atlas) == {SCAN.sha256: len(SCAN.content)}
    assert usecases.evidence(atlas, SCAN.sha256) == SCAN.content


def test_a_backup_whose_file_was_cut_is_refused(atlas, tmp_path):
    usecases.record(atlas, [entry(SCAN)], WHO, files=[SCAN])
    usecases.backup(atlas, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER evidence_no_update")
        raw.execute("UPDATE evidence SET content = x'25'")
    with pytest.raises(StoreError, match="不是完好的数据库"):
        atlas.store.restore(tmp_path / "copy.db")
    assert usecases.evidence(atlas, SCAN.sha256) == SCAN.content


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (Attachment("大.pdf", b"%PDF" + bytes(10 * 2**20)), "没有保存:文件“大.pdf”有 10.0 MB,最大 10 MB;请压缩,或只给有关的几页。"),
        (Attachment("网页.svg", b"<svg onload=alert(1)>"), "没有保存:文件“网页.svg”的格式不收;请用这些之一:"),
        (Attachment("无后缀", b"%PDF"), "没有保存:文件“无后缀”的格式不收;请用这些之一:"),
        (Attachment("假.pdf", b"<html>"), "没有保存:文件“假.pdf”的内容不是 pdf;请打开看看是否完好,另存后再交。"),
        (Attachment("空.png", b""), "没有保存:文件“空.png”的内容不是 png;请打开看看是否完好,另存后再交。"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_taken_is_refused_with_the_mend(atlas, file, said):
    with pytest.raises(InputError) as caught:
        usecases.record(atlas, [entry(file)], WHO, files=[file])
    assert caught.value.text().startswith(said)
    assert len(usecases.history(atlas)) == 1
    assert usecases.kept_evidence(atlas) == {}


def test_a_file_that_no_entry_speaks_of_is_refused(atlas):
    with pytest.raises(InputError, match="没有哪一项用文件“合同"):
        usecases.record(atlas, [Entry(Kind.ITEM, BASE, ITEM, state="done")], WHO, files=[SCAN])


def test_a_refused_revision_keeps_no_file(atlas):
    usecases.record(atlas, [replace(entry(SCAN), file="", file_sha256="", evidence="口头")], WHO)
    with pytest.raises(ConflictError):
        usecases.record(atlas, [entry(SCAN)], WHO, expected_head=1, files=[SCAN])
    assert usecases.kept_evidence(atlas) == {}
    with pytest.raises(NotFoundError, match="只记了它的名称"):
        usecases.evidence(atlas, SCAN.sha256)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("合同.pdf", "合同.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\temp\\批文.PDF", "批文.pdf"),
        ("发票\u202efdp.exe.pdf", "发票_fdp.exe.pdf"),
        ('a"; x=<b>.png', "a_; x=_b_.png"),
        ("...pdf", "evidence.pdf"),
        ("脚本.html", "脚本"),
        ("长" * 190 + ".pdf", "长" * 100 + ".pdf"),
    ],
)
def test_a_hostile_name_becomes_one_that_any_system_takes(name, safe):
    assert usecases.evidence_name(Entry(Kind.ITEM, BASE, file=name)) == safe


@given(st.text(max_size=250))
def test_no_name_leads_elsewhere_or_hides_its_ending(name):
    safe = usecases.evidence_name(Entry(Kind.ITEM, BASE, file=name))
    assert safe.strip(" .") == safe
    assert 0 < len(safe) <= 105
    assert not set(safe) & set('/\\<>:"|?*\x00\n\r\u202e')


def test_the_database_is_where_the_files_are(atlas):
    usecases.record(atlas, [entry(SCAN)], WHO, files=[SCAN])
    path = make_url(str(atlas.store._database.url)).database
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT sha256, revision, size FROM evidence").fetchall() == [(SCAN.sha256, 2, 13)]
