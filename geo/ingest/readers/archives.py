"""Zips, read in memory only: no member's name ever becomes a path, and nothing is unpacked beyond the limits."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.readers import limits

_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_PLAIN = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_CHUNK = 1 << 16


@contextmanager
def opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    """The zip in ``data``, once its table of contents keeps to the limits.

    Raises:
        InputError: damaged, encrypted, packed in a rare way, or of more members or bytes than the limits allow.
    """
    with _contents(data) as archive:
        _check(archive.infolist(), len(data))
        try:
            yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as fault:
            raise _damaged() from fault


def _contents(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    # What zipfile makes of a table of contents that is nonsense.
    except (zipfile.BadZipFile, ValueError, IndexError, OSError, NotImplementedError, struct.error) as fault:
        raise _damaged() from fault


def _damaged() -> InputError:
    return InputError(N_("压缩包已损坏或不完整:请重新压缩或导出,并确认文件传输完整。"))


def _check(members: list[zipfile.ZipInfo], packed: int) -> None:
    if len(members) > limits.MAX_MEMBERS:
        raise InputError(message(N_("压缩包里有 {n} 个文件,太多:请只放要上传的图层。"), n=len(members)))
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise InputError(N_("压缩包有密码:请去掉密码后再传。"))
    if any(member.compress_type not in _PLAIN for member in members):
        raise InputError(N_("压缩包用了少见的压缩方式:请用普通的 zip 方式重新压缩。"))
    # A member never yields more than its declared size: zipfile stops there, so the sum bounds what is unpacked.
    unpacked = sum(member.file_size for member in members)
    swollen = unpacked > limits.RATIO_COUNTS_FROM and unpacked > packed * limits.MAX_RATIO
    if unpacked > limits.MAX_UNPACKED or swollen:
        text = N_("压缩包解开后有 {size} MB,太大:请分成几个文件,或先删去用不到的内容。")
        raise InputError(message(text, size=unpacked >> 20))


def name_of(member: zipfile.ZipInfo) -> str:
    """The member's name; zips made by Chinese Windows write GBK, which zipfile takes for the DOS code page."""
    if member.flag_bits & _UTF8_NAME or member.filename.isascii():
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def members(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """Names and members that are files and not what a Mac or Windows leaves beside them."""
    files = (member for member in archive.infolist() if member.filename and not member.is_dir())
    named = [(name_of(member).replace("\\", "/"), member) for member in files]
    return [
        (name, member)
        for name, member in named
        if not name.startswith(_JUNK) and not name.rpartition("/")[2].startswith(("._", *_JUNK))
    ]


def opened_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(member)
    except (ValueError, OSError) as fault:  # its place lies outside of the file
        raise _damaged() from fault


def content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with opened_member(archive, member) as handle:
        return handle.read()


def chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member piece by piece, for what is looked through and not kept."""
    with opened_member(archive, member) as handle:
        while piece := handle.read(_CHUNK):
            yield piece
