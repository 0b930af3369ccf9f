"""A test or a file leads to the section of a page that tells of it."""

import pytest
from bs4 import BeautifulSoup

from tests.helpers.tiny_repository import Repository
from tools.chain import page_sections
from tools.chain.steps import ROOT, all_steps, find_step


@pytest.mark.parametrize("step", all_steps()[:2], ids=lambda step: step.name)
def test_sections_have_the_anchors_of_the_built_page(step):
    html = Repository(ROOT).html(step.name)
    built = BeautifulSoup(html, "html.parser").select("h2, h3, h4")

    found = [section.anchor for section in page_sections.sections(step.page)]
    # The end that each page gets has nothing to read about a test.
    assert [*found, "your-project"] == [heading["id"] for heading in built]


@pytest.mark.parametrize("step", all_steps(), ids=lambda step: step.name)
def test_every_test_of_a_step_leads_to_a_section(step):
    for path in step.folder.glob("tests/test_*.py"):
        test = f"tests/{path.name}::test_of_something"
        section, _ = page_sections.about(step, test, [])
        assert section


def test_test_that_the_page_names_leads_to_its_words():
    test = "tests/test_presence.py::test_ghost_is_swept_by_a_ping_and_announced"

    section, path = page_sections.about(find_step("6"), test, ["chat/presence.py"])

    assert (section.title, path) == ("A ghost in the list", "")


def test_test_of_an_earlier_step_leads_to_the_page_that_names_it():
    test = "tests/test_login.py::test_socket_refuses_a_foreign_origin"

    section, _ = page_sections.about(find_step("6"), test, [])

    assert section.page.name == "04_login.md"


def test_file_leads_to_the_section_that_shows_it():
    section, path = page_sections.about(find_step("1"), "", ["x.py", "core/asgi.py"])

    assert (section.title, path) == ("The way to the consumer", "core/asgi.py")


def test_file_that_a_command_makes_leads_to_the_command():
    path = "chat/migrations/0002_message.py"

    section, found = page_sections.about(find_step("5"), "", [path])

    assert (section.title, found) == ("The model", path)


def test_step_without_a_page_leads_nowhere(repository):
    step = find_step("2", repository.root)
    step.page.unlink()

    assert page_sections.about(step, "tests/test_x.py::test_x", []) == (None, "")
