"""Words in files to ids of the pack: by id, by name in either language, by alias."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geo.i18n import Label, Message
from geo.model import CERTAINTY_WORDS, Certainty, Pack

# People leave such endings out, or add them.
_ENDINGS = ("产业孵化集群", "孵化集群", "产业集群", "集群", "片区")


def plain(word: str) -> str:
    """``word`` as it is compared: width, case, blanks and common endings do not matter.

    >>> plain(" 生物医药 产业孵化集群 "), plain("VR")
    ('生物医药', 'vr')
    """
    bare = "".join(unicodedata.normalize("NFKC", word).casefold().split())
    if not bare.endswith(_ENDINGS):
        return bare  # nearly every word
    for ending in _ENDINGS:
        if bare.endswith(ending) and bare != ending:
            return bare.removesuffix(ending)
    return bare


@dataclass(frozen=True)
class Words:
    """The words of one field: their ids, and the names to offer when one is not known."""

    ids: Mapping[str, str]
    offered: tuple[Label | Message, ...]

    def id_of(self, word: str) -> str | None:
        return self.ids.get(plain(word))


def vocabulary(pack: Pack) -> dict[str, Words]:
    """Field -> words, for the fields whose values the pack lists."""
    plan = pack.plan
    return {
        "stage": _words((thing.id, thing.label, thing.aliases) for thing in plan.stages),
        "cluster": _words((thing.id, thing.label, ()) for thing in plan.clusters),
        "district": _words((thing.id, thing.label, ()) for thing in pack.districts),
        "level": _words((thing.id, thing.label, ()) for thing in plan.levels),
        "category": _words((thing.id, thing.label, thing.aliases) for thing in pack.categories),
        "certainty": _certainties(),
    }


def _words(things: Iterable[tuple[str, Label, tuple[str, ...]]]) -> Words:
    ids: dict[str, str] = {}
    offered = []
    for id, label, aliases in things:
        offered.append(label)
        for word in (id, label.zh, label.en, *aliases):
            ids.setdefault(plain(word), id)
    ids.pop("", None)
    return Words(ids, tuple(offered))


def _certainties() -> Words:
    said = {level: Message(CERTAINTY_WORDS[level]) for level in Certainty}
    ids = {
        plain(word): str(level) for level in Certainty for word in (level, said[level].text(), said[level].text("en"))
    }
    return Words(ids, tuple(said.values()))
