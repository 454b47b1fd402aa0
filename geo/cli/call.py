"""What every command knows: the language, the pack, the database, and how to end."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from geo import usecases
from geo.cli import terminal
from geo.errors import InputError
from geo.i18n import N_, Label, Lang, Message, lang_of, translate
from geo.model import PLACED, Layer

FINE = 0
FAULTY = 1  # the input has faults
UNUSABLE = 2  # the input cannot be used at all, or the call is wrong

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides, as everywhere


def _placed(layer: Layer) -> Layer:
    """
    Raises:
        InputError: it is no layer that files hold.
    """
    if layer not in PLACED:
        raise InputError(N_("计划填报不是文件的图层:请用 plan --json 取出,在页面上填。"))
    return layer


JsonFlag = Annotated[bool, typer.Option("--json", help=N_("在标准输出写一份 JSON。"))]
LayerOption = Annotated[
    Layer,
    typer.Option(
        "--layer",
        callback=_placed,
        metavar="|".join(PLACED),
        help=N_("图层:bases 基地,facilities 配套设施,districts 片区,towns 乡镇街道,roads 道路,population 人口。"),
    ),
]
OutOption = Annotated[str | None, typer.Option("--out", "-o", metavar="FILE", help=N_("写入这个文件,不写到标准输出。"))]
AuthorOption = Annotated[str | None, typer.Option("--author", help=N_("记在修订里的姓名;不写时是系统用户名。"))]


@dataclass(frozen=True)
class Call:
    """One call's surroundings."""

    lang: Lang
    pack: str | None = None
    database: str | None = None

    def t(self, msgid: str, **params: Any) -> str:
        """The sentence in the caller's language."""
        return translate(self.lang, msgid, **params)

    def say(self, text: Label | Message) -> str:
        """A name from the data or a message from below, in the caller's language."""
        return text.text(self.lang)

    def note(self, msgid: str, **params: Any) -> None:
        """A line for people on standard error: ``msgid`` marked with N_ where it is written."""
        terminal.note(self.t(msgid, **params))

    @contextmanager
    def opened(self) -> Iterator[usecases.Atlas]:
        """The atlas, until the command is done with it.

        Raises:
            PackError, StoreError: it cannot be opened.
        """
        atlas = usecases.open_atlas(self.database, self.pack)
        try:
            yield atlas
        finally:
            atlas.store.close()

    def author(self, name: str | None) -> usecases.Author:
        """Who writes. The caller sits at this machine, so nothing forbids it."""
        return usecases.Author((name or "").strip() or _user() or self.t("未署名"))


def _user() -> str:
    try:
        return getpass.getuser().strip()
    except (OSError, KeyError, ImportError):  # no such variable, and an account that has no name
        return ""


def environment_lang(environment: Mapping[str, str] = os.environ) -> Lang:
    """The language that the environment asks for: Chinese unless it is English."""
    return lang_of(next((value for name in _LOCALE_VARIABLES if (value := environment.get(name))), None))
