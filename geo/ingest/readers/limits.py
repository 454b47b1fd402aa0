"""How much of a file is read: beyond this it is refused with a sentence, never by running out of memory or time."""

from __future__ import annotations

from typing import Final

MAX_BYTES: Final = 200 * 1024 * 1024  # of the file as it arrives
MAX_UNPACKED: Final = 1024 * 1024 * 1024  # of all members of a zip together, or of a Parquet file's columns
MAX_RATIO: Final = 200  # of unpacked to packed; blank-padded tables reach it when small, so it counts from the next on
RATIO_COUNTS_FROM: Final = 100 * 1024 * 1024
MAX_MEMBERS: Final = 10_000  # files in one zip
MAX_ROWS: Final = 1_048_576  # as many as an Excel sheet has
MAX_COLUMNS: Final = 2_000
MAX_CELLS: Final = 10_000_000  # rows times columns
MAX_RASTER_CELLS: Final = 200_000_000  # of a raster in the county's window: 10 m in 20,000 km²
MAX_RASTER_BLOCK: Final = 128 * 1024 * 1024  # bytes that are unpacked at once
MAX_BLANK_ROWS: Final = 10_000  # in a row, after which a sheet counts as ended
MAX_CELL_CHARACTERS: Final = 10_000_000  # the outline of a large area as text has some 40 characters a corner
MAX_DEPTH: Final = 50_000  # of elements of XML in each other
MAX_ELEMENTS: Final = 1_000_000  # of XML in one mark: a track has one for each position
