"""In and out: files and standard input whole, results whole or not at all, and nothing that steers a terminal."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from geo.errors import InputError, OutputError
from geo.i18n import N_, message
from geo.ingest import MAX_BYTES

STANDARD = "-"  # the file name that means standard input or output
_STDIN_NAME = "stdin"
_GAP = "  "
# Control characters, marks that turn the direction of writing or hide, and halves of characters.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def escaped(text: str, keep: str = "") -> str:
    r"""``text`` with what could steer a terminal written out, as JSON does it.

    >>> escaped("a\x1b[2J\n")
    'a\\u001b[2J\\u000a'
    """
    return _UNSAFE.sub(lambda found: found[0] if found[0] in keep else f"\\u{ord(found[0]):04x}", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of columns under ``head``, each as wide as its widest cell."""
    cells = [[escaped(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return [
        _GAP.join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _width(text: str) -> int:
    """How many places of a terminal ``text`` takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


# --- in ------------------------------------------------------------------------------------------------------------


def read(file: str) -> tuple[str, bytes]:
    """The name and the bytes of ``file``, or of standard input for "-"; of a file too large, enough to see that it is.

    Raises:
        InputError: it is not there, is a folder, or may not be read.
    """
    most = MAX_BYTES + 1
    if file == STANDARD:
        return _STDIN_NAME, sys.stdin.buffer.read(most)
    path = Path(file)
    try:
        with path.open("rb") as handle:
            return path.name, handle.read(most)
    except OSError as fault:
        raise InputError(message(_why_unread(path, fault), file=file, detail=fault.strerror or str(fault))) from fault


def _why_unread(path: Path, fault: OSError) -> str:
    if path.is_dir():
        return N_("“{file}”是文件夹:请写出里面的文件。")
    if isinstance(fault, FileNotFoundError):
        return N_("没有文件“{file}”:请检查文件名和所在的文件夹。")
    return N_("读不了文件“{file}”({detail}):请检查权限,并关掉占用它的程序。")


# --- out -----------------------------------------------------------------------------------------------------------


def note(text: str) -> None:
    """One line on standard error."""
    try:
        print(escaped(text), file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.stderr)


def write_lines(lines: Iterable[str]) -> None:
    """Lines for people on standard output."""
    text = "".join(f"{escaped(line)}\n" for line in lines)
    _put(text.encode(sys.stdout.encoding, "backslashreplace"))


def json_bytes(document: Any) -> bytes:
    """A document as UTF-8 JSON, with characters that could steer a terminal as the escapes that JSON has for them."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    return (escaped(text, keep="\n") + "\n").encode()


def write_json(document: Any) -> None:
    """The one document that a program reads from standard output."""
    _put(json_bytes(document))


def write_data(data: bytes, out: str | None, *, binary: bool = False) -> None:
    """A file's bytes to ``out``, or to standard output; a terminal gets only text, and that escaped.

    Raises:
        OutputError: it cannot be written, or ``binary`` data would go to a terminal.
    """
    if out is not None and out != STANDARD:
        _write_file(Path(out), data)
    elif not sys.stdout.isatty():
        _put(data)
    elif binary:
        raise OutputError(N_("这种文件不是文字,不能显示在终端里:请加 -o 文件名。"))
    else:
        write_lines(data.decode("utf-8-sig").splitlines())


def _put(data: bytes) -> None:
    """To standard output, now. A reader who has left (``| head``) has had enough: that is no fault."""
    left = memoryview(data)
    try:
        while left:  # one write may take only a part, where Python was told not to buffer
            left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
    except OSError as fault:
        _silence(sys.stdout)
        text = N_("写不到标准输出({detail}):请检查磁盘空间,或用 -o 换一个位置。")
        raise OutputError(message(text, detail=fault.strerror or str(fault))) from fault


def _silence(stream: TextIO) -> None:
    """What is left in the buffers goes nowhere, instead of failing once more when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _write_file(path: Path, data: bytes) -> None:
    """Whole or not at all: what is there already stays until the new file is complete."""
    try:
        if path.exists() and not path.is_file():  # a pipe or device cannot be replaced, and a folder fails as it should
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as fault:
        text = N_("写不进“{file}”({detail}):请换一个可写的位置,并关掉占用它的程序。")
        raise OutputError(message(text, file=str(path), detail=fault.strerror or str(fault))) from fault


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".atlas-{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as handle:
            handle.write(data)
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
