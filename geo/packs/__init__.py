"""A county's plan as data: find, list, check and read packs."""

from geo.packs.faults import Fault, PackFaultsError
from geo.packs.reader import PackSummary, find_pack, list_packs, load_pack, pack_faults, pack_names
from geo.packs.sources import DATA_DIR

__all__ = [
    "DATA_DIR",
    "Fault",
    "PackFaultsError",
    "PackSummary",
    "find_pack",
    "list_packs",
    "load_pack",
    "pack_faults",
    "pack_names",
]
