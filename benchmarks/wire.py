"""A filter change against a real server without a browser: how soon it has answered, and with how many bytes.

A browser receives on the thread that also draws, so its clock would count drawing as waiting for the server.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from benchmarks import filters
from benchmarks.measure import Figure, figures, in_turns
from geo import usecases

TIME = "筛选({kind})后服务器答完,真服务器"
SIZE = "筛选({kind})后服务器所答"


@dataclass(frozen=True)
class Answer:
    ms: float
    kilobytes: float


@contextmanager
def opened(address: str) -> Iterator[Session]:
    """A session at a page's address, its first run done."""
    parts = urlsplit(address)
    with connect(f"ws://{parts.netloc}/_stcore/stream", max_size=None, compression=None) as socket:
        yield Session(socket, parts.query)


class Session:
    """One reader's session, speaking as Streamlit's page in the browser does."""

    def __init__(self, socket: ClientConnection, query: str) -> None:
        self._socket = socket
        self._query = query
        self._widgets: dict[str, str] = {}
        self._run({})  # opens the page, which names its widgets

    def set(self, chosen: usecases.Filter, labels: dict[str, str]) -> Answer:
        """Sets both filters, as one question."""
        district = labels[chosen.districts[0]] if chosen.districts else labels[""]
        return self._run({"stages": [labels[stage] for stage in chosen.stages], "district": district})

    def _run(self, values: dict[str, str | list[str]]) -> Answer:
        question = BackMsg()
        question.rerun_script.query_string = self._query
        question.rerun_script.context_info.locale = "zh-CN"
        for key, value in values.items():
            state = question.rerun_script.widget_states.widgets.add()
            state.id = self._widgets[key]
            if isinstance(value, str):
                state.string_value = value
            else:
                state.string_array_value.data.extend(value)
        start = time.perf_counter()
        self._socket.send(question.SerializeToString())
        frames = self._frames()
        took = (time.perf_counter() - start) * 1e3
        for frame in frames:
            self._note(ForwardMsg.FromString(frame))
        return Answer(took, sum(map(len, frames)) / 1e3)

    def _frames(self) -> list[bytes]:
        """What comes until the script has run. Only short frames are looked into: reading a map would take its time."""
        frames: list[bytes] = []
        while True:
            frame = self._socket.recv()
            assert isinstance(frame, bytes)
            frames.append(frame)
            if len(frame) < 200 and ForwardMsg.FromString(frame).WhichOneof("type") == "script_finished":
                return frames

    def _note(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type") or ""
        if kind == "exception":
            raise RuntimeError(element.exception.message)
        if kind in ("button_group", "selectbox"):
            id: str = getattr(element, kind).id
            self._widgets[id.rpartition("-")[2]] = id


def measure(addresses: dict[str, str], rounds: int) -> list[Figure]:
    """Time and size of the answer for each kind of filter, over addresses that serve already."""
    pack = usecases.open_atlas().pack
    labels = {"": "全部片区", **{thing.id: thing.label.zh for thing in (*pack.districts, *pack.plan.stages)}}
    measured: list[Figure] = []
    with ExitStack() as stack:
        sessions = {name: stack.enter_context(opened(url)) for name, url in addresses.items()}
        for kind in filters.KINDS:

            def once(session: Session, number: int, kind: str = kind) -> Answer:
                return session.set(filters.change(pack, kind, number), labels)

            turns = in_turns(rounds, {name: lambda n, s=session: once(s, n) for name, session in sessions.items()})
            measured += figures(
                TIME.format(kind=kind), "ms", {name: [a.ms for a in all] for name, all in turns.items()}
            )
            measured += figures(
                SIZE.format(kind=kind), "kB", {name: [a.kilobytes for a in all] for name, all in turns.items()}
            )
    return measured
