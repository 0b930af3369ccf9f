"""Walks: each page of the tutorial, done in a real browser against a real server.

A walk also makes what its page shows: `--record` writes the pictures, transcripts and
printed output to `docs/recorded/`; without it they are compared with what is there.
"""

import os
import shutil
from contextlib import ExitStack

import pytest

from tests.walks.recorder import Recorder
from tests.walks.stage import Databases, Stage
from tutorial.chain import ROOT

NO_BROWSER = """No Chromium for the browser walks. Get one, then run them again:
  nox -s browser -- install       Playwright's own, for this user
  sudo apt install chromium       Debian's, Ubuntu's: a package of the system"""


def pytest_addoption(parser):
    parser.addoption(
        "--record", action="store_true", help="write the recordings that pages show"
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, playwright):
    """Playwright's own Chromium, else the system's; without any, say how to get one."""
    arguments = {
        **browser_type_launch_args,
        "args": ["--disable-background-networking"],
    }
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments["args"].append("--no-sandbox")  # Chromium refuses to start as root
    if os.path.exists(playwright.chromium.executable_path):
        return arguments
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return {**arguments, "executable_path": found}
    if os.environ.get("CI"):
        pytest.fail(NO_BROWSER, pytrace=False)
    pytest.skip(NO_BROWSER)


@pytest.fixture(scope="session")
def databases(tmp_path_factory):
    return Databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture
def stage(browser, databases, tmp_path):
    """Servers and people for one walk; all are gone when it ends."""
    with ExitStack() as stack:
        yield Stage(browser, databases, tmp_path, stack)


@pytest.fixture(scope="module")
def recordings(request):
    """The recordings of the module's step; in the end none may be left over."""
    step = request.path.stem.removeprefix("test_")
    folder = ROOT / "docs" / "recorded" / step
    recorder = Recorder(folder, write=request.config.getoption("--record"))
    failed = request.session.testsfailed
    yield recorder
    whole = not request.config.option.keyword and "::" not in "".join(
        request.config.args
    )
    if whole and request.session.testsfailed == failed:
        recorder.finish()


@pytest.fixture
def recorder(recordings, browser):
    recordings.browser = browser
    return recordings
