"""What readers say about rows and files, in sentences that more than one reader uses."""

from __future__ import annotations

from collections.abc import Sequence

from geo.errors import InputError
from geo.i18n import N_, Message, message
from geo.ingest.readers import limits

Note = tuple[str, Message, Message]  # code, what, how to mend


def listed(names: Sequence[str], most: int = 8) -> str:
    """``names`` for a sentence, the first ``most`` of them."""
    shown = "、".join(name[:40] for name in names[:most])
    return shown + ("…" if len(names) > most else "")


def too_many_rows() -> InputError:
    return InputError(message(N_("超过 {most} 行:请分成几个文件,或删去空行、空列后再传。"), most=limits.MAX_ROWS))


def too_many_cells() -> InputError:
    return InputError(
        message(N_("格子超过 {most} 个:请删去空行、空列和用不到的字段,或分成几个文件。"), most=limits.MAX_CELLS)
    )


def table_chosen(chosen: str, all_names: Sequence[str]) -> Note:
    """Told where a file has several tables and nobody named one."""
    others = [name for name in all_names if name != chosen]
    said = message(N_("文件里有 {n} 张表,只读了“{table}”"), n=len(all_names), table=chosen)
    return "table_chosen", said, message(N_("若要读别的,请选:{others}"), others=listed(others))


def no_such_table(asked: str, all_names: Sequence[str]) -> InputError:
    text = N_("文件里没有名为“{table}”的表或图层:请从这些里选:{names}。")
    return InputError(message(text, table=asked[:60], names=listed(all_names)))


def elevation_dropped() -> tuple[str, Message, Message]:
    return "elevation_dropped", message(N_("坐标带有高程")), message(N_("不用改:平面地图不存高程,会略去"))


def bad_bytes() -> tuple[str, Message, Message]:
    fix = message(N_("请改正这一行的乱码,或用 UTF-8 编码重新导出"))
    return "bad_bytes", message(N_("有字不能按文件的编码读出,成了“�”")), fix


def columns_dropped(names: Sequence[str]) -> Note:
    said = message(N_("有 {n} 列不是文字、数字或日期,没有读:{names}"), n=len(names), names=listed(names))
    return "column_dropped", said, message(N_("若要紧,请改成文字后重新导出"))
