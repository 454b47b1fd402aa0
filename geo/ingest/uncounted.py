"""Figures of bases that are stored, and yet count for nothing or look mistaken: floor areas and levels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc  # type: ignore[import-untyped]

from geo.i18n import N_, message
from geo.ingest.column import Checked, Mask, mask
from geo.ingest.fields import FIELD_WORDS, Columns
from geo.ingest.ledger import Ledger

_SMALL_M2 = 50.0  # less than one room of a base: the figure was likely one of 万平方米


def tell(columns: Columns, ledger: Ledger) -> None:
    """Says of the bases that are taken which figures count for no year, and which floor areas are very small."""
    area, level = columns["floor_area"], columns["level"]
    _tell_yearless("floor_area", "built_year", ~_unknown(area) & (_numbers(area) > 0), columns, ledger)
    _tell_yearless("level", "level_year", ~mask(pc.equal(level.array, "")), columns, ledger)
    small = (_numbers(area) > 0) & (_numbers(area) < _SMALL_M2) & ~ledger.out
    for index in np.flatnonzero(small).tolist():
        said = message(N_("建筑面积只有 {n:g} 平方米"), n=area[index])
        ledger.tell(index, "small_area", said, message(N_("原数若是万平方米,请在表头或数字后写明“万平方米”")))


def _tell_yearless(name: str, year: str, given: Mask, columns: Columns, ledger: Ledger) -> None:
    field, when = message(FIELD_WORDS[name]), message(FIELD_WORDS[year])
    said = message(N_("有{field},没有{year}:不算进任何一年的目标"), field=field, year=when)
    for index in np.flatnonzero(given & _unknown(columns[year]) & ~ledger.out).tolist():
        ledger.tell(index, "uncounted", said, message(N_("知道是哪一年的,请补上")))


def _unknown(column: Checked) -> Mask:
    return mask(pc.is_null(column.array))


def _numbers(column: Checked) -> npt.NDArray[np.float64]:
    return np.asarray(column.array.fill_null(0.0), dtype=np.float64)
