"""Text whose encoding the file does not tell, or tells wrongly: GDAL hands the bytes through as Latin-1 letters, and
here they are read as what they are."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from geo.i18n import N_, message
from geo.ingest.readers import flaws
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Decoded, Flaw

_GBK = "gb18030"
_USUAL = ("utf-8", _GBK)
_AS_GBK = frozenset(("936", "cp936", "gbk", "gb2312", "gb18030", "euc-cn"))
_AS_UTF8 = frozenset(("65001", "utf8", "utf-8"))


def codec_of(declared: str) -> str | None:
    """Python's name of an encoding as ``.cpg`` files write it; None for what is none.

    >>> codec_of("ANSI 936"), codec_of("65001"), codec_of("1252"), codec_of("System")
    ('gb18030', 'utf-8', 'cp1252', None)
    """
    name = re.sub(r"^(ansi|oem)[\s_-]*", "", declared.strip().lower())
    if name in _AS_GBK:
        return _GBK
    if name in _AS_UTF8:
        return "utf-8"
    try:
        return codecs.lookup(f"cp{name}" if name.isdigit() else name).name
    except LookupError:
        return None


def recoded(found: Decoded, declared: str | None) -> Decoded:
    """``found`` with names and texts read by the encoding that fits: the declared one, UTF-8 or GBK."""
    letters = {text for text in (*found.columns, *_texts(found)) if not text.isascii()}
    # What has letters beyond Latin-1 was no bytes handed through: drawings can spell letters out by their number.
    texts = [text for text in letters if max(text) <= "\xff"]
    raw = [text.encode("latin-1") for text in texts]
    wanted = [*([declared] if declared else []), *_USUAL]
    encoding = min(wanted, key=lambda name: sum(_decode(one, name) is None for one in raw))
    known = {text: _forced(one, encoding) for text, one in zip(texts, raw, strict=True)}
    columns = {known.get(name, name): _replaced(values, known) for name, values in found.columns.items()}
    bad = {text for text, one in zip(texts, raw, strict=True) if _decode(one, encoding) is None}
    told = _bad_rows(found, bad) if bad else []
    notes = (*found.notes, *_notes(encoding, declared)) if raw else found.notes
    return replace(found, columns=columns, flaws=[*found.flaws, *told], notes=notes)


def _texts(found: Decoded) -> Iterable[str]:
    return (value for values in found.columns.values() for value in values if isinstance(value, str))


def _decode(raw: bytes, encoding: str) -> str | None:
    """The text, without half a letter at its end, where the field's width cut it; None where it does not decode."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(raw)
    except UnicodeDecodeError:
        return None


def _forced(raw: bytes, encoding: str) -> str:
    text = _decode(raw, encoding)
    return raw.decode(encoding, "replace") if text is None else text


def _replaced(values: Sequence[Any], known: dict[str, str]) -> list[Any]:
    return [known.get(value, value) if isinstance(value, str) else value for value in values]


def _bad_rows(found: Decoded, bad: set[str]) -> list[Flaw]:
    rows = {i for values in found.columns.values() for i, value in enumerate(values) if value in bad}
    return [Flaw(index, *flaws.bad_bytes()) for index in sorted(rows)]


def _notes(encoding: str, declared: str | None) -> tuple[Note, ...]:
    if encoding in ("utf-8", declared):
        return ()
    said = message(
        N_("文件没有写明编码,或与所写的不符,按 {encoding} 读"), encoding="GBK" if encoding == _GBK else encoding
    )
    return (("encoding_guessed", said, message(N_("若中文成了乱码,请用 UTF-8 编码重新导出"))),)
