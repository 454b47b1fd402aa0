"""Calls of the command line in this process, and what they say."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from typer.testing import CliRunner, Result

from geo.cli.app import app

Geo = Callable[..., Result]


def environment(**more: str) -> dict[str, str]:
    """This process's, without its language and atlas."""
    gone = ("LC_ALL", "LC_MESSAGES", "LANG", "ATLAS_DATABASE_URL", "ATLAS_PACK")
    return {name: value for name, value in os.environ.items() if name not in gone} | {"ATLAS_PACK": "yueqing"} | more


def invoke(url: str, *args: str, stdin: bytes = b"", **more: str) -> Result:
    wanted: dict[str, Any] = {"LC_ALL": None, "LC_MESSAGES": None, "LANG": None, "ATLAS_PACK": "yueqing"}
    env = wanted | {"ATLAS_DATABASE_URL": url} | more
    return CliRunner().invoke(app, args, input=stdin, env=env, prog_name="python -m geo", catch_exceptions=False)


def history(run: Geo) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(run("history", "--json").stdout)
    return told
