"""A store on a real file, and small frames to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "atlas.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{path}")
    yield opened
    opened.close()
