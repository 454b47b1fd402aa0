"""GeoJSON cut into pieces, each a text of whole features: what is made of one piece is let go before the next comes,
while it still lies in the processor's cache, and other threads run in between.

Where to cut is guessed by how the first feature begins. That is safe: where the text around the features is sound with
another feature in their place, and every piece is a sound list of features, the whole is what all of them are together.
A wrong guess ends in a piece that is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

PIECE = 1 << 20  # bytes, of many features; one may be longer
_FEATURES = re.compile(rb'"features"\s*:\s*\[')
_OPENING = re.compile(rb'\s*(\{\s*"[^"\\]*")')
_MOST_ENDS = 16  # brackets after the last feature: members such as bbox may follow
_MOST_BLANKS = 64  # between the last feature and the bracket


@dataclass(frozen=True)
class Cut:
    """A collection, and where its features begin and end."""

    data: bytes
    start: int
    stop: int

    def around(self, feature: bytes) -> bytes:
        """The collection with ``feature`` in place of its own."""
        return self.data[: self.start] + feature + self.data[self.stop :]

    def pieces(self) -> Iterator[memoryview]:
        """Features, with commas between them."""
        opening = _OPENING.match(self.data, self.start, self.stop)
        between = re.compile(rb"\}\s*(,)\s*" + re.escape(opening[1])) if opening else None
        view, start = memoryview(self.data), self.start
        while start < self.stop:
            found = between.search(self.data, min(start + PIECE, self.stop), self.stop) if between else None
            end = found.start(1) if found else self.stop
            yield view[start:end]
            start = end + 1


def cuts(data: bytes) -> Iterator[Cut]:
    """Where the features of a collection may be, the likeliest first."""
    found = _FEATURES.match(data, max(data.find(b'"features"'), 0))
    end = len(data)
    for _ in range(_MOST_ENDS if found else 0):
        end = data.rfind(b"]", 0, end)
        if not found or end < found.end():
            return
        if data[max(0, end - _MOST_BLANKS) : end].rstrip().endswith(b"}"):  # a feature ends there, and no bbox
            yield Cut(data, found.end(), end)


def lines(data: bytes) -> Iterator[memoryview]:
    """Whole lines."""
    view, start = memoryview(data), 0
    while start < len(data):
        end = data.find(b"\n", start + PIECE) + 1 or len(data)
        yield view[start:end]
        start = end


def sequence(data: bytes, separator: bytes) -> Iterator[memoryview]:
    """Whole texts of those that each begin with a separator (RFC 8142)."""
    view, start = memoryview(data), 0
    while start < len(data):
        end = data.find(separator, start + PIECE)
        end = len(data) if end < 0 else end
        yield view[start:end]
        start = end
