"""Finds a Chromium to drive, and installs one where there is none.

Order: Debian's own through apt (as root), else a Chrome or Edge that is installed, else Playwright's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def installed() -> str | None:
    """The path of an installed browser, or None: then Playwright's own is used."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return next((place for place in PLACES if Path(place).exists()), None)


def _has_chinese_font() -> bool:
    tool = shutil.which("fc-list")
    if tool is None:
        return False
    return bool(
        subprocess.run([tool, ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout.strip()
    )


def install() -> None:
    """Makes sure that there is a browser, and a Chinese font for it to write with."""
    debian_root = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None
    missing = [
        package
        for package, present in (("chromium", installed() is not None), ("fonts-noto-cjk", _has_chinese_font()))
        if not present
    ]
    if debian_root and missing:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "fontconfig", *missing]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    elif installed() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--install"]:
        install()
    print(installed() or "Playwright's own Chromium")
