"""A file in, checked rows and a report out: every row is accepted or explained, none is changed in silence."""

from geo.ingest.check import STAGES, County, check, decode, digest
from geo.ingest.choices import Choices
from geo.ingest.codes import SEVERITIES
from geo.ingest.columns import POSITION_FIELDS, Match, fields_of, shape_of
from geo.ingest.fields import FIELD_WORDS
from geo.ingest.ledger import REPAIR_WORDS
from geo.ingest.progress import Watch, unwatched
from geo.ingest.readers import tables
from geo.ingest.readers.limits import MAX_BYTES
from geo.ingest.report import Fault, FieldChange, RejectedRow, Repair, Report
from geo.ingest.rows import Decoded

__all__ = [
    "FIELD_WORDS",
    "MAX_BYTES",
    "POSITION_FIELDS",
    "REPAIR_WORDS",
    "SEVERITIES",
    "STAGES",
    "Choices",
    "County",
    "Decoded",
    "Fault",
    "FieldChange",
    "Match",
    "RejectedRow",
    "Repair",
    "Report",
    "Watch",
    "check",
    "decode",
    "digest",
    "fields_of",
    "shape_of",
    "tables",
    "unwatched",
]
