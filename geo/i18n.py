"""Messages in the reader's language.

The source language is Chinese: a msgid *is* the Chinese text, so a missing translation falls back to what most
readers want. Catalogues are ``geo/locale/<lang>/LC_MESSAGES/atlas.po``; they are compiled in memory, so no build
step can leave a stale ``.mo`` behind.
"""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass, field
from functools import cache
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
    """``msgid`` in ``lang``, with ``{name}`` places filled from ``params``."""
    text = _catalogue(lang).gettext(msgid) if msgid else ""
    return text.format(**{k: _shown(v, lang) for k, v in params.items()}) if params else text


def _shown(value: Any, lang: str) -> Any:
    return value.text(lang) if isinstance(value, (Label, Message, Listed)) else value


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
