"""Walk of docs/socket_or_not.md: its three pages in a browser, and how many tabs fit."""

import pytest
from playwright.sync_api import TimeoutError

from tests.helpers.socket_or_not import served

WAYS = ("polling", "events", "socket")
SEEN = {"text": "Task 19", "exact": True}
PATIENT = 60_000  # milliseconds: a tab takes less than one second, a busy machine more
MOST = 6  # connections to one host that a browser opens by HTTP/1.1


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("server")) as (_, port):
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def context(new_context, browser):
    return new_context()


def open_tab(context, address, way):
    page = context.new_page()
    page.goto(f"{address}?{way}", timeout=PATIENT)
    page.get_by_text(**SEEN).wait_for(timeout=PATIENT)
    return page


@pytest.mark.parametrize("way", WAYS)
def test_task_is_seen_in_another_tab(context, address, way):
    one, other = (open_tab(context, address, way) for _ in range(2))
    name = f"Told by {way}"  # the list is the same in all three
    one.get_by_label("New task").fill(name)
    one.keyboard.press("Enter")

    other.get_by_text(name, exact=True).wait_for(timeout=PATIENT)


def test_seventh_tab_with_events_does_not_load_before_another_closes(context, address):
    for _ in range(MOST):
        open_tab(context, address, "events")

    seventh = context.new_page()
    with pytest.raises(TimeoutError):
        seventh.goto(f"{address}?events", timeout=5000)
    context.pages[0].close()
    seventh.get_by_text(**SEEN).wait_for(timeout=PATIENT)


def test_seventh_tab_with_a_socket_loads(context, address):
    for _ in range(MOST + 1):
        open_tab(context, address, "socket")
