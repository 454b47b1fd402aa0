"""Told from evidence (placeholder until the datum branch is merged)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geo.crs import Datum


@dataclass(frozen=True)
class DatumFinding:
    """What the evidence says."""

    datum: Datum | None = None

    def notes(self) -> tuple[Any, ...]:
        """Nothing yet."""
        return ()

    def as_json(self, lang: str) -> dict[str, Any]:
        """Nothing yet."""
        return {"lang": lang} if self.datum else {}


def find_datum(*evidence: Any) -> DatumFinding:
    """Nothing yet."""
    return DatumFinding(None if evidence else None)
