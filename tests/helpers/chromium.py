"""A Chromium for the tests that drive one."""

import os
import shutil

import pytest

NO_BROWSER = """No Chromium for the browser's tests. Get one, then run them again:
  nox -s browser -- install                   Playwright's own, for this user
  sudo apt install chromium-headless-shell    Debian's: starts and paints faster than
                                              chromium, which will do as well"""


def launch_arguments(arguments: dict, playwright) -> dict:
    """Playwright's own Chromium, else the system's; without any, say how to get one."""
    arguments = {**arguments, "args": ["--disable-background-networking"]}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments["args"].append("--no-sandbox")  # Chromium refuses to start as root
    if os.path.exists(playwright.chromium.executable_path):
        return arguments
    for name in (
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
    ):
        if found := shutil.which(name):
            return {**arguments, "executable_path": found}
    if os.environ.get("CI"):
        pytest.fail(NO_BROWSER, pytrace=False)
    pytest.skip(NO_BROWSER)
