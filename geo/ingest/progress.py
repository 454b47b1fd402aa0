"""How far a check is: what takes long says so every so often, and whoever looks on can stop it then."""

from __future__ import annotations

import io
from collections.abc import Callable

Watch = Callable[[str, float], None]  # a stage (a msgid), and the share of it that is done, 0 to 1
Tick = Callable[[float], None]  # the share of what is under way that is done; raises StoppedError to end it


def unwatched(_stage: str, _share: float) -> None:
    """Nobody looks on."""


def silent(_share: float) -> None:
    """Nobody asks."""


class Stream(io.BytesIO):
    """A file in memory that tells how far it has been read."""

    def __init__(self, data: bytes, tick: Tick) -> None:
        super().__init__(data)
        self._size, self._tick = max(len(data), 1), tick

    def read(self, size: int | None = -1, /) -> bytes:
        self._tick(self.tell() / self._size)
        return super().read(size)

    def read1(self, size: int | None = -1, /) -> bytes:
        self._tick(self.tell() / self._size)
        return super().read1(size)
