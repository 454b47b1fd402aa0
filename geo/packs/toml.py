"""A pack's TOML files: read against their shape, and the lines of their keys for whoever finds a fault in them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from geo.i18n import N_, Listed, Message, message
from geo.packs.faults import Faults
from geo.packs.places import Keys, line_of, toml_lines
from geo.packs.schema import differences

_T = TypeVar("_T")
_AT_LINE = re.compile(r"at line (\d+)")
Placed = Iterable[tuple[Keys, str]]


@dataclass(frozen=True)
class TomlFile(Generic[_T]):
    """A file as its shape, with what it takes to say where in it a fault is."""

    path: Path
    text: str
    value: _T
    faults: Faults

    @cached_property
    def _lines(self) -> dict[Keys, int]:
        return toml_lines(self.text)

    def fault(self, keys: Keys, what: Message, mend: Message) -> None:
        """Notes a fault of the thing that ``keys`` lead to."""
        self.faults.add(self.path, line_of(self._lines, keys), written(keys), what, mend)

    def unique(self, values: Placed) -> None:
        """Notes every value that has been there before."""
        seen: set[str] = set()
        for keys, value in values:
            if value in seen:
                self.fault(keys, message(N_("编号 {id} 出现了两次"), id=value), message(N_("请改掉其中一个")))
            seen.add(value)

    def refers(self, values: Placed, known: Collection[str] | None, what: str) -> None:
        """Notes every value that is not among ``known``, the ids of ``what`` (None: they could not be read)."""
        for keys, value in values:
            if known is not None and value not in known:
                self.fault(keys, *unknown(value, known, what))


def unknown(value: str, known: Collection[str], what: str) -> tuple[Message, Message]:
    """What is wrong with a reference to nothing, and its mend."""
    said = message(N_("没有{what} {id}"), what=message(what), id=value or "“”")
    if not known:
        return said, message(N_("请先写上{what},或留空"), what=message(what))
    return said, message(N_("请用 {known} 之一"), known=Listed(tuple(sorted(known))))


def written(keys: Keys) -> str:
    """Keys as people write them.

    >>> written(("cluster", 2, "chain", 0))
    'cluster[2].chain[0]'
    """
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return "".join(parts).removeprefix(".")


def read_toml(path: Path, shape: type[_T], faults: Faults) -> TomlFile[_T] | None:
    """The file at ``path`` as ``shape``; None where it is missing, not TOML or not of that shape: then ``faults`` has
    grown."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # as Windows' Notepad writes it, too
        raw: Any = tomllib.loads(text)
    except FileNotFoundError:
        faults.add(path, None, "", message(N_("没有这个文件")), message(N_("每个规划包都要有它,请照已有的包补上")))
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        what = message(N_("不是 UTF-8 的 TOML({detail})"), detail=str(fault))
        faults.add(path, _line_of(fault, path), "", what, message(N_("请改好这一处再试")))
        return None
    wrong = list(differences(raw, shape))
    if wrong:
        unshaped = TomlFile(path, text, raw, faults)
        for one in wrong:
            unshaped.fault(one.keys, one.what, one.mend)
        return None
    return TomlFile(path, text, msgspec.convert(raw, shape), faults)


def _line_of(fault: tomllib.TOMLDecodeError | UnicodeDecodeError, path: Path) -> int:
    if isinstance(fault, UnicodeDecodeError):
        return fault.object.count(b"\n", 0, fault.start) + 1
    found = _AT_LINE.search(str(fault))
    return int(found[1]) if found else len(path.read_bytes().splitlines())  # "at end of document"
