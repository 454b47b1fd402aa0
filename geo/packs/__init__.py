"""A county's plan as data: find, list and read packs."""

from geo.packs.reader import DATA_DIR, PackSummary, find_pack, list_packs, load_pack

__all__ = ["DATA_DIR", "PackSummary", "find_pack", "list_packs", "load_pack"]
