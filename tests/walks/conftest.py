"""Walks: each page of the tutorial, done in a real browser against a real server.

A walk also makes what its page shows: `--record` writes the pictures, transcripts and
printed output to `docs/recorded/`; without it they are compared with what is there.
"""

from contextlib import ExitStack

import pytest

from tests.helpers.chromium import launch_arguments
from tests.walks.recorder import Recorder
from tests.walks.stage import Databases, Stage
from tools.chain.steps import ROOT


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, playwright):
    return launch_arguments(browser_type_launch_args, playwright)


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
