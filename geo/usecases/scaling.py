"""Coverage on a cluster: of a folder of GeoParquet, or of what is stored, exported for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geo import scale
from geo.model import Layer
from geo.usecases.atlas import Atlas, Snapshot
from geo.usecases.judging import Settings, profile_of, standard_of


def coverage_on_cluster(
    atlas: Atlas,
    cluster: str,
    source: Path,
    out: Path,
    settings: Settings,
    category: str | None = None,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> scale.Summary:
    """Judges every base of the GeoParquet in ``source`` on a Dask cluster; the result goes to the folder ``out``.

    Args:
        cluster: ``tcp://host:port`` of a scheduler, or ``local:N``.
        category: only this one; None: all of the pack's.
        told: called with parts done and parts in all.

    Raises:
        InputError, CrsError, OutputError, NotFoundError: see :func:`geo.scale.run`, :func:`geo.scale.on_cluster`.
    """
    pack = atlas.pack
    job = scale.Job(
        source.resolve(),
        out.resolve(),
        pack.categories if category is None else (pack.category(category),),
        standard_of(atlas, settings),
        {district.id: district.profile for district in pack.districts},
        radius_m=settings.radius_m,
        profile=settings.profile,
    )
    scale.check(job)
    with scale.on_cluster(cluster) as each:
        return scale.run(job, each, told)


def export_source(atlas: Atlas, snap: Snapshot, out: Path) -> Path:
    """The stored bases and facilities as GeoParquet for :func:`coverage_on_cluster`, in a folder in ``out``.

    Each base names its county, profile and plane, so that files of several counties can be put together.

    Raises:
        OutputError: ``out`` has other content, or cannot be written to.
    """
    scale.check_out(out)
    folder = out / scale.INPUT
    scale.write_layer(_telling(atlas, snap.bases), folder / f"{Layer.BASES}.parquet")
    scale.write_layer(snap.facilities, folder / f"{Layer.FACILITIES}.parquet")
    return folder


def _telling(atlas: Atlas, bases: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    pack = atlas.pack
    known = {district.id for district in pack.districts}
    standard = pack.standard()
    profile = [profile_of(pack, id if id in known else "", standard) for id in bases["district"]]
    return bases.assign(
        county=pd.Series([pack.label.zh] * len(bases), dtype="str"),
        profile=pd.Series(profile, dtype="str"),
        epsg=pd.Series([pack.metric_epsg] * len(bases), dtype="Int64"),
    )
