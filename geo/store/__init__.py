"""The store: what staff changed, kept as revisions that are only ever added to."""

from geo.store.backup import restore
from geo.store.differences import Difference, FieldChange
from geo.store.mappings import header_shape
from geo.store.revisions import KIND_WORDS, SEED, Draft, Revision
from geo.store.store import Store
from geo.store.text import as_stored
from geo.store.undoing import Conflict, Decision, Decisions, Field
from geo.store.uploads import Quarantined, Rejected, Resolution, Upload

__all__ = [
    "KIND_WORDS",
    "SEED",
    "Conflict",
    "Decision",
    "Decisions",
    "Difference",
    "Draft",
    "Field",
    "FieldChange",
    "Quarantined",
    "Rejected",
    "Resolution",
    "Revision",
    "Store",
    "Upload",
    "as_stored",
    "header_shape",
    "restore",
]
