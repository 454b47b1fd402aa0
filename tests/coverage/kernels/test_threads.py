"""Many readers at once, forks, read-only inputs, a folder that cannot be written: what a server does to kernels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.coverage.kernels import areas, circles, grid, streets
from geo.coverage.kernels.threads import together
from geo.coverage.kernels.warm import warm

ROOT = Path(__file__).parents[3]
KERNELS = (
    grid._nearest,
    grid._count,
    grid._pairs,
    areas._cross,
    areas._accumulate,
    areas._scan,
    circles._cross,
    circles._uncovered,
    circles._walk,
    streets._search,
)


def everything(seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    places = random.uniform(0, 6000, (90, 2))
    cells = grid.Grid(0.0, 0.0, 100.0, random.random((60, 60)) < 0.7)
    found = grid.nearest(cells, [places[:50], places[50:]])
    cut = areas.spans([shapely.box(0, 0, 6000, 5000)])
    ring = np.arange(500)
    network = np.arange(501), (ring + 1) % 500, random.uniform(1, 9, 500)
    return [
        found.metres,
        found.row,
        grid.count_within(cells, [places], 700.0),
        areas.covered_m2(cut, places, 300.0),
        streets.nearest_many(*network, [([3], [0.0]), ([9, 90], [5.0, 0.0])]),
    ]


def test_many_threads_at_once_get_what_one_gets_alone():
    seeds = [n % 5 for n in range(60)]
    alone = [everything(seed) for seed in range(5)]
    with ThreadPoolExecutor(8) as readers:
        for seed, found in zip(seeds, readers.map(everything, seeds), strict=True):
            assert all(np.array_equal(ours, theirs) for ours, theirs in zip(found, alone[seed], strict=True))


def test_after_warming_no_call_compiles():
    warm()
    before = [kernel.signatures for kernel in KERNELS]
    assert [len(signatures) for signatures in before] == [1] * len(KERNELS)
    places = np.array([[1, 2], [3, 4]], dtype=np.float32)[::-1]
    places.flags.writeable = False
    cells = grid.Grid(0, 0, 10, np.ones((3, 3), dtype=bool))
    grid.nearest(cells, [places, [(1, 2)]])
    grid.count_within(cells, [places], 600)
    grid.pairs_within(cells, places, 600)
    areas.covered_m2(areas.spans([shapely.box(0, 0, 9, 9)], 1), places, 3)
    circles.union(places, 2, 64)
    circles.union(np.zeros((0, 2)), 2, 64)
    links = np.array([0, 1, 2], dtype=np.int32)
    links.flags.writeable = False
    streets.nearest(links, np.array([1, 0], dtype=np.int64), np.array([1, 2]), [1], [0], 9)
    assert [kernel.signatures for kernel in KERNELS] == before


def test_the_first_failure_is_raised():
    def fail() -> None:
        raise ArithmeticError("third")

    with pytest.raises(ArithmeticError, match="third"):
        together([lambda: None, lambda: None, fail, lambda: None])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_threads_of_its_own():
    program = (
        "import os, sys\n"
        "from geo.coverage.kernels.threads import together\n"
        "together([lambda: None] * 3)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    together([lambda: None] * 3)\n"
        "    os._exit(7)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False).returncode == 7


def test_kernels_run_where_no_folder_can_be_written(tmp_path):
    """A code folder that is read-only and no home: nothing is kept, all still works."""
    code = tmp_path / "geo" / "coverage" / "kernels"
    code.mkdir(parents=True)
    for package in (tmp_path / "geo", tmp_path / "geo" / "coverage"):
        (package / "__init__.py").touch()
    for name in ("__init__.py", "threads.py"):
        shutil.copy(ROOT / "geo" / "coverage" / "kernels" / name, code / name)
    (code / "__pycache__").touch()  # a file in the place of the folder: even root cannot write into it
    (code / "one.py").write_text(
        "from geo.coverage.kernels.threads import kernel\n\n@kernel\ndef add(a, b):\n    return a + b\n",
        encoding="utf-8",
    )
    nowhere = tmp_path / "nowhere"
    nowhere.touch()
    environment = {**os.environ, "HOME": str(nowhere), "XDG_CACHE_HOME": str(nowhere), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("NUMBA_CACHE_DIR", None)
    program = "from geo.coverage.kernels.one import add; print(add(2, 3))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "5\n"), done.stderr
