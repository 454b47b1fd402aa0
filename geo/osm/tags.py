"""Which OpenStreetMap tags make which category, and what may be walked: the table in ``data/osm/tags.toml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from geo.i18n import N_, message
from geo.osm.report import Skip
from geo.packs import DATA_DIR
from geo.packs.faults import Faults
from geo.packs.files import Entry
from geo.packs.places import Keys
from geo.packs.toml import TomlFile, read_toml

TABLE = DATA_DIR / "osm" / "tags.toml"

Tags = Mapping[str, str]
Pair = tuple[str, str]


class _CategoryEntry(Entry):
    id: str
    tags: list[str]
    capacity: list[str] = msgspec.field(default_factory=list)


class _ClosedEntry(Entry):
    reason: str
    tags: list[str]


class _WalkEntry(Entry):
    open: list[str]
    asked: list[str]
    others: list[str]
    areas: list[str]
    allowed: list[str]
    foot: list[str]
    access: list[str]
    never: list[str]


class _TableFile(Entry):
    category: list[_CategoryEntry]
    closed: list[_ClosedEntry]
    walk: _WalkEntry


@dataclass(frozen=True)
class AnyOf:
    """Alternatives, each of which asks for one or more tags at once."""

    alternatives: tuple[tuple[Pair, ...], ...]

    def found(self, tags: Tags) -> str:
        """The first alternative that ``tags`` fulfil, as the table writes it; "" where none."""
        for pairs in self.alternatives:
            if all(tags.get(key) == value for key, value in pairs):
                return "&".join(f"{key}={value}" for key, value in pairs)
        return ""

    @property
    def first_pairs(self) -> tuple[Pair, ...]:
        """What an object must have at least one of."""
        return tuple(dict.fromkeys(pairs[0] for pairs in self.alternatives))


@dataclass(frozen=True)
class Walk:
    """What may be walked. One-way streets bind vehicles only, so ``oneway`` is not looked at."""

    open: frozenset[str]
    asked: frozenset[str]
    others: AnyOf
    areas: AnyOf
    allowed: frozenset[str]
    foot: frozenset[str]
    access: frozenset[str]
    never: AnyOf

    def judged(self, tags: Tags) -> str | Skip:
        """The kind of way that may be walked, or why it may not."""
        highway = tags.get("highway", "")
        kind = highway if highway in self.open or highway in self.asked else self.others.found(tags).partition("=")[2]
        if not kind:
            return Skip.NOT_WALKED
        foot, access = tags.get("foot", ""), tags.get("access", "")
        if foot in self.foot:
            return Skip.FOOT_NO
        if foot in self.allowed:
            return kind
        if access in self.access:
            return Skip.PRIVATE
        if kind in self.asked or self.never.found(tags):
            return Skip.NOT_WALKED
        return kind


@dataclass(frozen=True)
class TagTable:
    """The whole table; ``categories`` in its order. ``capacities``: the keys that tell a category's capacity, best first."""

    categories: Mapping[str, AnyOf]
    capacities: Mapping[str, tuple[str, ...]]
    closed: Mapping[Skip, AnyOf]
    walk: Walk

    def matches(self, tags: Tags) -> list[tuple[str, str]]:
        """(category, tag as the table writes it) for every category that an object of these tags belongs to."""
        found = ((id, rule.found(tags)) for id, rule in self.categories.items())
        return [(id, tag) for id, tag in found if tag]

    def capacity(self, category: str, tags: Tags) -> str:
        """What ``tags`` say of how much the facility holds, "" where nothing."""
        return next((text for key in self.capacities[category] if (text := tags.get(key, "").strip())), "")

    def shut(self, tags: Tags) -> Skip | None:
        """Why a facility of these tags is none that people may use, None where they may."""
        return next((why for why, rule in self.closed.items() if rule.found(tags)), None)

    @property
    def facility_pairs(self) -> tuple[Pair, ...]:
        return tuple(dict.fromkeys(pair for rule in self.categories.values() for pair in rule.first_pairs))


@cache
def read_tags(path: Path = TABLE) -> TagTable:
    """The table at ``path``.

    Raises:
        PackError: it is missing or wrong; the message names file and place.
    """
    faults = Faults()
    read = read_toml(path, _TableFile, faults)
    if read is not None:
        _check(read)
    faults.stop()
    assert read is not None, "a file that cannot be read is a fault"
    file = read.value
    walk = file.walk
    return TagTable(
        categories={entry.id: _any_of(entry.tags) for entry in file.category},
        capacities={entry.id: tuple(entry.capacity) for entry in file.category},
        closed={Skip(entry.reason): _any_of(entry.tags) for entry in file.closed},
        walk=Walk(
            open=frozenset(walk.open),
            asked=frozenset(walk.asked),
            others=_any_of(walk.others),
            areas=_any_of(walk.areas),
            allowed=frozenset(walk.allowed),
            foot=frozenset(walk.foot),
            access=frozenset(walk.access),
            never=_any_of(walk.never),
        ),
    )


def _check(read: TomlFile[_TableFile]) -> None:
    """Notes every tag that is none and every reason that is not known."""
    file = read.value
    written: list[tuple[Keys, list[str]]] = [
        *((("category", n, "tags"), entry.tags) for n, entry in enumerate(file.category)),
        *((("closed", n, "tags"), entry.tags) for n, entry in enumerate(file.closed)),
        (("walk", "others"), file.walk.others),
        (("walk", "areas"), file.walk.areas),
        (("walk", "never"), file.walk.never),
    ]
    for keys, tags in written:
        for place, text in enumerate(tags):
            if not all(all(pair) for pair in _pairs(text)):
                what = message(N_("标签“{tag}”不成立"), tag=text)
                read.fault((*keys, place), what, message(N_("请写成 键=值,几个要同时有的用 & 连起来")))
    reasons = (((("closed", n, "reason")), entry.reason) for n, entry in enumerate(file.closed))
    read.refers(reasons, list(Skip), N_("理由"))


def _any_of(written: Iterable[str]) -> AnyOf:
    return AnyOf(tuple(_pairs(text) for text in written))


def _pairs(text: str) -> tuple[Pair, ...]:
    parts = (part.partition("=") for part in text.split("&"))
    return tuple((key.strip(), value.strip()) for key, _, value in parts)
