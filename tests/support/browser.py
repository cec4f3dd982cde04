"""Chromium as Debian packs it; ``python -m tests.support.browser`` installs it.

The headless shell is wanted: it has no windows to draw, and a page costs a quarter of
the processor time that it costs in the whole browser.
"""

import os
import shutil
import subprocess
import sys

from tests.support.requirements import is_required

PACKAGES = ("chromium-headless-shell", "chromium")
NAMES = (*PACKAGES, "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
UPDATE = ("apt-get", "update", "--quiet")
INSTALL = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends")


def find_chromium() -> str:
    """Find the browser: ``CHROMIUM`` if set, else the first known name on PATH."""
    given = os.environ.get("CHROMIUM", "")
    return given or next((path for path in map(shutil.which, NAMES) if path), "")


def install_chromium() -> str:
    """Install it if that needs no question; give the reason why not."""
    if not shutil.which("apt-get"):
        return "this machine has no apt-get to install Chromium with"
    if os.geteuid() != 0:
        return "Chromium is missing, and only root may install it (apt-get)"
    if not run_quietly(UPDATE):
        return f"{' '.join(UPDATE)} failed"
    for package in PACKAGES:
        run_quietly((*INSTALL, package))
        if find_chromium():
            return ""
    return f"apt-get installed none of {', '.join(PACKAGES)}"


def run_quietly(command: tuple[str, ...]) -> bool:
    """Run a command that must ask nothing; say whether it went well."""
    done = subprocess.run(
        command,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return done.returncode == 0


def main() -> int:
    """Make sure of a browser, or say why its tests are going to be skipped."""
    if find_chromium():
        return 0
    print("Installing Chromium (once) ...", flush=True)  # noqa: T201
    reason = install_chromium()
    if not reason:
        return 0
    print(f"Browser tests are going to be skipped: {reason}")  # noqa: T201
    return int(is_required("BROWSER"))


if __name__ == "__main__":
    sys.exit(main())
