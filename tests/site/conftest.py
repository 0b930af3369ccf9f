"""The built site, served and opened in a real browser."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.helpers.chromium import launch_arguments
from tools.chain.steps import ROOT
from tools.results.site_session import page_of


def pytest_addoption(parser):
    parser.addoption("--proved", default="", help="pages that need no look, by commas")


def pytest_collection_modifyitems(config, items):
    proved = set(config.getoption("--proved").split(",")) - {""}
    left_out = [item for item in items if page_of(item.nodeid) in proved]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, playwright):
    return launch_arguments(browser_type_launch_args, playwright)


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    folder = ROOT / "site"
    assert (folder / "index.html").exists(), "There is no site yet: nox -s docs"
    return folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Requests are no news."""


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served."""
    handler = functools.partial(Quiet, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
