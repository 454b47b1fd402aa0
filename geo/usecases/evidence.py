"""Files that staff give as evidence: which are taken, and how they are given back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from geo.errors import InputError, NotFoundError
from geo.i18n import N_, Listed, message
from geo.ingest import digest
from geo.ingest.text import shown
from geo.progress import Entry
from geo.usecases.atlas import Atlas

MOST_BYTES = 10 * 2**20  # a scan of many pages; the whole database is copied with each backup
_OFFICE, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_WORD = "application/vnd.openxmlformats-officedocument"
# Ending -> media type, and how such a file begins. What a browser would run (HTML, SVG) is not among them.
_KINDS: Mapping[str, tuple[str, bytes]] = {
    "pdf": ("application/pdf", b"%PDF"),
    "ofd": ("application/ofd", _OFFICE),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG"),
    "docx": (f"{_WORD}.wordprocessingml.document", _OFFICE),
    "xlsx": (f"{_WORD}.spreadsheetml.sheet", _OFFICE),
    "pptx": (f"{_WORD}.presentationml.presentation", _OFFICE),
    "doc": ("application/msword", _OLE),
    "xls": ("application/vnd.ms-excel", _OLE),
    "ppt": ("application/vnd.ms-powerpoint", _OLE),
    "wps": ("application/vnd.ms-works", _OLE),
    "et": ("application/vnd.ms-excel", _OLE),
}
EVIDENCE_KINDS = tuple(_KINDS)
# What no file system takes, what leads elsewhere, and what turns the reading direction round so that an ending hides.
_UNSAFE = re.compile('[\x00-\x1f\x7f<>:"/\\\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_LONGEST = 100  # characters; 3 bytes each and an ending are within what file systems take


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an entry, which names it and its fingerprint."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return digest(self.content)


def attached(files: Sequence[Attachment], entries: Sequence[Entry]) -> dict[str, bytes]:
    """Fingerprint -> content of the files, all of which an entry speaks of.

    Raises:
        InputError: one is too big, of a kind that is not taken, not what its name says, or no entry speaks of it.
    """
    said = {(entry.file, entry.file_sha256) for entry in entries}
    for file in files:
        _check(file)
        if (file.name, file.sha256) not in said:
            raise InputError(message(N_("没有保存:没有哪一项用文件“{name}”作依据。"), name=shown(file.name)))
    return {file.sha256: file.content for file in files}


def _check(file: Attachment) -> None:
    name = shown(file.name)
    if len(file.content) > MOST_BYTES:
        said = N_("没有保存:文件“{name}”有 {size:.1f} MB,最大 {most} MB;请压缩,或只给有关的几页。")
        raise InputError(message(said, name=name, size=len(file.content) / 2**20, most=MOST_BYTES // 2**20))
    kind = _KINDS.get(_ending(file.name))
    if kind is None:
        said = N_("没有保存:文件“{name}”的格式不收;请用这些之一:{kinds}。")
        raise InputError(message(said, name=name, kinds=Listed(EVIDENCE_KINDS)))
    if not file.content.startswith(kind[1]):
        said = N_("没有保存:文件“{name}”的内容不是 {kind};请打开看看是否完好,另存后再交。")
        raise InputError(message(said, name=name, kind=_ending(file.name)))


def _ending(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.removeprefix(".").casefold()


def evidence(atlas: Atlas, sha256: str) -> bytes:
    """The file with that fingerprint, as it was given.

    Raises:
        NotFoundError: it is not kept; earlier programs kept the name and the fingerprint only.
    """
    found = atlas.store.file(atlas.pack.id, sha256)
    if found is None:
        raise NotFoundError(message(N_("没有存指纹为 {sha256} 的文件:只记了它的名称。"), sha256=shown(sha256)))
    return found


def kept_evidence(atlas: Atlas) -> Mapping[str, int]:
    """Fingerprint -> size in bytes of every file that is kept."""
    return atlas.store.files(atlas.pack.id)


def evidence_name(entry: Entry) -> str:
    """A name that any system takes for the entry's file; what it says stays recognisable."""
    stem, ending = PurePosixPath(entry.file.replace("\\", "/")).stem, _ending(entry.file)
    bare = _UNSAFE.sub("_", stem)[:_LONGEST].strip(" .") or "evidence"
    return f"{bare}.{ending}" if ending in _KINDS else bare


def evidence_type(entry: Entry) -> str:
    """The media type of the entry's file."""
    return _KINDS.get(_ending(entry.file), ("application/octet-stream", b""))[0]
