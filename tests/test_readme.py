"""The documents keep their word: commands run, links lead somewhere, figures and counts are those of the data."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from benchmarks import documents
from benchmarks.measure import EXPLORE, GEOJSON, OURS
from geo import packs, usecases
from geo.cli.app import app
from geo.ingest import MAX_BYTES
from geo.ingest.readers import limits
from geo.model import PLACED, Certainty
from geo.packs import files
from tests import forking

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.en.md")
DOCUMENTS = (
    *READMES,
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/packs.md",
    "data/README.md",
    "data/osm/README.md",
    "data/standards/README.md",
    "data/yueqing/README.md",
)
PACK = ROOT / "data" / "yueqing"

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ASSIGNMENTS = re.compile(r"(?:[A-Z_]+=\S+ )*")
EXIT_CODE = re.compile(r"#.*(?:退出码|exit code) (\d)")
MACHINE = re.compile(r"/(?:work|tmp|home|root|Users|opt|mnt)/")
REGISTRY = re.compile(r"pypi\.(?:org|python)|pythonhosted|npmjs|mirrors?\.|registry\.|nexus|artifactory", re.IGNORECASE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, kind: str) -> list[str]:
    return [body for found, body in BLOCK.findall(text(name)) if found == kind]


def commands(name: str) -> list[str]:
    """The lines of all ``sh`` blocks, without what a comment says of their outcome."""
    return [line for body in blocks(name, "sh") for line in body.splitlines() if line]


def bare(command: str) -> str:
    return command.partition("  #")[0]


def is_make(command: str) -> bool:
    return ASSIGNMENTS.sub("", command, count=1).startswith("make ")


def environment(**more: str) -> dict[str, str]:
    """This process's, without its language, its atlas, and what a make around the tests tells a make inside."""
    gone = ("LC_ALL", "LC_MESSAGES", "LANG", "ATLAS_DATABASE_URL", "ATLAS_PACK", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    return {name: value for name, value in os.environ.items() if name not in gone} | {"LC_ALL": "C.UTF-8"} | more


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    run = ["bash", "-c", command]
    return subprocess.run(run, cwd=folder, env=environment(), capture_output=True, encoding="utf-8", check=False)


# --- commands ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as someone has just fetched and set it up, so that its commands may write."""
    folder = tmp_path_factory.mktemp("atlas")
    for part in ("geo", "data"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    (folder / "new-bases.csv").write_text(blocks("README.md", "csv")[0], encoding="utf-8")
    (folder / "streets.osm").write_text(blocks("README.md", "xml")[0], encoding="utf-8")
    return folder


@pytest.fixture
def call(copy: Path) -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    """Runs a line of a document in the copy; a plain call of the command line without loading its libraries once more."""
    with forking.commands(copy, environment()) as geo:

        def run(command: str) -> subprocess.CompletedProcess[str]:
            words = shlex.split(command, comments=True)
            plain = words[:3] == [".venv/bin/python", "-m", "geo"] and not {">", "<", "|", "&&"} & {*words}
            return geo.run(*words[3:]) if plain else shell(command, copy)

        yield run


def test_the_readmes_commands_do_what_they_say_one_after_the_other(copy, call):
    outputs = {}
    for command in commands("README.md"):
        if is_make(command):
            continue
        done = call(command)
        wanted = EXIT_CODE.search(command)
        assert done.returncode == int(wanted[1] if wanted else 0), f"{command}\n{done.stdout}{done.stderr}"
        outputs[bare(command)] = done.stdout
    assert len(outputs) == len([command for command in commands("README.md") if not is_make(command)]) > 10
    validate = next(output for command, output in outputs.items() if " validate " in command)
    assert validate == blocks("README.md", "text")[0]
    (history,) = [
        out for command, out in outputs.items() if command.endswith(" geo history") and "ATLAS" not in command
    ]
    assert [line.split()[0] for line in history.splitlines()] == ["修订", "2", "1"]
    assert " 王工 " in history
    assert {(copy / name).read_bytes()[:2] for name in ("coverage.xlsx", "to-mend.xlsx")} == {b"PK"}
    assert len(json.loads((copy / "bases.geojson").read_text(encoding="utf-8"))["features"]) == 22
    databases = sorted(re.sub(r"\d+T\d+Z", "…", file.name) for file in (copy / "var").glob("*.db"))
    assert databases == ["atlas.db", "atlas.replaced-….db", "mycounty.db"]
    assert (copy / "data" / "pingyang" / "boundary.geojson").is_file()


def test_the_english_readme_has_the_same_commands_outcomes_and_example():
    zh, en = (commands(name) for name in READMES)
    assert [bare(command) for command in en] == [bare(command) for command in zh]
    told = [[match[1] for line in lines if (match := EXIT_CODE.search(line))] for lines in (zh, en)]
    assert told == [["1", "1", "1"], ["1", "1", "1"]]
    assert blocks("README.en.md", "csv") == blocks("README.md", "csv")
    assert blocks("README.en.md", "xml") == blocks("README.md", "xml")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_not_run_is_a_make_target_that_can_be(name):
    targets = re.findall(r"^\.PHONY: (.+)$", text("Makefile"), re.MULTILINE)[0].split()
    for command in commands(name):
        if not is_make(command):
            assert name in (*READMES, "docs/packs.md")
            continue
        asked = ASSIGNMENTS.sub("", command, count=1).split()[1:]
        assert asked[0] in targets
        done = subprocess.run(
            ["make", "-n", *asked], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        if "PORT=8600" in asked:
            assert "--server.port 8600 --server.address 127.0.0.1" in done.stdout
        if "ADDRESS=0.0.0.0" in asked:
            assert "--server.port 8501 --server.address 0.0.0.0" in done.stdout


def test_the_readmes_name_every_command_and_variable():
    group = typer.main.get_command(app)
    used = {word for line in commands("README.md") for word in line.split()}
    assert set(group.commands) <= used
    read = {
        name
        for file in (ROOT / "geo").rglob("*.py")
        for name in re.findall(r"ATLAS_[A-Z_]*(?:URL|PACK)", text_of(file))
    }
    for name in READMES:
        assert {variable for variable in read if f"`{variable}`" in text(name)} == read
    assert f"`{usecases.DEFAULT_DATABASE}`" in text("README.md")


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


# --- links and words -----------------------------------------------------------------------------------------------


def slugs(document: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", BLOCK.sub("", document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_and_picture_is_there(name):
    document = text(name)
    for target in LINK.findall(BLOCK.sub("", document)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        assert file.is_file(), target
        assert not anchor or anchor in slugs(text_of(file)), target


@pytest.mark.parametrize(("name", "suffix"), [("README.md", "zh"), ("README.en.md", "en")])
def test_each_task_has_its_picture(name, suffix):
    shown = [target for target in LINK.findall(text(name)) if target.endswith(".png")]
    assert shown == [f"docs/images/{page}-{suffix}.png" for page in ("overview", "coverage", "buffer", "upload")]
    assert {(ROOT / picture).read_bytes()[:8] for picture in shown} == {b"\x89PNG\r\n\x1a\n"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_names_a_machine_or_a_registry(name):
    assert MACHINE.search(text(name)) is None
    assert REGISTRY.search(text(name)) is None


# --- benchmarks ----------------------------------------------------------------------------------------------------

KEPT: dict[str, Any] = json.loads(text("benchmarks/results.json"))
BLOCKS = re.compile(r"<!-- bench:\w+ -->\n(.*?)<!-- /bench -->", re.DOTALL)


def table(document: str, corner: str) -> list[list[str]]:
    """The body of the table whose head begins with ``corner``."""
    (found,) = re.findall(rf"^\| {re.escape(corner)} \|.*\n\|[-:| ]+\|\n((?:\|.*\n)+)", document, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()]


@pytest.mark.parametrize("name", documents.DOCUMENTS)
def test_the_figures_shown_are_those_of_the_kept_run(name):
    shown = text(name)
    assert documents.filled(shown, KEPT, documents.DOCUMENTS[name]) == shown
    rooms = set(KEPT) & {"scale"} if name == "docs/scale.md" else set(KEPT) - {"scale"}
    assert set(re.findall(r"<!-- bench:(\w+) -->", shown)) == rooms


def test_the_english_figures_have_no_chinese_left():
    assert re.findall(r"[\u4e00-\u9fff]+", "".join(BLOCKS.findall(text("README.en.md")))) == []


@pytest.mark.parametrize("name", READMES)
def test_an_aim_that_is_missed_is_told_with_its_reason(name):
    prose = BLOCKS.sub("", text(name))
    missed = [aim["job"] for room in KEPT.values() for aim in room["aims"] if not aim["met"]]
    assert [job for job in missed if documents.said(job, documents.DOCUMENTS[name]) not in prose] == []


def test_the_map_that_stays_is_told_as_it_was_seen():
    seen = {one["candidate"]: (one["remounted"], one["view_kept"]) for one in KEPT["page"]["steadiness"]}
    assert seen == {OURS: (False, True), GEOJSON: (True, False), EXPLORE: (True, False)}


# --- data ----------------------------------------------------------------------------------------------------------


def test_the_counts_of_what_is_not_real_are_those_of_the_pack():
    pack = packs.load_pack(PACK)
    facilities, bases = pack.sample_facilities, pack.bases
    assert bool(facilities["sample"].all())
    assert not bases["certainty"].isin([level for level in Certainty if level.sure]).any()
    located = sum(town.source == "GeoNames" for town in pack.towns)
    zh, en, own = text("README.md"), text("README.en.md"), text("data/yueqing/README.md")
    assert f"{len(facilities)} 处配套设施" in zh
    assert f"{len(bases)} 处基地的位置" in zh
    assert f"All {len(facilities)} facilities" in en
    assert f"all {len(bases)} bases" in en
    assert f"{len(pack.towns)} 个乡镇街道里找到 {located} 个" in zh
    assert f"{located} of the {len(pack.towns)} towns" in en
    by = bases["certainty"].value_counts()
    assert f"{by['district']} 处只知片区,{by['town']} 处只知乡镇,{by['county']} 处连片区也不知" in own
    for count, what in ((len(pack.districts), "个片区"), (len(pack.categories), "类配套"), (len(pack.neighbours), "个县市区"),
                        (len(pack.town_areas), "个乡镇格"), (len(pack.towns) - located, "个乡镇街道:")):  # fmt: skip
        assert f"{count} {what}" in own
    assert {value for target in pack.plan.targets for value in target.values.values()} == {None}
    assert sum(item.label is not None for item in pack.plan.demonstration.items) == 6


def test_the_county_is_as_large_as_told():
    pack = packs.load_pack(PACK)
    shape = pack.boundary.geometry
    area = shape.to_crs(pack.metric_epsg).area.sum() / 1e6
    told = f"{len(shape.explode())} 块、{shape.count_coordinates().sum()} 个点,{area:,.0f} km²"
    assert told in text("data/yueqing/README.md")
    assert f"(1,437 对 {area:,.0f})" in text("README.md")
    assert f"(1,437 against {area:,.0f})" in text("README.en.md")


@pytest.mark.parametrize("folder", ["data/yueqing", "data/standards"])
def test_every_data_file_is_told_of_and_every_told_file_is_there(folder):
    there = {path.relative_to(ROOT / folder).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
    told = [line[0].strip("`") for line in table(text(f"{folder}/README.md"), "文件 | 是什么")]
    assert sorted(told) == sorted(there - {"README.md"})


@pytest.mark.parametrize(
    ("document", "shapes"),
    [
        ("docs/packs.md", (files.PackFile, files.DistrictsFile, files.TownsFile, files.CategoriesFile, files.PlanFile)),
        ("data/standards/README.md", (files.SourceFile, files.StandardFile)),
    ],
)
def test_every_key_of_the_pack_files_is_explained(document, shapes):
    explained = set(re.findall(r"[\w]+", " ".join(re.findall(r"`([^`]+)`", BLOCK.sub("", text(document))))))
    assert keys(*shapes) <= explained


def keys(*shapes: type[files.Entry]) -> set[str]:
    """The names of all keys in files of these shapes, the two languages of a name aside."""
    found: set[str] = set()
    for shape in shapes:
        for one in msgspec.structs.fields(shape):
            found.add(one.encode_name)
            found |= keys(*entries(one.type))
    return found


def entries(kind: Any) -> list[type[files.Entry]]:
    """The tables inside a type such as list[Entry] or Words | None."""
    if isinstance(kind, type) and issubclass(kind, files.Entry):
        return [] if kind is files.Words else [kind]
    return [one for part in getattr(kind, "__args__", ()) for one in entries(part)]


def test_the_layers_and_limits_are_those_of_the_code():
    for name, corner in (("README.md", "图层"), ("README.en.md", "layer")):
        assert [line[1] for line in table(text(name), corner)] == [f"`{layer}`" for layer in PLACED]
        assert f"{MAX_BYTES >> 20} MB" in text(name)
        assert f"{limits.MAX_ROWS:,} " in text(name)
