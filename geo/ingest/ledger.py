"""What is said about the rows of a file while it is checked, and what might be mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.i18n import N_, Label, Message
from geo.ingest.choices import Choices
from geo.ingest.codes import SEVERITIES
from geo.ingest.progress import Tick, silent
from geo.ingest.rows import Flaw

# Kind of repair -> what it does, as a person agrees to it.
REPAIR_WORDS: Mapping[str, str] = {
    "swap_axes": N_("对调经度和纬度"),
    "reproject": N_("由投影坐标换算为经纬度"),
    "shift_datum": N_("换算坐标基准"),
    "close_ring": N_("补上末点,使环闭合"),
    "make_valid": N_("修复自相交等几何错误"),
    "new_id": N_("给重复的编号换一个新编号"),
    "district_by_place": N_("片区改按坐标所在"),
    "strip_controls": N_("删去看不见的控制字符"),
}


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair of one row, made or only proposed."""

    kind: str
    index: int
    before: Message | Label | str
    after: Message | Label | str
    made: bool


# Of a row that is no feature at all nothing more is said: that it has no name, no place and no kind goes without.
_NO_ROW = frozenset(("not_a_feature", "not_json_line"))


class Ledger:
    """Flaws and repairs by row, from 0, and notes on the file as a whole; a row with an error is out.

    Every loop over rows passes here, so this is where whoever looks on can stop it: ``tick`` is told of each row.
    """

    def __init__(self, numbers: npt.NDArray[np.int64], choices: Choices, flaws: Sequence[Flaw] = ()) -> None:
        self.tick: Tick = silent
        self.choices = choices
        self.flaws: list[Flaw] = []
        self.repairs: list[Repair] = []
        self.notes: list[tuple[str, Message, Message]] = []  # code, what, how to mend
        self.out = np.zeros(len(numbers), dtype=bool)
        self._numbers = numbers
        self._no_row: frozenset[int] = frozenset()
        for flaw in flaws:
            self.tell(flaw.index, flaw.code, flaw.message, flaw.fix)
        self._no_row = frozenset(flaw.index for flaw in flaws if flaw.code in _NO_ROW)

    def tell(self, index: int, code: str, said: Message, fix: Message) -> None:
        self.tick(0.0)
        if index in self._no_row:
            return
        self.flaws.append(Flaw(index, code, said, fix))
        if SEVERITIES[code] == "error":
            self.out[index] = True

    def propose(self, kind: str, index: int, before: Message | Label | str, after: Message | Label | str) -> bool:
        """Notes a repair; True: it was agreed to, so it is to be made and the flaw not told."""
        self.tick(0.0)
        made = self.choices.agreed(kind, self.number(index))
        self.repairs.append(Repair(kind, index, before, after, made))
        return made

    def number(self, index: int) -> int:
        """How people find the row."""
        return int(self._numbers[index])

    def forget(self, index: int, code: str) -> None:
        """Takes back what was told of a row under ``code``, now that it is mended."""
        self.flaws = [flaw for flaw in self.flaws if flaw.index != index or flaw.code != code]
        self.out[index] = any(SEVERITIES[flaw.code] == "error" for flaw in self.flaws if flaw.index == index)
