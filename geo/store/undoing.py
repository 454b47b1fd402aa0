"""Taking a revision back where later revisions may have touched the same features.

Nothing is overwritten unasked: where a later change stands, somebody decides between the feature as it is now and
the feature as it was before the revision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Connection

from geo.errors import ConflictError, StoreError
from geo.i18n import N_, Label, Listed, message
from geo.model import Layer
from geo.store import queries
from geo.store.differences import same, values_of
from geo.store.features import Change, Key, Op, Stored, called, in_order, label_of, listed
from geo.store.revisions import SEED, Revision, standing, unknown

Decision = Literal["keep", "revert"]  # leave it as it is now, or put it back as it was before the revision
Decisions = Mapping[Key, Decision]


@dataclass(frozen=True)
class Field:
    """A field's value before the revision, after it, and now; None where the feature was or is not there."""

    name: str
    before: Any
    after: Any
    now: Any


@dataclass(frozen=True)
class Conflict:
    """A feature of a revision that later ones changed.

    Attributes:
        op: what the revision did to it.
        there: is it there now?
        later: the later revisions whose changes to it stand, ascending.
        fields: those whose three values are not all the same; "geometry" as shapely (EPSG:4326).
    """

    layer: Layer
    id: str
    label: Label  # the feature's name, "" where it has none
    op: Op
    there: bool
    later: tuple[int, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Touched:
    """A feature of the revision to be taken back.

    Attributes:
        now: the feature today.
        touching: later revisions that touched it.
        later: those of them that stand in the way.
    """

    change: Change
    now: Stored | None
    touching: tuple[int, ...]
    later: tuple[int, ...]


def features(conn: Connection, pack_id: str, number: int) -> list[Touched]:
    """The features of revision ``number``, in order.

    Raises:
        NotFoundError: there is no such revision.
        StoreError: it is the first data, or is undone already.
    """
    history = queries.history(conn, pack_id)
    _check_undoable(number, history)
    undoes = {revision.number: revision.undoes for revision in history if revision.undoes is not None}
    touching = queries.touching(conn, pack_id, number)
    today = {change.key: change.after for change in queries.between(conn, pack_id, number, history[0].number, number)}
    changes = sorted(queries.changes(conn, pack_id, number), key=lambda change: in_order(change.key))
    return [
        _touched(change, today.get(change.key, change.after), touching.get(change.key, []), undoes)
        for change in changes
    ]


def conflicts(touched: Sequence[Touched]) -> tuple[Conflict, ...]:
    """The features that later changes stand in the way of."""
    return tuple(_conflict(feature) for feature in touched if feature.later)


def backwards(touched: Sequence[Touched], number: int, decisions: Decisions, expected_head: int | None) -> list[Change]:
    """What taking revision ``number`` back does to today's features.

    Raises:
        ConflictError: a later change stands and nothing is decided; or a feature that something is decided about was
            touched after revision ``expected_head``, which is what the person saw.
        StoreError: a decision is about another feature or none that there is, or nothing would change.
    """
    _check_decisions(touched, number, decisions)
    _check_seen(touched, decisions, expected_head)
    _check_decided(touched, decisions)
    reverted = [feature for feature in touched if decisions.get(feature.change.key) != "keep"]
    changes = [Change(*f.change.key, f.now, f.change.before) for f in reverted if f.now != f.change.before]
    if not changes:
        raise StoreError(message(N_("撤销第 {number} 号修订什么都不会改变:要素都保持现状,不必撤销。"), number=number))
    return changes


def details(decisions: Decisions) -> dict[str, Any]:
    """The decisions as a revision's details tell them."""
    told = [
        {"layer": str(layer), "id": id, "decision": decisions[layer, id]}
        for layer, id in sorted(decisions, key=in_order)
    ]
    return {"decisions": told} if told else {}


def _touched(change: Change, now: Stored | None, touching: Sequence[int], undoes: Mapping[int, int]) -> Touched:
    later = standing(touching, undoes)
    # Undos by decision may cancel every later change and yet leave something else than the revision did.
    if now != change.after and not later:
        later = tuple(sorted(touching))
    return Touched(change, now, tuple(touching), later)


def _conflict(feature: Touched) -> Conflict:
    change = feature.change
    before, after, now = (values_of(change.layer, side) for side in (change.before, change.after, feature.now))
    fields = (Field(name, before.get(name), after.get(name), now.get(name)) for name in before | after | now)
    return Conflict(
        change.layer,
        change.id,
        label_of(change),
        change.op,
        feature.now is not None,
        feature.later,
        tuple(field for field in fields if not same(field.before, field.after, field.now)),
    )


def _check_undoable(number: int, history: Sequence[Revision]) -> None:
    revision = next((revision for revision in history if revision.number == number), None)
    if revision is None:
        raise unknown(number)
    if revision.kind == SEED:
        raise StoreError(message(N_("第 {number} 号修订是初始数据,不能撤销。"), number=number))
    if revision.undone_by is not None:
        text = N_("第 {number} 号修订已被第 {by} 号撤销:要恢复它,请撤销第 {by} 号。")
        raise StoreError(message(text, number=number, by=revision.undone_by))


def _check_decisions(touched: Sequence[Touched], number: int, decisions: Decisions) -> None:
    own = {feature.change.key for feature in touched}
    if others := [id for layer, id in decisions if (layer, id) not in own]:
        text = N_("第 {number} 号修订没有改过这些要素,不能为它们作决定:{names}。请只为它改过的要素作决定。")
        raise StoreError(message(text, number=number, names=listed(others)))
    if odd := sorted(set(decisions.values()) - set(get_args(Decision))):
        raise StoreError(message(N_("决定只能是 keep(保留)或 revert(恢复),请改正:{words}。"), words=listed(odd)))


def _check_seen(touched: Sequence[Touched], decisions: Decisions, expected_head: int | None) -> None:
    if expected_head is None:
        return
    decided = [feature for feature in touched if feature.change.key in decisions]
    newer = [feature for feature in decided if max(feature.touching, default=0) > expected_head]
    if newer:
        text = N_("这些要素刚刚又改过:{names}(第 {number} 号修订)。请重新查看后再决定。")
        number = max(max(feature.touching) for feature in newer)
        raise ConflictError(message(text, names=_called(newer), number=number))


def _check_decided(touched: Sequence[Touched], decisions: Decisions) -> None:
    undecided = [feature for feature in touched if feature.later and feature.change.key not in decisions]
    if undecided:
        text = N_("这些要素后来又改过,不能撤销:{names}。请先撤销第 {number} 号修订。")
        number = max(feature.later[-1] for feature in undecided)
        raise ConflictError(message(text, names=_called(undecided), number=number))


def _called(features: Sequence[Touched]) -> Listed:
    return listed(called(feature.change) for feature in features)
