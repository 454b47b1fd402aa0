"""The walking network: roads to nodes and edges, and places to where they meet it. In metres, without files."""

from geo.streets.landing import MAX_SNAP_M, Landing, snap
from geo.streets.network import JOIN_TOLERANCE_M, Network, build_network

__all__ = ["JOIN_TOLERANCE_M", "MAX_SNAP_M", "Landing", "Network", "build_network", "snap"]
