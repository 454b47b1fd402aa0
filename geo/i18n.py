"""Messages in the reader's language.

The source language is Chinese: a msgid *is* the Chinese text, so a missing translation falls back to what most
readers want. Catalogues are ``geo/locale/<lang>/LC_MESSAGES/atlas.po``; they are compiled in memory, so no build
step can leave a stale ``.mo`` behind.
"""

from __future__ import annotations

import gettext
import io
import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
DEFAULT_LANG: Lang = "zh"
LOCALE_DIR = Path(__file__).with_name("locale")


def N_(msgid: str) -> str:
    """Mark ``msgid`` for extraction and return it unchanged."""
    return msgid


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    path = LOCALE_DIR / lang / "LC_MESSAGES" / "atlas.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as handle:
        write_mo(compiled, read_po(handle, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(lang: str, msgid: str, **params: Any) -> str:
    """``msgid`` in ``lang``, with ``{name}`` places filled from ``params``: those stay as they are."""
    text = _catalogue(lang).gettext(msgid) if msgid else ""
    if lang == DEFAULT_LANG:
        text = typeset(text)
    return text.format(**{k: _shown(v, lang) for k, v in params.items()}) if params else text


def _shown(value: Any, lang: str) -> Any:
    return value.text(lang) if isinstance(value, (Label, Message, Listed)) else value


# The source is written with the punctuation of every keyboard; Chinese is read with its own.
_HAN = "\u3001-\u303f\u3400-\u9fff\u2018-\u201d\u2026\uff01-\uff5e"
_CHINESE = re.compile("[\u3400-\u9fff]")
# Kept as it is: a place to be filled, what is to be typed in just so (an option with its value too), an address; and
# the mark that stands for these meanwhile.
_KEPT = re.compile(r"\0|\{[^{}]*\}|`[^`]*`|\w+://[^\s,;、。]*|--[\w-]+ [^\s,;、。()”]*")
_STOP = re.compile(rf"(?<=[{_HAN}])[,:;?!]+ ?|[,:;?!]+ ?(?=[{_HAN}])|(?<=\0)(?:[:;?!]+ ?|,(?! ))")
_BRACKETS = re.compile(r"[()]")


@lru_cache(maxsize=4096)
def typeset(text: str) -> str:
    """A Chinese sentence with full-width punctuation; numbers ("1,000"), times, addresses and places to be filled stay.

    >>> ascii(typeset("第 {n:,} 行(共 1,000 行)"))
    "'\\\\u7b2c {n:,} \\\\u884c\\\\uff08\\\\u5171 1,000 \\\\u884c\\\\uff09'"
    """
    if not _CHINESE.search(text):
        return text
    kept = iter(_KEPT.findall(text))
    bare = _bracketed(_KEPT.sub("\0", text))
    return re.sub("\0", lambda _: next(kept), _STOP.sub(lambda found: _full(found[0].rstrip()), bare))


def _full(marks: str) -> str:
    return "".join(chr(ord(mark) + 0xFEE0) for mark in marks)


def _bracketed(text: str) -> str:
    """All pairs of round brackets made full-width but those of a link, ``[...](...)``."""
    marks, opened = list(text), list[int]()
    for found in _BRACKETS.finditer(text):
        at = found.start()
        if text[at] == "(":
            opened.append(at)
        elif opened and (start := opened.pop()) >= 0 and text[max(start - 1, 0)] != "]":
            marks[start], marks[at] = _full("("), _full(")")
    return "".join(marks)


def lang_of(locale: str | None) -> Lang:
    """The interface language for a browser or environment locale: Chinese unless it asks for English."""
    return "en" if (locale or "").lower().startswith("en") else DEFAULT_LANG


@dataclass(frozen=True)
class Label:
    """A proper name in both languages, as data files carry it."""

    zh: str
    en: str = ""

    def text(self, lang: str) -> str:
        return self.en if lang == "en" and self.en else self.zh

    def __str__(self) -> str:
        return self.zh


@dataclass(frozen=True)
class Message:
    """A sentence that is translated when it is shown, not when it is made.

    ``msgid`` must be a literal marked with :func:`N_` where it is written, so that it reaches the catalogue.
    """

    msgid: str
    params: dict[str, Any] = field(default_factory=dict, hash=False)

    def text(self, lang: str = DEFAULT_LANG) -> str:
        return translate(lang, self.msgid, **self.params)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Listed:
    """Names in a row, joined the way the reader's language joins them. A plain string is the same in every language."""

    items: tuple[Label | Message | str, ...]

    def text(self, lang: str = DEFAULT_LANG) -> str:
        said = (item if isinstance(item, str) else item.text(lang) for item in self.items)
        return (", " if lang == "en" else "、").join(said)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Lines(Listed):
    """Sentences one below the other."""

    def text(self, lang: str = DEFAULT_LANG) -> str:
        return "\n".join(item if isinstance(item, str) else item.text(lang) for item in self.items)

    def __str__(self) -> str:
        return self.text()


def message(msgid: str, **params: Any) -> Message:
    """Shorthand for ``Message(msgid, params)``."""
    return Message(msgid, params)
