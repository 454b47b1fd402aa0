"""The jobs of the coverage bench: what is measured, by whom, on which data, and what each was to reach."""

from __future__ import annotations

import atexit
import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import igraph
import networkx as nx
import numpy as np
import shapely
from pykdtree.kdtree import KDTree
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from benchmarks import county
from benchmarks.measure import OURS
from geo import coverage as cov
from geo import crs, packs, usecases
from geo.coverage import demand as demands
from geo.coverage.ground import SERVICE_QUAD_SEGS
from geo.coverage.kernels import areas, grid, streets

COUNT_M = 1000.0
SERVED_M = 500.0
WALK_M = 1200.0  # 15 minutes at 80 m a minute
KINDS_WALKED = 4
CELLS_PER_FACILITY = 60  # of one category, in a province
LINKS_KEPT = 0.72  # of a square lattice: about three streets meet at a node, as in a town
BLOCK_M = 110.0

NEAREST = "最近设施,每类每格"
COUNT = "1000 米内设施数,每类每格"
EXACT = "空白地带,精确多边形"
SHARE = "空白面积占比"
WALK = "步行到最近设施,4 类"
SLIDER = "拖动半径后的矩阵、占比和图"
SLIDER_PAGE = "拖动半径后的矩阵、占比和图,页面所用"
SLIDERS = (SLIDER, SLIDER_PAGE)
PROVINCE_PARTS = {4: "省:最近设施,四分之一的格", 2: "省:最近设施,一半的格", 1: "省:最近设施,全部的格"}
PROVINCE_WALK = "省:步行到最近设施,1 类"

PYKDTREE, CKDTREE = "pykdtree", "scipy cKDTree"
STRTREE, SJOIN_NEAREST = "shapely STRtree.query_nearest", "geopandas sjoin_nearest"
PAIRS, BALL, SJOIN = "scipy sparse_distance_matrix", "scipy query_ball_point", "geopandas sjoin(dwithin)"
UNION, SUBSETS = "shapely union_all", "shapely disjoint_subset_union_all"
DIJKSTRA, DIJKSTRA_LIMIT = "scipy dijkstra(min_only)", "scipy dijkstra(min_only, limit)"
IGRAPH, NETWORKX = "igraph", "networkx"

# Job -> peers -> how many times as fast as the faster of them.
AIMS: Mapping[str, Mapping[tuple[str, ...], float]] = {
    NEAREST: {(SJOIN_NEAREST,): 25.0, (PYKDTREE,): 2.0},
    COUNT: {(SJOIN,): 100.0},
    EXACT: {(UNION, SUBSETS): 1.0},
    SHARE: {(UNION, SUBSETS): 20.0},
    WALK: {(DIJKSTRA, DIJKSTRA_LIMIT): 2.5, (IGRAPH,): 10.0},
}


@dataclass(frozen=True)
class Size:
    facilities: int  # in all categories
    served: int  # facilities whose circles are joined
    nodes: int  # of the street network
    bases: int
    across_m: float  # only so much of the county, from its middle; inf: all
    province_cells: int
    province_nodes: int
    rounds: int


FULL = Size(20_000, 3_000, 105_000, 200, float("inf"), 10_000_000, 3_000_000, 5)
QUICK = Size(600, 60, 900, 20, 5_000.0, 40_000, 2_500, 1)


@dataclass(frozen=True)
class Job:
    """Each candidate is called over and over and gives its answer; answers may differ by ``tolerance``."""

    candidates: Mapping[str, Callable[[], Any]]
    tolerance: float = 0.0


class County:
    """The data, each part made when first asked for."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.pack = packs.load_pack(packs.find_pack(None))
        self.epsg = self.pack.metric_epsg
        self.categories = [category.id for category in self.pack.categories]

    @cached_property
    def ground(self) -> Any:
        """In metres."""
        whole = crs.project(self.pack.boundary.geometry.iloc[0], self.epsg)
        if self.size.across_m == float("inf"):
            return whole
        return shapely.intersection(whole, shapely.buffer(shapely.point_on_surface(whole), self.size.across_m / 2))

    @cached_property
    def demand(self) -> demands.Demand:
        boundary = crs.unproject(self.ground, self.epsg)
        return demands.demand_grid(boundary, self.pack.town_areas, self.pack.district_areas, None, self.epsg)

    @cached_property
    def facilities(self) -> gpd.GeoDataFrame:
        return county.facilities(self.pack, self.size.facilities)

    @cached_property
    def kinds(self) -> list[np.ndarray]:
        """(n, 2) metres by category."""
        xy = shapely.get_coordinates(crs.to_metric(self.facilities, self.epsg).geometry.to_numpy())
        kind = self.facilities["category"].to_numpy()
        return [xy[kind == category] for category in self.categories]

    @cached_property
    def served(self) -> np.ndarray:
        points, _ = county.spread(self.pack, self.size.served, county.SEED + 2)
        return shapely.get_coordinates(crs.project(points, self.epsg))


def nearest(size: Size) -> Job:
    here = County(size)
    cells = here.demand.centres
    points = shapely.points(cells)
    frame = gpd.GeoDataFrame(geometry=points, crs=here.epsg)
    frames = [gpd.GeoDataFrame(geometry=shapely.points(kind), crs=here.epsg) for kind in here.kinds]
    each = here.kinds
    return Job(
        {
            OURS: lambda: grid.nearest(here.demand.grid, each).metres,
            PYKDTREE: lambda: [KDTree(kind).query(cells)[0] for kind in each],
            CKDTREE: lambda: [cKDTree(kind).query(cells, workers=-1)[0] for kind in each],
            STRTREE: lambda: [_by_tree(kind.geometry.to_numpy(), points) for kind in frames],
            SJOIN_NEAREST: lambda: [_by_join(frame, kind) for kind in frames],
        },
        tolerance=1e-6,
    )


def _by_tree(kind: np.ndarray, points: np.ndarray) -> np.ndarray:
    return shapely.STRtree(kind).query_nearest(points, return_distance=True, all_matches=False)[1]


def _by_join(cells: gpd.GeoDataFrame, kind: gpd.GeoDataFrame) -> np.ndarray:
    joined = cells.sjoin_nearest(kind, distance_col="metres")["metres"]
    return joined[~joined.index.duplicated()].to_numpy()


def count(size: Size) -> Job:
    here = County(size)
    cells = here.demand.centres
    frame = gpd.GeoDataFrame(geometry=shapely.points(cells), crs=here.epsg)
    frames = [gpd.GeoDataFrame(geometry=shapely.points(kind), crs=here.epsg) for kind in here.kinds]
    each = here.kinds
    return Job(
        {
            OURS: lambda: grid.count_within(here.demand.grid, each, COUNT_M),
            PAIRS: lambda: [_by_pairs(cells, kind) for kind in each],
            BALL: lambda: [
                cKDTree(kind).query_ball_point(cells, COUNT_M, return_length=True, workers=-1) for kind in each
            ],
            SJOIN: lambda: [_by_dwithin(frame, kind) for kind in frames],
        }
    )


def _by_pairs(cells: np.ndarray, kind: np.ndarray) -> np.ndarray:
    pairs = cKDTree(cells).sparse_distance_matrix(cKDTree(kind), COUNT_M, output_type="ndarray")
    return np.bincount(pairs["i"], minlength=len(cells))


def _by_dwithin(cells: gpd.GeoDataFrame, kind: gpd.GeoDataFrame) -> np.ndarray:
    joined = cells.sjoin(kind, predicate="dwithin", distance=COUNT_M)
    return np.bincount(joined.index, minlength=len(cells))


def exact(size: Size) -> Job:
    """Uncovered polygons; the answer compared is their area, in m²."""
    here = County(size)
    ground, points = here.ground, shapely.points(here.served)
    return Job(
        {
            OURS: lambda: cov.beyond(ground, points, SERVED_M).area,
            UNION: lambda: _by_union(shapely.union_all, ground, points).area,
            SUBSETS: lambda: _by_union(shapely.disjoint_subset_union_all, ground, points).area,
        },
        tolerance=1.0,
    )


def _by_union(union: Callable[[Any], Any], ground: Any, points: np.ndarray) -> Any:
    return shapely.difference(ground, union(shapely.buffer(points, SERVED_M, quad_segs=SERVICE_QUAD_SEGS)))


def share(size: Size) -> Job:
    """The ground's scan lines are kept, as the ground itself is for the unions. Tolerance: circles with or without corners."""
    here = County(size)
    ground, points, cut = here.ground, shapely.points(here.served), areas.spans([here.ground])
    whole = ground.area
    return Job(
        {
            OURS: lambda: 1 - areas.covered_m2(cut, here.served, SERVED_M)[0] / cut.area_m2[0],
            UNION: lambda: _by_union(shapely.union_all, ground, points).area / whole,
            SUBSETS: lambda: _by_union(shapely.disjoint_subset_union_all, ground, points).area / whole,
        },
        tolerance=5e-4,
    )


def lattice(nodes: int) -> csr_array:
    """Streets of a made-up town: a jittered square lattice with gaps, nodes in rows, lengths in metres, both ways."""
    random = np.random.default_rng(county.SEED + 3)
    side = int(nodes**0.5)
    node = np.arange(side * side).reshape(side, side)
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) * BLOCK_M
    xy += random.uniform(-45, 45, xy.shape)
    tail = np.concatenate((node[:, :-1].ravel(), node[:-1].ravel()))
    head = np.concatenate((node[:, 1:].ravel(), node[1:].ravel()))
    kept = random.random(len(tail)) < LINKS_KEPT
    tail, head = tail[kept], head[kept]
    length = np.hypot(*(xy[tail] - xy[head]).T) * random.uniform(1, 1.2, len(tail))
    both = np.concatenate((length, length)), (np.concatenate((tail, head)), np.concatenate((head, tail)))
    return csr_array(both, shape=(side * side, side * side))


def walk(size: Size) -> Job:
    small = size.nodes <= QUICK.nodes
    return _walk(size.nodes, KINDS_WALKED, with_networkx=small)


def province_walk(size: Size) -> Job:
    return _walk(size.province_nodes, 1, with_networkx=False)


def _walk(nodes: int, kinds: int, *, with_networkx: bool) -> Job:
    network = lattice(nodes)
    n = network.shape[0]
    random = np.random.default_rng(county.SEED + 4)
    seeds = [random.choice(n, n // CELLS_PER_FACILITY, replace=False) for _ in range(kinds)]
    began = [(kind, np.zeros(len(kind))) for kind in seeds]
    links = network.indptr, network.indices, network.data
    graph = _with_sources(network, seeds)
    candidates: dict[str, Callable[[], Any]] = {
        OURS: lambda: _near(streets.nearest_many(*links, began, WALK_M)),
        DIJKSTRA_LIMIT: lambda: _near([dijkstra(network, indices=s, min_only=True, limit=WALK_M) for s in seeds]),
        DIJKSTRA: lambda: _near([dijkstra(network, indices=s, min_only=True) for s in seeds]),
        IGRAPH: lambda: _near(
            [graph.distances(n + kind, range(n), weights="weight", mode="out")[0] for kind in range(kinds)]
        ),
    }
    if with_networkx:
        whole = nx.from_scipy_sparse_array(network)
        candidates[NETWORKX] = lambda: _near([_by_networkx(whole, set(kind.tolist())) for kind in seeds])
    return Job(candidates, tolerance=1e-6)


def _with_sources(network: csr_array, seeds: list[np.ndarray]) -> igraph.Graph:
    """The network directed, with one more node for each kind that leads to its seeds at no cost."""
    pairs = network.tocoo()
    n = network.shape[0]
    more = [(n + kind, int(node)) for kind, nodes in enumerate(seeds) for node in nodes]
    edges = np.concatenate((np.column_stack(pairs.coords), np.array(more)))
    graph = igraph.Graph(n=n + len(seeds), edges=edges, directed=True)
    graph.es["weight"] = np.concatenate((pairs.data, np.zeros(len(more))))
    return graph


def _by_networkx(graph: nx.Graph, sources: set[int]) -> np.ndarray:
    found = nx.multi_source_dijkstra_path_length(graph, sources, cutoff=WALK_M)
    metres = np.full(len(graph), np.inf)
    metres[list(found)] = list(found.values())
    return metres


def _near(metres: Any) -> np.ndarray:
    """What is beyond the walk counts as its length: not every candidate stops there."""
    return np.minimum(metres, WALK_M)


def slider(size: Size) -> Job:
    """All that is made anew when the radius is another: verdicts of all bases × categories with summary and gaps, the shares of
    one category by place, and its gap as GeoJSON. Distances are kept."""
    here = County(size)
    pack = here.pack
    bases = county.bases(pack, size.bases)
    distances = cov.measure(bases, here.facilities, pack.categories, here.epsg)
    metres = grid.nearest(here.demand.grid, here.kinds[:1]).metres[0]
    profiles = {district.id: district.profile for district in pack.districts}
    radii = itertools.cycle((300.0, 400.0, 500.0, 700.0, 1000.0))

    def moved() -> float:
        radius = next(radii)
        verdicts = cov.coverage_table(distances, bases, profiles, pack.standard(), radius_m=radius)
        cov.summary(verdicts, "district"), cov.gaps(verdicts)
        demands.shares(here.demand, metres, radius)
        shapely.to_geojson(demands.outline(here.demand, metres, radius))
        return 0.0

    return Job({OURS: moved})


def slider_page(size: Size) -> Job:
    """As :func:`slider`, from a store and as the page asks for it: each time on a new thread, as Streamlit reruns a page, and
    for a radius that nobody has asked for before."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    address = county.write_store(Path(folder.name), county.Size(size.bases, size.facilities, rounds=0, openings=0))
    atlas = usecases.open_atlas(address)
    atexit.register(atlas.store.close)
    snap = usecases.snapshot(atlas)
    category = atlas.pack.categories[0].id
    radii = (300.0 + 100 * (step % 8) + step / 8 for step in itertools.count())

    def moved() -> float:
        settings = usecases.Settings(radius_m=next(radii))
        verdicts = usecases.coverage(atlas, snap, settings)
        usecases.summary(verdicts, "district"), usecases.gaps(verdicts)
        usecases.shares(atlas, snap, category, settings)
        shapely.to_geojson(usecases.outline(atlas, snap, category, settings))
        return 0.0

    def rerun() -> float:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(moved).result()

    return Job({OURS: rerun})


def province_nearest(part: int, size: Size) -> Job:
    """A square of ``province_cells`` / ``part`` cells. The trees only run on the whole."""
    side = int((size.province_cells / part) ** 0.5)
    cells = grid.Grid(0.0, 0.0, demands.CELL_M, np.ones((side, side), dtype=bool))
    random = np.random.default_rng(county.SEED + 5)
    places = random.uniform(0, side * demands.CELL_M, (side * side // CELLS_PER_FACILITY, 2))
    candidates: dict[str, Callable[[], Any]] = {OURS: lambda: grid.nearest(cells, [places]).metres[0]}
    if part == 1:
        centres = np.column_stack(cells.centres)
        candidates[PYKDTREE] = lambda: KDTree(places).query(centres)[0]
        candidates[CKDTREE] = lambda: cKDTree(places).query(centres, workers=-1)[0]
    return Job(candidates, tolerance=1e-6)


COUNTY: Mapping[str, Callable[[Size], Job]] = {
    NEAREST: nearest,
    COUNT: count,
    EXACT: exact,
    SHARE: share,
    WALK: walk,
    SLIDER: slider,
    SLIDER_PAGE: slider_page,
}
PROVINCE: Mapping[str, Callable[[Size], Job]] = {
    **{name: partial(province_nearest, part) for part, name in PROVINCE_PARTS.items()},
    PROVINCE_WALK: province_walk,
}
