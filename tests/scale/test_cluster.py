"""Runs on processes of a Dask cluster: the same answer, also when a worker is killed; and what the command line says."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from distributed import LocalCluster

from geo import usecases
from geo.errors import InputError, OutputError
from geo.scale import Job, Part, on_cluster, run, table_of
from tests.calling import Geo
from tests.scale.conftest import alone, flat, make, put


def test_a_worker_killed_midway_costs_its_part_only(job: Job, told: list[tuple[int, int]]):
    frames = make(7, bases=10, facilities=400)
    put(frames, job.source)
    done: list[Part] = []
    with on_cluster("local:2") as each:

        def killing(act, things):
            for came in each(act, things):
                if isinstance(came, Part):
                    done.append(came)
                    if len(done) == 2:
                        os.kill(int(came.worker.rpartition(":")[2]), signal.SIGKILL)
                yield came

        summary = run(job, killing, lambda *many: told.append(many))
    killed = done[1].worker
    assert [part.worker for part in done[2:]].count(killed) <= 2  # what it had sent before it was killed
    assert len({part.worker for part in done}) >= 2
    assert told == [(n, summary.parts) for n in range(summary.parts + 1)]
    assert sorted(part.tile for part in done) == sorted(path.stem for path in job.parts.glob("*.parquet"))
    pd.testing.assert_frame_equal(flat(table_of(job.out)), flat(alone(frames, job)), check_exact=True)
    assert summary.workers.keys() == {part.worker for part in done}
    assert all(held > 50e6 for held in summary.workers.values())


def fails(thing: int) -> int:
    if thing == 1:
        raise ValueError("the second")
    return thing


def refuses(thing: int) -> int:
    raise InputError("此处不行")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster that is there already, its worker in this process."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0", protocol="tcp"
    ) as one:
        yield one.scheduler_address


def test_a_fault_that_is_known_ends_the_run_and_another_is_told_at_the_end(scheduler: str):
    with on_cluster(scheduler) as each:
        assert sorted(each(abs, range(-400, 0))) == list(range(1, 401))
        seen = []
        with pytest.raises(OutputError, match=r"有 1 份没有做完.*the second"):
            seen.extend(each(fails, range(3)))
        with pytest.raises(InputError, match="此处不行"):
            list(each(refuses, range(3)))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nowhere", "看不懂集群地址"),
        ("local:0", "看不懂集群地址"),
        ("tcp://127.0.0.1:9", "连不上调度器 tcp://127.0.0.1:9"),
        ("tcp://x:y", "连不上"),
    ],
)
def test_an_address_that_nobody_answers_at(address: str, words: str, monkeypatch):
    monkeypatch.setattr("geo.scale.cluster._CONNECT_S", 1)
    with pytest.raises(InputError, match=words), on_cluster(address):
        pytest.fail("there is no such cluster")


def test_a_scheduler_without_workers_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr("geo.scale.cluster._WORKERS_S", 0.2)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0", protocol="tcp") as empty,
        pytest.raises(InputError, match="没有 worker"),
        on_cluster(empty.scheduler_address),
    ):
        pytest.fail("nobody is there to work")


# --- command line --------------------------------------------------------------------------------------------------


def test_what_is_stored_is_exported_and_judged_as_on_one_machine(
    geo: Geo, tmp_path: Path, shared_url: str, scheduler: str
):
    out = tmp_path / "out"
    result = geo("coverage", "--cluster", scheduler, "--out", str(out), "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    again = geo("coverage", "--cluster", scheduler, "--out", str(out), "--lang", "en")
    atlas = usecases.open_atlas(shared_url, "yueqing")
    alone = usecases.coverage(atlas, usecases.snapshot(atlas), usecases.Settings())
    pd.testing.assert_frame_equal(flat(table_of(out)), flat(alone), check_exact=True)
    assert {row["category"]: row["covered"] for row in told["categories"]} == alone.groupby("category")[
        "covered"
    ].sum().to_dict()
    assert (told["bases"], told["found"], told["sample"]) == (22, 0, True)
    assert f"已做完 {told['parts']}/{told['parts']} 份。" in result.stderr
    assert "含示例数据" in result.stderr
    assert f"22 bases in {told['parts']} parts, {told['parts']} of them made earlier" in again.stderr
    assert len(again.stdout.splitlines()) == 1 + len(told["categories"])
    assert set(table_of(out)["county"]) == {atlas.pack.label.zh}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--cluster", "local:1"], "请用 --out"),
        (["--cluster", "local:1", "--out", "-"], "请用 --out"),
        (["--cluster", "local:1", "--out", "{tmp}/o", "--on-foot"], "只算直线距离"),
        (["--cluster", "local:1", "--out", "{tmp}/o", "--by", "district"], "只算直线距离"),
        (["--cluster", "local:1", "--out", "{tmp}/o", "--input", "{tmp}/none"], "里没有 bases.parquet"),
        (["--cluster", "local:1", "--out", "{tmp}/o", "--category", "没有"], "没有配套类别"),
        (["--cluster", "local:1", "--out", "{tmp}/o", "--radius", "0"], "半径"),
        (["--input", "{tmp}"], "要与 --cluster 同用"),
    ],
)
def test_a_call_that_cannot_be_done_says_why(geo: Geo, tmp_path: Path, args: list[str], words: str):
    result = geo("coverage", *(arg.format(tmp=tmp_path) for arg in args))
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""
