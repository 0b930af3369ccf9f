"""A project that cannot run as a whole system is refused, with what it lacks."""

import shutil

import pytest

from tools.chain.cli import Refused
from tools.chain.steps import all_steps, find_step
from tools.live import fault_injection, own_project

STEP = all_steps()[-1]


@pytest.fixture
def mine(tmp_path):
    """A project in which the last step is done."""
    return shutil.copytree(STEP.folder, tmp_path / "my chat")


def test_project_is_found_from_where_the_person_stands(mine):
    assert own_project.find("my chat", str(mine.parent)) == mine


@pytest.mark.parametrize("lost", own_project.NEEDED)
def test_project_that_lacks_a_file_is_refused(mine, lost):
    (mine / lost).unlink()

    with pytest.raises(
        Refused, match=f"has no {lost}, .*docs/{find_step('live').page.name}"
    ):
        own_project.find(str(mine))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "services: [",
        "services: {web: uvicorn}",
        "services: {web: {environment: [A=1], command: uvicorn --host x --port 1}}",
        "services: {web: {environment: {A: 1}, command: uvicorn}}",
        "services: {web: {environment: {A: 1}, command: [uvicorn, --host, x]}}",
    ],
)
def test_project_that_describes_another_system_is_refused(mine, text):
    (mine / "compose.yaml").write_text(text, "utf-8")

    with pytest.raises(Refused, match="no service “web”"):
        own_project.find(str(mine))


def test_folder_without_a_project_is_a_message(tmp_path, capsys):
    assert fault_injection.main(["--from", str(tmp_path), "nowhere"]) == 2

    assert "There is no folder" in capsys.readouterr().err
