"""The parts of a run on a Dask cluster: one that is there, or processes of this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from geo.errors import AtlasError, InputError, OutputError
from geo.i18n import N_, message
from geo.scale.run import Each

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

_T = TypeVar("_T")
_R = TypeVar("_R")

_LOCAL = re.compile(r"local:([1-9]\d{0,2})")
_REMOTE = re.compile(r"(tcp|tls)://\S+")
_CONNECT_S = 10
_WORKERS_S = 60  # until the first worker has joined
_AT_ONCE = 256  # parts handed out: enough for as many cores, and the scheduler need not hold a country
_ANEW = 2  # times that a part is done once more after it failed; Dask does parts of lost workers anew by itself


@contextmanager
def on_cluster(address: str) -> Iterator[Each]:
    """Workers at ``address``: ``tcp://host:port`` of a scheduler, or ``local:N`` for N processes of this machine.

    Raises:
        InputError: the address is of neither form, nobody answers there, or no worker joins.
    """
    with _client(address) as client:

        def each(act: Callable[[_T], _R], things: Iterable[_T]) -> Iterator[_R]:
            return _done(client, act, things)

        yield each


@contextmanager
def _client(address: str) -> Iterator[Client]:
    from distributed import Client  # takes seconds to load, and only this needs it

    if local := _LOCAL.fullmatch(address):
        with _processes(int(local[1])) as cluster, Client(cluster) as client:
            yield client
        return
    if not _REMOTE.fullmatch(address):
        raise InputError(
            message(N_("看不懂集群地址“{address}”:请写 `tcp://主机:端口`,或 `local:进程数`。"), address=address)
        )
    with _connected(address) as client:
        try:
            client.wait_for_workers(1, timeout=_WORKERS_S)
        except TimeoutError as fault:
            raise InputError(
                message(N_("调度器 {address} 没有 worker:请先启动 dask worker。"), address=address)
            ) from fault
        yield client


def _processes(n: int) -> LocalCluster:
    from distributed import LocalCluster

    try:
        # Left alone, it takes port 8787 on every network for its page of information.
        return LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    except (OSError, RuntimeError) as fault:
        text = N_("本机的 {n} 个 worker 进程没有全部启动({detail}):请减少进程数,或等机器空闲时再运行。")
        raise InputError(message(text, n=n, detail=str(fault))) from fault


def _connected(address: str) -> Client:
    from distributed import Client

    try:
        return Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as fault:
        text = N_("连不上调度器 {address}:请检查地址,以及 dask scheduler 是否在运行。")
        raise InputError(message(text, address=address)) from fault


def _done(client: Client, act: Callable[[_T], _R], things: Iterable[_T]) -> Iterator[_R]:
    """What comes of each. A known fault ends the run; a part that keeps failing does not keep the others from being done.

    Raises:
        AtlasError: the first that a part raised.
        OutputError: parts are missing in the end; it names the first.
    """
    from distributed import as_completed

    def submitted(thing: _T) -> Any:
        return client.submit(act, thing, pure=False, retries=_ANEW)

    left = iter(things)
    running = as_completed([submitted(thing) for thing in islice(left, _AT_ONCE)])
    failed: list[BaseException] = []
    for future in running:
        running.update(submitted(thing) for thing in islice(left, 1))
        fault = future.exception()
        if isinstance(fault, AtlasError):
            raise fault
        if fault is None:
            yield future.result()
        else:
            failed.append(fault)
    if failed:
        text = N_("有 {n} 份没有做完(先出错的:{detail}):其余的都在,用同样的命令再运行一次,只补缺的。")
        raise OutputError(message(text, n=len(failed), detail=str(failed[0]).splitlines()[0])) from failed[0]
