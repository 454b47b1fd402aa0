"""The plan against what stands: chains, rosters, targets, tasks, years. Frames and a plan in, dataclasses out."""

from geo.progress.chains import ChainProgress, LinkProgress, LinkState, chains
from geo.progress.demonstration import (
    ItemProgress,
    RosterProgress,
    RosterState,
    Seat,
    demonstration_year,
    rosters,
)
from geo.progress.entries import (
    KEYED_BY_YEAR,
    KIND_WORDS,
    STANDS_WORDS,
    STATE_WORDS,
    Entries,
    Entry,
    Kind,
    State,
    read,
    state_words,
)
from geo.progress.standing import Stand, standing
from geo.progress.targets import Figure, TargetProgress, targets
from geo.progress.tasks import MeasureProgress, TaskProgress, tasks
from geo.progress.timeline import PHASE_WORDS, Phase, timeline

__all__ = [
    "KEYED_BY_YEAR",
    "KIND_WORDS",
    "PHASE_WORDS",
    "STANDS_WORDS",
    "STATE_WORDS",
    "ChainProgress",
    "Entries",
    "Entry",
    "Figure",
    "ItemProgress",
    "Kind",
    "LinkProgress",
    "LinkState",
    "MeasureProgress",
    "Phase",
    "RosterProgress",
    "RosterState",
    "Seat",
    "Stand",
    "State",
    "TargetProgress",
    "TaskProgress",
    "chains",
    "demonstration_year",
    "read",
    "rosters",
    "standing",
    "state_words",
    "targets",
    "tasks",
    "timeline",
]
