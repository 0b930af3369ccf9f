"""A page of the site is looked at again when it, or what all pages share, has changed."""

import pytest

from tools.results import site_session
from tools.results.fingerprint import forget_contents


@pytest.mark.parametrize(
    ("nodeid", "page"),
    [
        ("tests/site/test_pages.py::test_x[chromium-index.html]", "index.html"),
        ("t.py::test_x[chromium-code/01_echo.html]", "code/01_echo.html"),
        ("t.py::test_page_of_a_step_is_light[chromium-05_history]", "05_history.html"),
        ("t.py::test_keyboard[chromium]", ""),
        ("t.py::test_without_a_browser", ""),
    ],
)
def test_page_is_that_of_the_parameter(nodeid, page):
    assert site_session.page_of(nodeid) == page


@pytest.fixture
def site(repository):
    """Write a file of the built site, and give the keys of its pages."""

    def write(path, text):
        repository.write(f"site/{path}", text)
        forget_contents()
        return site_session.keys_of(repository.root)

    for path in ("index.html", "code/01_echo.html", "site.css", "search/index.json"):
        write(path, "")
    return write


def test_key_of_a_page_changes_with_its_html_alone(site):
    before = site("index.html", "")

    after = site("index.html", "<p>changed</p>")

    assert after["index.html"] != before["index.html"]
    assert after["code/01_echo.html"] == before["code/01_echo.html"]


@pytest.mark.parametrize(
    ("path", "changes"),
    [("site.css", True), ("assets/new.js", True), ("search/index.json", False)],
)
def test_keys_of_all_pages_change_with_what_they_share(site, path, changes):
    before = site("index.html", "")

    after = site(path, "changed")

    assert all((after[page] != before[page]) is changes for page in before)


def test_keys_of_all_pages_change_with_the_tests(site, repository):
    before = site("index.html", "")
    repository.write("tests/site/test_pages.py", "changed = True\n")

    after = site("index.html", "")

    assert not set(after.values()) & set(before.values())
