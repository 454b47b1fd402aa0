"""What stored fields and their values are called, for whoever reads about a revision."""

from __future__ import annotations

from typing import Any

from geo.i18n import N_, Label, Listed, Message, message, translate
from geo.ingest import FIELD_WORDS
from geo.ingest.text import shown
from geo.model import CERTAINTY_WORDS, Certainty, Layer, Pack
from geo.progress import KEYED_BY_YEAR, KIND_WORDS, Kind, State, state_words
from geo.store import Difference, FieldChange
from geo.usecases.entering import FIELD_WORDS as ENTRY_WORDS

_OF_LABEL = frozenset({"name", "name_en", "kind", "subject", "item", "geometry"})  # the label of a record says them


def field_word(layer: Layer, field: str) -> str:
    """The sentence that names ``field``, to be translated; a field without one is its own."""
    return (ENTRY_WORDS if layer is Layer.RECORDS else FIELD_WORDS).get(field, field)


def value_label(pack: Pack, layer: Layer, id: str, field: str, value: Any) -> Label | None:
    """What a value of the feature ``id`` is called where it is a code of ours; None where it speaks for itself."""
    if layer is Layer.RECORDS:
        return _of_record(id, field, value)
    if field == "certainty" and value in set(Certainty):
        return _both(CERTAINTY_WORDS[Certainty(value)])
    return labels_of(pack, field).get(str(value))


def value_text(pack: Pack, layer: Layer, id: str, field: str, value: Any) -> Label | Message | str:
    """A value of the feature ``id``, but for its geometry, for reading: codes by their names, nothing as "–"."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return message(N_("是") if value else N_("否"))
    label = value_label(pack, layer, id, field, value)
    if label is not None:
        return label
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def labels_of(pack: Pack, field: str) -> dict[str, Label]:
    """Id -> name, for a field whose values the pack lists; empty for others."""
    things: dict[str, tuple[Any, ...]] = {
        "stage": pack.plan.stages,
        "category": pack.categories,
        "cluster": pack.plan.clusters,
        "district": pack.districts,
        "level": pack.plan.levels,
    }
    return {thing.id: thing.label for thing in things.get(field, ())}


def _of_record(id: str, field: str, value: Any) -> Label | None:
    kind = id.partition(":")[0]
    if field == "state" and kind in set(Kind) and value in set(State):
        return _both(state_words(Kind(kind))[State(value)])
    if field == "kind" and value in set(Kind):
        return _both(KIND_WORDS[Kind(value)])
    return None


def told_change(pack: Pack, one: Difference) -> Message:
    """What happened to a record, field by field, in one clause."""
    changes = tuple(
        message(
            N_("{field}由 {old} 改为 {new}"),
            field=message(field_word(one.layer, field.name)),
            old=_short(value_text(pack, one.layer, one.id, field.name, field.old)),
            new=_short(value_text(pack, one.layer, one.id, field.name, field.new)),
        )
        for field in told_fields(one)
    )
    return message(N_("“{name}”的{changes}"), name=one.label, changes=Listed(changes))


def _short(text: Label | Message | str) -> Label | Message | str:
    return shown(text) if isinstance(text, str) else text


def _both(words: str) -> Label:
    return Label(words, translate("en", words))


def told_fields(one: Difference) -> tuple[FieldChange, ...]:
    """The fields worth reading: of a feature that came or went its first, of a record what it says."""
    if one.op == "change":
        return one.fields
    if one.layer is Layer.RECORDS:
        kind = one.id.partition(":")[0]
        said = _OF_LABEL | {"year"} if kind in KEYED_BY_YEAR else _OF_LABEL
        return tuple(field for field in one.fields if field.name not in said) or one.fields[:1]
    return one.fields[:1]
