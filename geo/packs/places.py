"""Lines of things in a file's text: of the keys of a TOML document, of the features of a GeoJSON collection.

Parsers give values without places. These walk text that a parser has already found well-formed, and only when there is
a fault to place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json.decoder import JSONDecoder

Keys = tuple[str | int, ...]

_TOKEN = re.compile(
    r'(?P<blank>[ \t\r]+|\#[^\n]*)|(?P<text>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<sign>[\[\]{}=,.\n])|(?P<word>[^\s\[\]{}=,.#\"']+)",
    re.DOTALL,
)
_BLANK = re.compile(r"[\s,]*")


def toml_lines(text: str) -> dict[Keys, int]:
    """Line (from 1) of every key, table and list item in a valid TOML document, by the keys that lead to it.

    >>> toml_lines('a = 1\\n[[b]]\\nc = [2,\\n 3]\\n')[("b", 0, "c", 1)]
    4
    """
    walk = _TomlWalk(text)
    walk.document()
    return walk.lines


class _TomlWalk:
    def __init__(self, text: str) -> None:
        self.lines: dict[Keys, int] = {}
        self._tokens = [(found, line) for found, line in _numbered(text) if found.lastgroup != "blank"]
        self._at = 0
        self._tables: dict[Keys, int] = {}  # arrays of tables -> how many so far

    def document(self) -> None:
        table: Keys = ()
        while self._at < len(self._tokens):
            if self._sign() == "\n":
                self._at += 1
            elif self._sign() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _sign(self) -> str:
        return self._tokens[self._at][0][0] if self._at < len(self._tokens) else "\n"

    def _skip_lines(self) -> None:
        while self._at < len(self._tokens) and self._sign() == "\n":
            self._at += 1

    def _key(self, below: Keys) -> Keys:
        """A dotted key, up to the sign that ends it; every part of it is placed here if it is new."""
        while True:
            found, line = self._tokens[self._at]
            word = found[0]
            below = (*below, str(_unquoted(word)))
            self.lines.setdefault(below, line)
            self._at += 1
            if self._sign() != ".":
                return below
            self._at += 1
            below = self._into(below)

    def _into(self, keys: Keys) -> Keys:
        """The latest table of an array of tables, where ``keys`` leads to one."""
        return (*keys, self._tables[keys] - 1) if keys in self._tables else keys

    def _header(self) -> Keys:
        line = self._tokens[self._at][1]
        self._at += 1
        many = self._sign() == "["
        self._at += many
        keys = self._key(())
        self._at += 1 + many
        if many:
            self._tables[keys] = self._tables.get(keys, 0) + 1
        keys = self._into(keys)
        self.lines[keys] = line
        return keys

    def _pair(self, table: Keys) -> None:
        keys = self._key(table)
        self._at += 1  # =
        self._value(keys)

    def _value(self, keys: Keys) -> None:
        self._skip_lines()
        if self._sign() == "[":
            self._items(keys)
        elif self._sign() == "{":
            self._inline(keys)
        else:
            while self._sign() not in ("\n", ",", "]", "}"):  # a word, a text, or a number that is broken at its point
                self._at += 1

    def _items(self, keys: Keys) -> None:
        place = 0
        self._at += 1
        while self._next_inside("]"):
            self.lines[(*keys, place)] = self._tokens[self._at][1]
            self._value((*keys, place))
            place += 1

    def _inline(self, keys: Keys) -> None:
        self._at += 1
        while self._next_inside("}"):
            self._pair(keys)

    def _next_inside(self, end: str) -> bool:
        """Whether another thing follows before the bracket ``end``, which is passed if it is next."""
        while self._sign() in (",", "\n"):
            self._at += 1
        if self._sign() != end:
            return True
        self._at += 1
        return False


def _numbered(text: str) -> Iterator[tuple[re.Match[str], int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        yield found, line
        line += found[0].count("\n")


def _unquoted(word: str) -> str:
    if word.startswith('"'):
        return str(json.loads(word))  # TOML's escapes beyond JSON's do not occur in keys that a pack may have
    return word[1:-1] if word.startswith("'") else word


def line_of(lines: dict[Keys, int], keys: Keys) -> int:
    """The line of ``keys``, or of the nearest thing around them that has one; 1 at the least."""
    while keys and keys not in lines:
        keys = keys[:-1]
    return lines.get(keys, 1)


def feature_lines(text: str) -> list[int]:
    """Line (from 1) on which each feature of a valid GeoJSON collection begins."""
    decoder = JSONDecoder()
    at = _after_blank(text, text.index("{") + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _after_blank(text, text.index(":", at) + 1)
        if key == "features":
            return list(_item_lines(text, at + 1, decoder))
        _, at = decoder.raw_decode(text, at)
        at = _after_blank(text, at)
    return []


def _item_lines(text: str, at: int, decoder: JSONDecoder) -> Iterator[int]:
    line, counted = 1, 0
    at = _after_blank(text, at)
    while text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        yield line
        _, at = decoder.raw_decode(text, at)
        at = _after_blank(text, at)


def _after_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
