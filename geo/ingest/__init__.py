"""A file in, checked rows and a report out: every row is accepted or explained, none is changed in silence."""

from geo.ingest.check import check
from geo.ingest.decode import MAX_BYTES
from geo.ingest.report import SEVERITIES, Fault, RejectedRow, Report

__all__ = ["MAX_BYTES", "SEVERITIES", "Fault", "RejectedRow", "Report", "check"]
