"""Tables that are filled in on a page, as the tests fill them in."""

from __future__ import annotations

from typing import Any

import pandas as pd


def editor(look: Any, name: str) -> tuple[str, pd.DataFrame]:
    """The key of the table of that name, and its rows as they are shown."""
    (found,) = [one for one in look.at.data_editor if one.key.startswith(f"{name}_")]
    return found.key, found.value


def fill(look: Any, name: str, *rows: tuple[int, dict[str, Any]]) -> Any:
    """Types into cells, as a browser would send it."""
    key, _ = editor(look, name)
    return look.hold(**{key: {"edited_rows": dict(rows), "added_rows": [], "deleted_rows": []}})
