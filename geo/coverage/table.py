"""Every base × category judged by a standard, and what follows from it: totals and ranked gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.coverage.distances import Distances
from geo.coverage.ground import checked_radius
from geo.i18n import Label
from geo.model import Rule, Standard

_OWN_CLAUSE = Label("自定半径", "own radius")
_OWN_CERTAINTY = Label("自定", "set by hand")
_OWN_NOTE = Label("")

COLUMNS = (
    "base_id",
    "base",
    "district",
    "cluster",
    "category",
    "metric",
    "threshold_m",
    "nearest_id",
    "nearest_m",
    "count_within",
    "covered",
    "clause",
    "sample",
    "nearest_name",
    "profile",
    "certainty",
    "standard",
    "source",
)
SUMMARY_COLUMNS = ("key", "category", "bases", "covered", "share")


def coverage_table(
    distances: Distances,
    bases: gpd.GeoDataFrame,
    profiles: Mapping[str, str],
    standard: Standard,
    radius_m: float | None = None,
    profile: str | None = None,
) -> pd.DataFrame:
    """One row per base × category, base by base, with the columns of :data:`COLUMNS`.

    A base is covered when a facility lies within the threshold (inclusive). ``sample`` is True where the base, the
    nearest facility or any facility counted is made up.

    Args:
        distances: as :func:`geo.coverage.measure` gave them for the same ``bases``.
        profiles: district id -> profile id; a base outside every district is judged by the standard's first profile.
            A base whose own column ``profile``, if there is one, is not "" is judged by that.
        radius_m: replaces every threshold of the standard; the row then names no clause of it.
        profile: replaces every district's profile.

    Raises:
        InputError: ``radius_m`` is not above 0.
        NotFoundError: the standard has no rule for a category under a profile.
    """
    if radius_m is not None:
        checked_radius(radius_m)
    n, k = distances.nearest_m.shape
    own = bases["profile"] if "profile" in bases else [""] * n
    used = [
        profile or named or profiles.get(district, standard.profiles[0].id)
        for named, district in zip(own, bases["district"], strict=True)
    ]
    rules = _rules(distances.categories, set(used), standard, radius_m)
    cells = [rules[id, category] for id in used for category in distances.categories]
    threshold = np.array([rule.threshold_m for rule in cells], dtype=np.float64).reshape(n, k)
    counts = distances.count_within(threshold)
    made_up = (distances.nearest_sample_m <= np.maximum(threshold, distances.nearest_m)).ravel()
    names = profile_labels(standard)
    table: dict[str, Any] = {
        **_of_bases(bases, k),
        "category": pd.Series(list(distances.categories) * n, dtype="str"),
        "metric": pd.Series([distances.metric] * (n * k), dtype="str"),
        "threshold_m": threshold.ravel(),
        "nearest_id": distances.nearest["id"],
        "nearest_m": distances.nearest_m.ravel(),
        "nearest_name": distances.nearest["name"],
        "count_within": counts.ravel(),
        "covered": counts.ravel() > 0,
        "clause": pd.Series([rule.clause for rule in cells], dtype=object),
        "sample": made_up | np.repeat(bases["sample"].to_numpy(dtype=bool), k),
        "profile": pd.Series([names[id] for id in used for _ in range(k)], dtype=object),
        "certainty": pd.Series([rule.certainty for rule in cells], dtype=object),
        "standard": pd.Series([standard.id] * (n * k), dtype="str"),
        "source": pd.Series([rule.source for rule in cells], dtype="str"),
    }
    return pd.DataFrame(table)[list(COLUMNS)]


def profile_labels(standard: Standard) -> dict[str, Label]:
    """Profile id -> name. An id that only a rule mentions names itself."""
    named = {rule.profile: Label(rule.profile) for rule in standard.rules}
    return named | {profile.id: profile.label for profile in standard.profiles}


def _rules(
    categories: tuple[str, ...], profiles: set[str], standard: Standard, radius_m: float | None
) -> dict[tuple[str, str], Rule]:
    return {
        (profile, category): standard.rule(category, profile)
        if radius_m is None
        else Rule(category, profile, radius_m, _OWN_CLAUSE, "", _OWN_CERTAINTY, _OWN_NOTE)
        for profile in profiles
        for category in categories
    }


def _of_bases(bases: gpd.GeoDataFrame, k: int) -> dict[str, Any]:
    columns = {"base_id": "id", "base": "name", "district": "district", "cluster": "cluster"}
    return {name: pd.Series(np.repeat(bases[old].to_numpy(), k), dtype="str") for name, old in columns.items()}


def summary(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Rows judged and covered per ``by`` (district or cluster) and category, in the table's order; share is covered / bases (0–1)."""
    grouped = table.groupby([by, "category"], sort=False)["covered"]
    totals = grouped.agg(bases="size", covered="sum").reset_index().rename(columns={by: "key"})
    totals = totals.astype({"bases": "int64", "covered": "int64"})
    totals["share"] = totals["covered"] / totals["bases"]
    return totals[list(SUMMARY_COLUMNS)]


def gaps(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that are not covered, worst first: none at all, then by nearest_m / threshold_m."""
    missing = table[~table["covered"]]
    ratio = (missing["nearest_m"] / missing["threshold_m"]).fillna(np.inf)
    ranked = missing.assign(_ratio=ratio).sort_values(
        ["_ratio", "base_id", "category"], ascending=[False, True, True], kind="stable"
    )
    return ranked.drop(columns="_ratio").reset_index(drop=True)
