"""Coverage larger than one machine's memory: GeoParquet in, GeoParquet out, tile by tile, on a Dask cluster or in turns.

The answer is that of :func:`geo.coverage.measure` and :func:`geo.coverage.coverage_table` over everything at once.
"""

from geo.scale.cluster import on_cluster
from geo.scale.job import Job, Part, Summary
from geo.scale.run import INPUT, check, check_out, in_turns, run, table_of
from geo.scale.source import write_layer

__all__ = [
    "INPUT",
    "Job",
    "Part",
    "Summary",
    "check",
    "check_out",
    "in_turns",
    "on_cluster",
    "run",
    "table_of",
    "write_layer",
]
