"""Results lately made, kept for the next reader."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

_T = TypeVar("_T")


class Kept:
    """Results by kind and key. Of each kind only the most recently used stay.

    Two threads that want the same result make it once; one that wants another never waits for them.
    """

    def __init__(self, most: Mapping[str, int]) -> None:
        """``most``: how many results of each kind stay."""
        self._most = dict(most)
        self._kept: dict[str, OrderedDict[Hashable, Future[Any]]] = {kind: OrderedDict() for kind in most}
        self._lock = threading.Lock()

    def get(self, kind: str, key: Hashable) -> Any:
        """The result for ``key``, None where there is none yet."""
        with self._lock:
            found = self._kept[kind].get(key)
        return found.result() if found is not None and found.done() else None

    def of(self, kind: str, key: Hashable, make: Callable[[], _T]) -> _T:
        """The result for ``key``, made now if there is none. What ``make`` raises is raised here and not kept.

        Who waited for another's that failed makes their own: the other may only have been stopped.
        """
        mine: Future[Any] = Future()
        while (found := self._claimed(kind, key, mine)) is not mine:
            if found.exception() is None:
                shared: _T = found.result()
                return shared
        try:
            made = make()
        except BaseException as fault:
            with self._lock:
                if self._kept[kind].get(key) is mine:  # it may have been pushed out, and made anew, meanwhile
                    del self._kept[kind][key]
            mine.set_exception(fault)
            raise
        mine.set_result(made)
        return made

    def _claimed(self, kind: str, key: Hashable, mine: Future[Any]) -> Future[Any]:
        """What is there for ``key``, or is being made; ``mine``, put there now, where nothing is."""
        with self._lock:
            results = self._kept[kind]
            found = results.setdefault(key, mine)
            results.move_to_end(key)
            while len(results) > self._most[kind]:
                results.popitem(last=False)
        return found
