"""Which OpenStreetMap tags make which category, and what may be walked: the table in ``data/osm/tags.toml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from geo.errors import PackError
from geo.i18n import N_, message
from geo.osm.report import Skip
from geo.packs import DATA_DIR
from geo.packs.files import Entry, read_toml, shown

TABLE = DATA_DIR / "osm" / "tags.toml"

Tags = Mapping[str, str]
Pair = tuple[str, str]


class _CategoryEntry(Entry):
    id: str
    tags: list[str]


class _ClosedEntry(Entry):
    reason: str
    tags: list[str]


class _WalkEntry(Entry):
    open: list[str]
    asked: list[str]
    others: list[str]
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
    """The whole table; ``categories`` in its order."""

    categories: Mapping[str, AnyOf]
    closed: Mapping[Skip, AnyOf]
    walk: Walk

    def matches(self, tags: Tags) -> list[tuple[str, str]]:
        """(category, tag as the table writes it) for every category that an object of these tags belongs to."""
        found = ((id, rule.found(tags)) for id, rule in self.categories.items())
        return [(id, tag) for id, tag in found if tag]

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
    file = read_toml(path, _TableFile)
    walk = file.walk
    return TagTable(
        categories={entry.id: _any_of(path, entry.tags) for entry in file.category},
        closed={_reason(path, entry.reason): _any_of(path, entry.tags) for entry in file.closed},
        walk=Walk(
            open=frozenset(walk.open),
            asked=frozenset(walk.asked),
            others=_any_of(path, walk.others),
            allowed=frozenset(walk.allowed),
            foot=frozenset(walk.foot),
            access=frozenset(walk.access),
            never=_any_of(path, walk.never),
        ),
    )


def _any_of(path: Path, written: Iterable[str]) -> AnyOf:
    return AnyOf(tuple(tuple(_pair(path, part) for part in text.split("&")) for text in written))


def _pair(path: Path, text: str) -> Pair:
    key, _, value = (part.strip() for part in text.partition("="))
    if not key or not value:
        raise PackError(message(N_("{file}:标签“{tag}”要写成 键=值,请改正。"), file=shown(path), tag=text))
    return key, value


def _reason(path: Path, text: str) -> Skip:
    try:
        return Skip(text)
    except ValueError:
        known = ", ".join(Skip)
        words = N_("{file}:没有 {word} 这种理由,请用 {known} 之一。")
        raise PackError(message(words, file=shown(path), word=text, known=known)) from None
