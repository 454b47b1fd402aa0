"""Typed errors. Each message says what is wrong and what to do, and can be shown in either language."""

from __future__ import annotations

from geo.i18n import DEFAULT_LANG, Message, message


class AtlasError(Exception):
    """Root of everything the product raises on purpose."""

    def __init__(self, text: Message | str) -> None:
        self.message = text if isinstance(text, Message) else message(text)
        super().__init__(str(self.message))

    def __reduce__(self) -> tuple[type[AtlasError], tuple[Message]]:
        return type(self), (self.message,)  # so that what another process raises can still be said in either language

    def text(self, lang: str = DEFAULT_LANG) -> str:
        return self.message.text(lang)


class StoppedError(Exception):
    """Whoever looked on at long work stopped it: no fault of anything, so no :class:`AtlasError`."""


class CrsError(AtlasError):
    """A frame without CRS, or in one that cannot be measured in."""


class PackError(AtlasError):
    """A pack or standard file that cannot be used; the message names file and place."""


class InputError(AtlasError):
    """A file that cannot be read at all (not JSON, no features, too large)."""


class OutputError(AtlasError):
    """A result that cannot be written to where it was asked for."""


class StoreError(AtlasError):
    """The store cannot do what was asked (unknown revision, database unreachable)."""


class UnchangedError(StoreError):
    """A revision that would change nothing, so there is none."""


class ConflictError(StoreError):
    """An undo that a later change to the same feature forbids."""


class ReadOnlyError(AtlasError):
    """Writing is not allowed here; the message says why."""


class NotFoundError(AtlasError):
    """No base, category, district … of that id."""
