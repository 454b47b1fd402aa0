"""What is wrong with a pack: every fault with its file, its place in it, and the mend; all of them told at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from geo.errors import PackError
from geo.i18n import N_, Lines, Message, message

_TOLD = 20  # in one sentence; a check lists them all


@dataclass(frozen=True)
class Fault:
    """One thing to mend. ``line`` counts from 1 in the file's text; None where the file as a whole is meant."""

    file: str
    line: int | None
    place: Message | str  # the key, such as cluster[2].district, or which feature; "" for none in particular
    what: Message
    mend: Message

    @property
    def message(self) -> Message:
        if self.line is None:
            return message(N_("{file}:{what}。{mend}。"), file=self.file, what=self.what, mend=self.mend)
        if not self.place:
            return message(
                N_("{file} 第 {line} 行:{what}。{mend}。"),
                file=self.file,
                line=self.line,
                what=self.what,
                mend=self.mend,
            )
        return message(
            N_("{file} 第 {line} 行 {place}:{what}。{mend}。"),
            file=self.file,
            line=self.line,
            place=self.place,
            what=self.what,
            mend=self.mend,
        )


class PackFaultsError(PackError):
    """A pack with faults; ``faults`` holds all of them, the message the first few."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        told = Lines(tuple(fault.message for fault in faults[:_TOLD]))
        super().__init__(
            faults[0].message
            if len(faults) == 1
            else message(N_("规划包有 {n} 处要改:\n{faults}"), n=len(faults), faults=told)
        )


@dataclass
class Faults:
    """The faults found so far while a pack is read."""

    found: list[Fault] = field(default_factory=list)

    def add(self, path: Path, line: int | None, place: Message | str, what: Message, mend: Message) -> None:
        self.found.append(Fault(shown(path), line, place, what, mend))

    def stop(self) -> None:
        """Raises what has been found, if anything.

        Raises:
            PackFaultsError: with every fault, by file and line.
        """
        if self.found:
            order = sorted(self.found, key=lambda fault: (fault.file, fault.line or 0))
            raise PackFaultsError(tuple(order))


def shown(path: Path) -> str:
    """A pack file as messages name it: folder and file, never this machine's path."""
    return f"{path.parent.name}/{path.name}"
