"""The commands under one name, and how a call ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from geo.cli import access, copies, extracts, files, judging, packs, plan, records, revisions, terminal, waiting
from geo.cli.call import FINE, UNUSABLE, Call, environment_lang
from geo.errors import AtlasError
from geo.i18n import LANGS, N_, Lang, lang_of, translate

_EVERYWHERE = ("--lang", "--pack", "--database")


class _Group(TyperGroup):
    """Speaks the caller's language in helps and errors, and turns every outcome into an exit code."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        words = _everywhere_first(sys.argv[1:] if args is None else args)
        lang = _lang_asked(words)
        _translate_helps(self, lang)
        try:
            code = super().main(words, *more, **{**extra, "standalone_mode": False})
        except AtlasError as fault:
            terminal.note(fault.text(lang))
            code = UNUSABLE
        except typer.TyperException as fault:
            _tell_wrong_call(fault, lang)
            code = UNUSABLE
        sys.exit(code or FINE)


def _everywhere_first(args: Sequence[str]) -> list[str]:
    """Options that concern every command may stand anywhere, as people write them; typer wants them in front."""
    front: list[str] = []
    rest: list[str] = []
    words: Iterator[str] = iter(args)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _EVERYWHERE:
            front += [word, *islice(words, 1)]
        elif word.partition("=")[0] in _EVERYWHERE:
            front.append(word)
        else:
            rest.append(word)
    return front + rest


def _lang_asked(words: Sequence[str]) -> Lang:
    """The language before the call is understood: helps and complaints about the call need it."""
    for word, after in pairwise([*words, ""]):
        name, _, own = word.partition("=")
        if name == "--lang" and (own or after) in LANGS:
            return lang_of(own or after)
    return environment_lang()


def _translate_helps(command: Any, lang: Lang) -> None:
    for thing in (command, *command.params):
        if getattr(thing, "help", None):
            thing.help = translate(lang, thing.help)
    for child in getattr(command, "commands", {}).values():
        _translate_helps(child, lang)


def _tell_wrong_call(fault: typer.TyperException, lang: Lang) -> None:
    context = getattr(fault, "ctx", None)
    detail = " ".join(fault.format_message().split())  # typer puts each choice on a line of its own
    terminal.note(translate(lang, N_("命令写得不对:{detail}"), detail=detail))
    if context is not None:
        terminal.note(translate(lang, N_("用法请看:{command} --help"), command=context.command_path))


app = typer.Typer(
    cls=_Group,
    help=N_(
        "孵化一张图的命令行。进展写在标准错误,结果写在标准输出。退出码:0 正常;1 文件里有错;2 文件不能用,或命令写得不对。"
    ),
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def everywhere(
    ctx: typer.Context,
    lang: Annotated[Lang | None, typer.Option(help=N_("语言:zh 或 en。不写时看系统的语言设置。"))] = None,
    pack: Annotated[str | None, typer.Option(help=N_("规划包的名称或文件夹;不写时用 ATLAS_PACK。"))] = None,
    database: Annotated[str | None, typer.Option(help=N_("数据库地址;不写时用 ATLAS_DATABASE_URL。"))] = None,
) -> None:
    ctx.obj = Call(lang or environment_lang(), pack, database)


for part in (files, extracts, judging, access, plan, packs, records, revisions, waiting, copies):
    app.add_typer(part.commands)
