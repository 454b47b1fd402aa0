"""A file as rows, before anybody has asked what its columns mean: what every reader gives and every check takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import shapely

from geo.i18n import Message

Shapes = npt.NDArray[np.object_]


def with_shape(shapes: Shapes) -> npt.NDArray[np.int64]:
    """The rows that have a shape."""
    return np.flatnonzero(~shapely.is_missing(shapes))


def by_parts(rows: npt.NDArray[Any], of: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """``of(rows)`` (n, ...), worked out for some thousand at a time, so that what it takes meanwhile is small."""
    first = of(rows[:_PART])
    found = np.empty((len(rows), *first.shape[1:]), dtype=first.dtype)
    found[:_PART] = first
    for start in range(_PART, len(rows), _PART):
        found[start : start + _PART] = of(rows[start : start + _PART])
    return found


_PART = 1 << 15


class Absent(Enum):
    """The value of a column in a row that does not have the column: JSON's objects differ from row to row."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final[Literal[Absent.ABSENT]] = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that a reader found wrong with one row. ``code`` is a key of :data:`geo.ingest.codes.SEVERITIES`."""

    index: int  # of the row, from 0
    code: str
    message: Message
    fix: Message


@dataclass(frozen=True, eq=False)
class Decoded:
    """The rows of one file.

    Attributes:
        format: ``geojson``, ``csv``, ``xlsx``, ``shapefile``, ``kml``, ``gpkg``, ``flatgeobuf`` or ``parquet``.
        columns: header as the file writes it -> one value a row (length n): None, bool, int, float, str, in GeoJSON
            also lists and dicts, and :data:`ABSENT`.
        numbers: how people find the rows, (n,): the sheet's own row number, else the feature's place from 1.
        shapes: (n,) shapely geometries with the file's own numbers, x first, None where a row has none; None as a
            whole where positions, if any, stand in the columns.
        raw: for GeoJSON, gives the features of some rows as they stand in the file; None for other formats.
        epsg: the CRS that the file names; None where it names none. GeoJSON's is 4326 unless an old ``crs`` member
            says otherwise.
        flaws: what the reader found wrong, row by row; a row with a flaw that is an error has no shape.
        notes: the same for the file as a whole: code, what, how to mend.
    """

    format: str
    columns: Mapping[str, Sequence[Any]]
    numbers: npt.NDArray[np.int64]
    shapes: Shapes | None = None
    raw: Callable[[Sequence[int]], Sequence[Any]] | None = None
    epsg: int | None = None
    flaws: Sequence[Flaw] = ()
    notes: Sequence[tuple[str, Message, Message]] = field(default=())

    def __len__(self) -> int:
        return len(self.numbers)

    def properties(self, index: int) -> dict[str, Any]:
        """The row's columns as the file has them."""
        found = ((name, values[index]) for name, values in self.columns.items())
        return {name: value for name, value in found if value is not ABSENT}

    def features(self, indices: Iterable[int]) -> list[Any]:
        """Rows as they stood in the file, as GeoJSON features; what was no feature is given back as it was."""
        if self.raw is None:
            return [self._feature(index) for index in indices]
        wanted = list(indices)
        return list(self.raw(wanted)) if wanted else []

    def _feature(self, index: int) -> Any:
        shape = self.shapes[index] if self.shapes is not None else None
        geometry = None if shape is None else shapely.geometry.mapping(shape)
        return {"type": "Feature", "properties": self.properties(index), "geometry": geometry}
