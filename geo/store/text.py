"""Values as JSON text in a column, and back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def to_json(value: Any) -> str:
    """``value`` as JSON; what JSON has no word for, such as a date, becomes its text.

    A rejected row may be rejected for its text: half a surrogate pair survives as an escape.
    """
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, default=_plain)
    return text


def from_json(text: str) -> Any:
    return json.loads(text)


def as_stored(value: Any) -> str:
    """``value`` as it reads once it was stored, whatever order its members came in: to tell whether two are the same."""
    return json.dumps(from_json(to_json(value)), sort_keys=True)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
