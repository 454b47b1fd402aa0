"""What a person decided about a file: what its columns and words mean, which datum, which repairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from geo.crs import Datum


@dataclass(frozen=True)
class Choices:
    """Decisions on one file; the defaults decide nothing.

    Attributes:
        table: the sheet or layer to read.
        columns: (header, field) for headers that are to mean something else than was matched; field "" leaves one out.
        words: (field, word in the file, id) for words that the pack does not know.
        datum: the datum of the file's positions; None: as WGS-84, and what the evidence says is proposed.
        epsg: the CRS of the file's numbers; None: as the file says.
        repairs: kinds of repairs that are agreed to as a whole.
        single: (kind, row number) of repairs that are agreed to one by one.
    """

    table: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, str, str], ...] = ()
    datum: Datum | None = None
    epsg: int | None = None
    repairs: frozenset[str] = frozenset()
    single: frozenset[tuple[str, int]] = frozenset()

    def agreed(self, kind: str, row: int) -> bool:
        """Whether a repair of ``kind`` on row number ``row`` may be made."""
        return kind in self.repairs or (kind, row) in self.single or (kind == "shift_datum" and self.datum is not None)

    def words_of(self, field: str) -> Mapping[str, str]:
        """Word in the file -> id."""
        return {word: id for name, word, id in self.words if name == field}

    @classmethod
    def of_details(cls, details: Mapping[str, Any]) -> Self:
        """What :meth:`as_details` told, but for the table: a file that comes later has its own."""
        datum = details.get("datum")
        return cls(
            columns=tuple((str(header), str(field)) for header, field in details.get("columns", {}).items()),
            words=tuple((str(field), str(word), str(id)) for field, word, id in details.get("words", ())),
            datum=Datum(datum) if datum else None,
            epsg=details.get("epsg"),
        )

    def as_details(self) -> dict[str, Any]:
        """What of it a revision records."""
        return {
            name: value
            for name, value in (
                ("table", self.table),
                ("columns", dict(self.columns)),
                ("words", [list(word) for word in self.words]),
                ("datum", str(self.datum) if self.datum else ""),
                ("epsg", self.epsg),
            )
            if value
        }
