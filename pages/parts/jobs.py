"""Work that takes longer than a reader likes to wait: it runs beside the page, says where it is, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Any

import streamlit as st

from geo.errors import StoppedError
from pages.parts.context import Here
from pages.parts.html import line, paper

_KEY = "job"
_LOOK_S = 0.4


Act = Callable[[Callable[[str, float], None]], object]


class Job:
    """One piece of work in a thread of its own. ``act`` is given a function to tell how far it is."""

    def __init__(self, key: Hashable, act: Act) -> None:
        self.key = key
        self.at = ("", 0.0)  # the stage, and the share of it that is done
        self.future: Future[Any] = Future()
        self._stop = threading.Event()
        threading.Thread(target=self._run, args=(act,), daemon=True).start()

    def stop(self) -> None:
        """Ends the work where it next tells how far it is."""
        self._stop.set()

    def _run(self, act: Act) -> None:
        try:
            self.future.set_result(act(self._tell))
        except BaseException as fault:  # whatever it is, the page that waits is told
            self.future.set_exception(fault)

    def _tell(self, stage: str, share: float) -> None:
        was, most = self.at
        self.at = (stage, max(share, most) if stage == was else share)  # what is gone over twice does not go back
        if self._stop.is_set():
            raise StoppedError


def result(here: Here, key: Hashable, act: Act, stages: Sequence[str]) -> Any:
    """What ``act`` gives; None while it runs (its progress is shown) and after it was stopped.

    Raises:
        Whatever ``act`` raised.
    """
    job: Job | None = st.session_state.get(_KEY)
    if job is None or job.key != key:
        if job is not None:
            job.stop()
        job = st.session_state[_KEY] = Job(key, act)
    if not job.future.done():
        _watch(here, stages)
        return None
    try:
        return job.future.result()
    except StoppedError:
        paper(line(here.t("已停下,没有核对完。"), "warning"))
        st.button(here.t("重新核对"), key="job_again", on_click=st.session_state.pop, args=(_KEY, None))
        return None


@st.fragment(run_every=_LOOK_S)
def _watch(here: Here, stages: Sequence[str]) -> None:
    job: Job | None = st.session_state.get(_KEY)
    if job is None or job.future.done():
        st.rerun()
        return
    stage, share = job.at
    done = stages.index(stage) if stage in stages else 0
    text = here.t("正在核对:{stage}({n}/{all})", stage=here.t(stages[done]), n=done + 1, all=len(stages))
    st.progress((done + share) / len(stages), text=text)
    st.button(here.t("停下"), key="job_stop", on_click=job.stop)
