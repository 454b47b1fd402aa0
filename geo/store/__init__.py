"""The store: what staff changed, kept as revisions that are only ever added to."""

from geo.store.revisions import KIND_WORDS, SEED, Draft, Revision
from geo.store.store import Store

__all__ = ["KIND_WORDS", "SEED", "Draft", "Revision", "Store"]
