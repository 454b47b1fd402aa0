"""How a file is to be read: what the options say of its columns, words, datum and repairs, as decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import typer
from shapely import Point

from geo import crs, ingest, usecases
from geo.cli.call import Call
from geo.crs import Datum
from geo.errors import InputError
from geo.i18n import N_, Listed, Message, message
from geo.ingest import FIELD_WORDS, REPAIR_WORDS, Choices
from geo.ingest.words import Words, vocabulary
from geo.model import COLUMNS, Layer
from geo.usecases import Atlas

ALL = "all"
_ON_ITS_OWN = "shift_datum"  # moves a whole file, perhaps on a guess: whoever wants that says so
DatumWord = Literal["auto", "wgs84", "gcj02", "bd09"]

DatumOption = Annotated[
    DatumWord,
    typer.Option(
        "--datum",
        help=N_("文件的坐标基准;auto 是当作 WGS-84,看出像别的就说明,只有加 --repair shift_datum 才移。"),
    ),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="HEADER=FIELD",
        help=N_("这一列是哪个字段,可写几次;FIELD 留空是不用这一列。不写时自动识别,并沿用上次同样表头的决定。"),
    ),
]
WordOption = Annotated[
    list[str] | None,
    typer.Option("--word", metavar="FIELD:WORD=ID", help=N_("文件里的词是什么,可写几次,如 stage:众创=maker;会记住。")),
]
RepairOption = Annotated[
    list[str] | None,
    typer.Option(
        "--repair",
        metavar="KIND",
        help=N_("同意修这一类问题,可写几次;all 是除 shift_datum 以外的全部。validate 会列出可以修的。"),
    ),
]
TableOption = Annotated[
    str, typer.Option("--table", metavar="NAME", help=N_("读这张工作表或图层;不写时读第一张有内容的。"))
]
EpsgOption = Annotated[
    int | None, typer.Option("--epsg", metavar="N", help=N_("坐标数值的坐标系(EPSG 编号);不写时看文件。"))
]


@dataclass(frozen=True)
class Asked:
    """What the options say, as they were written."""

    datum: DatumWord
    columns: Sequence[str]
    words: Sequence[str]
    repairs: Sequence[str]
    table: str
    epsg: int | None


def checked(call: Call, atlas: Atlas, name: str, data: bytes, layer: Layer, asked: Asked) -> ingest.Report:
    """The report on a file as the options, and else the last file with the same header, say it is to be read.

    Raises:
        InputError, CrsError: an option says what there is not, or the file cannot be read.
    """
    choices = _choices(atlas, layer, asked)

    def check(choices: Choices) -> ingest.Report:
        return usecases.check_file(atlas, data, name, layer, choices, _Stages(call, name))

    report = check(choices)
    _check_columns(choices, report)
    known = usecases.remembered(atlas, layer, report)
    if known is None or (again := _with_remembered(choices, known)) == choices:
        return report
    if report.origins and (known.datum or known.epsg):
        call.note(N_("这些行从待改的行回来,坐标照当时选的基准读;要另定,请用 --datum 或 --epsg。"))
    else:
        call.note(N_("上次同样的表头作过决定,照此读列和词;要另定,请用 --map 或 --word。"))
    return check(again)


@dataclass
class _Stages:
    """A line for each stage of a check as it begins."""

    call: Call
    name: str
    last: str = ""

    def __call__(self, stage: str, _share: float) -> None:
        if stage != self.last:
            self.last = stage
            self.call.note(N_("正在核对 {file}:{stage}…"), file=self.name, stage=message(stage))


def _with_remembered(choices: Choices, known: Choices) -> Choices:
    """What was decided earlier, where the options do not say otherwise."""
    told = {(field, word): id for field, word, id in (*known.words, *choices.words)}
    words = tuple((field, word, id) for (field, word), id in told.items())
    where = (choices.datum, choices.epsg) if choices.datum or choices.epsg else (known.datum, known.epsg)
    return replace(choices, columns=choices.columns or known.columns, words=words, datum=where[0], epsg=where[1])


def _choices(atlas: Atlas, layer: Layer, asked: Asked) -> Choices:
    return Choices(
        table=asked.table,
        columns=_columns(layer, asked.columns),
        words=tuple(_word(atlas, layer, text) for text in asked.words),
        datum=None if asked.datum == "auto" else Datum(asked.datum),
        epsg=_epsg(asked.epsg),
        repairs=_repairs(asked.repairs),
    )


def _epsg(number: int | None) -> int | None:
    if number is not None:
        crs.unproject(Point(), number)  # complains where there is no such CRS
    return number


# --- columns -------------------------------------------------------------------------------------------------------


def _columns(layer: Layer, texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    columns = tuple(_column(layer, text) for text in texts)
    for place in (0, 1):
        told = [column[place] for column in columns if column[place]]
        if twice := next((name for name in told if told.count(name) > 1), None):
            raise InputError(message(N_("--map 里“{name}”写了两次:一列只能是一个字段,请只留一个。"), name=twice))
    return columns


def _column(layer: Layer, text: str) -> tuple[str, str]:
    header, equals, field = text.rpartition("=")
    if not equals or not header:
        raise InputError(message(N_("看不懂“--map {text}”:请写成 表头=字段,如 --map 单位=name。"), text=text))
    if field:
        _check_field(field, ingest.fields_of(layer, placed=False))
    return header, field


def _check_field(field: str, known: Sequence[str]) -> None:
    if field not in known:
        raise InputError(message(N_("没有字段“{field}”:请从这些里选:{known}。"), field=field, known=_named(known)))


def _named(fields: Sequence[str]) -> Listed:
    return Listed(tuple(_called(field, FIELD_WORDS[field]) for field in fields))


def _called(id: str, words: str) -> Message:
    return message(N_("{id} 是{words}"), id=id, words=message(words))


def _check_columns(choices: Choices, report: ingest.Report) -> None:
    """Whether the file has the columns, and takes them for what was said: files with shapes take no longitudes."""
    headers = {one.header: one.field for one in report.columns}
    for header, field in choices.columns:
        if header not in headers:
            text = N_("文件里没有“{header}”这一列:请从这些里选:{known}。")
            raise InputError(message(text, header=header, known=Listed(tuple(headers))))
        if field != headers[header]:
            _check_field(field, ingest.fields_of(report.layer, placed=True))


# --- words and repairs ---------------------------------------------------------------------------------------------


def _word(atlas: Atlas, layer: Layer, text: str) -> tuple[str, str, str]:
    head, equals, asked = text.rpartition("=")
    field, colon, word = head.partition(":")
    if not (equals and colon and word and asked):
        example = N_("看不懂“--word {text}”:请写成 `字段:词=编号`,如 --word stage:众创=maker。")
        raise InputError(message(example, text=text))
    fields = (*COLUMNS[layer], "district") if layer is Layer.DISTRICTS else COLUMNS[layer]
    known = {name: words for name, words in vocabulary(atlas.pack).items() if name in fields}
    _check_field(field, tuple(known))
    return field, word, _id(known[field], asked)


def _id(words: Words, asked: str) -> str:
    id = words.id_of(asked)
    if id is None:
        known = Listed(tuple(sorted(set(words.ids.values()))))
        raise InputError(message(N_("没有编号“{id}”:请从这些里选:{known}。"), id=asked, known=known))
    return id


def _repairs(kinds: Sequence[str]) -> frozenset[str]:
    for kind in kinds:
        if kind not in (ALL, *REPAIR_WORDS):
            known = Listed((ALL, *(_called(name, words) for name, words in REPAIR_WORDS.items())))
            raise InputError(message(N_("没有“{kind}”这种修复:请从这些里选:{known}。"), kind=kind, known=known))
    every = frozenset(REPAIR_WORDS) - {_ON_ITS_OWN} if ALL in kinds else frozenset()
    return every | frozenset(kinds) - {ALL}
